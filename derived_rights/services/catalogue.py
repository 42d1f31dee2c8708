"""The catalogue as an administrator has set it: which rights are on, with which figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from attestations import clock
from attestations.locks import lock_name
from attestations.recorded import believed
from attestations.tickets import current_ticket
from derived_rights.bells import law_changed
from derived_rights.engine.catalogue import rights
from derived_rights.engine.right import Right
from derived_rights.models import (
    LawChange,
    ParameterProposal,
    ParameterValue,
    RightSetting,
    RuleAct,
)
from derived_rights.services import auditing
from derived_rights.told_values import ToldValue

Overrides = Mapping[str, Mapping[str, Mapping[date, Any]]]


def active_rights() -> dict[str, Right]:
    """The rights that are derived, in the order in which they depend on each other."""
    set_by_hand = dict(RightSetting.objects.values_list("right", "active"))
    return {
        code: right
        for code, right in rights().items()
        if set_by_hand.get(code, right.active_by_default)
    }


@transaction.atomic
def switch(code: str, *, active: bool, by: str, reason: str) -> bool:
    """Switch a right on or off, and have everyone derived again; False if it stands so already."""
    why = auditing.reason_of(reason)
    lock_name(f"right {code}")
    if RightSetting.objects.filter(right=code, active=active).exists():
        return False
    RightSetting.objects.update_or_create(right=code, defaults={"active": active})
    act = RuleAct.Act.SWITCHED_ON if active else RuleAct.Act.SWITCHED_OFF
    auditing.note(act, code, by=by, reason=why)
    note_law_changed(code)
    return True


@transaction.atomic
def set_value(
    *,
    right: str,
    name: str,
    valid_from: date,
    value: object,
    reference: str,
    proposal: ParameterProposal | None = None,
) -> bool:
    """Make this the value that holds from that day on; False if it does already.

    The value before is kept, closed. Whoever calls this has everyone derived again.
    """
    lock_name(f"parameter {right} {name}")
    present = ParameterValue.objects.filter(
        right=right, name=name, valid_from=valid_from, superseded_at=None
    )
    if proposal is None and present.filter(value=value, reference=reference).exists():
        return False
    present.update(superseded_at=clock.database_now())
    ParameterValue.objects.create(
        right=right,
        name=name,
        valid_from=valid_from,
        value=value,
        reference=reference,
        proposal=proposal,
    )
    return True


@transaction.atomic
def set_from_file(
    *, right: str, name: str, valid_from: date, value: object, reference: str, by: str
) -> bool:
    """A value that a configuration file sets, at once and without approval; False if it holds.

    For setting an installation up. Whether files may do this at all is for the caller to check.
    """
    if not set_value(
        right=right, name=name, valid_from=valid_from, value=value, reference=reference
    ):
        return False
    told = ToldValue(name, str(value), valid_from, reference)
    auditing.note(RuleAct.Act.FROM_FILE, right, by=by, subject=str(told))
    note_law_changed(right)
    return True


def note_law_changed(code: str) -> None:
    """Have everyone derived again, because of this right."""
    LawChange.objects.create(right=code, ticket=current_ticket())
    law_changed.ring_on_commit()


def overrides(*, known_at: datetime | None = None) -> Overrides:
    """Approved figures by right, parameter and first day of validity; now, or at an instant."""
    rows = ParameterValue.objects.filter(believed(known_at))
    return grouped(rows.values_list("right", "name", "valid_from", "value"))


def grouped(figures: Iterable[tuple[str, str, date, Any]]) -> Overrides:
    """Figures, each with its right, parameter and first day, by these."""
    found: defaultdict[str, defaultdict[str, dict[date, Any]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for right, name, valid_from, value in figures:
        found[right][name][valid_from] = value
    return {right: dict(by_name) for right, by_name in found.items()}
