"""What was known when, about which day: the registry against a list of everything that was said.

Runs of record, revise, stop, cancel and replace, on a real database; after each, and about any
instant and day, both must answer alike. REGISTRY_RUNS sets how many runs, for a long look.
"""

from __future__ import annotations

import os
import uuid
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import Max
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from attestations import clock
from attestations.api import shapes
from attestations.codes import AidKind, HouseholdRelation
from attestations.errors import InvalidInput, Overlap
from attestations.models import Decision, FactChange, PersonNumber
from attestations.periods import Span, Timeline
from attestations.services import asking, decisions, persons, recording, replacing
from attestations.services.access import Reading
from attestations.services.decisions import Content, Member
from attestations.ssin import Ssin, make_ssin
from derived_rights import facts
from derived_rights.services.deriving import derive_pending
from partners import right_answers
from partners.api import answers
from partners.services import consulting, inscriptions
from tests.attestations.believing import RIGHT, Believed, Said
from tests.factories import AuthorisationFactory, CpasFactory

RUNS = int(os.environ.get("REGISTRY_RUNS", "40"))
NUMBERS = [make_ssin(date(1990, 1, 1), serial).number for serial in range(1, 5)]
KINDS = [AidKind.INTEGRATION_INCOME, AidKind.MEDICAL_CARD]
EDGES = [date(2025, month, 1) for month in (1, 2, 4, 7)] + [date(2026, 1, 1)]
DAYS = sorted({edge + timedelta(days=step) for edge in EDGES for step in (-1, 0, 14)})
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

days = st.sampled_from(DAYS)
spans = st.tuples(days, days).map(lambda pair: Span.inclusive(min(pair), max(pair)))
numbers = st.sampled_from(NUMBERS)
children = st.none() | numbers
places = st.integers(0, 99)  # of one of the decisions or instants there are, counted round


def parse(number: str) -> Ssin:
    return Ssin.parse(number, allow_test=True)


def content(kind: AidKind, span: Span, child: str | None) -> Content:
    household = () if child is None else (Member(parse(child), HouseholdRelation.CHILD),)
    return Content(aid_kind=kind, decided_on=clock.today(), span=span, household=household)


