"""Every act on the rules is written down, in its own transaction: who, when, what and why."""

from __future__ import annotations

from django.utils.translation import gettext as _

from attestations.errors import InvalidInput
from derived_rights.models import RuleAct


def note(act: RuleAct.Act, right: str, *, by: str, subject: str = "", reason: str = "") -> None:
    """Append the act; what happens by itself, on its date, has no reason of its own."""
    RuleAct.objects.create(act=act, right=right, actor=by, subject=subject[:300], reason=reason)


def reason_of(text: str) -> str:
    """The reason given, without spaces around it; InvalidInput if there is none."""
    reason = text.strip()
    if not reason:
        raise InvalidInput(_("Say why: the reason is kept with the act."), "reason")
    return reason
