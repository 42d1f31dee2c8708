"""The control in the admin: its runs, and the reports it made, which are handed out here."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django_object_actions import DjangoObjectActions, action

from attestations.admin_columns import linked
from attestations.history_admin import Administrator, HistoryAdmin, HistoryInline
from attestations.models import ControlPart, ControlRun, MissingReport
from attestations.services import persons
from attestations.services.access import reading


class ControlPartInline(HistoryInline):
    model = ControlPart
    fields = ("first_person", "last_person", "persons", "opened", "resolved", "done_at")
    show_change_link = False


@admin.register(ControlRun)
class ControlRunAdmin(HistoryAdmin):
    list_display = ("id", "on", "persons", "opened", "resolved", "started_at", "finished_at")
    date_hierarchy = "started_at"
    search_fields = ("ticket",)
    inlines = (ControlPartInline,)
    hidden = ("last_task",)


@admin.register(MissingReport)
class MissingReportAdmin(DjangoObjectActions, HistoryAdmin):
    """What each CPAS was told. Whoever takes a report is noted for every person in it."""

    list_display = ("id", linked("cpas", _("CPAS")), "month", "language", "findings", "made_at")
    list_select_related = ("cpas",)
    list_filter = ("language",)
    date_hierarchy = "month"
    search_fields = ("cpas__enterprise_number", "ticket")
    hidden = ("person_ids",)
    change_actions = ("download_html", "download_csv")

    @action(
        label=_("Download as a page"),
        description=_("The reading is noted in the log"),
        methods=("POST",),
        button_type="form",
    )
    def download_html(self, request: HttpRequest, row: MissingReport) -> HttpResponse:
        return self._handed_out(request, row, bytes(row.sealed_html), "html")

    @action(
        label=_("Download as CSV"),
        description=_("The reading is noted in the log"),
        methods=("POST",),
        button_type="form",
    )
    def download_csv(self, request: HttpRequest, row: MissingReport) -> HttpResponse:
        return self._handed_out(request, row, bytes(row.sealed_csv), "csv")

    def _handed_out(
        self, request: HttpRequest, row: MissingReport, sealed: bytes, form: str
    ) -> HttpResponse:
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        with reading(Administrator.of(request), operation="admin.missingReport") as noted:
            noted.served(*row.person_ids)
            text = persons.keyring().open(sealed)
        name = f"missing-attestations-{row.cpas.enterprise_number}-{row.month:%Y-%m}.{form}"
        response = HttpResponse(text, content_type=f"text/{form}; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "no-store"
        return response
