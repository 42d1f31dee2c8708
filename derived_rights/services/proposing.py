"""A new dated value: proposed by one person, approved by another, taken into the law on its hour.

These are the only functions that write a proposal. Whoever calls them, the permissions and the
rule of four eyes are checked here, and once more by the database.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from attestations import clock
from attestations.errors import InvalidInput, NotFound, NotPermitted
from attestations.locks import lock_name
from derived_rights.bells import law_changed
from derived_rights.engine.catalogue import rights
from derived_rights.engine.figures import Parameter
from derived_rights.models import LawChange, ParameterProposal, Rehearsal, RuleAct
from derived_rights.services import auditing, together
from derived_rights.services.catalogue import overrides, set_value
from derived_rights.told_values import ToldValue

PROPOSE = "derived_rights.propose_value"
APPROVE = "derived_rights.approve_value"
# Who the log names where a value takes effect by itself.
ON_ITS_DATE = "registry"


@transaction.atomic
def propose(
    *,
    right: str,
    name: str,
    valid_from: date,
    value: object,
    reference: str,
    reason: str,
    by: User,
) -> ParameterProposal:
    """Write down a new value from a day on; nothing follows from it until it is approved."""
    require(by, PROPOSE)
    parameter = parameter_of(right, name)
    stored = checked(right, parameter, valid_from, value)
    if not reference.strip():
        raise InvalidInput(_("Name the official text that sets this value."), "reference")
    auditing.check_names_nobody(reference, "reference")
    why = auditing.reason_of(reason)
    try:
        with transaction.atomic():
            row = ParameterProposal.objects.create(
                right=right,
                name=name,
                valid_from=valid_from,
                value=stored,
                reference=reference.strip(),
                reason=why,
                proposed_by=by,
            )
    except IntegrityError:
        raise InvalidInput(
            _("A value of this parameter from this day on is already proposed: withdraw it first."),
            "valid_from",
        ) from None
    note(RuleAct.Act.PROPOSED, row, by=by.get_username(), reason=why)
    return row


@transaction.atomic
def approve(proposal_id: int, *, by: User, dispatch_at: datetime | None = None) -> None:
    """Let the value take effect at `dispatch_at`, or once the shortest delay has passed.

    By another person than the author, whoever that is, and only on the strength of a rehearsal
    that is finished, took the present law into account, and counted the other values that will be
    in force by then.
    """
    require(by, APPROVE)
    # One at a time: each approval is of what is approved before it.
    lock_name("approvals")
    row = _locked(proposal_id)
    if row.state is not ParameterProposal.State.PROPOSED:
        raise InvalidInput(_("Only what is proposed, and nothing else, can be approved."))
    if row.proposed_by_id == by.pk:
        raise NotPermitted(_("You proposed this value: somebody else must approve it."))
    rehearsal = rehearsed(row)
    if rehearsal is None:
        raise InvalidInput(_("Rehearse it first, under the law as it stands now."))
    now = clock.database_now()
    if dispatch_at is not None and dispatch_at < now:
        raise InvalidInput(_("The dispatch cannot lie in the past."), "dispatch_at")
    earliest = together.earliest_dispatch(now)
    hour = max(dispatch_at or earliest, earliest)
    if not together.counts_what_will_hold(rehearsal, dispatch_at=hour):
        raise InvalidInput(
            _(
                "The values that will be in force at that hour are not those that the rehearsal"
                " counted: rehearse it again, for that hour, without what is not approved."
            )
        )
    row.approved_by, row.approved_at = by, now
    row.dispatch_at = hour
    row.save(update_fields=["approved_by", "approved_at", "dispatch_at"])
    note(RuleAct.Act.APPROVED, row, by=by.get_username())


@transaction.atomic
def withdraw(proposal_id: int, *, by: User, reason: str) -> None:
    """Stop a proposal for good, approved or not, as long as it has not taken effect.

    Those go first that were approved on a rehearsal that counted it: alone they would bring about
    what nobody has seen.
    """
    require(by, PROPOSE, APPROVE)
    lock_name("approvals")
    row = _locked(proposal_id)
    if not row.is_open:
        raise InvalidInput(
            _("It is too late: the value is in the law. Propose another one.")
            if row.in_force_at
            else _("It is withdrawn already.")
        )
    if resting := together.resting_on(row):
        raise InvalidInput(
            _("Another value was approved together with this one. Withdraw that first: %(value)s")
            % {"value": resting[-1]}
        )
    why = auditing.reason_of(reason)
    row.withdrawn_at = clock.database_now()
    row.save(update_fields=["withdrawn_at"])
    note(RuleAct.Act.WITHDRAWN, row, by=by.get_username(), reason=why)


def enact_due() -> int:
    """Take into the law what is approved and whose dispatch has come; returns how many.

    From then on everyone is derived again, and what changed is told, under the proposal's ticket.
    """
    due = ParameterProposal.objects.filter(
        approved_at__isnull=False,
        in_force_at=None,
        withdrawn_at=None,
        dispatch_at__lte=clock.database_now(),
    )
    return sum(_enact(pk) for pk in due.order_by("dispatch_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def _enact(proposal_id: int) -> bool:
    row = _locked(proposal_id)
    if row.state is not ParameterProposal.State.APPROVED:
        return False  # withdrawn, or enacted by another worker, while this one waited
    row.in_force_at = clock.database_now()
    row.save(update_fields=["in_force_at"])
    set_value(
        right=row.right,
        name=row.name,
        valid_from=row.valid_from,
        value=row.value,
        reference=row.reference,
        proposal=row,
    )
    LawChange.objects.create(right=row.right, ticket=row.ticket)
    law_changed.ring_on_commit()
    note(RuleAct.Act.IN_FORCE, row, by=ON_ITS_DATE)
    return True


def parameter_of(right: str, name: str) -> Parameter:
    """The parameter as the right's module declares it; NotFound if there is none."""
    known = rights().get(right)
    for parameter in known.parameters if known else ():
        if parameter.name == name:
            return parameter
    raise NotFound(_("There is no such parameter."))


