"""A rehearsal says beforehand exactly what is sent afterwards, and writes nothing but that."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from attestations import clock
from attestations.errors import InvalidInput
from attestations.tickets import new_ticket
from derived_rights.engine.figures import InvalidRight
from derived_rights.engine.right import Right
from derived_rights.models import (
    ParameterProposal,
    Rehearsal,
    RehearsedChange,
    RightChange,
    RuleAct,
)
from derived_rights.services import catalogue, proposing, together
from derived_rights.services.derivation_runs import derive_for_new_law
from derived_rights.services.deriving import derive_pending
from partners.models import FeedEntry, RehearsedMessage
from partners.services import foreseeing, recipient_rights, rehearsing
from partners.services.rehearsal_results import results
from partners.services.routing import route_pending
from tests.factories import AuthorisationFactory, OrganisationFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db

OWN = {
    "derived_rights_rehearsal",
    "derived_rights_rehearsalchunk",
    "derived_rights_rehearsedchange",
    "partners_rehearsedmessage",
}


@pytest.fixture
def author(db: None) -> User:
    return User.objects.create_superuser("author")


@pytest.fixture
def approver(db: None) -> User:
    return User.objects.create_superuser("approver")


@pytest.fixture
def country(cpas, other_cpas, recipient_for, decision, new_ssin) -> dict[str, Any]:
    """Aided persons alone and in households, and recipients of every sort.

    One holds a file on everybody, one on some, one is paused, one authorised without subscription,
    one subscribed to other rights only, and one was authorised once.
    """
    recipients = {
        "everybody": recipient_for("everybody", "bim", "walloonFamilySupplement"),
        "some": recipient_for("some", "bim", "socialTariff", endpoint="https://some.example/hook"),
        "paused": recipient_for("paused", "bim"),
        "other": recipient_for("other", "socialTariff"),
    }
    again = AuthorisationFactory(
        organisation=recipients["everybody"].organisation, rights=["bim"], legal_context="AGAIN"
    )
    SubscriptionFactory(organisation=again.organisation, legal_context=again.legal_context)
    AuthorisationFactory(organisation=OrganisationFactory(code="silent"), rights=["bim"])
    persons = []
    for place, (months, sender) in enumerate(
        [(3, cpas), (4, cpas), (5, other_cpas), (8, cpas), (12, other_cpas), (2, cpas)]
    ):
        ssin, partner = new_ssin(), new_ssin()
        household = [{"ssin": partner, "relation": "partner"}] if place % 2 else None
        last = f"2026-{3 + months:02}-28" if months < 9 else "2027-02-28"
        body = decision(ssin, startDate="2026-03-01", endDate=last, household=household)
        assert sender.post("/decisions", body).status_code == 201
        persons += [ssin, partner] if place % 2 else [ssin]
    for place, ssin in enumerate(persons):
        recipients["everybody"].inscribe(ssin)
        recipients["paused"].inscribe(ssin)
        if place % 3:
            recipients["some"].inscribe(ssin)
    run_the_stages()
    recipient_rights.pause(recipients["paused"].organisation, "bim", by="somebody", reason="a test")
    return recipients


def run_the_stages() -> None:
    derive_pending()
    derive_for_new_law()
    route_pending()


def proposed(author: User, value: int = 6, **changes: Any) -> ParameterProposal:
    figure = {
        "right": "bim",
        "name": "minimum_months",
        "valid_from": date(2014, 1, 1),
        "value": value,
        "reference": "a royal decree",
        "reason": "a test",
    }
    new_ticket()  # each act has its own, as each request
    return proposing.propose(**(figure | changes), by=author)


def rehearsed(proposal: ParameterProposal, by: User) -> Rehearsal:
    rehearsal = rehearsing.begin(proposal, by=by)
    assert not rehearsing.work(seconds=60)
    rehearsal.refresh_from_db()
    assert rehearsal.finished_at is not None
    return rehearsal


def foreseen(rehearsal: Rehearsal) -> set[tuple[Any, ...]]:
    return set(
        RehearsedMessage.objects.filter(change__rehearsal=rehearsal).values_list(
            "change__person",
            "change__right",
            "change__transition",
            "organisation__code",
            "legal_context",
        )
    )


def sent(proposal: ParameterProposal) -> set[tuple[Any, ...]]:
    return set(
        FeedEntry.objects.filter(ticket=proposal.ticket).values_list(
            "person",
            "right_change__right",
            "right_change__transition",
            "organisation__code",
            "legal_context",
        )
    )


def every_row() -> dict[str, str]:
    """A digest of every table but the rehearsal's own."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor)) - OWN
        found = {}
        for table in sorted(tables):
            cursor.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t")
            found[table] = cursor.fetchone()[0]
    return found


