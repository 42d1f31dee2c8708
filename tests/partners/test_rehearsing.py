"""A rehearsal says beforehand exactly what is sent afterwards, and writes nothing but that."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from attestations import clock
from attestations.errors import InvalidInput
from derived_rights.engine.figures import InvalidRight
from derived_rights.engine.right import Right
from derived_rights.models import (
    ParameterProposal,
    Rehearsal,
    RightChange,
)
from derived_rights.services import proposing, together
from partners.services import rehearsing
from tests.partners.rehearsals import (
    foreseen,
    proposed,
    rehearsed,
    run_the_stages,
    sent,
)

pytestmark = pytest.mark.django_db


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

    with pytest.raises(InvalidInput, match=f"Withdraw that first: {second}$"):
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
