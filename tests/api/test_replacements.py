"""A number that is replaced: one person, one history, by the old number or the new one."""

from __future__ import annotations

import pytest

from attestations.models import Attestation, MergedOverlap, MissingAttestation, PersonNumber
from attestations.services import identities, persons
from attestations.ssin import Ssin
from derived_rights.models import RightPeriod
from derived_rights.services.deriving import derive_pending
from partners.services.routing import route_pending

pytestmark = pytest.mark.django_db

BIM = {"startDate": "2026-06-02", "endDate": "2028-12-31"}


def run_the_stages():
    derive_pending()
    route_pending()


@pytest.fixture
def replace(federal):
    """Record a replacement, which must be accepted."""

    def make(ssin, replaced_by, date="2026-04-01", status=201):
        body = {"ssin": ssin, "replacedBy": replaced_by, "date": date}
        answer = federal.post("/ssinReplacements", body)
        assert answer.status_code == status, answer.content
        return answer.json()

    return make


def decisions_by(cpas, ssin):
    answer = cpas.post("/decisions/query", {"ssin": ssin})
    assert answer.status_code == 200, answer.content
    return [item["decisionId"] for item in answer.json()["items"]]


def attestations_by(recipient, ssin):
    question = {
        "legalContext": recipient.legal_context,
        "ssin": ssin,
        "period": {"startDate": "2020-01-01"},
    }
    answer = recipient.post("/attestations/query", question)
    assert answer.status_code == 200, answer.content
    return {item["attestationNumber"] for item in answer.json()["items"]}


def person_of(ssin):
    return persons.resolve(persons.find(Ssin.parse(ssin, allow_test=True)))


def test_unknown_numbers_are_registered_as_one_person(replace, new_ssin):
    old, new = new_ssin(), new_ssin()

    assert replace(old, new) == {"ssin": old, "replacedBy": new, "date": "2026-04-01"}

    assert person_of(old) == person_of(new)
    assert PersonNumber.objects.values("person").distinct().count() == 1


def test_saying_it_again_changes_nothing(replace, new_ssin):
    old, new = new_ssin(), new_ssin()
    replace(old, new)

    replace(old, new, status=200)

    assert PersonNumber.objects.filter(replaced_by__isnull=False).count() == 1


def test_a_new_number_of_a_known_person_needs_no_merge(cpas, decision, replace, new_ssin):
    old, new = new_ssin(), new_ssin()
    recorded = cpas.post("/decisions", decision(old)).json()["decisionId"]

    replace(old, new)

    assert decisions_by(cpas, old) == decisions_by(cpas, new) == [recorded]
    assert person_of(new).merged_into is None


def test_both_numbers_give_the_same_history_everywhere(
    cpas, recipient_for, decision, replace, new_ssin
):
    mutuality = recipient_for("mutualities", "bim")
    old, new = new_ssin(), new_ssin()
    first = cpas.post("/decisions", decision(old)).json()
    second = cpas.post(
        "/decisions", decision(new, aidKind="heatingAllowance", reference="2026/0413")
    ).json()
    mutuality.inscribe(old)
    run_the_stages()

    replace(old, new)
    run_the_stages()

    both = [second["decisionId"], first["decisionId"]]
    assert decisions_by(cpas, old) == decisions_by(cpas, new) == both
    numbers = {one["attestations"][0]["attestationNumber"] for one in (first, second)}
    assert attestations_by(mutuality, old) == attestations_by(mutuality, new) == numbers
    by_old, by_new = (mutuality.ask_rights(one, "bim", date="2026-07-01")[0] for one in (old, new))
    assert by_new["periods"] == [BIM]
    assert by_old == by_new | {"ssin": old}
    inscribed = [
        mutuality.post("/inscriptions/query", {"ssin": one}).json()["items"] for one in (old, new)
    ]
    assert inscribed[0] == inscribed[1]
    assert [item["ssin"] for item in inscribed[0]] == [new]


def test_history_is_not_rewritten_and_what_was_believed_stays(
    cpas, recipient_for, decision, replace, new_ssin
):
    mutuality = recipient_for("mutualities", "bim")
    old, new = new_ssin(), new_ssin()
    cpas.post("/decisions", decision(old))
    cpas.post("/decisions", decision(new, aidKind="medicalCard"))
    before = set(Attestation.objects.values_list("pk", "person", "number_as_sent"))
    mutuality.inscribe(new)
    derive_pending()
    (known_at,) = RightPeriod.objects.filter(right="bim").values_list("recorded_at", flat=True)

    replace(old, new)
    derive_pending()

    assert set(Attestation.objects.values_list("pk", "person", "number_as_sent")) == before
    current = RightPeriod.objects.filter(right="bim", superseded_at=None)
    assert set(current.values_list("person", flat=True)) == {person_of(new).pk}
    (item,) = mutuality.ask_rights(
        old, "bim", date="2026-07-01", knownAt=known_at.isoformat().replace("+00:00", "Z")
    )
    assert item["periods"] == [BIM]


