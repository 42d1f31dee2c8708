"""The digest exchange: a recipient finds what it missed without asking about everybody."""

from __future__ import annotations

import hashlib

import pytest

from attestations.models import AccessLogEntry
from derived_rights.services.deriving import derive_pending
from partners.services.routing import route_pending
from tests.api.conftest import issues_of
from tests.partners.test_withheld import LONG_AGO, rewrite

pytestmark = pytest.mark.django_db

BUCKETS = 16


def digests_of(held: dict[tuple[str, str], int], buckets: int = BUCKETS) -> list[str]:
    """What a recipient computes from what it holds, written from the documentation alone."""
    totals = [0] * buckets
    for (ssin, right), version in held.items():
        start = hashlib.sha256(ssin.encode()).digest()[:4]
        line = f"{ssin} {right} {version}".encode()
        totals[int.from_bytes(start, "big") % buckets] += int.from_bytes(
            hashlib.sha256(line).digest(), "big"
        )
    return [f"{total % 2**256:064x}" for total in totals]


def bucket_of(ssin: str) -> int:
    return int.from_bytes(hashlib.sha256(ssin.encode()).digest()[:4], "big") % BUCKETS


@pytest.fixture
def recipient(recipient_for):
    return recipient_for("recipient", "bim")


@pytest.fixture
def held(recipient, cpas, decision, new_ssin):
    """What the recipient holds after it read its feed: versions by person and right."""
    for ssin in [new_ssin() for _ in range(6)]:
        recipient.inscribe(ssin)
        cpas.post("/decisions", decision(ssin))
    derive_pending()
    route_pending()
    return {
        (event["data"]["ssin"], event["data"]["right"]): event["data"]["version"]
        for event in recipient.get("/events").json()["items"]
        if "right" in event["data"]
    }


def ask(recipient, held, **changes):
    body = {"legalContext": recipient.legal_context, "digests": digests_of(held)} | changes
    answer = recipient.post("/rights/digests/query", body)
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


def test_who_missed_nothing_learns_so(recipient, held):
    assert len(held) == 6
    assert ask(recipient, held) == []


def test_a_missed_event_is_found_in_its_bucket(recipient, held):
    (missed, _), *_ = held
    rest = {key: version for key, version in held.items() if key[0] != missed}

    (found,) = ask(recipient, rest)

    assert found["bucket"] == bucket_of(missed)
    assert found["digest"] == digests_of(held)[found["bucket"]]


def test_an_older_version_and_a_person_too_many_are_found(
    recipient, held, cpas, decision, new_ssin
):
    (changed, _), *_ = held
    stranger = new_ssin()
    cpas.post("/decisions", decision(changed, startDate="2027-03-02", endDate="2029-03-01"))
    derive_pending()

    found = ask(recipient, held | {(stranger, "bim"): 1})

    assert {one["bucket"] for one in found} == {bucket_of(changed), bucket_of(stranger)}


def test_what_a_question_answers_settles_the_difference(recipient, held):
    """The bucket leads to its persons, the question to their versions, and then all agree."""
    stale = dict.fromkeys(held, 0)
    for one in ask(recipient, stale):
        ssins = [ssin for ssin, _ in held if bucket_of(ssin) == one["bucket"]]
        for item in recipient.post(
            "/rights/query",
            {"legalContext": recipient.legal_context, "ssins": ssins, "date": "2026-07-01"},
        ).json()["items"]:
            stale[item["ssin"], item["right"]] = item["version"]

    assert stale == held
    assert ask(recipient, stale) == []


def test_persons_without_a_file_are_not_counted(recipient, held, cpas, decision, new_ssin):
    cpas.post("/decisions", decision(new_ssin()))
    derive_pending()

    assert ask(recipient, held) == []


def test_a_person_counts_under_the_number_in_use(recipient, held, federal, new_ssin):
    (old, right), *_ = held
    new = new_ssin()
    replaced = {"ssin": old, "replacedBy": new, "date": "2026-04-01"}
    assert federal.post("/ssinReplacements", replaced).status_code < 300
    derive_pending()

    followed = {key: version for key, version in held.items() if key[0] != old}
    answer = recipient.ask_rights(new, "bim", date="2026-07-01")
    followed[new, right] = answer[0]["version"]

    assert ask(recipient, followed) == []


def test_everyone_on_file_counts_as_read(recipient, held):
    ask(recipient, held)

    lines = AccessLogEntry.objects.filter(operation="queryDigests")
    assert lines.count() == 6
    assert set(lines.values_list("legal_context", flat=True)) == {recipient.legal_context}


def test_one_bucket_will_do(recipient, held):
    assert ask(recipient, held, digests=digests_of(held, 1)) == []


def test_an_ended_authorisation_compares_nothing(recipient, held):
    rewrite(recipient, period=LONG_AGO)
    body = {"legalContext": recipient.legal_context, "digests": digests_of(held)}

    assert recipient.post("/rights/digests/query", body).status_code == 403


@pytest.mark.parametrize(
    ("changes", "issue"),
    [
        ({"digests": []}, ("schemaViolation", "body", "digests")),
        ({"digests": ["x"]}, ("schemaViolation", "body", "digests[0]")),
        ({"digests": ["A" * 64]}, ("schemaViolation", "body", "digests[0]")),
        ({"digests": ["0" * 64] * 65_537}, ("schemaViolation", "body", "digests")),
        ({"rights": ["x"]}, ("referencedResourceNotFound", "body", "rights[0]")),
    ],
    ids=["none", "no digest", "capitals", "too many", "unknown right"],
)
def test_a_question_that_is_none_is_refused(recipient, changes, issue):
    body = {"legalContext": recipient.legal_context, "digests": ["0" * 64]} | changes

    assert issues_of(recipient.post("/rights/digests/query", body)) == [issue]
