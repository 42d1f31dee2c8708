"""Every act on the rules is written down, in its own transaction: who, when, what and why."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from attestations.errors import InvalidInput
from attestations.ssin import stands_in
from attestations.tickets import current_ticket
from derived_rights.models import RuleAct


def note(
    act: RuleAct.Act,
    right: str,
    *,
    by: str,
    subject: str = "",
    reason: str = "",
    ticket: uuid.UUID | None = None,
) -> None:
    """Append the act; what happens by itself, on its date, has no reason of its own.

    It carries the ticket of the call in progress, or that of the thing it is about.
    """
    RuleAct.objects.create(
        act=act,
        right=right,
        actor=by,
        subject=subject[:300],
        reason=reason,
        ticket=ticket or current_ticket(),
    )


def reason_of(text: str) -> str:
    """The reason given, without spaces around it; InvalidInput if there is none."""
    reason = text.strip()
    if not reason:
        raise InvalidInput(_("Say why: the reason is kept with the act."), "reason")
    check_names_nobody(reason, "reason")
    return reason


def check_names_nobody(text: str, field_name: str) -> None:
    """InvalidInput for a text with the number of a person, as it is stored as it is."""
    if stands_in(text):
        raise InvalidInput(
            _("This holds the number of a person: leave it out, as this text is kept as it is."),
            field_name,
        )