@pytest.mark.parametrize(
    "figure",
    [
        {"value": 6},
        {"value": 1},
        {"value": 9, "valid_from": date(2026, 9, 1)},
        {"name": "extra_years", "value": 0},
        {"name": "household_scope", "value": "partner"},
        {"name": "start_anchor", "value": "spanStart"},
    ],
    ids=str,
)
def test_what_is_foreseen_is_what_is_sent(country, author, approver, figure):
    proposal = proposed(author, **figure)
    rehearsal = rehearsed(proposal, author)
    changes = set(rehearsal.changes.values_list("person", "right", "transition"))

    proposing.approve(proposal.pk, by=approver)
    proposing.enact_due()
    run_the_stages()

    told = RightChange.objects.filter(ticket=proposal.ticket)
    assert changes == set(told.values_list("person", "right", "transition"))
    assert foreseen(rehearsal) == sent(proposal)
    if figure.get("name") != "household_scope":
        assert changes
        assert {row[3] for row in sent(proposal)} >= {"everybody", "some"}
    assert "paused" not in {row[3] for row in foreseen(rehearsal)}
    assert "silent" not in {row[3] for row in foreseen(rehearsal)}


def two_values(author: User) -> tuple[ParameterProposal, ParameterProposal]:
    return proposed(author, 4), proposed(author, name="extra_years", value=0)


def test_what_takes_effect_together_is_foreseen_together(country, author, approver):
    first, second = two_values(author)
    alone = {row[:3] for row in foreseen(rehearsed(second, author))}
    rehearsed(first, author)
    proposing.approve(first.pk, by=approver)

    rehearsal = rehearsed(second, author)
    assert list(together.counted(rehearsal)) == [first]
    changes = set(rehearsal.changes.values_list("person", "right", "transition"))
    proposing.approve(second.pk, by=approver)
    before = RightChange.objects.order_by("pk").last()
    assert proposing.enact_due() == 2
    run_the_stages()

    told = RightChange.objects.filter(pk__gt=before.pk)
    assert changes == set(told.values_list("person", "right", "transition"))
    assert foreseen(rehearsal) == sent(first) | sent(second)
    # Neither value by itself brings that about.
    assert alone
    assert alone != {row[:3] for row in foreseen(rehearsal)}


def test_a_value_that_is_approved_after_a_rehearsal_asks_for_another(country, author, approver):
    first, second = two_values(author)
    rehearsed(second, author)
    rehearsed(first, author)
    proposing.approve(first.pk, by=approver)

    with pytest.raises(InvalidInput, match="rehearse it again"):
        proposing.approve(second.pk, by=approver)
    rehearsed(second, author)
    proposing.approve(second.pk, by=approver)

    # And one that is withdrawn does not hold any more.
    third = proposed(author, name="start_anchor", value="spanStart")
    rehearsed(third, author)
    proposing.withdraw(second.pk, by=author, reason="a test")
    with pytest.raises(InvalidInput, match="rehearse it again"):
        proposing.approve(third.pk, by=approver)


def test_a_value_is_not_withdrawn_from_under_another_that_was_approved_with_it(
    country, author, approver
):
    first, second = two_values(author)
    for one in (first, second):
        rehearsed(one, author)
        proposing.approve(one.pk, by=approver)

    with pytest.raises(InvalidInput, match="Withdraw that first: .*" + second.name):
        proposing.withdraw(first.pk, by=author, reason="a test")

    proposing.withdraw(second.pk, by=author, reason="a test")
    proposing.withdraw(first.pk, by=author, reason="a test")
    assert proposing.enact_due() == 0


def test_what_is_only_proposed_is_counted_if_asked_for(country, author, approver):
    first, second = two_values(author)
    rehearsal = rehearsing.begin(second, by=author, with_pending=True)
    rehearsing.work(seconds=60)
    assert list(together.counted(rehearsal)) == [first]
    in_all = foreseen(rehearsal)

    # It is no ground for an approval, until what it counted is approved.
    with pytest.raises(InvalidInput, match="without what is not approved"):
        proposing.approve(second.pk, by=approver)
    rehearsed(first, author)
    proposing.approve(first.pk, by=approver)
    proposing.approve(second.pk, by=approver)
    assert foreseen(rehearsal) == in_all


def test_what_is_dispatched_later_is_not_counted(country, author, approver):
    first, second = two_values(author)
    later = clock.database_now() + timedelta(days=3)
    rehearsed(first, author)
    proposing.approve(first.pk, by=approver, dispatch_at=later)

    assert not rehearsed(second, author).counted
    # For the hour at which the first is in force, the rehearsal is another one.
    with pytest.raises(InvalidInput, match="rehearse it again"):
        proposing.approve(second.pk, by=approver, dispatch_at=later + timedelta(hours=1))
    rehearsal = rehearsing.begin(second, by=author, dispatch_at=later)
    rehearsing.work(seconds=60)
    assert list(together.counted(rehearsal)) == [first]
    proposing.approve(second.pk, by=approver, dispatch_at=later)


def test_values_that_cannot_hold_together_are_not_rehearsed(country, author, monkeypatch):
    first, second = two_values(author)

    def refusing(*_arguments: Any) -> None:
        raise InvalidRight("right bim cannot have both")

    monkeypatch.setattr(Right, "term_windows", refusing)
    with pytest.raises(InvalidInput, match="cannot have both"):
        rehearsing.begin(second, by=author, with_pending=True)
    assert not Rehearsal.objects.exists()


