"""Current attestations of one person, CPAS and kind share no day: exactly these, whoever writes.

Against the rule as one would say it, in a table with the same constraint and nothing else, so that
ids and days may be as large as PostgreSQL holds them.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from attestations.codes import AidKind
from attestations.models import Attestation
from tests import backups
from tests.attestations.raw_sql import insert_like, run

pytestmark = pytest.mark.django_db

ORIGINAL = {"nature": "original", "previous_id": None}
# Julian day numbers of the first day of year 1 and the last one of year 9999, and of the first and
# the last one that PostgreSQL holds.
FIRST, LAST = 1_721_426, 5_373_484
EARLIEST, LATEST = 0, 2_147_483_492
DAYS = st.one_of(
    st.sampled_from([FIRST, FIRST + 1, LAST - 1, LAST]),
    st.integers(2_461_042, 2_461_050),  # a week of 2026: touching, sharing a day, or neither
    st.integers(FIRST, LAST),
)
PERSONS = st.sampled_from([1, 2, 2**32, 2**32 + 1, 2**47 - 2, 2**47 - 1])
CPAS = st.sampled_from([1, 2, 12_345_679, 2**31 - 2, 2**31 - 1])
KINDS = st.sampled_from([*AidKind])


class Row(NamedTuple):
    """One attestation: days as Julian numbers, the last one inclusive, None for an open end."""

    person: int
    cpas: int
    kind: str
    start: int | None
    last: int | None
    nature: str = "original"
    is_superseded: bool = False

    @property
    def is_current(self) -> bool:
        return not self.is_superseded and self.nature != "cancellation"

    def is_in_the_way_of(self, other: Row) -> bool:
        """The rule, as one would say it."""
        return (
            self.is_current
            and other.is_current
            and self[:3] == other[:3]
            and (self.start is None or other.last is None or self.start <= other.last)
            and (other.start is None or self.last is None or other.start <= self.last)
        )


@st.composite
def rows(draw: st.DrawFn) -> Row:
    days = sorted([draw(DAYS), draw(DAYS)])
    return Row(
        draw(PERSONS),
        draw(CPAS),
        draw(KINDS),
        draw(st.sampled_from([None, *[days[0]] * 3])),
        draw(st.sampled_from([None, *[days[1]] * 3])),
        draw(st.sampled_from(["original", "original", "original", "cancellation"])),
        draw(st.sampled_from([False, False, False, True])),
    )


# A table with the constraints of attestations that an index holds, and with no other.
BESIDE = "CREATE TEMPORARY TABLE beside (LIKE attestations_attestation INCLUDING INDEXES)"
DEFAULTS = """
ALTER TABLE beside ALTER id SET DEFAULT nextval('attestations_attestation_id_seq'),
    ALTER number SET DEFAULT nextval('attestations_attestation_number')
"""
OTHERS = """
SELECT attname FROM pg_attribute
WHERE attrelid = 'beside'::regclass AND attnum > 0 AND attnotnull AND attname <> 'id'
"""
INSERT = """
INSERT INTO beside (person_id, cpas_id, aid_kind, period, nature, superseded_at)
VALUES (%s, %s, %s, daterange(date 'J0' + %s::int, date 'J0' + %s::int, '[]'), %s,
    CASE WHEN %s THEN now() END)
