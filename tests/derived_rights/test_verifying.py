"""Receipts are verified: sound ones pass, whatever was learnt since, and tampered ones do not."""

from __future__ import annotations

import io
from contextlib import contextmanager
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Max

from attestations.models import Attestation, Person
from derived_rights import facts as known
from derived_rights.engine.catalogue import rights
from derived_rights.models import ParameterValue, RightPeriod
from derived_rights.services import catalogue, deriving, verifying
from derived_rights.services.derivation_runs import derive_for_new_law

pytestmark = pytest.mark.django_db


@contextmanager
def guards_off():
    """As somebody who owns the database could: history is open to change."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield cursor
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.fixture
def registry(cpas, federal, decision, new_ssin):
    """A history: aid granted and stopped, a household ended, a figure changed and changed back."""
    anna, bert = new_ssin(), new_ssin()
    household = [{"ssin": bert, "relation": "partner"}]
    made = cpas.post("/decisions", decision(anna, household=household, endDate=None)).json()
    cpas.post("/decisions", decision(new_ssin(), endDate="2026-08-31"))
    deriving.derive_pending()
    for months in (9, 3):
        figure(months)
        derive_for_new_law()
    path = f"/decisions/{made['decisionId']}/stop"
    cpas.post(path, {"endDate": "2026-07-15", "reason": "works"}, If_Match='"1"')
    alone = {"ssin": bert, "fact": "household", "members": [], "startDate": "2026-05-01"}
    federal.post("/personFacts/batches", {"items": [alone | {"source": "nationalRegister"}]})
    deriving.derive_pending()
    return anna, bert


def figure(months):
    catalogue.set_value(
        right="bim",
        name="minimum_months",
        valid_from=date(2014, 1, 1),
        value=months,
        reference="test",
    )
    catalogue.note_law_changed("bim")


def mismatches(sample=None):
    return [one for part in verifying.verify(sample) for one in part.mismatches]


def test_a_history_verifies_as_it_was_recorded(registry):
    assert RightPeriod.objects.exclude(superseded_at=None).count() > 0

    verified = list(verifying.verify())

    assert [one for part in verified for one in part.mismatches] == []
    assert sum(part.periods for part in verified) == RightPeriod.objects.count()


def test_no_more_persons_are_read_at_a_time_than_fit(registry, monkeypatch):
    read: list[int] = []
    load = known.load
    monkeypatch.setattr(
        known, "load", lambda persons, **how: read.append(len(persons)) or load(persons, **how)
    )
    assert mismatches() == []
    assert max(read) == 3

    read.clear()
    monkeypatch.setattr(verifying, "MOST", 2)
    assert mismatches() == []
    assert max(read) == 2


TAMPERED = [
    ("period = daterange('2026-06-02', '2031-01-01')", {"periods"}),
    ("attestation_numbers = ARRAY['X1']", {"periods"}),
    ("outcome = 'undetermined'", {"periods"}),
    ("receipt = jsonb_set(receipt, '{facts}', '\"0\"')", {"facts"}),
    ("receipt = jsonb_set(receipt, '{parameters}', '\"0\"')", {"parameters"}),
    ("receipt = jsonb_set(receipt, '{version}', '\"2001-01-01\"')", {"version"}),
    ("\"right\" = 'abolished'", {"right"}),
]


def tampered(statement, *values):
    """What is found wrong after a statement that is undone again."""
    with transaction.atomic():
        with guards_off() as cursor:
            cursor.execute(statement, values)
        found = mismatches()
        transaction.set_rollback(True)
    return found


def test_whatever_is_tampered_with_is_found(registry):
    row = RightPeriod.objects.filter(right="bim", superseded_at=None).order_by("pk").first()
    for change, what in TAMPERED:
        found = tampered(f"UPDATE derived_rights_rightperiod SET {change} WHERE id = %s", row.pk)
        assert {one.period: set(one.what) for one in found}[row.pk] == what, change

    found = tampered(
        "UPDATE attestations_attestation SET period = daterange('2026-03-01', NULL) WHERE id = %s",
        Attestation.objects.order_by("pk").first().pk,
    )
    assert {what for one in found for what in one.what} == {"periods", "facts"}

    found = tampered("UPDATE derived_rights_parametervalue SET value = '7'")
    assert {what for one in found for what in one.what} >= {"parameters"}
    changed_first = ParameterValue.objects.order_by("pk").first().recorded_at
    assert min(one.recorded_at for one in found) > changed_first

    assert mismatches() == []


def test_a_module_that_changed_is_found(registry, monkeypatch):
    (parameter,) = (p for p in rights()["bim"].parameters if p.name == "minimum_months")
    altered = parameter.overridden({date(2020, 1, 1): 4})
    others = tuple(p for p in rights()["bim"].parameters if p is not parameter)
    monkeypatch.setattr(rights()["bim"], "parameters", (*others, altered))
    monkeypatch.setattr("derived_rights.engine.right._windows", _unremembered())

    assert "parameters" in {what for one in mismatches() for what in one.what}


def _unremembered():
    from derived_rights.engine import right  # noqa: PLC0415  (as it is before it is replaced)

    return right._windows.__wrapped__


def test_a_merge_is_not_held_against_what_was_recorded_before(registry, federal):
    anna, bert = registry
    body = {"ssin": bert, "replacedBy": anna, "date": "2026-04-01"}
    answer = federal.post("/ssinReplacements", body)
    assert answer.status_code in (200, 201), answer.content
    deriving.derive_pending()

    verified = list(verifying.verify())

    assert [one for part in verified for one in part.mismatches] == []
    assert sum(part.periods for part in verified) == RightPeriod.objects.count()
    assert (
        RightPeriod.objects.values("person_id").distinct().count()
        > Person.objects.filter(merged_into=None).count()
    )


def test_what_was_known_of_a_person_before_a_merge_is_proved_too(registry, federal):
    anna, bert = registry
    before = RightPeriod.objects.aggregate(last=Max("pk"))["last"]
    replaced = {"ssin": bert, "replacedBy": anna, "date": "2026-04-01"}
    assert federal.post("/ssinReplacements", replaced).status_code == 201
    deriving.derive_pending()
    merged = Person.objects.exclude(merged_into=None).get()
    for person in (merged, merged.merged_into):
        row = RightPeriod.objects.filter(person=person, pk__lte=before).order_by("pk").first()
        found = tampered(
            "UPDATE derived_rights_rightperiod SET attestation_numbers = ARRAY['X1'] WHERE id = %s",
            row.pk,
        )
        assert row.pk in {one.period for one in found}


def test_a_household_that_was_taken_back_is_still_known_of_then(
    cpas, decision, new_ssin, monkeypatch
):
    monkeypatch.setattr(verifying, "TOGETHER", 1)  # as in a sample
    anna, bert = new_ssin(), new_ssin()
    household = [{"ssin": bert, "relation": "partner"}]
    made = cpas.post("/decisions", decision(anna, household=household)).json()
    deriving.derive_pending()
    path = f"/decisions/{made['decisionId']}/cancellation"
    assert cpas.post(path, {"reason": "in error"}, If_Match='"1"').status_code == 200
    deriving.derive_pending()
    persons = RightPeriod.objects.exclude(superseded_at=None).values("person_id").distinct()
    assert persons.count() == 2

    assert mismatches() == []


def test_a_sample_is_as_large_as_asked(registry):
    assert sum(part.periods for part in verifying.verify(3)) == 3
    total = RightPeriod.objects.count()
    assert sum(part.periods for part in verifying.verify(10 * total)) == total


def test_the_command_says_what_is_wrong_and_fails(registry):
    said = io.StringIO()
    call_command("verify_receipts", stdout=said)
    assert said.getvalue().splitlines()[-1] == (
        f"{RightPeriod.objects.count()} periods, 0 of them wrong."
    )
    row = RightPeriod.objects.order_by("pk").first()
    with guards_off() as cursor:
        cursor.execute(
            "UPDATE derived_rights_rightperiod SET receipt = '{}' WHERE id = %s", [row.pk]
        )

    complaints = io.StringIO()
    with pytest.raises(CommandError, match="1 of them wrong"):
        call_command("verify_receipts", stdout=io.StringIO(), stderr=complaints)
    assert f"Period {row.pk} " in complaints.getvalue()
    assert "version, parameters, facts differ" in complaints.getvalue()


def test_nothing_stored_is_nothing_wrong():
    assert list(verifying.verify()) == []
    assert list(verifying.verify(5)) == []
