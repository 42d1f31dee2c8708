"""Stage 3 in the admin, the part that is looked at: feeds, deliveries, tokens, refusals."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AccessToken, Grant, IDToken, RefreshToken

from attestations import clock
from attestations.admin_columns import days, link_to, linked, person, short_id, ticket_link
from attestations.history_admin import HistoryAdmin
from derived_rights.wording import topic_text
from partners import (  # noqa: F401  (register the others)
    admin_authorisations,
    admin_configuration,
    admin_exchange,
    admin_readings,
)
from partners.admin_resends import may_send, tell_queued
from partners.models import (
    AssertionId,
    DeliveryAttempt,
    FeedEntry,
    FeedHead,
    HeldLane,
    Inscription,
    Refusal,
    RehearsedMessage,
    Reroute,
    Resend,
)
from partners.routing import TOPICS
from partners.services import resending

# The library shows tokens and offers grants that do not exist here.
for unwanted in (AccessToken, Grant, IDToken, RefreshToken):
    admin.site.unregister(unwanted)


@admin.register(Inscription)
class InscriptionAdmin(HistoryAdmin):
    list_display = (
        short_id,
        linked("organisation", _("organisation")),
        person,
        "quality_code",
        days,
        "recorded_at",
        "superseded_at",
    )
    list_select_related = ("organisation",)
    list_filter = (("superseded_at", admin.EmptyFieldListFilter),)
    date_hierarchy = "recorded_at"
    search_fields = ("public_id", "organisation__code", "person__id")


@admin.register(FeedHead)
class FeedHeadAdmin(HistoryAdmin):
    list_display = ("__str__", linked("organisation", _("organisation")), "position")
    list_select_related = ("organisation",)
    search_fields = ("organisation__code",)


@admin.display(description=_("topic"), ordering="topic")
def topic(row: FeedEntry) -> str:
    return topic_text(row.topic)


@admin.display(description=_("right or kind of aid"), ordering="code")
def code(row: FeedEntry) -> SafeString:
    """The code, which may wrap where its words begin."""
    words = re.split("(?=[A-Z])", row.code)
    return format_html_join(SafeString("<wbr>"), "{}", ((word,) for word in words))


@admin.display(description=_("change"))
def change(row: FeedEntry) -> SafeString | str:
    """What the entry tells of: a change of a right, or of facts."""
    return link_to(row.right_change or row.fact_change)


class TopicFilter(admin.SimpleListFilter):
    title = _("topic")
    parameter_name = "topic"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(topic, topic_text(topic)) for topic in TOPICS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(topic=self.value()) if self.value() else queryset


@admin.register(FeedEntry)
class FeedEntryAdmin(HistoryAdmin):
    """The events of each recipient: what it polls, and what is pushed to it."""

    list_display = (
        "position",
        linked("organisation", _("organisation")),
        topic,
        code,
        person,
        "legal_context",
        change,
        ticket_link,
        "created_at",
    )
    list_select_related = ("organisation", "right_change__person", "fact_change")
    list_filter = (TopicFilter, "organisation")
    hidden = ("topic",)
    extra = (topic,)
    ordering = ("-id",)  # the newest first, by an index: a feed has millions
    date_hierarchy = "created_at"
    search_fields = ("event_id", "ticket", "organisation__code", "person__id")
    actions = ("send_again",)

    @admin.action(description=_("Send again"))
    def send_again(self, request: HttpRequest, rows: QuerySet[FeedEntry]) -> None:
        may_send(request)
        tell_queued(request, resending.send_entries_again(rows, now=clock.database_now()))


@admin.register(DeliveryAttempt)
class DeliveryAttemptAdmin(HistoryAdmin):
    list_display = (
        "at",
        linked("subscription", _("subscription")),
        linked("entry", _("feed entry")),
        "number",
        "outcome",
        "status",
        "error",
        "milliseconds",
        ticket_link,
    )
    list_select_related = ("subscription__organisation", "entry__organisation")
    list_filter = ("outcome", "subscription")
    date_hierarchy = "at"
    search_fields = ("ticket", "entry__event_id", "subscription__public_id")
    actions = ("send_again",)

    @admin.action(description=_("Send again"))
    def send_again(self, request: HttpRequest, rows: QuerySet[DeliveryAttempt]) -> None:
        may_send(request)
        now, count = clock.database_now(), 0
        by_subscription: dict[Any, list[FeedEntry]] = {}
        for row in rows.select_related("subscription", "entry"):
            by_subscription.setdefault(row.subscription, []).append(row.entry)
        for subscription, entries in by_subscription.items():
            count += resending.send_again(subscription, set(entries), now=now)
        tell_queued(request, count)


@admin.register(HeldLane)
class HeldLaneAdmin(HistoryAdmin):
    """Persons whose events wait because one of them could not be delivered."""

    list_display = (
        "__str__",
        linked("subscription", _("subscription")),
        person,
        "position",
        "attempts",
        "since",
        "retry_at",
        "parked_at",
    )
    list_select_related = ("subscription__organisation", "person")
    list_filter = (("parked_at", admin.EmptyFieldListFilter), "subscription")
    date_hierarchy = "since"
    search_fields = ("subscription__public_id", "person__id")
    actions = ("try_now",)

    @admin.action(description=_("Send again"))
    def try_now(self, request: HttpRequest, rows: QuerySet[HeldLane]) -> None:
        may_send(request)
        tell_queued(request, resending.retry_lanes(rows, now=clock.database_now()))


@admin.register(Resend)
class ResendAdmin(HistoryAdmin):
    list_display = (
        "__str__",
        linked("subscription", _("subscription")),
        linked("entry", _("feed entry")),
        "attempts",
        "since",
        "retry_at",
    )
    list_select_related = ("subscription__organisation", "entry__organisation")
    date_hierarchy = "since"
    search_fields = ("subscription__public_id", "entry__event_id")


@admin.register(Refusal)
class RefusalAdmin(HistoryAdmin):
    list_display = (
        "__str__",
        linked("organisation", _("organisation")),
        "reason",
        linked("right_change", _("change of a right")),
        linked("fact_change", _("change of facts")),
        ticket_link,
        "created_at",
    )
    list_select_related = ("organisation", "right_change__person", "fact_change")
    list_filter = ("reason", "organisation")
    date_hierarchy = "created_at"
    search_fields = ("ticket", "organisation__code")


@admin.register(RehearsedMessage)
class RehearsedMessageAdmin(HistoryAdmin):
    """Whom a proposed value would tell, as its rehearsal found."""

    list_display = (
        "id",
        linked("change", _("rehearsed change")),
        linked("organisation", _("organisation")),
        "legal_context",
    )
    list_select_related = ("change", "organisation")
    list_filter = ("organisation",)
    search_fields = ("organisation__code", "legal_context")


@admin.register(Reroute)
class RerouteAdmin(HistoryAdmin):
    list_display = ("__str__", linked("organisation", _("organisation")), person, "routed_at")
    list_select_related = ("organisation", "person")
    list_filter = (("routed_at", admin.EmptyFieldListFilter),)
    search_fields = ("organisation__code", "person__id")


@admin.register(AssertionId)
class AssertionIdAdmin(HistoryAdmin):
    list_display = ("jti", linked("client", _("client")), "expires_at")
    list_select_related = ("client",)
    date_hierarchy = "expires_at"
    search_fields = ("jti", "client__name")


@admin.register(AccessToken)
class AccessTokenAdmin(HistoryAdmin):
    """Who holds an open session; deleting the row ends it at once. No token is stored, or shown."""

    list_display = ("id", linked("application", _("client")), "scope", "created", "expires")
    list_select_related = ("application",)
    date_hierarchy = "created"
    search_fields = ("id", "application__name")
    hidden = ("token", "token_checksum", "user", "source_refresh_token", "id_token", "resource")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("oauth2_provider.delete_accesstoken"))