ON CONFLICT DO NOTHING
"""


@pytest.fixture
def beside(db):
    run(BESIDE)
    run(DEFAULTS)
    with connection.cursor() as cursor:
        cursor.execute(OTHERS)
        loose = ", ".join(f"ALTER {name} DROP NOT NULL" for (name,) in cursor)
    run(f"ALTER TABLE beside {loose}")


WEEK = 2_461_042


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(rows(), min_size=2, max_size=12))
@example([Row(1, 1, "medicalCard", WEEK, WEEK), Row(1, 1, "medicalCard", WEEK, None)])
@example([Row(1, 1, "medicalCard", WEEK, WEEK), Row(1, 1, "medicalCard", WEEK + 1, None)])
@example([Row(1, 1, "medicalCard", None, LAST), Row(1, 2, "medicalCard", FIRST, None)])
@example([Row(1, 1, "medicalCard", None, None), Row(2, 1, "integrationIncome", None, None)])
@example([Row(1, 1, "medicalCard", LAST, LAST), Row(1, 1, "medicalCard", None, LAST - 1)])
@example(
    [Row(1, 2**31 - 1, "medicalCard", WEEK, WEEK), Row(1, 2**31 - 1, "medicalCard", WEEK + 1, None)]
)
def test_a_row_is_refused_just_when_one_that_stands_is_in_its_way(beside, given_rows):
    run("TRUNCATE beside")
    standing: list[Row] = []
    for row in given_rows:
        is_free = not any(row.is_in_the_way_of(other) for other in standing)
        assert bool(run(INSERT, *row)) == is_free, (row, standing)
        if is_free:
            standing.append(row)


@pytest.mark.parametrize("person", [2**47 - 1, 2**50 + 1, 2**62 + 1])
def test_no_id_is_too_large_for_an_overlap_to_be_seen(beside, person):
    row = Row(person, person, "medicalCard", WEEK, WEEK + 1)

    assert run(INSERT, *row) == 1
    assert run(INSERT, *row._replace(start=WEEK + 1, last=None)) == 0


@pytest.mark.parametrize(
    ("start", "last"), [(EARLIEST, FIRST), (None, EARLIEST), (LAST, LATEST), (LATEST, None)]
)
def test_no_day_is_too_far_away_for_an_overlap_to_be_seen(beside, start, last):
    row = Row(1, 2**31 - 1, "medicalCard", start, last)

    assert run(INSERT, *row) == 1
    assert run(INSERT, *row) == 0
    assert run(INSERT, *row._replace(start=WEEK, last=WEEK)) == 1


def test_no_days_are_in_nobodys_way(beside):
    run(
        "INSERT INTO beside (person_id, cpas_id, aid_kind, period, nature) "
        "SELECT 1, 1, 'medicalCard', 'empty', 'original' FROM generate_series(1, 2)"
    )

    assert run(INSERT, *Row(1, 1, "medicalCard", None, None)) == 1


@pytest.mark.parametrize("kind", AidKind)
def test_every_kind_of_aid_has_its_own_number(beside, kind):
    for other in AidKind:
        if other != kind:
            assert run(INSERT, *Row(1, 1, other, WEEK, WEEK)) == 1

    assert run(INSERT, *Row(1, 1, kind, WEEK, WEEK)) == 1
    assert run(INSERT, *Row(1, 1, kind, WEEK, WEEK)) == 0


def test_a_kind_without_a_number_is_refused(beside):
    with pytest.raises(DataError, match="no number for the kind of aid anotherKind"):
        run(INSERT, *Row(1, 1, "anotherKind", WEEK, WEEK))


@pytest.fixture
def recorded(cpas, decision, new_ssin):
    """A decision with its attestation."""
    assert cpas.post("/decisions", decision(new_ssin())).status_code == 201
    return Attestation.objects.get()


def test_a_form_says_so_too(recorded):
    """Whoever validates a model is told by the constraint, in words."""
    with pytest.raises(ValidationError, match="same person, CPAS and kind overlaps"):
        Attestation(
            person_id=recorded.person_id,
            cpas_id=recorded.cpas_id,
            aid_kind=recorded.aid_kind,
            period=recorded.period,
            nature="original",
        ).validate_constraints()


@pytest.mark.django_db(transaction=True)
def test_the_constraint_comes_back_from_a_backup(recorded, tmp_path: Path):
    backup = backups.take(tmp_path / "backup.dump")
    restored = backups.Restored()
    try:
        restored.restore(backup)
        with pytest.raises(IntegrityError, match="current_attestations_do_not_overlap"):
            insert_like(recorded, **ORIGINAL)
        assert insert_like(recorded, period="[2030-01-01,2031-01-01)", **ORIGINAL) == 1
    finally:
        restored.end()
