"""Two pages of the admin that belong to no single table: by person, and by ticket."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from attestations.history_admin import Administrator
from attestations.models import (
    AccessLogEntry,
    Attestation,
    DecisionVersion,
    FactChange,
    MissingAttestation,
)
from attestations.services import persons
from attestations.services.access import reading
from attestations.ssin import InvalidSsin, Ssin
from derived_rights.models import ParameterProposal, RightChange, RuleAct
from partners.models import DeliveryAttempt, FeedEntry, FeedReading, Refusal, Resumption

# What carries a ticket, in the order of the flow, with what the lists must show of it.
CARRIERS: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (DecisionVersion, ("decision",)),
    (Attestation, ()),
    (MissingAttestation, ()),
    (FactChange, ()),
    (ParameterProposal, ()),
    (RuleAct, ()),
    (RightChange, ("person",)),
    (FeedEntry, ("organisation",)),
    (Refusal, ("organisation",)),
    (Resumption, ("organisation",)),
    (DeliveryAttempt, ("subscription__organisation",)),
    (AccessLogEntry, ("person",)),
    (FeedReading, ("organisation",)),
)
SHOWN = 100


class FindPersonForm(forms.Form):
    """A social security number, in any usual spelling."""

    ssin = forms.CharField(
        label=_("Social security number"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def clean_ssin(self) -> Ssin:
        try:
            return Ssin.parse(
                self.cleaned_data["ssin"].strip(), allow_test=settings.ALLOW_TEST_SSIN
            )
        except InvalidSsin as error:
            raise forms.ValidationError(_("This is not a social security number.")) from error


def find_person(request: HttpRequest) -> HttpResponse:
    """From a number, posted and never in an address, to the person under our own number."""
    if not request.user.has_perm("attestations.view_person"):
        raise PermissionDenied
    form = FindPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number = persons.find(form.cleaned_data["ssin"])
        if number is not None:
            person = persons.resolve(number)
            with reading(Administrator.of(request), operation="admin.findPerson") as noted:
                noted.served(person.pk)
            return redirect("admin:attestations_person_change", person.pk)
        form.add_error("ssin", _("Nobody is known here under this number."))
    context = admin.site.each_context(request) | {"title": _("Find a person"), "form": form}
    response = TemplateResponse(request, "admin/find_person.html", context)
    response["Cache-Control"] = "no-store"
    return response


def ticket(request: HttpRequest) -> HttpResponse:
    """Everything that carries a ticket, stage by stage, as far as the user may see it."""
    text = request.GET.get("ticket", "").strip()
    found = _as_ticket(text)
    context = admin.site.each_context(request) | {
        "title": _("Find a ticket"),
        "text": text,
        "is_ticket": found is not None,
        "sections": _sections(request, found) if found is not None else [],
        "shown": SHOWN,
    }
    return TemplateResponse(request, "admin/ticket.html", context)


def _as_ticket(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _sections(request: HttpRequest, found: uuid.UUID) -> list[dict[str, Any]]:
    sections = []
    for model, related in CARRIERS:
        meta = model._meta
        if not request.user.has_perm(f"{meta.app_label}.view_{meta.model_name}"):
            continue
        rows = model._default_manager.filter(ticket=found).order_by("pk")
        if related:
            rows = rows.select_related(*related)
        listed = list(rows[: SHOWN + 1])
        if listed:
            sections.append(
                {
                    "name": capfirst(meta.verbose_name_plural),
                    "link": f"admin:{meta.app_label}_{meta.model_name}_change",
                    "rows": listed[:SHOWN],
                    "more": len(listed) > SHOWN,
                }
            )
    return sections
