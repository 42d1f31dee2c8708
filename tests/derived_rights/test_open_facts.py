"""From what sources state to rights that read it, and back to a doubt when they say it no more."""

from __future__ import annotations

from datetime import date

import pytest

from attestations.clock import database_now
from attestations.models import Decision, FactChange
from attestations.periods import Span
from attestations.services import persons, replacing
from attestations.ssin import Ssin
from attestations.tickets import new_ticket
from derived_rights import facts
from derived_rights.engine.facts import FactKind, PaidMonth, PermitSpan, ResidenceSpan
from derived_rights.engine.terms import (
    Aged,
    Attested,
    HeldInHousehold,
    PaidAtLeast,
    Permitted,
    Reported,
    ResidesIn,
)
from derived_rights.models import RightChange, RightPeriod
from derived_rights.services.deriving import derive_pending
from partners.services.routing import route_pending
from tests.derived_rights.samples import KIND

pytestmark = pytest.mark.django_db

income = Attested(KIND)
known_to_the_mutuality = Reported(FactKind.INCREASED_INTERVENTION)

# A term that reads the fact, and the item that makes it hold in May 2026.
STATED = {
    FactKind.BIRTH_DATE: (Aged(65), {"value": "1950-03-07"}),
    FactKind.RESIDENCE: (
        ResidesIn("flanders"),
        {"municipalityCode": "44021", "startDate": "2026-01-01"},
    ),
    FactKind.RESIDENCE_PERMIT: (Permitted(("F",)), {"value": "F", "startDate": "2026-01-01"}),
    FactKind.INCREASED_INTERVENTION: (known_to_the_mutuality, {"startDate": "2026-01-01"}),
    FactKind.PAID_AMOUNT: (
        PaidAtLeast((KIND,), 100_000, "month"),
        {"aidKind": KIND, "month": "2026-05", "amountEuroCent": 131_409},
    ),
}
MAY = date(2026, 5, 15)


@pytest.fixture
def state(federal):
    """State facts, which must all be accepted, and derive what follows."""

    def make(*items):
        items = [{"source": "nationalRegister"} | item for item in items]
        answer = federal.post("/personFacts/batches", {"items": items})
        assert answer.json()["rejected"] == 0, answer.content
        derive_pending()

    return make


def person_of(ssin):
    return persons.root_id(persons.find(Ssin.parse(ssin, allow_test=True)))


def on(ssin, right, day=MAY):
    """The stored outcome of a day, and what is missing."""
    rows = RightPeriod.objects.filter(
        person_id=person_of(ssin), right=right, superseded_at=None, period__contains=day
    )
    row = rows.first()
    return (row.outcome, row.missing_facts) if row else ("doesNotApply", [])


@pytest.mark.parametrize("kind", STATED)
def test_a_fact_settles_the_rights_that_read_it(add_rights, cpas, decision, new_ssin, state, kind):
    """Of the person, and of the household: it is enough that the source speaks."""
    term, item = STATED[kind]
    add_rights(own=income & term, shared=HeldInHousehold(income & term, ("partner",)))
    anna, bert = new_ssin(), new_ssin()
    household = [{"ssin": bert, "relation": "partner"}]
    assert cpas.post("/decisions", decision(anna, household=household)).status_code == 201
    derive_pending()
    lack = [{"fact": str(kind), "source": str(kind.supplier)}]
    assert on(anna, "own") == on(bert, "shared") == ("undetermined", lack)

    state({"ssin": anna, "fact": str(kind)} | item)

    assert on(anna, "own") == on(bert, "shared") == ("applies", [])


def test_what_is_missing_is_said_of_as_little_as_is_left(
    add_rights, cpas, decision, new_ssin, state
):
    add_rights(both=income & Aged(65) & ResidesIn("flanders"))
    anna = new_ssin()
    cpas.post("/decisions", decision(anna))
    derive_pending()
    assert [lack["fact"] for lack in on(anna, "both")[1]] == ["birthDate", "residence"]

    state({"ssin": anna, "fact": "birthDate", "value": "1950-03-07"})

    assert [lack["fact"] for lack in on(anna, "both")[1]] == ["residence"]


def test_every_fact_is_read_now_and_as_it_was_known(state, new_ssin):
    ssin = new_ssin()
    state({"ssin": ssin, "fact": "birthDate", "value": "1985-03-07"})
    before = database_now()
    state(
        {"ssin": ssin, "fact": "birthDate", "value": "1986-03-07"},
        {"ssin": ssin, "fact": "residence"} | STATED[FactKind.RESIDENCE][1],
        {"ssin": ssin, "fact": "residencePermit"} | STATED[FactKind.RESIDENCE_PERMIT][1],
        {"ssin": ssin, "fact": "paidAmount"} | STATED[FactKind.PAID_AMOUNT][1],
    )
    person = person_of(ssin)

    found = facts.load([person])
    assert found.births == {person: [date(1986, 3, 7)]}
    assert found.residences == {person: [ResidenceSpan("44021", Span(date(2026, 1, 1)))]}
    assert found.permits == {person: [PermitSpan("F", Span(date(2026, 1, 1)))]}
    assert found.paid == {person: [PaidMonth(KIND, date(2026, 5, 1), 131_409)]}

    then = facts.load([person], known_at=before)
    assert then.births == {person: [date(1985, 3, 7)]}
    assert then.residences == then.permits == then.paid == {}


