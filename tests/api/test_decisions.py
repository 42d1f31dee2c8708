"""What a CPAS does with its decisions."""

from __future__ import annotations

import uuid

import pytest

from attestations.models import AccessLogEntry, Decision
from tests.api.conftest import issues_of
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def recorded(cpas, decision, new_ssin):
    """A decision of the CPAS, as its recording was answered, with its person's number."""
    ssin = new_ssin()
    return cpas.post("/decisions", decision(ssin)).json() | {"ssin": ssin}


def revision(**changes):
    body = {
        "aidKind": "equivalentIntegrationIncome",
        "category": "cohabitant",
        "decidedOn": "2026-03-17",
        "startDate": "2026-03-02",
        "endDate": "2026-12-31",
        "reference": "2026/0412",
        "reason": "income found",
    } | changes
    return {name: value for name, value in body.items() if value is not None}


def test_a_recording_says_where_it_is_and_at_which_version(cpas, decision, new_ssin):
    answer = cpas.post("/decisions", decision(new_ssin()))

    assert answer.status_code == 201
    assert answer["ETag"] == '"1"'
    again = cpas.get(answer["Location"].removeprefix("/registry/v1"))
    assert again["ETag"] == '"1"'
    assert answer.json().items() <= again.json().items()


def test_properties_without_a_value_are_left_out(cpas, decision, new_ssin):
    body = decision(new_ssin(), endDate=None, reference=None, category=None)

    answer = cpas.post("/decisions", body).json()

    assert {"endDate", "reference", "category"}.isdisjoint(answer)
    assert "endDate" not in answer["attestations"][0]
    assert "previousAttestationNumber" not in answer["attestations"][0]


def test_the_file_of_a_decision_shows_its_person_household_and_versions(cpas, decision, new_ssin):
    ssin, child = new_ssin(), new_ssin()
    body = decision(ssin, household=[{"ssin": child, "relation": "child"}])
    recorded = cpas.post("/decisions", body).json()
    path = f"/decisions/{recorded['decisionId']}"
    cpas.post(f"{path}/stop", {"endDate": "2026-08-31", "reason": "work"}, If_Match='"1"')

    file = cpas.get(path).json()

    assert file["ssin"] == ssin
    assert file["household"] == [{"ssin": child, "relation": "child"}]
    assert [one["change"] for one in file["versions"]] == ["recorded", "stopped"]
    assert [one["endDate"] for one in file["versions"]] == ["2027-03-01", "2026-08-31"]


def test_a_revision_corrects_the_attestation(cpas, recorded):
    path = f"/decisions/{recorded['decisionId']}"

    answer = cpas.post(f"{path}/revisions", revision(), If_Match='"1"')

    assert answer.status_code == 200
    assert answer["ETag"] == '"2"'
    body = answer.json()
    assert (body["aidKind"], body["category"]) == ("equivalentIntegrationIncome", "cohabitant")
    original, correction = body["attestations"]
    assert original["superseded"] is True
    assert correction["nature"] == "correction"
    assert correction["previousAttestationNumber"] == original["attestationNumber"]