def test_months_under_two_numbers_are_one_uninterrupted_period(
    cpas, recipient_for, decision, replace, new_ssin
):
    """Three months open the right: two under the old number and two under the new one do too."""
    mutuality = recipient_for("mutualities", "bim")
    old, new = new_ssin(), new_ssin()
    mutuality.inscribe(new)
    cpas.post("/decisions", decision(old, startDate="2026-01-01", endDate="2026-02-28"))
    cpas.post("/decisions", decision(new, startDate="2026-03-01", endDate="2026-04-30"))
    (alone,) = mutuality.ask_rights(new, "bim", date="2026-05-01")
    assert alone["outcome"] == "doesNotApply"

    replace(old, new)

    (together,) = mutuality.ask_rights(new, "bim", date="2026-05-01")
    assert together["periods"] == [{"startDate": "2026-04-01", "endDate": "2027-12-31"}]


def test_a_merge_is_told_to_those_inscribed_under_either_number(
    cpas, recipient_for, decision, replace, new_ssin
):
    of_old, of_new = recipient_for("of-old", "bim"), recipient_for("of-new", "bim")
    old, new = new_ssin(), new_ssin()
    of_old.inscribe(old)
    of_new.inscribe(new)
    cpas.post("/decisions", decision(old))
    cpas.post("/decisions", decision(new, aidKind="medicalCard"))
    run_the_stages()
    before = of_old.get("/events").content
    told_of_old = [event["data"]["ssin"] for event in of_old.get("/events").json()["items"]]
    assert set(told_of_old) == {old}

    replace(old, new)
    run_the_stages()

    for recipient in (of_old, of_new):
        events = recipient.get("/events").json()["items"]
        numbers = {event["data"].get("attestationNumber") for event in events} - {None}
        assert len(numbers) == 2
        (right,) = [
            event["data"]
            for event in events
            if event["data"]["ssin"] == new and event["data"].get("right") == "bim"
        ]
        assert right["periods"] == [BIM]
        (asked,) = recipient.ask_rights(old, "bim", date="2026-07-01")
        assert right["version"] == asked["version"] == 2
    again = of_old.get("/events").content
    assert before.split(b'"cursor"')[0].rstrip(b",]") in again


def test_an_old_number_is_kept_as_sent_and_answered_with_the_one_in_use(
    cpas, decision, replace, new_ssin
):
    first, second, third = new_ssin(), new_ssin(), new_ssin()
    replace(first, second)
    replace(second, third)

    answer = cpas.post("/decisions", decision(first))

    assert answer.status_code == 201
    assert answer.json()["replacedBy"] == third
    attestation = Attestation.objects.get()
    assert persons.keyring().open(attestation.number_as_sent.sealed) == first
    assert attestation.person == person_of(third)
    file = cpas.get(f"/decisions/{answer.json()['decisionId']}").json()
    assert file["ssin"] == third


def test_a_number_in_use_is_answered_without_a_replacement(cpas, decision, new_ssin):
    assert "replacedBy" not in cpas.post("/decisions", decision(new_ssin())).json()


@pytest.mark.parametrize("links", [1, 2, 3])
def test_a_circle_is_refused(federal, replace, new_ssin, links):
    chain = [new_ssin() for _ in range(links + 1)]
    for old, new in zip(chain, chain[1:], strict=False):
        replace(old, new)

    body = {"ssin": chain[-1], "replacedBy": chain[0], "date": "2026-05-01"}
    answer = federal.post("/ssinReplacements", body)

    assert answer.status_code == 400
    (issue,) = answer.json()["issues"]
    assert issue["name"] == "replacedBy"
    assert issue["type"].endswith("rejectedInput")
    assert "circle" in issue["detail"]


def test_what_cannot_be_a_replacement_is_refused(federal, replace, new_ssin):
    old, new, other = new_ssin(), new_ssin(), new_ssin()
    replace(old, new)
    bodies = {
        "replacedBy": {"ssin": other, "replacedBy": other, "date": "2026-05-01"},
        "date": {"ssin": other, "replacedBy": new, "date": "2999-01-01"},
        "ssin": {"ssin": old, "replacedBy": other, "date": "2026-05-01"},
    }
    for name, body in bodies.items():
        answer = federal.post("/ssinReplacements", body)
        assert answer.status_code == 400
        assert [issue["name"] for issue in answer.json()["issues"]] == [name]
    # Nothing of a refused replacement is kept, not even the number.
    assert persons.find(Ssin.parse(other, allow_test=True)) is None


