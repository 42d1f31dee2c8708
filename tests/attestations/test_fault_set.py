"""Every cause, many times, among many more sound cases: all faults are found, and nothing else.

The rules are tried on the whole set: 1,000 faults of each cause among 100,000 sound cases. The
database holds a tenth of it, or the whole with FAULT_SET=full in the environment.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from attestations.codes import Cause
from attestations.gap_warnings import ending_findings, silence_findings
from attestations.gaps import claim_findings, decision_findings
from attestations.models import MissingAttestation
from attestations.services.missing import control
from attestations.tickets import new_ticket
from tests.attestations.fault_rows import write
from tests.attestations.fault_set import FAULTS, ON, SOUND, TALKING, Case, cases

SHARE = 1 if os.environ.get("FAULT_SET") == "full" else 10
SOUND_CASES, EACH = 100_000, 1_000


def seeded(whole: list[Case]) -> set[tuple[int, str]]:
    return {(case.person, case.cause) for case in whole if case.cause is not None}


def silent(each: int) -> set[int]:
    return set(range(TALKING + 1, TALKING + 1 + each))


def test_the_set_is_what_it_says() -> None:
    whole = list(cases(sound=SOUND_CASES, each=EACH))
    counts = Counter(case.cause for case in whole)
    assert counts == {None: SOUND_CASES} | dict.fromkeys(FAULTS, EACH)
    assert set(FAULTS) | {Cause.SILENCE} == set(Cause)
    assert len({case.person for case in whole}) == len(whole)
    assert len(SOUND) == 12


def test_the_rules_find_every_fault_and_raise_no_false_alarm() -> None:
    whole = list(cases(sound=SOUND_CASES, each=EACH))
    claims = [row for case in whole for row in case.claims]
    decisions = [row for case in whole for row in case.decisions]
    attested = [row for case in whole for row in case.attested]

    found = {
        (finding.person, finding.cause)
        for finding in (
            *claim_findings(claims, attested, decisions, on=ON),
            *decision_findings(decisions, attested, on=ON),
            *ending_findings(decisions, attested, on=ON),
        )
    }
    sendings = [(row.cpas, case.sent_on) for case in whole for row in case.attested]
    fallen_silent = {finding.cpas for finding in silence_findings(sendings, on=ON)}

    assert found == seeded(whole)  # recall 100 %, false alarms 0 in 100,000
    assert fallen_silent == silent(EACH)


@pytest.mark.django_db
def test_the_control_finds_every_fault_in_the_database_and_raises_no_false_alarm() -> None:
    each = EACH // SHARE
    whole = list(cases(sound=SOUND_CASES // SHARE, each=each))
    persons, cpas = write(whole, cpas=TALKING + each)

    control(on=ON, ticket=new_ticket())

    rows = MissingAttestation.objects.values_list("person_id", "cpas_id", "cause", "status")
    found = {(persons[row[0]], row[2]) for row in rows if row[0] is not None}
    assert found == seeded(whole)
    assert {cpas[row[1]] for row in rows if row[0] is None} == silent(each)
    assert {row[3] for row in rows if row[2] == Cause.LATE} == {"resolved"}
    assert {row[3] for row in rows if row[2] != Cause.LATE} == {"open"}
    before = len(rows)

    control(on=ON, ticket=new_ticket())

    assert MissingAttestation.objects.count() == before
