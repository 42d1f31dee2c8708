"""Imported files in the admin: how far each is, and which of its lines were refused."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from attestations.admin_columns import linked, ticket_link
from attestations.history_admin import HistoryAdmin
from attestations.models import FileImport, RefusedLine


@admin.register(FileImport)
class FileImportAdmin(HistoryAdmin):
    list_display = (
        "id",
        linked("cpas", _("CPAS")),
        "lines_done",
        "accepted",
        "rejected",
        ticket_link,
        "started_at",
        "finished_at",
    )
    list_select_related = ("cpas",)
    date_hierarchy = "started_at"
    search_fields = ("ticket", "cpas__enterprise_number")
    hidden = ("fingerprint", "lines_beyond")


@admin.register(RefusedLine)
class RefusedLineAdmin(HistoryAdmin):
    list_display = ("id", linked("file_import", _("imported file")), "line", "issues")
    list_select_related = ("file_import",)
    search_fields = ("file_import__ticket", "line")