def test_only_the_federal_service_replaces(cpas, new_ssin):
    body = {"ssin": new_ssin(), "replacedBy": new_ssin(), "date": "2026-04-01"}
    assert cpas.post("/ssinReplacements", body).status_code == 403


def test_overlaps_that_a_merge_causes_are_flagged_and_can_be_put_right(
    cpas, decision, replace, new_ssin
):
    old, new = new_ssin(), new_ssin()
    first = cpas.post("/decisions", decision(old)).json()
    second = cpas.post("/decisions", decision(new, startDate="2026-09-01")).json()

    replace(old, new)

    flagged = MergedOverlap.objects.get()
    assert {flagged.one.number, flagged.other.number} == {
        one["attestations"][0]["attestationNumber"] for one in (first, second)
    }
    assert str(flagged.period.start) == "2026-09-01"
    current = Attestation.objects.filter(superseded_at=None)
    assert current.count() == 2
    refused = cpas.post("/decisions", decision(new, startDate="2026-04-01"))
    assert refused.status_code == 400
    for recorded, end in ((second, "2026-12-31"), (first, "2026-08-31")):
        stop = cpas.post(
            f"/decisions/{recorded['decisionId']}/stop",
            {"endDate": end, "reason": "twice"},
            If_Match='"1"',
        )
        assert stop.status_code == 200, stop.content
    one, other = current.filter(superseded_at=None).order_by("period")
    assert not one.period.overlaps(other.period)


def test_nobody_becomes_a_member_of_the_own_household(
    cpas, recipient_for, decision, replace, new_ssin
):
    energy = recipient_for("energyAdministration", "socialTariff")
    old, new = new_ssin(), new_ssin()
    energy.inscribe(new)
    household = [{"ssin": new, "relation": "other"}]
    cpas.post("/decisions", decision(old, household=household))

    replace(old, new)
    run_the_stages()

    (item,) = energy.ask_rights(new, "socialTariff", date="2026-04-01")
    assert item["outcome"] == "applies"
    refused = cpas.post("/decisions", decision(old, aidKind="medicalCard", household=household))
    assert refused.status_code == 400
    assert refused.json()["issues"][0]["name"] == "household"


def test_a_household_stated_under_the_old_number_counts(
    cpas, recipient_for, decision, replace, new_ssin
):
    energy = recipient_for("energyAdministration", "socialTariff")
    holder, old, new = new_ssin(), new_ssin(), new_ssin()
    energy.inscribe(new)
    cpas.post("/decisions", decision(new, aidKind="medicalCard"))
    cpas.post("/decisions", decision(holder, household=[{"ssin": old, "relation": "child"}]))

    replace(old, new)

    (item,) = energy.ask_rights(new, "socialTariff", date="2026-04-01")
    assert item["outcome"] == "applies"


def test_merged_persons_that_are_merged_again_point_to_the_last(cpas, decision, replace, new_ssin):
    chain = [new_ssin() for _ in range(4)]
    months = ("01", "02", "03", "04")
    for ssin, month in zip(chain, months, strict=True):
        start, end = f"2026-{month}-01", f"2026-{month}-28"
        cpas.post("/decisions", decision(ssin, startDate=start, endDate=end))

    replace(chain[0], chain[1])
    replace(chain[2], chain[3])
    replace(chain[1], chain[2])

    root = person_of(chain[3])
    assert {person_of(ssin) for ssin in chain} == {root}
    assert len(identities.ids_of(root.pk)) == 4
    assert [len(decisions_by(cpas, ssin)) for ssin in chain] == [4, 4, 4, 4]
    assert len(PersonNumber.objects.filter(replaced_by=None)) == 1


def test_a_claim_is_crossed_with_what_was_attested_under_the_old_number(
    cpas, federal, decision, replace, new_ssin
):
    old, new = new_ssin(), new_ssin()
    cpas.post("/decisions", decision(old))
    enterprise = Attestation.objects.get().cpas.enterprise_number
    claim = {"enterpriseNumber": enterprise, "aidKind": "integrationIncome", "month": "2026-04"}
    federal.post("/subsidyClaims/batches", {"items": [claim | {"ssin": new}]})

    replace(old, new, date="2026-11-01")

    live = MissingAttestation.objects.filter(status__in=MissingAttestation.LIVE)
    assert not live.filter(cause=MissingAttestation.Cause.NEVER_SENT).exists()
