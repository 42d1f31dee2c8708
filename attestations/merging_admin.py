"""Overlaps that merges of persons brought to light, in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from attestations.admin_columns import days, linked, person, ticket_link
from attestations.history_admin import HistoryAdmin
from attestations.models import MergedOverlap


@admin.register(MergedOverlap)
class MergedOverlapAdmin(HistoryAdmin):
    list_display = (
        "id",
        person,
        linked("one", _("attestation")),
        linked("other", _("overlaps with")),
        days,
        ticket_link,
        "found_at",
    )
    list_select_related = ("one", "other")
    date_hierarchy = "found_at"
    search_fields = ("ticket", "person__id", "one__number", "other__number")
