"""The catalogue as an administrator has set it: which rights are on, with which figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from attestations.tickets import current_ticket
from derived_rights.bells import law_changed
from derived_rights.engine.catalogue import rights
from derived_rights.engine.right import Right
from derived_rights.models import LawChange, ParameterValue, RightSetting

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
def switch(code: str, *, active: bool) -> RightSetting:
    """Switch a right on or off; everyone is derived again soon after."""
    setting, _made = RightSetting.objects.update_or_create(right=code, defaults={"active": active})
    note_law_changed(code)
    return setting


def note_law_changed(code: str) -> None:
    """Have everyone derived again, because of this right."""
    LawChange.objects.create(right=code, ticket=current_ticket())
    law_changed.ring_on_commit()


def overrides() -> Overrides:
    """Approved figures by right, parameter and first day of validity."""
    found: defaultdict[str, defaultdict[str, dict[date, Any]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for row in ParameterValue.objects.all():
        found[row.right][row.name][row.valid_from] = row.value
    return found