def checked(right: str, parameter: Parameter, valid_from: date, value: object) -> Any:
    """The value in the form in which it is stored; InvalidInput if the right cannot have it."""
    figures = overrides().get(right, {})
    present = figures.get(parameter.name, {})
    try:
        read = parameter.read(value)
        of_parameter = {**present, valid_from: read}
        windows = rights()[right].term_windows({**figures, parameter.name: of_parameter})
    except ValueError as error:  # of the figure, or of the term that would be built with it
        raise InvalidInput(str(error), "value") from error
    if valid_from < windows[0].span.start:
        raise InvalidInput(
            _("The right exists since %(day)s: no earlier value means anything.")
            % {"day": windows[0].span.start},
            "valid_from",
        )
    standing = parameter.overridden({day: parameter.read(one) for day, one in present.items()})
    if min(standing.values) <= valid_from and standing.on(valid_from) == read:
        raise InvalidInput(_("This is the value that holds on that day already."), "value")
    return str(read) if isinstance(read, Decimal) else read


def rehearsed(proposal: ParameterProposal) -> Rehearsal | None:
    """The last rehearsal, if it is finished and nothing changed in the law since it began."""
    last = proposal.rehearsals.order_by("-pk").first()
    if last is None or last.finished_at is None or last.law != last_law_change():
        return None
    return last


def last_law_change() -> int:
    """The newest entry of the ledger of changes of the law, 0 before the first."""
    newest: dict[str, int | None] = LawChange.objects.aggregate(Max("pk"))
    return newest["pk__max"] or 0


def note(act: RuleAct.Act, row: ParameterProposal, *, by: str, reason: str = "") -> None:
    """Append an act on a proposal to the log, under the ticket of the proposal."""
    told = ToldValue(row.name, str(row.value), row.valid_from, row.reference)
    auditing.note(act, row.right, by=by, subject=str(told), reason=reason, ticket=row.ticket)


def _locked(proposal_id: int) -> ParameterProposal:
    row = ParameterProposal.objects.select_for_update().filter(pk=proposal_id).first()
    if row is None:
        raise NotFound(_("There is no such proposal."))
    return row


def require(by: User, *permissions: str) -> None:
    """NotPermitted unless the user has one of these permissions."""
    if not (by.is_active and any(by.has_perm(one) for one in permissions)):
        raise NotPermitted(_("You have not been given the permission for this."))
