"""From what a source delivers to what the rights read: households, and what mutualities report."""

from __future__ import annotations

from datetime import date

import pytest

from attestations.clock import database_now
from attestations.models import FactChange
from attestations.periods import Span
from attestations.services import persons
from attestations.ssin import Ssin
from derived_rights import facts
from derived_rights.engine.facts import ReportedSpan
from derived_rights.models import RightPeriod
from derived_rights.services.deriving import derive_pending

pytestmark = pytest.mark.django_db


def person_of(ssin):
    return persons.root_id(persons.find(Ssin.parse(ssin, allow_test=True)))


@pytest.fixture
def state(federal):
    """State facts of the National Register, which must all be accepted."""

    def make(*items):
        items = [{"source": "nationalRegister"} | item for item in items]
        answer = federal.post("/personFacts/batches", {"items": items})
        assert answer.json()["rejected"] == 0, answer.content

    return make


@pytest.fixture
def couple(cpas, decision, new_ssin):
    """Anna, helped by a CPAS that names Bert as her partner; their rights are derived."""
    anna, bert = new_ssin(), new_ssin()
    household = [{"ssin": bert, "relation": "partner"}]
    answer = cpas.post("/decisions", decision(anna, household=household))
    assert answer.status_code == 201, answer.content
    derive_pending()
    return anna, bert


def has_bim(ssin):
    return RightPeriod.objects.filter(
        person_id=person_of(ssin), right="bim", superseded_at=None
    ).exists()


@pytest.mark.parametrize("subject", ["Anna", "Bert"])
def test_who_lives_alone_by_the_register_shares_no_right(couple, state, subject):
    anna, bert = couple
    assert has_bim(anna)
    assert has_bim(bert)

    ssin = anna if subject == "Anna" else bert
    state({"ssin": ssin, "fact": "household", "members": [], "startDate": "2020-01-01"})
    derive_pending()

    assert has_bim(anna)
    assert not has_bim(bert)


def test_who_lives_with_somebody_else_by_the_register_shares_no_right(couple, state, new_ssin):
    anna, bert = couple
    cleo = new_ssin()

    members = [{"ssin": bert, "relation": "partner"}]
    state({"ssin": cleo, "fact": "household", "members": members, "startDate": "2020-01-01"})
    derive_pending()

    assert has_bim(anna)
    assert not has_bim(bert)


def test_a_household_that_only_the_register_knows_gives_a_right(cpas, decision, state, new_ssin):
    anna, bert = new_ssin(), new_ssin()
    cpas.post("/decisions", decision(anna))
    derive_pending()

    members = [{"ssin": bert, "relation": "partner"}]
    state({"ssin": anna, "fact": "household", "members": members, "startDate": "2020-01-01"})
    derive_pending()

    assert has_bim(bert)


def test_a_register_that_takes_its_word_back_lets_the_household_be_as_it_is(couple, state):
    anna, bert = couple
    alone = {"ssin": bert, "fact": "household", "members": [], "startDate": "2020-01-01"}
    state(alone)
    derive_pending()

    state(alone | {"endDate": "2020-12-31"})
    derive_pending()

    assert has_bim(bert)


def test_what_was_believed_of_a_household_stays_readable(couple, state):
    anna, bert = map(person_of, couple)
    before = database_now()
    state({"ssin": couple[0], "fact": "household", "members": [], "startDate": "2020-01-01"})

    for asked in ([anna], [bert], [anna, bert]):
        assert not facts.load_households(asked).household
        (span,) = facts.load_households(asked, known_at=before).household
        assert (span.subject, span.member) == (anna, bert)


def test_increased_intervention_is_reported_to_the_engine(state, new_ssin):
    ssin = new_ssin()
    state(
        {
            "ssin": ssin,
            "fact": "increasedIntervention",
            "source": "mutuality",
            "startDate": "2026-01-01",
            "endDate": "2026-12-31",
        },
        {"ssin": ssin, "fact": "birthDate", "value": "1985-03-07"},
    )
    person = person_of(ssin)

    reported = facts.load([person]).reported

    span = Span(date(2026, 1, 1), date(2027, 1, 1))
    assert reported == {person: [ReportedSpan("increasedIntervention", span, holds=True)]}


def test_facts_are_taken_in_once(state, new_ssin):
    state({"ssin": new_ssin(), "fact": "birthDate", "value": "1985-03-07"})

    assert derive_pending() == 1
    assert not FactChange.objects.filter(derived_at=None).exists()
    assert derive_pending() == 0
