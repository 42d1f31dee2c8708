"""Which other proposals take effect with one: those that will be in force when it is dispatched."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from attestations import clock
from attestations.errors import InvalidInput
from derived_rights.engine.catalogue import rights
from derived_rights.engine.figures import InvalidRight
from derived_rights.models import ParameterProposal, Rehearsal
from derived_rights.services.applied_law import AppliedLaw, current_law

Proposals = QuerySet[ParameterProposal, ParameterProposal]


def earliest_dispatch(now: datetime) -> datetime:
    """The first hour at which something that is approved now may take effect."""
    return now + timedelta(minutes=settings.DISPATCH_DELAY_MINUTES)


def approved_by_then(proposal: ParameterProposal, *, dispatch_at: datetime) -> Proposals:
    """The others that are approved, and will be in force at that hour though they are not yet."""
    return _open_besides(proposal).filter(approved_at__isnull=False, dispatch_at__lte=dispatch_at)


def pending_besides(proposal: ParameterProposal) -> Proposals:
    """The others that are proposed, and that nobody has approved yet."""
    return _open_besides(proposal).filter(approved_at=None)


def counted(rehearsal: Rehearsal) -> Proposals:
    """The others whose values a rehearsal counted, whatever became of them since."""
    return ParameterProposal.objects.filter(pk__in=rehearsal.counted).order_by("pk")


def resting_on(proposal: ParameterProposal) -> list[ParameterProposal]:
    """The others that were approved, and are not in force yet, on a rehearsal that counted it."""
    approved = _open_besides(proposal).filter(approved_at__isnull=False).order_by("pk")
    last = {one: one.rehearsals.order_by("-pk").first() for one in approved}
    return [
        one for one, rehearsal in last.items() if rehearsal and proposal.pk in rehearsal.counted
    ]


def counts_what_will_hold(rehearsal: Rehearsal, *, dispatch_at: datetime | None = None) -> bool:
    """Whether it counted exactly the others that are approved and in force at that hour.

    By default at the hour of the dispatch, or else at the one that it was asked for.
    """
    proposal = rehearsal.proposal
    hour = (
        dispatch_at
        or proposal.dispatch_at
        or rehearsal.dispatch_at
        or earliest_dispatch(clock.database_now())
    )
    in_force = ParameterProposal.objects.filter(
        pk__in=rehearsal.counted, in_force_at__isnull=False
    ).values_list("pk", flat=True)
    wanted = approved_by_then(proposal, dispatch_at=hour).values_list("pk", flat=True)
    return set(rehearsal.counted) == {*wanted, *in_force}


def law_with(proposals: Iterable[ParameterProposal]) -> AppliedLaw:
    """The law of today, with the values that are proposed."""
    law = current_law()
    for one in proposals:
        law = law.with_figure(one.right, one.name, one.valid_from, one.value)
    return law


def check_they_fit(proposals: Iterable[ParameterProposal]) -> None:
    """InvalidInput unless the rights can have all of these values at once."""
    together = list(proposals)
    figures = law_with(together).overrides
    for code in sorted({one.right for one in together}):
        try:
            rights()[code].term_windows(figures[code])
        except InvalidRight as error:
            raise InvalidInput(
                _("These values cannot hold together: %(fault)s") % {"fault": error}
            ) from error


def _open_besides(proposal: ParameterProposal) -> Proposals:
    return (
        ParameterProposal.objects.filter(in_force_at=None, withdrawn_at=None)
        .exclude(pk=proposal.pk)
        .order_by("pk")
    )
