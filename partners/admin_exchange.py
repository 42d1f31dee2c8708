"""Stage 3 in the admin: what recipients ask and answer, and by what they prove things."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from attestations.admin_columns import linked, ticket_link
from attestations.history_admin import HistoryAdmin
from partners.models import (
    EndpointProbe,
    EventFeedback,
    Manifest,
    RegistryKey,
    RightsQuestion,
    StreamEpoch,
)


@admin.register(EndpointProbe)
class EndpointProbeAdmin(HistoryAdmin):
    """Challenges and tests: what was sent to an endpoint beside the events of the feed."""

    list_display = (
        "asked_at",
        linked("subscription", _("subscription")),
        "kind",
        "status",
        "attempts",
        "http_status",
        "error",
        ticket_link,
        "retry_at",
    )
    list_select_related = ("subscription__organisation",)
    list_filter = ("kind", "status")
    date_hierarchy = "asked_at"
    search_fields = ("ticket", "event_id", "subscription__public_id")


@admin.register(EventFeedback)
class EventFeedbackAdmin(HistoryAdmin):
    """What recipients said of events; a signal speaks against the number that was used."""

    list_display = (
        "at",
        linked("entry", _("feed entry")),
        "outcome",
        "signal",
        "reason",
        ticket_link,
    )
    list_select_related = ("entry__organisation",)
    list_filter = ("outcome", "signal", "entry__organisation")
    date_hierarchy = "at"
    search_fields = ("ticket", "entry__event_id")


@admin.register(RightsQuestion)
class RightsQuestionAdmin(HistoryAdmin):
    """Questions about many persons; the answers themselves are nobody's here."""

    list_display = (
        "asked_at",
        linked("organisation", _("organisation")),
        linked("task", _("task")),
        "legal_context",
        ticket_link,
    )
    list_select_related = ("organisation", "task")
    list_filter = ("organisation",)
    date_hierarchy = "asked_at"
    search_fields = ("ticket", "organisation__code")


@admin.register(Manifest)
class ManifestAdmin(HistoryAdmin):
    list_display = ("date", linked("organisation", _("organisation")), "count", "last_position")
    list_select_related = ("organisation",)
    date_hierarchy = "date"
    search_fields = ("organisation__code",)
    hidden = ("standing",)


@admin.register(RegistryKey)
class RegistryKeyAdmin(HistoryAdmin):
    list_display = ("public_id", "purpose", "created_at")
    date_hierarchy = "created_at"
    search_fields = ("public_id",)
    hidden = ("sealed",)


@admin.register(StreamEpoch)
class StreamEpochAdmin(HistoryAdmin):
    list_display = ("epoch", "started_at", "database")
    date_hierarchy = "started_at"
    search_fields = ("epoch",)