def test_a_revision_says_nothing_of_the_person(cpas, recorded):
    path = f"/decisions/{recorded['decisionId']}/revisions"

    answer = cpas.post(path, revision(ssin=recorded["ssin"]), If_Match='"1"')

    assert issues_of(answer) == [("unknownInput", "body", "ssin")]


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("revisions", revision()),
        ("stop", {"endDate": "2026-08-31", "reason": "work"}),
        ("cancellation", {"reason": "mistake"}),
    ],
)
def test_a_change_needs_the_version_that_it_changes(cpas, recorded, action, body):
    path = f"/decisions/{recorded['decisionId']}/{action}"

    without = cpas.post(path, body)
    garbled = cpas.post(path, body, If_Match="1")
    stale = cpas.post(path, body, If_Match='"7"')
    right = cpas.post(path, body, If_Match='"1"')
    too_late = cpas.post(path, body, If_Match='"1"')

    assert without.status_code == 428
    assert without.json()["type"] == "urn:problem-type:registry:versionRequired"
    assert stale.status_code == too_late.status_code == 412
    assert issues_of(garbled) == [("schemaViolation", "header", "If-Match")]
    assert stale.json()["type"] == "urn:problem-type:registry:staleVersion"
    assert right.status_code == 200


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ('"1"', 200),
        ("*", 200),
        (' "7" ,\t"1"', 200),
        (',"7",,"1",', 200),
        ('"a,b", "7", "1"', 200),
        ('W/"1"', 200),  # what a proxy that compresses makes of it
        ('"2", W/"1"', 200),
        ('"7", "2"', 412),
        ('W/"2"', 412),
        ('"01"', 412),
        ('"1,1"', 412),
        ('"\xe9"', 412),
        ('""', 412),
        ("1", 400),
        ('"1', 400),
        ('"1" "1"', 400),
        ('"1 1"', 400),
        ('w/"1"', 400),
        ('"1", *', 400),
        (",", 400),
        ("", 400),
    ],
)
def test_one_tag_of_those_given_must_be_the_version_s(cpas, recorded, header, status):
    path = f"/decisions/{recorded['decisionId']}/cancellation"

    answer = cpas.post(path, {"reason": "mistake"}, If_Match=header)

    assert answer.status_code == status
    if status == 400:
        assert issues_of(answer) == [("schemaViolation", "header", "If-Match")]
        assert "commas between" in answer.json()["issues"][0]["detail"]
    if status == 412:
        assert answer.json()["type"] == "urn:problem-type:registry:staleVersion"


def test_who_gives_several_versions_is_told_them(cpas, recorded):
    path = f"/decisions/{recorded['decisionId']}/cancellation"

    stale = cpas.post(path, {"reason": "mistake"}, If_Match='"7", "12"')
    other = cpas.post(path, {"reason": "mistake"}, If_Match='"x"')

    assert "at version 1, you change version 7, 12:" in stale.json()["detail"]
    assert "None of the ETags" in other.json()["detail"]


def test_a_stop_shortens_and_a_cancellation_undoes(cpas, recorded):
    path = f"/decisions/{recorded['decisionId']}"

    stop = cpas.post(f"{path}/stop", {"endDate": "2026-08-31", "reason": "x"}, If_Match='"1"')
    end = cpas.post(f"{path}/cancellation", {"reason": "x"}, If_Match='"2"')

    assert (stop.json()["status"], stop.json()["endDate"]) == ("stopped", "2026-08-31")
    assert end.json()["status"] == "cancelled"
    natures = [one["nature"] for one in end.json()["attestations"]]
    assert natures == ["original", "correction", "cancellation"]


@pytest.mark.parametrize(
    ("action", "body", "operation"),
    [
        ("revisions", revision(), "reviseDecision"),
        ("stop", {"endDate": "2026-08-31", "reason": "work"}, "stopDecision"),
        ("cancellation", {"reason": "mistake"}, "cancelDecision"),
    ],
)
def test_whom_the_answer_to_a_change_shows_is_noted_as_read(
    cpas, recorded, action, body, operation
):
    path = f"/decisions/{recorded['decisionId']}/{action}"
    read = AccessLogEntry.objects.filter(operation=operation)

    refused = cpas.post(path, body, If_Match='"7"')
    assert (refused.status_code, read.count()) == (412, 0)
    answer = cpas.post(path, body, If_Match='"1"')

    (line,) = read
    assert line.person == Decision.objects.get().person
    assert (line.served, str(line.ticket)) == (True, answer["BelGov-Trace-Id"])


@pytest.mark.parametrize("last_day", ["2026-03-01", "2027-03-02"])
def test_a_stop_lies_within_the_aid(cpas, recorded, last_day):
    path = f"/decisions/{recorded['decisionId']}/stop"

    answer = cpas.post(path, {"endDate": last_day, "reason": "x"}, If_Match='"1"')

    assert issues_of(answer) == [("invalidPeriod", "body", "endDate")]


def test_what_is_cancelled_changes_no_more(cpas, recorded):
    path = f"/decisions/{recorded['decisionId']}"
    cpas.post(f"{path}/cancellation", {"reason": "x"}, If_Match='"1"')

    answer = cpas.post(f"{path}/revisions", revision(), If_Match='"2"')

    assert issues_of(answer) == [("invalidInput", "path", "decisionId")]


def test_a_second_decision_may_not_overlap_the_first(cpas, decision, recorded):
    answer = cpas.post("/decisions", decision(recorded["ssin"]))

    assert issues_of(answer) == [("rejectedInput", "body", "startDate")]
    number = recorded["attestations"][0]["attestationNumber"]
    assert answer.json()["issues"][0]["attestationNumber"] == number


