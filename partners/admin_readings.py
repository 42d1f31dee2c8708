"""Who read whom through a feed: page by page, and person by person."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import IGNORED_PARAMS, PAGE_VAR, SEARCH_VAR, ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from attestations.admin_columns import linked, person, ticket_link
from attestations.history_admin import HistoryAdmin
from partners.models import FeedReading, FeedReadingOfPerson

# Parameters of a list that leave its rows the same.
SAME_ROWS = {PAGE_VAR, *IGNORED_PARAMS} - {SEARCH_VAR}


@admin.display(description=_("positions"))
def positions(row: FeedReading) -> str:
    """The first and the last of those shown."""
    return f"{row.first}–{row.last}"


@admin.register(FeedReading)
class FeedReadingAdmin(HistoryAdmin):
    """The pages of feeds that were read, a line for each run of positions that were shown."""

    list_display = (
        "at",
        linked("organisation", _("organisation")),
        "client",
        "operation",
        positions,
        ticket_link,
    )
    list_select_related = ("organisation",)
    date_hierarchy = "at"
    search_fields = ("ticket", "organisation__code", "client")
    hidden = ("positions",)
    extra = (positions,)


def _asked(request: HttpRequest) -> bool:
    """Whether a list was asked about somebody or something, not just in another order."""
    return any(str(value).strip() and name not in SAME_ROWS for name, value in request.GET.items())


@admin.register(FeedReadingOfPerson)
class FeedReadingOfPersonAdmin(HistoryAdmin):
    """The same by person: the log of readings goes on here where persons were read by the page."""

    list_display = (
        "at",
        linked("organisation", _("organisation")),
        "client",
        "operation",
        "legal_context",
        person,
        linked("reading", _("reading")),
        ticket_link,
    )
    list_select_related = ("organisation", "reading__organisation")
    search_fields = ("person__id", "ticket")
    search_help_text = _("Our own number of a person, or a ticket.")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"asked": _asked(request)} | (extra_context or {})
        return super().changelist_view(request, context)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list without an offer beside the search to show all: it never does."""
        found = super().get_changelist_instance(request)
        found.full_result_count = found.result_count
        return found

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not _asked(request):
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> FeedReadingOfPerson | None:
        """By what the identifier is made of: those columns have indexes, and a view has none."""
        reading, _dash, position = object_id.partition("-")
        if not (reading.isdecimal() and position.isdecimal()):
            return None
        rows: Any = self.get_queryset(request)
        return rows.filter(reading=int(reading), position=int(position)).first()
