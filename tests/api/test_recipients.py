"""What a recipient asks about persons, and what it is told when it may not know."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import OperationalError

from attestations.models import AccessLogEntry
from attestations.periods import Span
from attestations.services import access
from partners.models import RecipientRight
from tests.api.conftest import issues_of
from tests.factories import AuthorisationFactory, OrganisationFactory

pytestmark = pytest.mark.django_db

READS = ["/rights/query", "/rights/explanation", "/attestations/query"]


def refused(answer) -> bool:
    problem = answer.json()["type"]
    return (answer.status_code, problem) == (403, "urn:problem-type:belgif:missingPermission")


@pytest.fixture
def mutuality(recipient_for):
    return recipient_for("mutuality", "bim")


@pytest.fixture
def aided(cpas, mutuality, decision, new_ssin):
    """A person with a decision, on whom the mutuality holds a file."""
    ssin = new_ssin()
    mutuality.inscribe(ssin)
    cpas.post("/decisions", decision(ssin))
    return ssin


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("purpose", [None, "", 7, ["x"], "NOT-OURS", "a\x00b"], ids=str)
def test_without_a_purpose_of_its_own_nothing_is_looked_at(mutuality, path, purpose):
    """The rest of the body is not even checked: it would be an answer."""
    body = {"unexpected": 1} | ({} if purpose is None else {"legalContext": purpose})

    assert refused(mutuality.post(path, body))
    assert refused(mutuality.post(f"{path}?unexpected=1", body))


@pytest.mark.parametrize("path", READS)
def test_the_purpose_of_another_is_no_purpose(mutuality, path):
    other = AuthorisationFactory(organisation=OrganisationFactory(), legal_context="OTHERS")

    assert refused(mutuality.post(path, {"legalContext": other.legal_context}))


@pytest.mark.parametrize("path", READS)
def test_a_purpose_that_has_ended_is_no_purpose(mutuality, path):
    ended = AuthorisationFactory(
        organisation=mutuality.organisation, period=Span(date(2010, 1, 1), date(2011, 1, 1))
    )

    assert refused(mutuality.post(path, {"legalContext": ended.legal_context}))


def test_a_person_not_to_be_seen_and_one_who_is_not_there_are_answered_alike(
    cpas, mutuality, decision, new_ssin
):
    foreign, absent = new_ssin(), new_ssin()
    cpas.post("/decisions", decision(foreign))

    answers = {
        ssin: [
            mutuality.ask_rights(ssin, "bim", date="2026-07-01"),
            ask(mutuality, "/rights/explanation", ssin=ssin, right="bim", date="2026-07-01"),
            ask(mutuality, "/attestations/query", ssin=ssin, period={"startDate": "2026-01-01"}),
        ]
        for ssin in (foreign, absent)
    }

    rights, explanation, attestations = answers[foreign]
    assert rights == [{"ssin": foreign, "right": "bim", "outcome": "notAvailable"}]
    assert explanation["outcome"] == "notAvailable"
    assert attestations == {"items": [], "filteredElements": []}
    assert str(answers[absent]).replace(absent, foreign) == str(answers[foreign])


def test_every_reading_is_logged_with_its_purpose_and_whether_it_was_served(
    mutuality, aided, cpas, decision, new_ssin
):
    foreign = new_ssin()
    cpas.post("/decisions", decision(foreign))

    answer = mutuality.post(
        "/rights/query",
        {
            "legalContext": mutuality.legal_context,
            "ssins": [aided, foreign],
            "date": "2026-07-01",
        },
    )

    rows = AccessLogEntry.objects.filter(operation="queryRights").order_by("-served")
    assert [row.served for row in rows] == [True, False]
    assert {row.legal_context for row in rows} == {mutuality.legal_context}
    assert {str(row.ticket) for row in rows} == {answer["BelGov-Trace-Id"]}


def test_a_reading_that_cannot_be_logged_is_not_served(mutuality, aided, monkeypatch):
    def fails(*_args, **_kwargs):
        raise OperationalError("disk full")

    monkeypatch.setattr(access, "_log", fails)

    answer = mutuality.post(
        "/rights/query",
        {"legalContext": mutuality.legal_context, "ssin": aided, "date": "2026-07-01"},
    )

    assert answer.status_code == 503
    assert b"applies" not in answer.content


def test_a_day_is_answered_with_the_whole_period_that_holds_it(mutuality, aided):
    (item,) = mutuality.ask_rights(aided, "bim", date="2026-06-02")
    (before,) = mutuality.ask_rights(aided, "bim", date="2026-06-01")

    assert item["outcome"] == "applies"
    assert item["periods"] == [{"startDate": "2026-06-02", "endDate": "2028-12-31"}]
    assert before["outcome"] == "doesNotApply"


def test_a_period_is_answered_with_every_whole_period_that_touches_it(mutuality, aided):
    period = {"startDate": "2028-12-31", "endDate": "2030-01-01"}

    (item,) = mutuality.ask_rights(aided, "bim", period=period)

    assert item["periods"] == [{"startDate": "2026-06-02", "endDate": "2028-12-31"}]


def test_what_was_not_known_yet_is_not_answered(mutuality, aided):
    (item,) = mutuality.ask_rights(
        aided, "bim", date="2026-07-01", knownAt="2020-01-01T00:00:00+01:00"
    )

    assert item["outcome"] == "doesNotApply"


def test_a_right_outside_the_authorisation_is_refused(mutuality, aided):
    body = {"legalContext": mutuality.legal_context, "ssin": aided, "date": "2026-07-01"}

    assert refused(mutuality.post("/rights/query", body | {"rights": ["bim", "socialTariff"]}))
    assert refused(mutuality.post("/rights/explanation", body | {"right": "socialTariff"}))


def test_a_right_that_does_not_exist_is_named(mutuality, aided):
    body = {"legalContext": mutuality.legal_context, "ssin": aided, "date": "2026-07-01"}

    query = mutuality.post("/rights/query", body | {"rights": ["bim", "unheardOf"]})
    explanation = mutuality.post("/rights/explanation", body | {"right": "unheardOf"})

    assert issues_of(query) == [("referencedResourceNotFound", "body", "rights[1]")]
    assert issues_of(explanation) == [("referencedResourceNotFound", "body", "right")]


def test_a_right_switched_off_for_the_recipient_is_not_available(mutuality, aided):
    RecipientRight.objects.create(organisation=mutuality.organisation, right="bim", active=False)

    assert mutuality.ask_rights(aided, "bim", date="2026-07-01") == [
        {"ssin": aided, "right": "bim", "outcome": "notAvailable"}
    ]


def test_what_the_authorisation_does_not_open_is_left_out_and_named(
    recipient_for, cpas, decision, new_ssin
):
    recipient, ssin = recipient_for("narrow", "bim", fields=["aidKind"]), new_ssin()
    recipient.inscribe(ssin)
    cpas.post("/decisions", decision(ssin))

    (right,) = recipient.ask_rights(ssin, "bim", date="2026-07-01")
    body = ask(recipient, "/attestations/query", ssin=ssin, period={"startDate": "2026-01-01"})

    assert "periods" not in right
    assert right["filteredElements"] == ["periods"]
    assert body["filteredElements"] == ["attestationNumber", "cpas", "periods"]
    (attestation,) = body["items"]
    assert attestation["aidKind"] == "integrationIncome"
    assert {"attestationNumber", "startDate", "enterpriseNumber"}.isdisjoint(attestation)


def test_the_current_attestations_or_whole_chains(cpas, mutuality, decision, new_ssin):
    ssin = new_ssin()
    mutuality.inscribe(ssin)
    recorded = cpas.post("/decisions", decision(ssin)).json()
    path = f"/decisions/{recorded['decisionId']}/stop"
    cpas.post(path, {"endDate": "2026-08-31", "reason": "work"}, If_Match='"1"')
    question = {"ssin": ssin, "period": {"startDate": "2026-01-01"}}

    current = ask(mutuality, "/attestations/query", **question)
    chain = ask(mutuality, "/attestations/query", **question, history=True)

    assert [one["nature"] for one in current["items"]] == ["correction"]
    assert [one["nature"] for one in chain["items"]] == ["original", "correction"]
    assert "decisionId" not in chain["items"][0]
    assert [one["superseded"] for one in chain["items"]] == [True, False]


def test_what_was_current_then_was_not_superseded_then(cpas, mutuality, decision, new_ssin):
    ssin = new_ssin()
    mutuality.inscribe(ssin)
    recorded = cpas.post("/decisions", decision(ssin)).json()
    then = recorded["attestations"][0]["createdAt"]
    path = f"/decisions/{recorded['decisionId']}/stop"
    cpas.post(path, {"endDate": "2026-08-31", "reason": "work"}, If_Match='"1"')
    question = {"ssin": ssin, "period": {"startDate": "2026-01-01"}, "knownAt": then}

    for history in (False, True):
        (known,) = ask(mutuality, "/attestations/query", **question, history=history)["items"]
        assert known["endDate"] == "2027-03-01"
        assert known["superseded"] is False


@pytest.mark.parametrize(
    ("members", "issue"),
    [
        ({}, ("requiredInput", "body", "ssin")),
        ({"ssins": []}, ("schemaViolation", "body", "ssins")),
        ({"ssins": ["85710512369"] * 1001}, ("schemaViolation", "body", "ssins")),
        ({"ssins": ["85710512369", "1"]}, ("schemaViolation", "body", "ssins[1]")),
        ({"ssin": "85710512300"}, ("invalidInput", "body", "ssin")),
        ({"ssin": "85.71.05-123.69"}, ("schemaViolation", "body", "ssin")),
        ({"ssin": 85710512369}, ("schemaViolation", "body", "ssin")),
        ({"ssin": "85710512369", "date": "9999-12-31"}, ("outOfRange", "body", "date")),
        ({"ssin": "85710512369", "rights": "bim"}, ("schemaViolation", "body", "rights")),
        (
            {"ssin": "85710512369", "knownAt": "2026-01-01T00:00:00"},
            ("schemaViolation", "body", "knownAt"),
        ),
        (
            {"ssin": "85710512369", "knownAt": "0001-01-01T00:00:00+14:00"},
            ("schemaViolation", "body", "knownAt"),
        ),
    ],
    ids=range(11),
)
def test_each_input_that_cannot_be_is_named(mutuality, members, issue):
    body = {"legalContext": mutuality.legal_context, "date": "2026-07-01"} | members

    assert issues_of(mutuality.post("/rights/query", body)) == [issue]


def test_a_period_ends_after_it_starts(mutuality, new_ssin):
    period = {"startDate": "2026-07-01", "endDate": "2026-06-30"}
    body = {"legalContext": mutuality.legal_context, "ssin": new_ssin(), "period": period}

    answer = mutuality.post("/rights/query", body)

    assert issues_of(answer) == [("invalidPeriod", "body", "period.endDate")]


def ask(recipient, path, **question):
    answer = recipient.post(path, {"legalContext": recipient.legal_context} | question)
    assert answer.status_code == 200, answer.content
    return answer.json()