@pytest.mark.parametrize(
    ("changes", "issue"),
    [
        ({"aidKind": "unheardOf"}, ("schemaViolation", "body", "aidKind")),
        ({"aidKind": 7}, ("schemaViolation", "body", "aidKind")),
        ({"decidedOn": "17/03/2026"}, ("schemaViolation", "body", "decidedOn")),
        ({"decidedOn": "2026-02-30"}, ("schemaViolation", "body", "decidedOn")),
        ({"decidedOn": "2199-01-01"}, ("invalidInput", "body", "decidedOn")),
        ({"startDate": "1950-01-01"}, ("invalidPeriod", "body", "startDate")),
        ({"startDate": "9999-12-31"}, ("outOfRange", "body", "startDate")),
        ({"endDate": "2026-03-01"}, ("invalidPeriod", "body", "endDate")),
        ({"reference": "x" * 65}, ("schemaViolation", "body", "reference")),
        ({"reference": 2026}, ("schemaViolation", "body", "reference")),
        ({"reference": "a\x00b"}, ("schemaViolation", "body", "reference")),
        ({"household": {}}, ("schemaViolation", "body", "household")),
        ({"household": [{"relation": "child"}]}, ("schemaViolation", "body", "household[0].ssin")),
        (
            {"household": [{"ssin": "85710512369", "relation": "child", "name": "x"}]},
            ("unknownInput", "body", "household[0].name"),
        ),
    ],
    ids=str,
)
def test_each_input_that_cannot_be_is_named(cpas, decision, new_ssin, changes, issue):
    assert issues_of(cpas.post("/decisions", decision(new_ssin(), **changes))) == [issue]


def test_a_property_is_left_out_rather_than_null(cpas, decision, new_ssin):
    answer = cpas.post("/decisions", decision(new_ssin()) | {"endDate": None})

    assert issues_of(answer) == [("schemaViolation", "body", "endDate")]


def test_the_end_of_the_calendar_is_no_end(cpas, decision, new_ssin):
    answer = cpas.post("/decisions", decision(new_ssin(), endDate="9999-12-31"))

    assert answer.status_code == 201
    assert "endDate" not in answer.json()


def test_decisions_are_found_by_person_and_by_reference(cpas, other_cpas, recorded):
    by_person = cpas.post("/decisions/query", {"ssin": recorded["ssin"]}).json()
    by_reference = cpas.post("/decisions/query", {"reference": "2026/0412"}).json()
    elsewhere = other_cpas.post("/decisions/query", {"ssin": recorded["ssin"]}).json()

    assert [one["decisionId"] for one in by_person["items"]] == [recorded["decisionId"]]
    assert by_reference["items"] == by_person["items"]
    assert elsewhere["items"] == []


@pytest.mark.parametrize("body", [{}, {"ssin": "85710512369", "reference": "2026/0412"}])
def test_decisions_are_asked_for_by_one_of_the_two(cpas, body):
    assert issues_of(cpas.post("/decisions/query", body)) == [("requiredInput", "body", "ssin")]


def test_a_preview_is_checked_as_a_recording_is(cpas, decision, new_ssin):
    answer = cpas.post("/decisions/preview", decision(new_ssin(), endDate="2026-03-01"))

    assert issues_of(answer) == [("invalidPeriod", "body", "endDate")]


def test_a_preview_of_somebody_known_is_a_reading_of_that_person(cpas, decision, recorded):
    body = decision(recorded["ssin"], startDate="2027-03-02", endDate="2027-06-30")
    assert cpas.post("/decisions/preview", body).status_code == 200

    entry = AccessLogEntry.objects.get(operation="previewDecision")
    assert entry.served


def test_a_caller_without_a_cpas_records_nothing(caller_for, decision, new_ssin):
    caller = caller_for(OrganisationFactory(), "registry:record")

    answer = caller.post("/decisions", decision(new_ssin()))

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:problem-type:belgif:missingPermission"


def test_an_identifier_that_is_none_is_no_resource(cpas):
    assert cpas.get("/decisions/1").status_code == 404
    assert cpas.get(f"/decisions/{uuid.uuid4()}").status_code == 404
