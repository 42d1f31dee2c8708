"""Stage 3 in the admin, the part that is configured: organisations, programs, subscriptions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_object_actions import DjangoObjectActions, action

from attestations.admin_columns import linked, related_lists, short_id, ticket_link
from attestations.history_admin import HistoryAdmin, RegistryAdmin
from partners import recipient_page
from partners.admin_forms import (
    ClientForm,
    ClientKeyForm,
    NewClientForm,
    OrganisationForm,
)
from partners.models import (
    Client,
    ClientKey,
    Organisation,
    RecipientRight,
    Resumption,
    Subscription,
)
from partners.services import clients, organisations, recipient_rights
from partners.services.pausing import pause, resume


class NeverDeleted:
    """Configuration on which history rests: it is ended, not deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Organisation)
class OrganisationAdmin(NeverDeleted, RegistryAdmin):
    form = OrganisationForm
    list_display = (
        "code",
        "kind",
        "name",
        "enterprise_number",
        linked("cpas", _("CPAS")),
        "deliveries",
    )
    list_select_related = ("cpas",)
    list_filter = ("kind",)
    search_fields = ("code", "enterprise_number")

    @admin.display(description=_("name"))
    def name(self, row: Organisation) -> str:
        return row.name

    @admin.display(description=_("deliveries"))
    def deliveries(self, row: Organisation) -> str:
        url = reverse("admin:partners_organisation_recipient", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, _("How it is served"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(recipient_page.page)
        name = "partners_organisation_recipient"
        return [path("<int:pk>/recipient/", view, name=name), *super().get_urls()]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = ["code", "kind", "enterprise_number", "names"]
        if obj is None:
            return [*fields, "municipality_code"]
        if obj.kind == Organisation.Kind.CPAS:
            return [*fields, "municipality_code", "deliveries", related_lists]
        return [*fields, "inactive_rights", "reason", "deliveries", related_lists]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Organisation | None = None
    ) -> list[Any]:
        if obj is None:
            return []
        # Attestations were sent under the number of a CPAS: after a merger it is another one.
        fixed = ["enterprise_number"] if obj.kind == Organisation.Kind.CPAS else []
        return ["code", "kind", *fixed, "deliveries", related_lists]

    def save_model(
        self, request: HttpRequest, obj: Organisation, form: ModelForm[Any], change: bool
    ) -> None:
        profile = organisations.Profile(
            code=obj.code,
            kind=obj.kind,
            enterprise_number=obj.enterprise_number,
            names=obj.names,
            municipality_code=form.cleaned_data.get("municipality_code", ""),
        )
        row, _made, _moved = organisations.save(profile)
        obj.pk = row.pk
        if change and row.kind != Organisation.Kind.CPAS:
            recipient_rights.pause_exactly(
                row,
                set(form.cleaned_data["inactive_rights"]),
                by=request.user.get_username(),
                reason=form.cleaned_data["reason"],
            )


class ClientKeyInline(admin.TabularInline):
    model = ClientKey
    form = ClientKeyForm
    extra = 0


# The library registers the client too, with grants and secrets that are not for here.
admin.site.unregister(Client)


@admin.register(Client)
class ClientAdmin(DjangoObjectActions, RegistryAdmin):
    """Programs. A removed client is shut out at once, with all its tokens."""

    list_display = (
        "name",
        linked("organisation", _("organisation")),
        "allowed_scopes",
        "secret_allowed",
        "created",
    )
    list_select_related = ("organisation",)
    list_filter = ("secret_allowed",)
    date_hierarchy = "created"
    search_fields = ("name", "organisation__code", "organisation__enterprise_number")
    inlines = (ClientKeyInline,)
    change_actions = ("new_secret",)

    def get_form(
        self, request: HttpRequest, obj: Client | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Client]]:
        kwargs["form"] = ClientForm if change else NewClientForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Client | None = None) -> list[Any]:
        if obj is None:
            return ["name", "organisation", "allowed_scopes"]
        return ["name", "organisation", "allowed_scopes", "secret_allowed", related_lists]

    def get_readonly_fields(self, request: HttpRequest, obj: Client | None = None) -> list[Any]:
        return [] if obj is None else ["name", "organisation", related_lists]

    def save_model(
        self, request: HttpRequest, obj: Client, form: ModelForm[Any], change: bool
    ) -> None:
        if change:
            obj.save(update_fields=["allowed_scopes", "secret_allowed", "updated"])
            return
        row = clients.new_client(
            name=obj.name, organisation_id=obj.organisation_id, scopes=obj.allowed_scopes
        )
        obj.pk, obj.client_id = row.pk, row.client_id

    @action(
        label=_("Make a new secret"),
        description=_("The one before opens nothing any more"),
        methods=("POST",),
        button_type="form",
    )
    def new_secret(self, request: HttpRequest, row: Client) -> HttpResponse:
        """Make a secret and show it this once; prefer a public key."""
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        secret = clients.set_new_secret(row)
        self.log_change(request, row, "new secret")
        context = self.admin_site.each_context(request) | {
            "title": _("Secret of %(client)s") % {"client": row},
            "client": row,
            "secret": secret,
        }
        response = TemplateResponse(request, "admin/client_secret.html", context)
        response["Cache-Control"] = "no-store"
        return response


