"""Stage 1 in the admin: what was decided, what is attested, what is missing, who read whom."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django_object_actions import DjangoObjectActions, action

from attestations.admin_columns import aid, days, linked, person, short_id, ticket_link
from attestations.control_admin import ControlRunAdmin, MissingReportAdmin
from attestations.history_admin import Administrator, AidFilter, HistoryAdmin, HistoryInline
from attestations.imports_admin import FileImportAdmin
from attestations.languages import in_page_language
from attestations.merging_admin import MergedOverlapAdmin
from attestations.models import (
    AccessLogEntry,
    Attestation,
    BackgroundTask,
    Cpas,
    Decision,
    DecisionVersion,
    FactChange,
    HouseholdStatement,
    IdempotencyKey,
    MissingAttestation,
    Person,
    PersonFact,
    PersonNumber,
    SubsidyClaim,
)
from attestations.overlap_filter import OverlapFilter
from attestations.services import persons
from attestations.services.access import reading

__all__ = ["ControlRunAdmin", "FileImportAdmin", "MergedOverlapAdmin", "MissingReportAdmin"]


@admin.register(Cpas)
class CpasAdmin(HistoryAdmin):
    list_display = ("enterprise_number", "name", "municipality_code", "language")
    search_fields = ("enterprise_number", "municipality_code")

    @admin.display(description=_("name"))
    def name(self, row: Cpas) -> str:
        return in_page_language(row.names)


class PersonNumberInline(HistoryInline):
    model = PersonNumber
    fields = ("masked", "replaced_by", "replaced_on", "created_at")
    selected = ("replaced_by",)
    show_change_link = False

    @admin.display(description=_("number"))
    def masked(self, row: PersonNumber) -> str:
        return "***********"


@admin.register(Person)
class PersonAdmin(DjangoObjectActions, HistoryAdmin):
    """A person under our own number. Whoever opens the page is noted, as any other reader."""

    list_display = ("__str__", "created_at", "merged_into")
    list_select_related = ("merged_into",)
    date_hierarchy = "created_at"
    search_fields = ("id",)
    search_help_text = _("Our own number of the person. By social security number: Find a person.")
    inlines = (PersonNumberInline,)
    change_actions = ("explain", "show_number")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        with reading(Administrator.of(request), operation="admin.person") as noted:
            response = super().change_view(request, object_id, form_url, extra_context)
            if response.status_code == 200:
                noted.served(int(object_id))
            return response

    @action(
        label=_("Explain a right"),
        description=_("Why it applies, or does not"),
        methods=("GET",),
        button_type="a",
    )
    def explain(self, request: HttpRequest, row: Person) -> HttpResponse:
        return redirect("admin:explanation", row.pk)

    @action(
        label=_("Show the number"),
        description=_("The reading is noted in the log"),
        methods=("POST",),
        button_type="form",
    )
    def show_number(self, request: HttpRequest, row: Person) -> HttpResponse:
        """The numbers in clear, on a page of their own; who asked stands in the log."""
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        with reading(Administrator.of(request), operation="admin.showNumber") as noted:
            noted.served(row.pk)
            numbers = [
                {"number": _punctuated(persons.keyring().open(bytes(one.sealed))), "row": one}
                for one in row.numbers.order_by("id")
            ]
        context = self.admin_site.each_context(request) | {
            "title": _("Number of person %(person)s") % {"person": row},
            "person": row,
            "numbers": numbers,
        }
        response = TemplateResponse(request, "admin/person_number.html", context)
        response["Cache-Control"] = "no-store"
        return response


def _punctuated(number: str) -> str:
    """As people write it: 85.71.05-123.69."""
    return f"{number[:2]}.{number[2:4]}.{number[4:6]}-{number[6:9]}.{number[9:]}"


@admin.register(HouseholdStatement)
class HouseholdStatementAdmin(HistoryAdmin):
    list_display = (
        linked("subject", _("person")),
        linked("member", _("member")),
        "relation",
        days,
        "source",
        "recorded_at",
        "superseded_at",
    )
    list_display_links = ("recorded_at",)
    list_select_related = ("subject", "member")
    list_filter = ("source", "relation")
    date_hierarchy = "recorded_at"
    search_fields = ("subject__id", "member__id")


@admin.register(PersonFact)
class PersonFactAdmin(HistoryAdmin):
    list_display = (
        "kind",
        person,
        "source",
        days,
        ticket_link,
        "recorded_at",
        "superseded_at",
    )
    list_filter = ("kind", "source")
    date_hierarchy = "recorded_at"
    search_fields = ("person__id", "ticket")


class DecisionVersionInline(HistoryInline):
    model = DecisionVersion
    fields = ("version", "change", "aid", "days", "decided_on", "recorded_at", "superseded_at")


@admin.register(Decision)
class DecisionAdmin(HistoryAdmin):
    list_display = (
        short_id,
        linked("cpas", _("CPAS")),
        person,
        "reference",
        "version",
        "status",
        "attestation_due_on",
        "created_at",
    )
    list_select_related = ("cpas",)
    list_filter = ("status",)
    date_hierarchy = "created_at"
    search_fields = ("public_id", "reference", "cpas__enterprise_number")
    inlines = (DecisionVersionInline,)


class AttestationInline(HistoryInline):
    model = Attestation
    fields = ("number", "nature", "aid", "days", "created_at", "superseded_at")


@admin.register(DecisionVersion)
class DecisionVersionAdmin(HistoryAdmin):
    list_display = (
        "__str__",
        linked("decision", _("decision")),
        "change",
        aid,
        days,
        "decided_on",
        ticket_link,
        "recorded_at",
    )
    list_select_related = ("decision",)
    list_filter = ("change",)
    date_hierarchy = "recorded_at"
    search_fields = ("decision__public_id", "reference", "ticket")
    inlines = (AttestationInline,)
    hidden = ("number_as_sent",)


@admin.register(Attestation)
class AttestationAdmin(HistoryAdmin):
    list_display = (
        "number",
        "nature",
        linked("cpas", _("CPAS")),
        person,
        aid,
        days,
        "created_at",
        "superseded_at",
        ticket_link,
    )
    list_select_related = ("cpas",)
    list_filter = (
        "nature",
        AidFilter,
        OverlapFilter,
        ("superseded_at", admin.EmptyFieldListFilter),
    )
    date_hierarchy = "created_at"
    search_fields = (
        "number",
        "ticket",
        "decision_version__decision__public_id",
        "cpas__enterprise_number",
    )
    hidden = ("number_as_sent",)


@admin.register(SubsidyClaim)
class SubsidyClaimAdmin(HistoryAdmin):
    list_display = (linked("cpas", _("CPAS")), person, aid, "month", "recorded_at")
    list_display_links = ("month",)
    list_select_related = ("cpas",)
    date_hierarchy = "month"
    search_fields = ("cpas__enterprise_number", "person__id")


@admin.register(MissingAttestation)
class MissingAttestationAdmin(HistoryAdmin):
    list_display = (
        "cause",
        "status",
        "due_on",
        linked("cpas", _("CPAS")),
        person,
        aid,
        days,
        "found_at",
        "resolved_at",
        short_id,
    )
    list_select_related = ("cpas",)
    list_filter = ("status", "cause", AidFilter)
    date_hierarchy = "found_at"
    search_fields = ("public_id", "ticket", "cpas__enterprise_number", "person__id")


@admin.register(FactChange)
class FactChangeAdmin(HistoryAdmin):
    """The ledger between stage 1 and the others."""

    list_display = (
        "id",
        "kind",
        person,
        linked("cpas", _("CPAS")),
        linked("attestation", _("attestation")),
        linked("missing", _("missing attestation")),
        ticket_link,
        "recorded_at",
        "derived_at",
        "routed_at",
    )
    list_select_related = ("cpas", "attestation", "missing")
    list_filter = (
        "kind",
        ("derived_at", admin.EmptyFieldListFilter),
        ("routed_at", admin.EmptyFieldListFilter),
    )
    date_hierarchy = "recorded_at"
    search_fields = ("id", "ticket", "attestation__number", "missing__public_id", "person__id")


@admin.register(AccessLogEntry)
class AccessLogEntryAdmin(HistoryAdmin):
    list_display = (
        "at",
        "organisation",
        "client",
        "operation",
        "legal_context",
        person,
        "served",
        ticket_link,
    )
    list_filter = ("served",)
    date_hierarchy = "at"
    search_fields = ("ticket", "organisation", "client", "person__id", "legal_context")


@admin.register(BackgroundTask)
class BackgroundTaskAdmin(HistoryAdmin):
    list_display = (
        short_id,
        "kind",
        "owner",
        "status",
        "total",
        "accepted",
        "rejected",
        "created_at",
        "finished_at",
    )
    list_filter = ("status", "kind")
    date_hierarchy = "created_at"
    search_fields = ("public_id", "owner")


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(HistoryAdmin):
    """That an answer is kept for a retry; what it says is sealed."""

    list_display = ("id", "status", "created_at")
    date_hierarchy = "created_at"
    search_fields = ("id",)
    hidden = ("headers",)
