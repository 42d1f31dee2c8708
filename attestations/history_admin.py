"""What every admin page of the registry shares: history is looked at, found, and never edited."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.db.models import BinaryField, IntegerField, Model, Q, QuerySet, UUIDField
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from attestations.admin_columns import Column, aid, days, related_lists, shown_code, shown_field
from attestations.codes import AidKind

LARGEST_INTEGER = 2**63 - 1


class AidFilter(admin.SimpleListFilter):
    """The kinds of aid, by their names; known without asking the table."""

    title = _("kind of aid")
    parameter_name = "aid_kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.value, shown_code(AidKind, kind)) for kind in AidKind]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(aid_kind=self.value()) if self.value() else queryset


def _as_value(model: type[Model], path: str, term: str) -> Any:
    """The term as a value of the field; None when it cannot be one."""
    if "\x00" in term:
        return None
    field = get_fields_from_path(model, path)[-1]
    try:
        if isinstance(field, UUIDField):
            return uuid.UUID(term)
        if isinstance(field, IntegerField):
            number = int(term.lstrip("#"))
            return number if 0 <= number <= LARGEST_INTEGER else None
    except ValueError:
        return None
    return term


class LookOnly:
    """Nothing can be added, changed or deleted, whoever asks."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RegistryAdmin(admin.ModelAdmin):
    """Shows every field in a form that people read, and links to what belongs to the row.

    Search is by whole identifiers only: a list of persons is not for browsing by guesses.
    """

    list_per_page = 50
    view_on_site = False
    show_full_result_count = False
    search_help_text = _("A whole identifier, never a social security number.")
    hidden: Sequence[str] = ()
    extra: Sequence[str | Column] = ()

    @cached_property
    def shown_fields(self) -> list[str | Column]:
        """All fields but secrets and internals, some in a form that reads better."""
        fields = [
            shown_field(field)
            for field in self.model._meta.fields
            if field.name != "id"
            and field.name not in self.hidden
            and not isinstance(field, BinaryField)
        ]
        return [*fields, *self.extra, related_lists]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page, titled so that the name stands alone: Django's titles decline none."""
        name = str(self.opts.verbose_name)
        title = capfirst(name) if object_id else gettext("Add: %(name)s") % {"name": name}
        context = {"title": title} | (extra_context or {})
        return super().changeform_view(request, object_id, form_url, context)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        found = Q(pk__in=[])
        for path in self.search_fields:
            value = _as_value(queryset.model, path, term)
            if value is not None:
                found |= Q(**{path: value})
        return queryset.filter(found), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """The lists that `related_lists` links to, and the filters of the list."""
        name, *rest = lookup.split("__")
        relations = {field.name for field in self.model._meta.fields if field.is_relation}
        if name in relations and rest and rest[-1] == "exact" and len(rest) <= 2:
            return True
        return super().lookup_allowed(lookup, value, request)


@dataclass(frozen=True)
class Administrator:
    """Who reads, as the log of readings names a user of the admin."""

    client_name: str
    organisation_code: str = "administration"

    @classmethod
    def of(cls, request: HttpRequest) -> Administrator:
        return cls(client_name=request.user.get_username())


class HistoryAdmin(LookOnly, RegistryAdmin):
    """A ledger or another table that services alone write."""

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.shown_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.shown_fields


class HistoryInline(LookOnly, admin.TabularInline):
    """Rows that belong to the row of the page, with a link to each."""

    extra = 0
    can_delete = False
    show_change_link = True
    selected: Sequence[str] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related(*self.selected) if self.selected else rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields or ()

    @admin.display(description=_("period"))
    def days(self, row: Any) -> str:
        return days(row)

    @admin.display(description=_("kind of aid"))
    def aid(self, row: Any) -> str:
        return aid(row)
