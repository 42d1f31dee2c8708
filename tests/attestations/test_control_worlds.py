"""The control against a plain list of expectations, whatever is recorded, claimed or replaced.

Nothing that has come stays missing for a moment, and after a control exactly what is missing is
found. REGISTRY_RUNS sets how many runs, for a long look.
"""

from __future__ import annotations

import os
import uuid
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from attestations import clock
from attestations.codes import AidKind, Feedback
from attestations.errors import DomainError
from attestations.models import MissingAttestation
from attestations.periods import Span, add_months, month_start
from attestations.services import claims, decisions, missing, persons, recording, replacing
from attestations.services.claims import Claim
from attestations.services.decisions import Content
from attestations.ssin import Ssin, make_ssin
from tests.attestations.expecting import Days, Expected, Key, Standing, days_of
from tests.factories import CpasFactory

RUNS = int(os.environ.get("REGISTRY_RUNS", "20"))
NUMBERS = [make_ssin(date(1990, 1, 1), serial).number for serial in range(1, 4)]
KINDS = [AidKind.INTEGRATION_INCOME, AidKind.MEDICAL_CARD]

numbers = st.sampled_from(NUMBERS)
kinds = st.sampled_from(KINDS)
offices = st.integers(0, 1)
places = st.integers(0, 99)  # of one of the decisions or findings there are, counted round
months = st.integers(-2, 1)  # from this month
ago = st.sampled_from([0, 7, 8, 40])  # days since the decision


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """From the start or the middle of a month to the end or the middle of one."""
    this = month_start(clock.today())
    first, last = sorted([draw(months), draw(months)])
    start = add_months(this, first) + timedelta(days=draw(st.sampled_from([0, 14])))
    end = add_months(this, last + 1) - timedelta(days=draw(st.sampled_from([0, 10])))
    return Span(start, max(end, start + timedelta(days=1)))


def parse(number: str) -> Ssin:
    return Ssin.parse(number, allow_test=True)


class Worlds(RuleBasedStateMachine):
    """The registry and the list, told the same; each run is one transaction that is undone."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.offices = [CpasFactory(), CpasFactory()]
        self.expected = Expected(clock.today())

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @rule(office=offices, number=numbers, kind=kinds, span=spans(), ago=ago)
    def record(self, office: int, number: str, kind: AidKind, span: Span, ago: int) -> None:
        decided_on = clock.today() - timedelta(days=ago)
        content = Content(aid_kind=kind, decided_on=decided_on, span=span)
        try:
            with transaction.atomic():
                made = recording.record(
                    cpas=self.offices[office],
                    ssin=parse(number),
                    content=content,
                    ticket=uuid.uuid4(),
                ).decision
        except DomainError:
            return
        self.expected.standing.append(
            Standing(made.public_id, 1, office, number, number, str(kind), span, decided_on)
        )

    @precondition(lambda self: self.expected.standing)
    @rule(place=places, kind=kinds, span=spans(), ago=ago)
    def revise(self, place: int, kind: AidKind, span: Span, ago: int) -> None:
        decided_on = clock.today() - timedelta(days=ago)
        content = Content(aid_kind=kind, decided_on=decided_on, span=span)
        told = {"aid_kind": str(kind), "span": span, "decided_on": decided_on}
        self.change(place, decisions.revise, {"content": content}, change="revised", **told)

    @precondition(lambda self: self.expected.standing)
    @rule(place=places, span=spans())
    def stop(self, place: int, span: Span) -> None:
        last_day = span.end - timedelta(days=1)
        stopped = Span(date.min, span.end)
        self.change(place, decisions.stop, {"last_day": last_day}, change="stopped", span=stopped)

    @precondition(lambda self: self.expected.standing)
    @rule(place=places)
    def cancel(self, place: int) -> None:
        self.change(place, decisions.cancel, {}, change="cancelled")

    def change(self, place: int, make: object, said: dict[str, object], **told: object) -> None:
        at = place % len(self.expected.standing)
        one = self.expected.standing[at]
        try:
            with transaction.atomic():
                make(  # type: ignore[operator]  # one of three, each with its own words
                    cpas=self.offices[one.cpas],
                    decision_id=one.decision,
                    expected_versions={one.version},
                    reason="so it is",
                    ticket=uuid.uuid4(),
                    **said,
                )
        except DomainError:
            return
        changed = replace(
            one, version=one.version + 1, number=self.expected.in_use(one.ssin), **told
        )
        if changed.span.start == date.min:
            changed = replace(changed, span=Span(one.span.start, changed.span.end))
        self.expected.standing[at] = changed

    @rule(office=offices, number=numbers, kind=kinds, month=months)
    def claim(self, office: int, number: str, kind: AidKind, month: int) -> None:
        first = add_months(month_start(clock.today()), month)
        claimed = Claim(self.offices[office].enterprise_number, parse(number), kind, first)
        claims.store([claimed], ticket=uuid.uuid4())
        self.expected.claims.add((office, number, str(kind), first))
        self.control()

    @rule(old=numbers, new=numbers)
    def replace_number(self, old: str, new: str) -> None:
        try:
            with transaction.atomic():
                replacing.replace(
                    ssin=parse(old),
                    replaced_by=parse(new),
                    on=clock.today() - timedelta(days=3),
                    ticket=uuid.uuid4(),
                )
        except DomainError:
            return
        self.expected.replaced[old] = new

    @rule(place=places, code=st.sampled_from([Feedback.WILL_ATTEST, Feedback.NO_AID]))
    def answer(self, place: int, code: Feedback) -> None:
        found = list(MissingAttestation.objects.exclude(status="resolved").order_by("pk"))
        if found:
            row = found[place % len(found)]
            missing.give_feedback(cpas=row.cpas, finding_id=row.public_id, code=code, comment="")

    @rule()
    def control(self) -> None:
        missing.control(on=clock.today(), ticket=uuid.uuid4())
        assert self.standing() == self.expected.findings()

    @invariant()
    def nothing_that_has_come_stays_missing(self) -> None:
        expected = self.expected.findings()
        for key, days in self.standing().items():
            assert days <= expected.get(key, set()), key

    def standing(self) -> dict[Key, Days]:
        """The days of what was found and is not over."""
        found: defaultdict[Key, Days] = defaultdict(set)
        rows = MissingAttestation.objects.exclude(status="resolved")
        ssins = persons.ssin_of(rows.values_list("person", flat=True))
        for row in rows:
            office = [one.pk for one in self.offices].index(row.cpas_id)
            person = self.expected.same(ssins[row.person_id])
            found[office, person, row.aid_kind, row.cause] |= days_of(row.period)
        return dict(found)


@pytest.mark.django_db
def test_what_is_missing_is_found_and_what_has_come_is_not():
    run_state_machine_as_test(
        Worlds,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=20,
            derandomize="REGISTRY_RUNS" not in os.environ,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
