"""Derivations of everyone in the admin: how far each is, and the buttons to begin and to stop."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_object_actions import DjangoObjectActions, action

from attestations.admin_columns import link_to, ticket_link
from attestations.history_admin import HistoryAdmin
from attestations.tickets import new_ticket
from derived_rights.models import DerivationRun
from derived_rights.services import derivation_runs
from derived_rights.services.derivation_runs import CannotResume

SECONDS_TO_REFRESH = 2


@admin.register(DerivationRun)
class DerivationRunAdmin(DjangoObjectActions, HistoryAdmin):
    """The page of a run that goes on loads itself anew, without a script."""

    list_display = (
        "id",
        "state",
        "persons",
        "changes",
        "thorough",
        ticket_link,
        "started_at",
        "finished_at",
    )
    list_filter = ("thorough",)
    date_hierarchy = "started_at"
    search_fields = ("ticket",)
    hidden = ("last_law", "changes")
    extra = ("state", "progress")
    change_actions = ("cancel", "resume")
    changelist_actions = ("begin",)

    @admin.display(description=_("state"))
    def state(self, row: DerivationRun) -> Any:
        if row.finished_at:
            return _("finished")
        return _("cancelled") if row.cancelled_at else _("goes on")

    @admin.display(description=_("progress"))
    def progress(self, row: DerivationRun) -> SafeString:
        shown = derivation_runs.progress(row)
        words = [
            _("%(done)s of %(total)s persons")
            % {"done": number_format(shown.done), "total": number_format(shown.total)},
            ngettext("%(number)s change", "%(number)s changes", shown.changes)
            % {"number": number_format(shown.changes)},
            _("%(rate)s persons a second") % {"rate": number_format(round(shown.rate))},
        ]
        if _goes_on(row) and shown.remaining is not None:
            words.append(_("about %(seconds)s seconds left") % {"seconds": round(shown.remaining)})
        if shown.apart:
            words.append(
                ngettext(
                    "%(number)s person is still derived apart",
                    "%(number)s persons are still derived apart",
                    shown.apart,
                )
                % {"number": number_format(shown.apart)}
            )
        text = ", ".join(str(word) for word in words)
        bar = '<progress max="{}" value="{}" aria-label="{}"></progress> {}'
        return format_html(bar, max(shown.total, 1), shown.done, _("progress"), text)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        answer: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
        row = self.get_object(request, object_id)
        if row is not None and _goes_on(row):
            answer["Refresh"] = str(SECONDS_TO_REFRESH)
        return answer

    def get_change_actions(self, request: HttpRequest, object_id: str, form_url: str) -> list[str]:
        """Only the button that does something, for who may press it."""
        row = self.get_object(request, object_id)
        if row is None or row.finished_at or not _may_change(request):
            return []
        return ["resume"] if row.cancelled_at else ["cancel"]

    def get_changelist_actions(self, request: HttpRequest) -> list[str]:
        return ["begin"] if _may_change(request) else []

    @action(
        label=_("Derive everyone"),
        description=_("Only differences are written and told"),
        methods=("POST",),
        button_type="form",
    )
    def begin(self, request: HttpRequest, rows: QuerySet[DerivationRun]) -> HttpResponse:
        _refuse_others(request)
        run = derivation_runs.begin(ticket=new_ticket())
        self.log_change(request, run, "begun")
        return redirect("admin:derived_rights_derivationrun_change", run.pk)

    @action(label=_("Cancel"), methods=("POST",), button_type="form")
    def cancel(self, request: HttpRequest, row: DerivationRun) -> None:
        _refuse_others(request)
        if derivation_runs.cancel(row):
            self.log_change(request, row, "cancelled")
            messages.success(request, _("Cancelled. What was written stays."))

    @action(label=_("Resume"), methods=("POST",), button_type="form")
    def resume(self, request: HttpRequest, row: DerivationRun) -> None:
        _refuse_others(request)
        try:
            derivation_runs.resume(row)
        except CannotResume:
            newest = DerivationRun.objects.latest("pk")
            text = _("This derivation cannot be resumed; look at the newest one: {}")
            messages.error(request, format_html(str(text), link_to(newest)))
        else:
            self.log_change(request, row, "resumed")


def _goes_on(row: DerivationRun) -> bool:
    return row.finished_at is None and row.cancelled_at is None


def _may_change(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("derived_rights.change_derivationrun"))


def _refuse_others(request: HttpRequest) -> None:
    if not _may_change(request):
        raise PermissionDenied
