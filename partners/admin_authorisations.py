"""Authorisations in the admin: what a deliberation opens, version by version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from attestations import clock
from attestations.admin_columns import days, linked, related_lists
from attestations.history_admin import RegistryAdmin
from attestations.periods import Span
from derived_rights.engine.catalogue import rights as catalogue
from derived_rights.engine.right import AUTHORISED_FIELDS, Effect, fields_named_by_all
from derived_rights.wording import effect_text, field_text, right_label, topic_text
from partners.admin_forms import (
    CapitalLabels,
    Checkboxes,
    Choices,
    LabelsField,
    aid_choices,
    right_choices,
)
from partners.models import Authorisation
from partners.routing import RIGHTS, TOPICS
from partners.services.authorising import Terms, authorise, mixed_effects

# Stands in the address once the rights were chosen, also if none was.
PROPOSED = "chosen"


def effect_choices() -> Choices:
    named = [(effect.value, f"{effect_text(effect)} ({effect.value})") for effect in Effect]
    return [("", "–"), *named]


def topic_choices() -> Choices:
    return [(topic, topic_text(topic)) for topic in TOPICS]


def field_choices(codes: Collection[str] = ()) -> Choices:
    """The fields; beside each, those of the rights that name it among what they need."""
    naming: defaultdict[str, list[str]] = defaultdict(list)
    for code in codes:
        for field in catalogue()[code].fields:
            naming[field].append(right_label(code))
    choices = []
    for field in sorted(AUTHORISED_FIELDS):
        text = f"{field_text(field)} ({field})"
        if naming[field]:
            text = gettext("%(field)s – named by: %(rights)s") % {
                "field": text,
                "rights": ", ".join(naming[field]),
            }
        choices.append((field, text))
    return choices


class RightsForm(forms.Form):
    """Which rights a new authorisation opens: asked first, as they propose the rest."""

    rights = Checkboxes(label=_("Rights"), choices=right_choices)


class AuthorisationForm(CapitalLabels):
    """The terms of an authorisation; what is saved is a new version."""

    purpose = LabelsField(label=_("purpose"), required=False)
    effect = forms.ChoiceField(label=_("effect"), required=False, choices=effect_choices)
    rights = Checkboxes(label=_("rights"), choices=right_choices)
    aid_kinds = Checkboxes(
        label=_("kinds of aid"), choices=aid_choices, help_text=_("None ticked means all kinds.")
    )
    events = Checkboxes(label=_("events"), choices=topic_choices)
    fields_opened = Checkboxes(
        label=_("fields"),
        choices=field_choices,
        help_text=_(
            "What the deliberation lets the organisation know; none ticked opens none of them."
        ),
    )
    first_day = forms.DateField(label=_("first day"))
    last_day = forms.DateField(label=_("last day"), required=False, help_text=_("Empty: no end."))

    class Meta:
        model = Authorisation
        fields = (
            "organisation",
            "legal_context",
            "purpose",
            "effect",
            "rights",
            "aid_kinds",
            "events",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        if row.pk:
            self.initial["fields_opened"] = row.fields
            self.initial["first_day"] = row.period.start
            self.initial["last_day"] = row.period.last_day
        known = [code for code in self.initial.get("rights", ()) if code in catalogue()]
        self.fields["fields_opened"].choices = field_choices(known)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day cannot lie before the first."))
        if mixed := mixed_effects(cleaned.get("effect", ""), cleaned.get("rights", ())):
            self.add_error("rights", mixed)
        return cleaned

    def terms(self) -> Terms:
        """What was filled in; only of a valid form."""
        cleaned = self.cleaned_data
        return Terms(
            purpose=cleaned["purpose"] or {},
            effect=cleaned["effect"],
            rights=cleaned["rights"],
            aid_kinds=cleaned["aid_kinds"],
            events=cleaned["events"],
            fields=cleaned["fields_opened"],
            period=Span.inclusive(cleaned["first_day"], cleaned["last_day"]),
        )


class EffectFilter(admin.SimpleListFilter):
    """The effects, in words; known without asking the table."""

    title = _("effect")
    parameter_name = "effect"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(effect.value, effect_text(effect)) for effect in Effect]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(effect=self.value()) if self.value() else queryset


@admin.register(Authorisation)
class AuthorisationAdmin(RegistryAdmin):
    """Saving adds a version and closes the one before; closed versions are only looked at."""

    form = AuthorisationForm
    list_display = (
        "legal_context",
        linked("organisation", _("organisation")),
        "version",
        "named_effect",
        "named_rights",
        days,
        "created_at",
        "superseded_at",
    )
    list_select_related = ("organisation",)
    list_filter = (("superseded_at", admin.EmptyFieldListFilter), EffectFilter)
    date_hierarchy = "created_at"
    search_fields = ("legal_context", "organisation__code", "organisation__enterprise_number")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # history rests on it: it is ended

    @admin.display(description=_("effect"), ordering="effect")
    def named_effect(self, row: Authorisation) -> str:
        return effect_text(Effect(row.effect)) if row.effect in set(Effect) else row.effect

    @admin.display(description=_("rights"))
    def named_rights(self, row: Authorisation) -> str:
        return ", ".join(map(right_label, row.rights))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Ask first which rights are opened: what they need is then proposed, not decided."""
        if request.method == "GET" and PROPOSED not in request.GET:
            if not self.has_add_permission(request):
                raise PermissionDenied
            context = self.admin_site.each_context(request) | {
                "title": _("Which rights does the deliberation open?"),
                "form": RightsForm(),
                "marker": PROPOSED,
            }
            return TemplateResponse(request, "admin/choose_rights.html", context)
        return super().add_view(request, form_url, extra_context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the chosen rights propose: their effect, and the fields that every one names."""
        codes = [code for code in request.GET.getlist("rights") if code in catalogue()]
        effects = {catalogue()[code].effect for code in codes}
        return {
            "rights": codes,
            "effect": effects.pop().value if len(effects) == 1 else "",
            "events": [RIGHTS] if codes else [],
            "fields_opened": fields_named_by_all(catalogue()[code] for code in codes),
        }

    def has_change_permission(self, request: HttpRequest, obj: Authorisation | None = None) -> bool:
        if obj is not None and obj.superseded_at is not None:
            return False
        return super().has_change_permission(request, obj)

    def get_fields(self, request: HttpRequest, obj: Authorisation | None = None) -> list[Any]:
        if obj is not None and obj.superseded_at is not None:
            return self.shown_fields
        asked = ["purpose", "effect", "rights", "aid_kinds", "events", "fields_opened"]
        fields = ["organisation", "legal_context", *asked, "first_day", "last_day"]
        return [*fields, "version", "created_at", related_lists] if obj else fields

    def get_readonly_fields(
        self, request: HttpRequest, obj: Authorisation | None = None
    ) -> list[Any]:
        if obj is None:
            return []
        if obj.superseded_at is not None:
            return self.shown_fields
        return ["organisation", "legal_context", "version", "created_at", related_lists]

    def save_model(self, request: HttpRequest, obj: Authorisation, form: Any, change: bool) -> None:
        version = authorise(
            organisation_id=obj.organisation_id,
            legal_context=obj.legal_context,
            terms=form.terms(),
            now=clock.database_now(),
        )
        if version is None:
            version = Authorisation.objects.get(
                organisation_id=obj.organisation_id,
                legal_context=obj.legal_context,
                superseded_at=None,
            )
        # The page, the message and the log go on with the version that now holds.
        obj.pk, obj.version = version.pk, version.version

    def response_change(self, request: HttpRequest, obj: Authorisation) -> HttpResponse:
        response = super().response_change(request, obj)
        if "_continue" in request.POST:
            return redirect("admin:partners_authorisation_change", obj.pk)
        return response
