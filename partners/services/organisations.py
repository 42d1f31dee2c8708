"""Organisations: made and changed, together with the CPAS that some of them are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Model

from attestations.models import Cpas
from partners.models import Organisation


@dataclass(frozen=True)
class Profile:
    """What is known of an organisation; only a CPAS has a municipality and a language."""

    code: str
    kind: str
    enterprise_number: str
    names: Mapping[str, str]
    municipality_code: str = ""
    language: str | None = None  # None leaves it as it is


@transaction.atomic
def save(profile: Profile) -> tuple[Organisation, bool, bool]:
    """The organisation of this code; whether it was made; whether anything was changed.

    A CPAS that was known as a sender before is found by its enterprise number, and linked.
    """
    values: dict[str, Any] = {
        "kind": profile.kind,
        "enterprise_number": profile.enterprise_number,
        "names": dict(profile.names),
    }
    moved = False
    if profile.kind == Organisation.Kind.CPAS:
        cpas, _ = Cpas.objects.get_or_create(enterprise_number=profile.enterprise_number)
        told = {"names": dict(profile.names), "municipality_code": profile.municipality_code}
        if profile.language is not None:
            told["language"] = profile.language
        moved = update_differing(cpas, told)
        values["cpas"] = cpas
    row = Organisation.objects.select_related("cpas").filter(code=profile.code).first()
    if row is None:
        return Organisation.objects.create(code=profile.code, **values), True, False
    return row, False, update_differing(row, values) or moved


def update_differing(row: Model, values: Mapping[str, Any]) -> bool:
    """Save the values that differ from the row's, and say whether any did."""
    differing = [name for name, value in values.items() if getattr(row, name) != value]
    for name in differing:
        setattr(row, name, values[name])
    if differing:
        row.save(update_fields=differing)
    return bool(differing)
