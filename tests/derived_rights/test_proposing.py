"""A new dated value: two pairs of eyes whatever the door, in force on its hour, or stopped."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import DatabaseError, IntegrityError, connection, transaction

from attestations import clock
from attestations.errors import InvalidInput, NotPermitted
from derived_rights.models import (
    LawChange,
    ParameterProposal,
    ParameterValue,
    Rehearsal,
    RightChange,
    RuleAct,
)
from derived_rights.services import catalogue, deriving, proposing
from derived_rights.services.derivation_runs import derive_for_new_law

pytestmark = pytest.mark.django_db


def user(name: str, *permissions: str) -> User:
    found = User.objects.create_user(name, is_staff=True)
    found.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return found


@pytest.fixture
def author(db: None) -> User:
    return user("author", "propose_value")


@pytest.fixture
def approver(db: None) -> User:
    return user("approver", "approve_value")


def proposed(by: User, **changes: Any) -> ParameterProposal:
    figure = {
        "right": "bim",
        "name": "minimum_months",
        "valid_from": date(2027, 1, 1),
        "value": 4,
        "reference": "a royal decree",
        "reason": "the decree says so",
    }
    return proposing.propose(**(figure | changes), by=by)


def rehearse(proposal: ParameterProposal) -> Rehearsal:
    """As if the workers had rehearsed it now."""
    now = clock.database_now()
    law = proposing.last_law_change()
    return Rehearsal.objects.create(
        proposal=proposal, law=law, total=0, ticket=proposal.ticket, started_at=now, finished_at=now
    )


def approved(by: User, approver: User, **changes: Any) -> ParameterProposal:
    proposal = proposed(by, **changes)
    rehearse(proposal)
    proposing.approve(proposal.pk, by=approver)
    proposal.refresh_from_db()
    return proposal


def test_a_value_approved_by_another_takes_effect_and_keeps_the_one_before(author, approver):
    first = approved(author, approver)
    assert not ParameterValue.objects.exists()
    assert proposing.enact_due() == 1

    second = approved(author, approver, value=5)
    assert proposing.enact_due() == 1
    assert proposing.enact_due() == 0

    rows = ParameterValue.objects.order_by("id")
    assert [(row.value, row.proposal, row.superseded_at is None) for row in rows] == [
        (4, first, False),
        (5, second, True),
    ]
    assert catalogue.overrides() == {"bim": {"minimum_months": {date(2027, 1, 1): 5}}}
    assert [change.ticket for change in LawChange.objects.order_by("id")] == [
        first.ticket,
        second.ticket,
    ]


def test_what_changes_for_a_person_carries_the_ticket_of_the_proposal(
    author, approver, cpas, decision, new_ssin
):
    cpas.post("/decisions", decision(new_ssin(), endDate="2026-08-31"))
    deriving.derive_pending()
    proposal = approved(author, approver, valid_from=date(2014, 1, 1), value=9)
    before = RightChange.objects.count()

    proposing.enact_due()
    derive_for_new_law()

    told = RightChange.objects.order_by("id")[before:]
    assert {(row.right, row.transition) for row in told} >= {("bim", "ended")}
    assert {row.ticket for row in told} == {proposal.ticket}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"value": "four"}, "value"),
        ({"value": True}, "value"),
        ({"value": 3}, "value"),
        ({"value": 0}, "value"),
        ({"name": "start_anchor", "value": "yesterday"}, "value"),
        ({"valid_from": date(1999, 1, 1)}, "valid_from"),
        ({"reference": "  "}, "reference"),
        ({"reason": ""}, "reason"),
    ],
)
def test_what_the_parameter_cannot_be_is_refused(author, changes, field):
    with pytest.raises(InvalidInput) as refused:
        proposed(author, **changes)
    assert refused.value.field_name == field
    assert not ParameterProposal.objects.exists()
    assert not RuleAct.objects.exists()


def test_one_proposal_of_a_day_is_open_at_a_time(author):
    first = proposed(author)
    with pytest.raises(InvalidInput):
        proposed(author, value=6)
    proposing.withdraw(first.pk, by=author, reason="mistaken")
    assert proposed(author, value=6).pk


class TestFourEyes:
    """Nobody approves what they proposed: not by the service, nor past it."""

    def test_not_the_author_superusers_included(self, approver):
        root = User.objects.create_superuser("root")
        proposal = proposed(root)
        rehearse(proposal)
        with pytest.raises(NotPermitted):
            proposing.approve(proposal.pk, by=root)
        proposing.approve(proposal.pk, by=approver)

    def test_not_who_lacks_the_permission(self, author, approver):
        with pytest.raises(NotPermitted):
            proposed(approver)
        proposal = proposed(author)
        rehearse(proposal)
        with pytest.raises(NotPermitted):
            proposing.approve(proposal.pk, by=user("clerk", "propose_value"))

    def test_not_who_has_left(self, author, approver):
        proposal = proposed(author)
        rehearse(proposal)
        approver.is_active = False
        with pytest.raises(NotPermitted):
            proposing.approve(proposal.pk, by=approver)

    def test_not_by_writing_the_table(self, author):
        proposal = proposed(author)
        now = clock.database_now()
        with pytest.raises(IntegrityError), transaction.atomic():
            ParameterProposal.objects.filter(pk=proposal.pk).update(
                approved_by=author, approved_at=now, dispatch_at=now
            )
        with pytest.raises(IntegrityError), transaction.atomic():
            ParameterProposal.objects.filter(pk=proposal.pk).update(in_force_at=now)

    def test_not_by_another_author_afterwards(self, author, approver):
        proposal = approved(author, approver)
        for column, value in (("proposed_by_id", approver.pk), ("approved_by_id", author.pk)):
            statement = f"UPDATE derived_rights_parameterproposal SET {column} = %s WHERE id = %s"
            with pytest.raises(DatabaseError), transaction.atomic():
                connection.cursor().execute(statement, [value, proposal.pk])

    def test_not_another_value_than_was_approved(self, author, approver):
        proposal = approved(author, approver)
        with pytest.raises(DatabaseError), transaction.atomic():
            ParameterProposal.objects.filter(pk=proposal.pk).update(value=99)


class TestRehearsedFirst:
    def test_without_a_rehearsal_nothing_is_approved(self, author, approver):
        proposal = proposed(author)
        with pytest.raises(InvalidInput):
            proposing.approve(proposal.pk, by=approver)

    def test_one_that_still_runs_is_none(self, author, approver):
        proposal = proposed(author)
        Rehearsal.objects.filter(pk=rehearse(proposal).pk).update(finished_at=None)
        with pytest.raises(InvalidInput):
            proposing.approve(proposal.pk, by=approver)

    def test_one_from_before_a_change_of_the_law_is_none(self, author, approver):
        proposal = proposed(author)
        rehearse(proposal)
        catalogue.note_law_changed("bim")
        with pytest.raises(InvalidInput):
            proposing.approve(proposal.pk, by=approver)
        rehearse(proposal)
        proposing.approve(proposal.pk, by=approver)


class TestStopping:
    def test_an_approved_value_is_stopped_before_its_dispatch(self, author, approver):
        proposal = proposed(author)
        rehearse(proposal)
        soon = clock.database_now() + timedelta(hours=2)
        proposing.approve(proposal.pk, by=approver, dispatch_at=soon)
        assert proposing.enact_due() == 0

        proposing.withdraw(proposal.pk, by=author, reason="the decree was annulled")

        proposal.refresh_from_db()
        assert proposal.state is ParameterProposal.State.WITHDRAWN
        with pytest.raises(InvalidInput):
            proposing.approve(proposal.pk, by=approver)
        assert not ParameterValue.objects.exists()
        assert not LawChange.objects.exists()

    def test_the_shortest_delay_is_kept(self, author, approver, settings):
        settings.DISPATCH_DELAY_MINUTES = 30
        proposal = approved(author, approver)
        assert proposal.dispatch_at - proposal.approved_at == timedelta(minutes=30)
        assert proposing.enact_due() == 0

    def test_what_is_in_force_is_not_withdrawn(self, author, approver):
        proposal = approved(author, approver)
        proposing.enact_due()
        with pytest.raises(InvalidInput):
            proposing.withdraw(proposal.pk, by=author, reason="too late")

    def test_a_dispatch_in_the_past_is_refused(self, author, approver):
        proposal = proposed(author)
        rehearse(proposal)
        with pytest.raises(InvalidInput):
            proposing.approve(
                proposal.pk, by=approver, dispatch_at=clock.database_now() - timedelta(hours=1)
            )


def test_every_act_is_kept_for_good(author, approver):
    proposal = approved(author, approver)
    proposing.enact_due()
    catalogue.switch("bim", active=False, by="author", reason="for a while")

    acts = RuleAct.objects.order_by("id").values_list("actor", "act", "right", "reason")
    assert list(acts) == [
        ("author", "proposed", "bim", "the decree says so"),
        ("approver", "approved", "bim", ""),
        ("registry", "inForce", "bim", ""),
        ("author", "switchedOff", "bim", "for a while"),
    ]
    assert "minimum_months = 4 from 2027-01-01" in str(RuleAct.objects.last().subject)
    about_it = RuleAct.objects.exclude(act="switchedOff").values_list("ticket", flat=True)
    assert set(about_it) == {proposal.ticket}
    for statement in (
        "DELETE FROM derived_rights_ruleact",
        "UPDATE derived_rights_ruleact SET actor = 'nobody'",
        "DELETE FROM derived_rights_parameterproposal",
        "DELETE FROM derived_rights_parametervalue",
        "UPDATE derived_rights_parametervalue SET value = '9'",
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(statement)


def test_switching_asks_for_a_reason_and_does_nothing_twice():
    with pytest.raises(InvalidInput):
        catalogue.switch("bim", active=False, by="somebody", reason=" ")
    assert catalogue.switch("bim", active=False, by="somebody", reason="why")
    assert not catalogue.switch("bim", active=False, by="somebody", reason="why")
    assert RuleAct.objects.count() == LawChange.objects.count() == 1
