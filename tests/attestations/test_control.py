"""The control on the database: every cause by its own road, its life, its runs and its ends."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client as Browser

from attestations import clock
from attestations.models import (
    Cpas,
    FactChange,
    MissingAttestation,
    Person,
)
from attestations.overlap_filter import overlapping_between_cpas
from attestations.periods import Span
from attestations.services.missing import note_told
from partners.models import Organisation
from partners.services import subscriptions
from partners.services.draining import drain
from partners.services.routing import route_pending
from tests.attestations.controlled import found, run
from tests.delivery import KEY


def test_aid_that_starts_and_is_stopped_in_mid_month_is_in_order(cpas, claim, decision, new_ssin):
    ssin = new_ssin()
    content = decision(ssin, startDate="2026-03-15", endDate=None, decidedOn="2026-03-17")
    made = cpas.post("/decisions", content)
    path = f"/decisions/{made.json()['decisionId']}/stop"
    cpas.post(path, {"endDate": "2026-05-10", "reason": "works"}, If_Match='"1"')
    claim(ssin, "2026-03", "2026-04", "2026-05")

    run()

    assert found() == [("late", "resolved")]


def test_aid_borne_wholly_by_the_cpas_has_no_claim_and_yields_no_finding(cpas, decision, new_ssin):
    for kind in ("otherSocialAid", "medicalCard"):
        cpas.post("/decisions", decision(new_ssin(), aidKind=kind, category=None))

    run()

    assert MissingAttestation.objects.exclude(cause="late").count() == 0


@pytest.mark.parametrize("on", ["9999-12-15", "9999-12-31"])
def test_the_last_month_of_the_calendar_is_controlled_too(cpas, claim, new_ssin, on):
    claim(new_ssin(), "9999-12")

    call_command("control_missing_attestations", "--on", on, stdout=io.StringIO())

    (row,) = MissingAttestation.objects.all()
    assert (row.cause, row.period, row.due_on) == ("neverSent", Span(date(9999, 12, 1)), date.max)


def test_aid_about_to_end_is_found_and_a_renewal_closes_it(cpas, decision, new_ssin):
    ssin = new_ssin()
    cpas.post("/decisions", decision(ssin, endDate="2026-06-30"))
    run()
    assert found(cause="endingWithoutRenewal") == [("endingWithoutRenewal", "open")]

    cpas.post("/decisions", decision(ssin, startDate="2026-07-01", endDate=None))

    assert found(cause="endingWithoutRenewal") == [("endingWithoutRenewal", "resolved")]


def test_a_number_replaced_before_the_sending_is_found(cpas, decision, new_ssin, federal):
    old, new = new_ssin(), new_ssin()
    replaced = {"ssin": old, "replacedBy": new, "date": "2026-03-01"}
    answer = federal.post("/ssinReplacements", replaced)
    if answer.status_code == 404:
        pytest.skip("numbers cannot be replaced yet")
    cpas.post("/decisions", decision(old))

    run()

    assert ("replacedSsin", "open") in found()


def test_what_a_merged_person_had_counts_for_the_one_it_is_known_as(
    cpas, claim, decision, new_ssin
):
    old, new = new_ssin(), new_ssin()
    cpas.post("/decisions", decision(old))
    claim(new, "2026-04")
    run()
    assert found(cause="neverSent") == [("neverSent", "open")]
    before, after = Person.objects.order_by("pk")
    Person.objects.filter(pk=before.pk).update(merged_into=after)

    run()

    assert found(cause="neverSent") == [("neverSent", "resolved")]


def test_a_justified_finding_stays_so_and_a_later_month_is_asked_about(cpas, claim, new_ssin):
    ssin = new_ssin()
    claim(ssin, "2026-03")
    run()
    finding = MissingAttestation.objects.get()
    answer = cpas.post(f"/missingAttestations/{finding.public_id}/feedback", {"code": "noAid"})
    assert answer.json()["status"] == "justified"

    claim(ssin, "2026-04")
    run()

    assert found() == [("neverSent", "justified"), ("neverSent", "open")]
    versions = FactChange.objects.filter(kind="missing").order_by("id")
    assert [change.version for change in versions] == [1, 2]


def test_late_is_counted_once_however_often_the_control_runs(cpas, decision, new_ssin):
    cpas.post("/decisions", decision(new_ssin()))
    run()
    run()
    assert found() == [("late", "resolved")]


def test_an_overlap_between_two_cpas_is_accepted_flagged_and_no_finding(
    cpas, other_cpas, decision, new_ssin
):
    ssin = new_ssin()
    made = cpas.post("/decisions", decision(ssin)).json()
    assert cpas.post("/decisions", decision(new_ssin())).status_code == 201
    assert not overlapping_between_cpas().exists()

    answer = other_cpas.post("/decisions", decision(ssin, startDate="2026-06-01", endDate=None))

    assert answer.status_code == 201
    flagged = overlapping_between_cpas().order_by("pk").values_list("number", flat=True)
    both = [one["attestations"][0]["attestationNumber"] for one in (made, answer.json())]
    assert list(flagged) == both
    run()
    assert MissingAttestation.objects.exclude(cause="late").count() == 0
    browser = Browser()
    browser.force_login(User.objects.create_superuser("admin", password="x"))
    page = browser.get("/admin/attestations/attestation/?overlap=yes")
    assert page.context["cl"].result_count == 2


def test_a_cpas_that_took_the_event_has_been_told(cpas, claim, new_ssin):
    claim(new_ssin(), "2026-03")
    run()
    finding = MissingAttestation.objects.get()
    other = Cpas.objects.create(enterprise_number="0987654394", names={"fr": "B"})

    note_told([finding.pk], cpas_id=other.pk, now=clock.database_now())
    assert found() == [("neverSent", "open")]

    note_told([finding.pk], cpas_id=finding.cpas_id, now=clock.database_now())
    assert found() == [("neverSent", "notified")]


def test_the_event_is_told_once_its_own_cpas_has_taken_it(claim, recipient_for, new_ssin, sink):
    recipient = recipient_for(
        "office", "bim", endpoint=sink.url, events=["rights", "missingAttestations"]
    )
    office = Cpas.objects.order_by("id")[0]
    Organisation.objects.filter(cpas=office).update(cpas=None)
    Organisation.objects.filter(pk=recipient.organisation.pk).update(cpas=office)
    subscription = recipient.organisation.subscriptions.get()
    subscriptions._store_secret(subscription, KEY)
    ssin = new_ssin()
    recipient.inscribe(ssin)
    claim(ssin, "2026-03")
    run()
    assert found() == [("neverSent", "open")]
    route_pending()

    drain(subscription.pk)

    assert [event["type"].rsplit(".", 1)[1] for event in sink.accepted] == ["found"]
    assert found() == [("neverSent", "notified")]
