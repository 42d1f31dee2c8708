"""Overlaps between two CPAS: accepted when they are recorded, and found here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from attestations.models import Attestation


def overlapping_between_cpas() -> QuerySet[Attestation, Attestation]:
    """The attestations in force that another CPAS's overlaps, of the same person and kind of aid.

    Both may be right, as when a person moves and each CPAS claims to be competent; so nothing is
    refused and nobody is told: it is for people to look at.
    """
    others = (
        _in_force()
        .filter(
            person=OuterRef("person"),
            aid_kind=OuterRef("aid_kind"),
            period__overlap=OuterRef("period"),
        )
        .exclude(cpas=OuterRef("cpas"))
    )
    return _in_force().filter(Exists(others))


def _in_force() -> QuerySet[Attestation, Attestation]:
    return Attestation.objects.filter(superseded_at=None).exclude(
        nature=Attestation.Nature.CANCELLATION
    )


class OverlapFilter(admin.SimpleListFilter):
    """Shows only attestations that another CPAS's overlaps."""

    title = _("overlap between CPAS")
    parameter_name = "overlap"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("overlapped by another CPAS"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "yes":
            return queryset
        return queryset.filter(pk__in=overlapping_between_cpas().order_by().values("pk"))