@admin.register(RecipientRight)
class RecipientRightAdmin(HistoryAdmin):
    """Which rights are switched off for whom; the switches are on the organisation's page."""

    list_display = ("__str__", linked("organisation", _("organisation")), "right", "active")
    list_select_related = ("organisation",)
    list_filter = ("active",)
    search_fields = ("organisation__code", "right")


@admin.register(Resumption)
class ResumptionAdmin(HistoryAdmin):
    """Rights that a recipient is told of again, and how many persons it was told of at once."""

    list_display = (
        "__str__",
        linked("organisation", _("organisation")),
        "right",
        "told",
        ticket_link,
        "resumed_at",
        "finished_at",
    )
    list_select_related = ("organisation",)
    list_filter = (("finished_at", admin.EmptyFieldListFilter),)
    date_hierarchy = "resumed_at"
    hidden = ("after",)
    search_fields = ("ticket", "organisation__code", "right")


@admin.register(Subscription)
class SubscriptionAdmin(DjangoObjectActions, HistoryAdmin):
    """What recipients asked for. Pausing keeps the events; resuming sends them."""

    list_display = (
        short_id,
        linked("organisation", _("organisation")),
        "legal_context",
        "status",
        "endpoint",
        "cursor",
        "failures",
        "retry_at",
        "removed_at",
    )
    list_select_related = ("organisation",)
    list_filter = ("status", ("removed_at", admin.EmptyFieldListFilter), "signature")
    date_hierarchy = "created_at"
    search_fields = ("public_id", "legal_context", "organisation__code", "endpoint")
    hidden = ("lease",)
    actions = ("pause_all", "resume_all")
    change_actions = ("pause", "resume")

    def _may_change(self, request: HttpRequest) -> None:
        if not request.user.has_perm("partners.change_subscription"):
            raise PermissionDenied

    @admin.action(description=_("Pause"))
    def pause_all(self, request: HttpRequest, rows: QuerySet[Subscription]) -> None:
        self._may_change(request)
        count = sum(pause(row) for row in rows)
        text = ngettext("%d subscription paused.", "%d subscriptions paused.", count) % count
        messages.success(request, text)

    @admin.action(description=_("Resume"))
    def resume_all(self, request: HttpRequest, rows: QuerySet[Subscription]) -> None:
        self._may_change(request)
        count = sum(resume(row) for row in rows)
        text = ngettext("%d subscription resumed.", "%d subscriptions resumed.", count) % count
        messages.success(request, text)

    @action(label=_("Pause"), methods=("POST",), button_type="form")
    def pause(self, request: HttpRequest, row: Subscription) -> None:
        self.pause_all(request, Subscription.objects.filter(pk=row.pk))
        self.log_change(request, row, "paused")

    @action(label=_("Resume"), methods=("POST",), button_type="form")
    def resume(self, request: HttpRequest, row: Subscription) -> None:
        self.resume_all(request, Subscription.objects.filter(pk=row.pk))
        self.log_change(request, row, "resumed")