def test_sources_stand_beside_each_other_and_say_the_same_once(state, new_ssin):
    ssin = new_ssin()
    state(
        {"ssin": ssin, "fact": "birthDate", "value": "1985-03-07"},
        {"ssin": ssin, "fact": "birthDate", "value": "1985-03-07", "source": "mutuality"},
        {"ssin": ssin, "fact": "birthDate", "value": "1985-03-08", "source": "cpas"},
    )
    person = person_of(ssin)
    assert facts.load([person]).births == {person: [date(1985, 3, 7), date(1985, 3, 8)]}


def test_of_a_replaced_number_the_later_word_of_one_source_stands(state, new_ssin):
    old, new = new_ssin(), new_ssin()
    paid = {"fact": "paidAmount", "aidKind": KIND, "month": "2026-05"}
    state(
        {"ssin": old, "fact": "birthDate", "value": "1985-03-07"},
        {"ssin": new, "fact": "birthDate", "value": "1985-03-08"},
        {"ssin": old, "amountEuroCent": 1, **paid},
        {"ssin": new, "amountEuroCent": 2, **paid},
    )
    replacing.replace(
        ssin=Ssin.parse(old, allow_test=True),
        replaced_by=Ssin.parse(new, allow_test=True),
        on=date(2026, 1, 1),
        ticket=new_ticket(),
    )
    person = person_of(new)

    found = facts.load([person])

    assert found.births == {person: [date(1985, 3, 8)]}
    assert found.paid == {person: [PaidMonth(KIND, date(2026, 5, 1), 2)]}


# A doubt is told as a doubt: nobody loses a right because a source is silent.


@pytest.fixture
def reader(add_rights, recipient_for):
    """A recipient of a right that needs the word of a mutuality."""
    add_rights(sample=income & known_to_the_mutuality)
    return recipient_for("mutualities", "sample")


@pytest.fixture
def anna(cpas, decision, new_ssin, reader):
    ssin = new_ssin()
    reader.inscribe(ssin)
    cpas.post("/decisions", decision(ssin))
    derive_pending()
    return ssin


def report(ssin, last=None):
    item = {"ssin": ssin, "fact": "increasedIntervention", "source": "mutuality"}
    return item | {"startDate": "2026-01-01"} | ({"endDate": last} if last else {})


def told(reader):
    """The last event of the feed: its word, and what it says of the days."""
    route_pending()
    event = reader.get("/events").json()["items"][-1]
    data = event["data"]
    days = [
        [f"{one['startDate']} to {one['endDate']}" for one in data.get(name, [])]
        for name in ("previousPeriods", "periods", "undeterminedPeriods")
    ]
    return event["type"].rsplit(".", 1)[1], *days, data.get("missing", [])


YEAR = "2026-03-02 to 2027-03-01"
LACK = [{"fact": "increasedIntervention", "source": "mutuality"}]


def test_a_right_of_which_nobody_spoke_is_told_as_undetermined(anna, reader):
    assert told(reader) == ("undetermined", [], [], [YEAR], LACK)
    (answer,) = reader.ask_rights(anna, "sample", date="2026-05-15")
    assert (answer["outcome"], answer["missing"]) == ("undetermined", LACK)
    assert answer["undeterminedPeriods"] == [{"startDate": "2026-03-02", "endDate": "2027-03-01"}]


def test_a_question_about_a_period_says_what_is_certain_and_what_is_not(anna, reader, state):
    state(report(anna, "2026-06-30"))
    period = {"startDate": "2026-06-01", "endDate": "2026-07-31"}
    (answer,) = reader.ask_rights(anna, "sample", period=period)
    assert (answer["outcome"], answer["missing"]) == ("applies", LACK)
    assert answer["periods"] == [{"startDate": "2026-03-02", "endDate": "2026-06-30"}]
    assert answer["undeterminedPeriods"] == [{"startDate": "2026-07-01", "endDate": "2027-03-01"}]


def test_a_report_that_is_withdrawn_takes_nothing_away(anna, reader, state):
    state(report(anna))
    assert told(reader) == ("granted", [], [YEAR], [], [])

    state(report(anna, "2026-06-30"))

    first, rest = "2026-03-02 to 2026-06-30", "2026-07-01 to 2027-03-01"
    assert told(reader) == ("undetermined", [YEAR], [first], [rest], LACK)

    state(report(anna, "2026-01-31"))
    assert told(reader) == ("undetermined", [first], [], [YEAR], LACK)

    state(report(anna))
    assert told(reader) == ("granted", [], [YEAR], [], [])


def test_what_is_really_lost_is_told_beside_what_is_in_doubt(anna, reader, cpas, state):
    state(report(anna))
    route_pending()
    path = f"/decisions/{Decision.objects.get().public_id}/stop"
    body = {"endDate": "2026-10-31", "reason": "work"}
    assert cpas.post(path, body, If_Match='"1"').status_code == 200
    state(report(anna, "2026-06-30"))

    word, previous, periods, in_doubt, missing = told(reader)
    assert (word, missing) == ("reduced", LACK)
    assert previous == [YEAR]
    assert periods == ["2026-03-02 to 2026-06-30"]
    assert in_doubt == ["2026-07-01 to 2026-10-31"]


def test_the_ledger_says_what_is_lost_and_what_is_in_doubt(anna, state):
    state(report(anna))
    state(report(anna, "2026-06-30"))
    change = RightChange.objects.filter(right="sample").order_by("-version")[0]
    assert change.undetermined_periods == [["2026-07-01", "2027-03-02"]]
    assert not FactChange.objects.filter(derived_at=None).exists()