def test_nothing_else_is_written(country, author):
    rehearsal = rehearsing.begin(proposed(author), by=author)
    before = every_row()
    rehearsing.work(seconds=60)
    assert every_row() == before
    assert foreseen(rehearsal)


def test_it_counts_who_gains_and_loses_where_and_who_is_told_how_often(country, author):
    found = results(rehearsed(proposed(author), author))

    assert found.by_right["bim"].lost
    assert not found.by_right["bim"].gained
    assert set(found.by_municipality) == {"92094", ""}  # of some only the household is known
    assert sum(one.total for one in found.by_municipality.values()) == found.persons
    assert sum(one.lost for one in found.by_right.values()) > found.persons
    loads = {load.organisation.code: load for load in found.loads}
    assert set(loads) == {"everybody", "some"}
    assert found.messages == RehearsedMessage.objects.count()
    assert loads["some"].requests == loads["some"].balance.total
    assert loads["everybody"].requests > 0  # of the subscription that is pushed
    assert sum(found.words.values()) == found.messages
    assert all(word in ("ended", "reduced", "corrected") for _right, word in found.words)


def test_a_run_goes_on_where_it_was_left(country, author, monkeypatch):
    whole = rehearsed(proposed(author), author)
    expected = set(whole.changes.values_list("person", "right", "transition")), foreseen(whole)
    monkeypatch.setattr(rehearsing, "BATCH", 2)
    rehearsal = rehearsing.begin(whole.proposal, by=author)
    writes = foreseeing.write

    def killed(*arguments: Any) -> None:
        writes(*arguments)
        raise KeyboardInterrupt

    for _cut_scan_compare in range(3):
        rehearsing._step(rehearsal.pk)
    done = rehearsal.changes.count()
    monkeypatch.setattr(foreseeing, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        rehearsing._step(rehearsal.pk)
    monkeypatch.setattr(foreseeing, "write", writes)
    rehearsal.refresh_from_db()
    assert (rehearsal.changes.count(), rehearsal.finished_at) == (done, None)
    assert 0 < rehearsal.done < rehearsal.total
    rehearsing.work(seconds=60)

    rehearsal.refresh_from_db()
    assert rehearsal.done == rehearsal.total == whole.total
    found = set(rehearsal.changes.values_list("person", "right", "transition"))
    assert (found, foreseen(rehearsal)) == expected
    assert not RehearsedChange.objects.filter(rehearsal=whole).exists()


@pytest.mark.parametrize("months", [2, 4, 10])
def test_what_waits_to_be_derived_is_not_put_down_to_the_value(
    country, cpas, decision, new_ssin, author, approver, months
):
    ssin = new_ssin()
    country["everybody"].inscribe(ssin)
    cpas.post("/decisions", decision(ssin, startDate="2026-01-01", endDate=f"2026-{months:02}-28"))
    proposal = proposed(author)
    rehearsal = rehearsed(proposal, author)
    expected = set(rehearsal.changes.values_list("person", "right", "transition"))

    run_the_stages()
    proposing.approve(proposal.pk, by=approver)
    proposing.enact_due()
    run_the_stages()

    told = RightChange.objects.filter(ticket=proposal.ticket)
    assert set(told.values_list("person", "right", "transition")) == expected
    assert foreseen(rehearsal) == sent(proposal)


def test_it_waits_until_everyone_is_derived_under_the_present_law(country, author):
    rehearsal = rehearsing.begin(proposed(author), by=author)

    catalogue.note_law_changed("bim")
    assert not rehearsing.work(seconds=60)
    rehearsal.refresh_from_db()
    assert rehearsal.done == 0
    derive_for_new_law()
    rehearsing.work(seconds=60)
    rehearsal.refresh_from_db()
    assert rehearsal.finished_at is not None
    assert proposing.rehearsed(rehearsal.proposal) is None  # it took an older law into account


def test_only_who_may_differ_is_compared_one_by_one(country, author, monkeypatch):
    compared: list[int] = []
    compare = foreseeing.differences_under

    def noted(persons: list[int], **named: Any) -> Any:
        compared.extend(persons)
        return compare(persons, **named)

    monkeypatch.setattr(foreseeing, "differences_under", noted)
    rehearsal = rehearsed(proposed(author, valid_from=date(2026, 11, 1), value=4), author)
    assert set(compared) == set(rehearsal.changes.values_list("person", flat=True))
    assert len(compared) < rehearsal.total


def test_one_at_a_time_and_only_of_what_is_proposed(country, author, approver):
    proposal = proposed(author)
    rehearsing.begin(proposal, by=author)
    with pytest.raises(InvalidInput):
        rehearsing.begin(proposal, by=approver)
    rehearsing.work(seconds=60)
    proposing.approve(proposal.pk, by=approver)
    proposal.refresh_from_db()
    with pytest.raises(InvalidInput):
        rehearsing.begin(proposal, by=author)
    assert [row.act for row in RuleAct.objects.order_by("id")][-3:] == [
        "proposed",
        "rehearsed",
        "approved",
    ]