class TwoClocks(RuleBasedStateMachine):
    """The registry and the list, told the same; each run is one transaction that is undone."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.believed = Believed(NUMBERS)
        self.cpas = [CpasFactory(), CpasFactory()]
        self.authorisation = AuthorisationFactory(
            rights=[RIGHT], fields=["periods", "aidKind", "cpas", "attestationNumber"]
        )
        self.decided: list[uuid.UUID] = []
        # Now, and before anything was said, can always be asked about.
        self.instants: list[datetime | None] = [None, LONG_AGO]

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    # --- Telling both the same ---------------------------------------------------------------

    def told(self, decision: Decision, word: Said, **changes: object) -> None:
        """Note what was said at the instant that the database gave it, and derive."""
        version = decision.versions.get(superseded_at=None)
        self.believed.say(word, version.recorded_at, version=version.version, **changes)
        self.instants.append(version.recorded_at)
        self.derive()
        self.inscribe(word.ssin)
        # At the very instant, what is new holds and what it replaces does not.
        self.compare_everything(word.ssin, version.recorded_at)

    def derive(self) -> None:
        derive_pending()
        derived_at = FactChange.objects.aggregate(at=Max("derived_at"))["at"]
        self.believed.derive(derived_at)
        self.instants.append(derived_at)

    def inscribe(self, number: str) -> None:
        inscriptions.register(
            organisation_id=self.authorisation.organisation_id,
            ssin=parse(number),
            quality_code="1",
            span=Span(date(2000, 1, 1)),
            ticket=uuid.uuid4(),
        )

    def chosen(self, place: int) -> Said:
        """What stands of one of the decisions."""
        decision = self.decided[place % len(self.decided)]
        return next(word for word in reversed(self.believed.said) if word.decision == decision)

    @rule(which=st.integers(0, 1), number=numbers, kind=st.sampled_from(KINDS),
          span=spans, child=children)  # fmt: skip
    def record(self, which: int, number: str, kind: AidKind, span: Span, child: str | None) -> None:
        word = Said(None, LONG_AGO, 1, which, number, str(kind), span, clock.today(), child)
        try:
            with transaction.atomic():
                decision = recording.record(
                    cpas=self.cpas[which],
                    ssin=parse(number),
                    content=content(kind, span, child),
                    ticket=uuid.uuid4(),
                ).decision
        except Overlap:
            assert self.believed.in_the_way(word, Timeline([span]))
        except InvalidInput:
            assert child in self.believed.same(number)
        else:
            assert not self.believed.in_the_way(word, Timeline([span]))
            assert child not in self.believed.same(number)
            self.decided.append(decision.public_id)
            self.told(decision, replace(word, decision=decision.public_id))
            self.inscribe(child or number)

    @precondition(lambda self: self.decided)
    @rule(place=places, kind=st.sampled_from(KINDS), span=spans, child=children)
    def revise(self, place: int, kind: AidKind, span: Span, child: str | None) -> None:
        word = self.chosen(place)
        added = Timeline([span])
        if word.aid_kind == kind:
            added -= Timeline([word.span])
        wanted = replace(word, aid_kind=str(kind), span=span)
        own_child = child in self.believed.same(word.ssin)
        in_the_way = self.believed.in_the_way(wanted, added)
        try:
            revised = decisions.revise(
                **self.naming(word), content=content(kind, span, child), reason="revised"
            )
        except Overlap:
            assert in_the_way
        except InvalidInput:
            assert word.cancelled or own_child
        else:
            assert not word.cancelled
            assert not own_child
            assert not in_the_way
            self.told(revised, wanted, member=child)
            self.inscribe(child or word.ssin)

    @precondition(lambda self: self.decided)
    @rule(place=places, last_day=days)
    def stop(self, place: int, last_day: date) -> None:
        word = self.chosen(place)
        fits = word.span.start <= last_day < word.span.end
        try:
            stopped = decisions.stop(**self.naming(word), last_day=last_day, reason="stopped")
        except InvalidInput:
            assert word.cancelled or not fits
        else:
            assert fits
            assert not word.cancelled
            self.told(stopped, word, span=Span.inclusive(word.span.start, last_day))

    @precondition(lambda self: self.decided)
    @rule(place=places)
    def cancel(self, place: int) -> None:
        word = self.chosen(place)
        try:
            cancelled = decisions.cancel(**self.naming(word), reason="cancelled")
        except InvalidInput:
            assert word.cancelled
        else:
            assert not word.cancelled
            self.told(cancelled, word, cancelled=True, member=None)

    @rule(old=numbers, new=numbers)
    def replace_number(self, old: str, new: str) -> None:
        known = self.believed.replaced
        again = old in known and known[old][0] == new
        possible = old != new and (
            again or (old not in known and old not in self.believed.chain(new))
        )
        try:
            replacing.replace(
                ssin=parse(old), replaced_by=parse(new), on=date(2026, 1, 1), ticket=uuid.uuid4()
            )
        except InvalidInput:
            assert not possible
        else:
            assert possible
            if not again:
                told_at = FactChange.objects.filter(kind=FactChange.Kind.IDENTITY).latest("id")
                known[old] = (new, told_at.recorded_at)
                self.instants.append(told_at.recorded_at)
            self.derive()
            # Since that instant they are one person; before it, each number had its own history.
            for known_at in self.instants:
                for number in (old, new):
                    self.compare_everything(number, known_at)

    def naming(self, word: Said) -> dict[str, object]:
        return {
            "cpas": self.cpas[word.cpas],
            "decision_id": word.decision,
            "expected_versions": {word.version},
            "ticket": uuid.uuid4(),
        }

    # --- Asking both the same ----------------------------------------------------------------

    def instant(self, place: int) -> datetime | None:
        return self.instants[place % len(self.instants)]

    @rule(number=numbers, place=places, day=days)
    def ask(self, number: str, place: int, day: date) -> None:
        """Decisions, attestations and the right: as known at an instant, on a day."""
        known_at = self.instant(place)
        on = Span.inclusive(day, day)
        standing = [word for word in self.believed.attested(number, known_at) if day in word.span]
        for which, cpas in enumerate(self.cpas):
            found = asking.decisions_of(cpas=cpas, ssin=parse(number), during=on, known_at=known_at)
            expected = {word.decision for word in standing if word.cpas == which}
            assert set(found.values_list("public_id", flat=True)) == expected
        self.compare_attestations(number, on, known_at, standing)
        (right,) = consulting.rights(
            self.authorisation,
            [parse(number)],
            [RIGHT],
            during=on,
            known_at=known_at,
            noted=Reading(),
        )
        # Nobody holds a file on a person of whom nothing was ever said.
        known = any(True for _ in self.believed.about(number)) or self.is_child(number)
        applies = day in self.believed.right(number, known_at)
        silent = "doesNotApply" if known else "notAvailable"
        told = right_answers.right(right, self.authorisation.fields)
        assert told["outcome"] == ("applies" if applies else silent)

    def is_child(self, number: str) -> bool:
        same = self.believed.same(number)
        return any(word.member in same for word in self.believed.said)

    @rule(number=numbers, place=places)
    def ask_for_everything(self, number: str, place: int) -> None:
        self.compare_everything(number, self.instant(place))

    def compare_everything(self, number: str, known_at: datetime | None) -> None:
        """All of a person's decisions and attestations as they stood, whatever the day."""
        found = [
            (item["decisionId"], item["version"], item["status"] == "cancelled", item["startDate"])
            for cpas in self.cpas
            for item in shapes.decisions(
                asking.decisions_of(cpas=cpas, ssin=parse(number), known_at=known_at),
                known_at=known_at,
            )
        ]
        expected = [
            (word.decision, word.version, word.cancelled, word.span.start)
            for word in self.believed.about(number, known_at)
        ]
        assert sorted(found) == sorted(expected)
        standing = self.believed.attested(number, known_at)
        self.compare_attestations(number, Span(DAYS[0]), known_at, standing)

    def compare_attestations(
        self, number: str, during: Span, known_at: datetime | None, standing: list[Said]
    ) -> None:
        rows = consulting.attestations(
            self.authorisation,
            parse(number),
            during=during,
            known_at=known_at,
            history=False,
            noted=Reading(),
        )
        fields = self.authorisation.fields
        asked = answers.attestations(rows, fields, known_at=known_at)
        assert Counter(
            (item["enterpriseNumber"], item["aidKind"], item["startDate"], item["endDate"])
            for item in asked["items"]
        ) == Counter(
            (
                self.cpas[word.cpas].enterprise_number,
                word.aid_kind,
                word.span.start,
                word.span.last_day,
            )
            for word in standing
        )
        assert not any(item["superseded"] for item in asked["items"])

    @rule(place=places)
    def ask_for_households(self, place: int) -> None:
        """Who was believed, at an instant, to live with whom, and on which days."""
        known_at = self.instant(place)
        people = dict(PersonNumber.objects.values_list("person", "sealed"))
        known = facts.load_households(people, known_at=known_at)
        ssins = persons.ssin_of(people)
        found = {
            (
                self.believed.same(ssins[row.subject]),
                self.believed.same(ssins[row.member]),
                row.span,
            )
            for row in known.household
        }
        assert found == self.believed.households(known_at)


@pytest.mark.django_db
def test_what_was_known_at_an_instant_about_a_day():
    run_state_machine_as_test(
        TwoClocks,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=25,
            derandomize="REGISTRY_RUNS" not in os.environ,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
