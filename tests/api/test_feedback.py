"""What a recipient says of an event: kept, shown to the sender within limits, and looked into."""

from __future__ import annotations

import uuid

import pytest

from attestations.models import MissingAttestation
from derived_rights.services.deriving import derive_pending
from partners.models import EventFeedback
from partners.services.routing import route_pending
from tests.api.conftest import issues_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def recipient(recipient_for):
    return recipient_for("recipient", "bim")


@pytest.fixture
def tell(recipient, cpas, decision):
    """Record a decision of a person; the decision and the events that follow."""

    def make(ssin: str) -> tuple[str, list[dict]]:
        answer = cpas.post("/decisions", decision(ssin))
        derive_pending()
        route_pending()
        return answer.json()["decisionId"], recipient.get("/events").json()["items"]

    return make


@pytest.fixture
def told(recipient, tell, new_ssin):
    ssin = new_ssin()
    recipient.inscribe(ssin)
    decision_id, events = tell(ssin)
    return ssin, decision_id, events


def shown(cpas, decision_id):
    items = cpas.get(f"/decisions/{decision_id}/addressees").json()["items"]
    return [item.get("feedback") for item in items if item["forwarded"]]


@pytest.mark.parametrize("outcome", ["applied", "refused", "unknownPerson"])
def test_an_answer_is_kept(recipient, told, outcome):
    _, _, (event, *_) = told

    answer = recipient.post(
        "/feedback", {"eventId": event["id"], "outcome": outcome, "reason": "a reason"}
    )

    assert answer.status_code == 201
    body = answer.json()
    assert (body["eventId"], body["outcome"], body["reason"]) == (event["id"], outcome, "a reason")
    assert EventFeedback.objects.get().outcome == outcome


def test_the_sender_reads_whether_it_was_applied_or_refused(recipient, cpas, told):
    _, decision_id, (attestation, right) = told
    assert shown(cpas, decision_id) == [None, None]

    recipient.post("/feedback", {"eventId": attestation["id"], "outcome": "refused"})
    recipient.post("/feedback", {"eventId": right["id"], "outcome": "refused"})
    recipient.post("/feedback", {"eventId": right["id"], "outcome": "applied"})

    assert shown(cpas, decision_id) == ["refused", "applied"]


def test_the_sender_reads_neither_the_reason_nor_that_the_person_is_unknown(recipient, cpas, told):
    _, decision_id, (event, _) = told
    body = {"eventId": event["id"], "outcome": "unknownPerson", "reason": "moved to fund B"}

    recipient.post("/feedback", body)

    assert shown(cpas, decision_id) == [None, None]
    assert "fund B" not in cpas.get(f"/decisions/{decision_id}/addressees").content.decode()


def test_an_event_of_another_is_unknown(recipient_for, told):
    _, _, (event, _) = told
    other = recipient_for("other", "bim")

    foreign = other.post("/feedback", {"eventId": event["id"], "outcome": "applied"})
    absent = other.post("/feedback", {"eventId": str(uuid.uuid4()), "outcome": "applied"})

    assert issues_of(foreign) == [("referencedResourceNotFound", "body", "eventId")]
    assert issues_of(foreign) == issues_of(absent)
    assert not EventFeedback.objects.exists()


def test_a_ssin_in_the_reason_is_not_kept(recipient, told):
    ssin, _, (event, _) = told

    recipient.post(
        "/feedback", {"eventId": event["id"], "outcome": "refused", "reason": f"see {ssin}"}
    )

    assert EventFeedback.objects.get().reason == "see ***********"


def test_an_unknown_person_speaks_against_the_number(recipient, told):
    _, _, (event, _) = told

    recipient.post("/feedback", {"eventId": event["id"], "outcome": "unknownPerson"})

    assert EventFeedback.objects.get().signal == "unknownNumber"
    assert not MissingAttestation.objects.exclude(
        cause="late"
    ).exists()  # nobody knows whose mistake it is


def test_an_unknown_person_whose_number_was_replaced_is_marked_so(
    recipient, federal, told, new_ssin
):
    ssin, _, (event, _) = told
    replaced = {"ssin": ssin, "replacedBy": new_ssin(), "date": "2026-04-01"}
    assert federal.post("/ssinReplacements", replaced).status_code < 300

    recipient.post("/feedback", {"eventId": event["id"], "outcome": "unknownPerson"})

    assert EventFeedback.objects.get().signal == "replacedNumber"


def test_an_attestation_sent_under_a_replaced_number_becomes_a_finding_at_once(
    recipient, cpas, federal, tell, new_ssin
):
    """No run of the control: the refusal alone has it look at the person."""
    old, new = new_ssin(), new_ssin()
    recipient.inscribe(new)
    replaced = {"ssin": old, "replacedBy": new, "date": "2026-03-01"}
    assert federal.post("/ssinReplacements", replaced).status_code < 300
    _, (event, *_) = tell(old)
    MissingAttestation.objects.update(status="resolved")

    recipient.post("/feedback", {"eventId": event["id"], "outcome": "unknownPerson"})

    assert MissingAttestation.objects.exclude(status="resolved").get().cause == "replacedSsin"


@pytest.mark.parametrize(
    ("changes", "issue"),
    [
        ({"outcome": "lost"}, ("schemaViolation", "body", "outcome")),
        ({"eventId": "1"}, ("schemaViolation", "body", "eventId")),
        ({"reason": "x" * 501}, ("schemaViolation", "body", "reason")),
    ],
)
def test_an_answer_that_is_none_is_refused(recipient, told, changes, issue):
    _, _, (event, _) = told
    body = {"eventId": event["id"], "outcome": "applied"} | changes

    assert issues_of(recipient.post("/feedback", body)) == [issue]
