"""A preview tells what the recording then does: attestations, rights, and who is told or not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attestations.models.fields import timeline_from_json
from attestations.ssin import make_ssin
from derived_rights.models import RightChange
from derived_rights.services.deriving import derive_pending
from partners.models import RecipientRight
from partners.services.routing import route_pending

pytestmark = pytest.mark.django_db

NUMBERS = [make_ssin(date(1990, 1, 1), serial).number for serial in range(1, 4)]
DAYS = [date(2024, 1, 1) + timedelta(days=31 * step) for step in range(36)]
KINDS = ["integrationIncome", "equivalentIntegrationIncome", "medicalCard"]

numbers = st.sampled_from(NUMBERS)
days = st.sampled_from(DAYS)


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """A decision on one of a few persons, who may live with another of them."""
    first, last = sorted([draw(days), draw(days)])
    ssin, other = draw(numbers), draw(numbers)
    body = {
        "ssin": ssin,
        "aidKind": draw(st.sampled_from(KINDS)),
        "category": "single",
        "decidedOn": str(min(first, date(2026, 3, 17))),
        "startDate": str(first),
        "reference": "a preview",
    }
    if draw(st.booleans()):
        body["endDate"] = str(last)
    if other != ssin:
        body["household"] = [{"ssin": other, "relation": "partner"}]
    return body


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    first, last = sorted([draw(days), draw(days)])
    return {
        "ssin": draw(numbers),
        "qualityCode": "1",
        "startDate": str(first),
        "endDate": str(last),
    }


def run_the_stages() -> None:
    derive_pending()
    route_pending()


def attested(items: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(one["nature"], one["aidKind"], one["startDate"], one.get("endDate")) for one in items]


def told(items: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return sorted(
        (
            one["organisation"]["enterpriseNumber"],
            one.get("right", ""),
            one["forwarded"],
            one.get("reason", ""),
        )
        for one in items
    )


@settings(max_examples=20, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(before=st.lists(bodies(), max_size=3), inscribed=st.lists(files(), max_size=4),
       pending=st.booleans(), body=bodies())  # fmt: skip
def test_what_is_previewed_is_what_is_recorded(
    cpas, other_cpas, recipient_for, before, inscribed, pending, body
):
    with transaction.atomic():
        recipient = recipient_for("told", "bim", "socialTariff")
        partly = recipient_for("partly", "bim", aid_kinds=["medicalCard"])
        RecipientRight.objects.create(organisation=partly.organisation, right="bim", active=False)
        for position, file in enumerate(inscribed):
            caller = (recipient, partly)[position % 2]
            assert caller.post("/inscriptions", file).status_code == 201
        for position, earlier in enumerate(before):
            (cpas, other_cpas)[position % 2].post("/decisions", earlier)
            if not pending:
                run_the_stages()

        previewed = cpas.post("/decisions/preview", body)
        recorded = cpas.post("/decisions", body)
        compare(cpas, previewed, recorded)
        transaction.set_rollback(True)


def compare(cpas: Any, previewed: Any, recorded: Any) -> None:
    if recorded.status_code != 201:
        assert recorded.status_code == previewed.status_code == 400
        assert recorded.json()["issues"] == previewed.json()["issues"]
        return
    run_the_stages()
    made, foreseen = recorded.json(), previewed.json()
    assert attested(foreseen["attestations"]) == attested(made["attestations"])
    changes = RightChange.objects.filter(
        ticket=made["attestations"][0]["ticket"], person__decisions__public_id=made["decisionId"]
    )
    assert [(one["right"], spans(one["periods"])) for one in foreseen["rights"]] == [
        (change.right, stored(change.periods)) for change in changes.order_by("id")
    ]
    addressees = cpas.get(f"/decisions/{made['decisionId']}/addressees").json()["items"]
    assert told(foreseen["addressees"]) == told(addressees)


def spans(periods: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    return [(one["startDate"], one.get("endDate")) for one in periods]


def stored(periods: Any) -> list[tuple[str, str | None]]:
    return [
        (str(span.start), None if span.last_day is None else str(span.last_day))
        for span in timeline_from_json(periods)
    ]
