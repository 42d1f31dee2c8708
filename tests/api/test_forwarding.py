"""What a CPAS is told of the addressees: who is told, who is not, and why."""

from __future__ import annotations

from datetime import date

import pytest

from attestations.periods import Span
from derived_rights.services.deriving import derive_pending
from partners.models import RecipientRight, Subscription
from partners.services.routing import route_pending
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db


def run_the_stages() -> None:
    derive_pending()
    route_pending()


def fate_of(organisation, items) -> set[str]:
    """What is said of the organisation about BIM."""
    return {
        item.get("reason", "forwarded")
        for item in items
        if item["organisation"]["enterpriseNumber"] == organisation.enterprise_number
        and item.get("right") == "bim"
    }


@pytest.fixture
def addressees(cpas, decision, new_ssin):
    """The addressees of a decision on a person whom these recipients have inscribed."""

    def ask(*recipients):
        ssin = new_ssin()
        for recipient in recipients:
            recipient.inscribe(ssin)
        body = decision(ssin)
        previewed = cpas.post("/decisions/preview", body).json()["addressees"]
        recorded = cpas.post("/decisions", body).json()
        run_the_stages()
        path = f"/decisions/{recorded['decisionId']}/addressees"
        return previewed, lambda: cpas.get(path).json()["items"], ssin

    return ask


def test_a_recipient_with_all_that_is_needed_is_told(recipient_for, addressees):
    recipient = recipient_for("recipient", "bim")

    previewed, items, _ = addressees(recipient)

    assert fate_of(recipient.organisation, previewed) == {"forwarded"}
    assert fate_of(recipient.organisation, items()) == {"forwarded"}
    assert {item["ticket"] for item in items()}
    assert not any("ticket" in item for item in previewed)


def test_without_a_file_nothing_is_told(recipient_for, addressees):
    recipient = recipient_for("recipient", "bim")

    previewed, items, _ = addressees()

    assert fate_of(recipient.organisation, previewed) == {"noInscription"}
    assert fate_of(recipient.organisation, items()) == {"noInscription"}


def test_what_a_late_file_makes_deliverable_is_forwarded_and_no_longer_refused(
    recipient_for, addressees
):
    recipient = recipient_for("recipient", "bim")
    _, items, ssin = addressees()

    recipient.inscribe(ssin)
    run_the_stages()

    assert fate_of(recipient.organisation, items()) == {"forwarded"}


@pytest.mark.parametrize(
    ("period", "reason"),
    [
        (Span(date(2020, 1, 1), date(2021, 1, 1)), "authorisationEnded"),
        (Span(date(2998, 1, 1)), "noAuthorisation"),
    ],
    ids=["ended", "not begun"],
)
def test_an_authorisation_that_is_not_valid_today_is_told_apart(
    recipient_for, addressees, period, reason
):
    recipient = recipient_for("recipient", "bim", period=period)

    previewed, items, _ = addressees(recipient)

    assert fate_of(recipient.organisation, previewed) == {reason}
    assert fate_of(recipient.organisation, items()) == {reason}


def test_without_a_subscription_nothing_is_told(recipient_for, addressees):
    recipient = recipient_for("recipient", "bim")
    Subscription.objects.all().delete()

    _, items, _ = addressees(recipient)

    assert fate_of(recipient.organisation, items()) == {"noSubscription"}


def test_a_right_switched_off_for_the_recipient_is_not_told(recipient_for, addressees):
    recipient = recipient_for("recipient", "bim")
    RecipientRight.objects.create(organisation=recipient.organisation, right="bim", active=False)

    _, items, _ = addressees(recipient)

    assert fate_of(recipient.organisation, items()) == {"inactiveRight"}


def test_a_suspended_subscription_is_named(recipient_for, addressees):
    recipient = recipient_for("recipient", "bim")
    Subscription.objects.update(status=Subscription.Status.SUSPENDED)

    _, items, _ = addressees(recipient)

    assert fate_of(recipient.organisation, items()) == {"suspended"}


def test_only_the_declared_addressee_of_a_right_is_listed_without_an_authorisation(addressees):
    declared = OrganisationFactory(code="mutualities")
    other = OrganisationFactory(code="somebody-else")

    _, items, _ = addressees()

    assert fate_of(declared, items()) == {"noAuthorisation"}
    assert fate_of(other, items()) == set()
