"""One page about one recipient: what it may know, what it asks for, and how it is served."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from attestations import clock
from attestations.admin_columns import shown_days
from attestations.languages import in_page_language
from derived_rights.engine.right import Effect
from derived_rights.wording import effect_text, field_text, right_label
from partners.admin_resends import may_send, tell_queued
from partners.models import Authorisation, HeldLane, Inscription, Organisation, Subscription
from partners.services import health, resending, workload

INSCRIPTIONS_COUNTED = 100_000
# The picture, in the units of its drawing.
WIDTH, HEIGHT, BASE, AXIS = 24, 100, 110, 16


@dataclass(frozen=True)
class Bar:
    """One hour of the picture: two heights on one another, and what they stand for."""

    hour: health.Hour
    x: int
    failed_y: float
    failed_height: float
    delivered_y: float
    delivered_height: float


def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the page; a POST tries again all that is held or parked for the recipient."""
    if not request.user.has_perm("partners.view_organisation"):
        raise PermissionDenied
    organisation = get_object_or_404(Organisation, pk=pk)
    if request.method == "POST":
        return _send_again(request, organisation)
    context = admin.site.each_context(request) | _seen_by(request, organisation)
    return TemplateResponse(request, "admin/recipient.html", context)


def _send_again(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    may_send(request)
    lanes = HeldLane.objects.filter(subscription__organisation=organisation)
    tell_queued(request, resending.retry_lanes(lanes, now=clock.database_now()))
    return redirect("admin:partners_organisation_recipient", organisation.pk)


def _seen_by(request: HttpRequest, organisation: Organisation) -> dict[str, Any]:
    """All that stands on the page, as far as the user may see it."""
    now, may = clock.database_now(), request.user.has_perm
    within = timedelta(minutes=settings.FRESHNESS_MINUTES)
    pushes = workload.pushes(organisation_id=organisation.pk)
    hours = health.hours(organisation.pk, now=now)
    latency = health.latency(organisation.pk, now=now, within=within)
    return {
        "title": _("Recipient: %(name)s") % {"name": organisation.name},
        "organisation": organisation,
        "authorisations": _authorisations(organisation)
        if may("partners.view_authorisation")
        else None,
        "inscriptions": _inscriptions(organisation) if may("partners.view_inscription") else None,
        "inscriptions_counted": INSCRIPTIONS_COUNTED,
        "subscriptions": _subscriptions(organisation, pushes)
        if may("partners.view_subscription")
        else None,
        "may_change": may("partners.change_subscription"),
        "may_send": may("partners.add_resend"),
        "totals": health.totals(pushes),
        "bars": bars(hours),
        "width": WIDTH * len(hours),
        "height": BASE,
        "picture_height": BASE + AXIS,
        "delivered": sum(hour.delivered for hour in hours),
        "failed": sum(hour.failed for hour in hours),
        "latency": latency,
        "freshness": health.freshness(
            organisation.pk, latency, now=now, within=within, target=settings.FRESHNESS_TARGET
        ),
    }


def bars(hours: list[health.Hour]) -> list[Bar]:
    """Delivered attempts stand below, failed ones on top; the fullest hour fills the height."""
    fullest = max((hour.delivered + hour.failed for hour in hours), default=0) or 1
    drawn = []
    for number, hour in enumerate(hours):
        delivered = HEIGHT * hour.delivered / fullest
        failed = HEIGHT * hour.failed / fullest
        drawn.append(
            Bar(
                hour=hour,
                x=number * WIDTH,
                delivered_y=BASE - delivered,
                delivered_height=delivered,
                failed_y=BASE - delivered - failed,
                failed_height=failed,
            )
        )
    return drawn


def _authorisations(organisation: Organisation) -> list[dict[str, Any]]:
    today = clock.today()
    rows = Authorisation.objects.filter(organisation=organisation, superseded_at=None)
    return [
        {
            "row": row,
            "purpose": in_page_language(row.purpose),
            "effect": effect_text(Effect(row.effect)) if row.effect else "",
            "rights": [right_label(code) for code in row.rights],
            "fields": [field_text(field) for field in row.fields],
            "days": shown_days(row.period),
            "is_valid": row.period.start <= today
            and (row.period.end is None or today < row.period.end),
        }
        for row in rows.order_by("legal_context")
    ]


def _inscriptions(organisation: Organisation) -> list[Any]:
    """How many files it holds, by quality; of many, the newest ones only are counted."""
    newest = Inscription.objects.filter(organisation=organisation, superseded_at=None)
    newest = newest.order_by("-id")[:INSCRIPTIONS_COUNTED]
    rows = Inscription.objects.filter(pk__in=newest.values("pk"))
    return list(rows.values("quality_code").annotate(count=Count("pk")).order_by("quality_code"))


def _subscriptions(organisation: Organisation, pushes: list[workload.Push]) -> list[dict[str, Any]]:
    by_id = {one.subscription: one for one in pushes}
    rows = Subscription.objects.filter(organisation=organisation, removed_at=None).order_by("id")
    return [
        {
            "row": row,
            "rights": [right_label(code) for code in row.rights],
            "push": by_id.get(str(row.public_id)),
        }
        for row in rows
    ]
