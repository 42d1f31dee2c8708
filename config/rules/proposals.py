"""The pages of a proposed value: written down, rehearsed, approved by another, or withdrawn."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from attestations import municipalities
from attestations.errors import DomainError, NotFound
from attestations.languages import in_page_language
from config.rules.forms import ApprovalForm, NewValueForm, RehearsalForm
from config.rules.pages import VIEW, known, told, user_of
from derived_rights.engine.catalogue import rights
from derived_rights.models import LawChange, ParameterProposal, Rehearsal
from derived_rights.services import proposing, together
from derived_rights.services.proposing import APPROVE, PROPOSE
from derived_rights.wording import (
    named,
    parameter_text,
    right_label,
    source_text,
    unit_text,
    value_text,
    word_text,
)
from partners.services import rehearsal_results, rehearsing

SHOWN_MUNICIPALITIES = 100
State = ParameterProposal.State


def propose(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """The form of a new value; what the right cannot have is refused beside the field."""
    right = known(request, code, needs=PROPOSE)
    try:
        parameter = proposing.parameter_of(code, name)
    except NotFound:
        raise PermissionDenied from None
    form = NewValueForm(parameter, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = proposing.propose(right=code, name=name, by=user_of(request), **form.cleaned_data)
        except DomainError as error:
            field = error.field_name if error.field_name in form.fields else None
            form.add_error(field, error.detail)
        else:
            messages.success(request, _("The value is proposed. Rehearse it now."))
            return redirect("admin:proposal", row.pk)
    context = admin.site.each_context(request) | {
        "title": _("Propose a new value"),
        "right": right,
        "label": in_page_language(right.label),
        "parameter": parameter,
        "unit": unit_text(parameter.unit),
        "note": source_text(parameter.note or ""),
        "form": form,
    }
    return TemplateResponse(request, "admin/rules/propose.html", context)


def proposal_page(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """What is proposed, how far it is, what its rehearsal found, and what may be done now."""
    row = _row(request, proposal_id)
    right = rights()[row.right]
    rehearsal = row.rehearsals.order_by("-pk").first()
    context = admin.site.each_context(request) | {
        "title": _("Proposal: %(proposal)s")
        % {"proposal": named(parameter_text(row.name), value_text(row.value))},
        "right": right,
        "label": in_page_language(right.label),
        "unit": unit_text(proposing.parameter_of(row.right, row.name).unit),
        "proposal": row,
        "steps": _steps(row, rehearsal),
        "rehearsal": rehearsal,
        "counts": rehearsal and _counts(rehearsal),
        "waits": LawChange.objects.filter(derived_at=None).exists(),
        "is_fresh": proposing.rehearsed(row) is not None,
        **_together(row, rehearsal),
        "is_author": row.proposed_by_id == request.user.pk,
        "may": {
            "rehearse": request.user.has_perm(PROPOSE) or request.user.has_perm(APPROVE),
            "approve": request.user.has_perm(APPROVE),
        },
    }
    return TemplateResponse(request, "admin/rules/proposal.html", context)


@require_POST
def rehearse(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Ask for a rehearsal; it runs by itself, and the page shows how far it is."""
    row = _row(request, proposal_id)
    form = RehearsalForm(request.POST, auto_id="rehearse-%s")
    if not form.is_valid():
        messages.error(request, _("This is not a day and hour."))
        return redirect("admin:proposal", row.pk)
    with told(request, _("The rehearsal has begun.")):
        rehearsing.begin(row, by=user_of(request), **form.cleaned_data)
    return redirect("admin:proposal", row.pk)


@require_POST
def approve(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Approve what somebody else proposed."""
    row = _row(request, proposal_id)
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This is not a day and hour."))
        return redirect("admin:proposal", row.pk)
    with told(request, _("Approved. It can still be withdrawn until it is dispatched.")):
        proposing.approve(row.pk, by=user_of(request), dispatch_at=form.cleaned_data["dispatch_at"])
    return redirect("admin:proposal", row.pk)


@require_POST
def withdraw(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Stop the proposal for good."""
    row = _row(request, proposal_id)
    with told(request, _("Withdrawn: nothing follows from it.")):
        proposing.withdraw(row.pk, by=user_of(request), reason=request.POST.get("reason", ""))
    return redirect("admin:proposal", row.pk)


def _row(request: HttpRequest, proposal_id: int) -> ParameterProposal:
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    rows = ParameterProposal.objects.select_related("proposed_by", "approved_by")
    return get_object_or_404(rows, pk=proposal_id, right__in=list(rights()))


def _steps(row: ParameterProposal, rehearsal: Rehearsal | None) -> list[dict[str, Any]]:
    """The way of a proposal: what is done, and where it stands."""
    finished = rehearsal is not None and rehearsal.finished_at is not None
    steps: list[dict[str, Any]] = [
        {"name": _("proposed"), "at": row.proposed_at, "who": row.proposed_by.get_username()},
        {"name": _("rehearsed"), "at": rehearsal.finished_at if rehearsal and finished else None},
        {
            "name": _("approved"),
            "at": row.approved_at,
            "who": row.approved_by.get_username() if row.approved_by else "",
        },
        {"name": _("taken into the law"), "at": row.in_force_at},
    ]
    if row.withdrawn_at is not None:
        steps = [step for step in steps if step["at"]]
        steps.append({"name": _("withdrawn"), "at": row.withdrawn_at})
    return steps


def _together(row: ParameterProposal, rehearsal: Rehearsal | None) -> dict[str, Any]:
    """The forms, and the other values: those that were counted, and those that wait besides."""
    asked = {"dispatch_at": rehearsal.dispatch_at if rehearsal else None}
    return {
        "form": ApprovalForm(initial=asked),
        "rehearsal_form": RehearsalForm(initial=asked, auto_id="rehearse-%s"),
        "counted": [_other(one) for one in together.counted(rehearsal)] if rehearsal else [],
        "is_complete": rehearsal is None or together.counts_what_will_hold(rehearsal),
        "pending": [_other(one) for one in together.pending_besides(row)],
    }


def _other(row: ParameterProposal) -> dict[str, Any]:
    return {
        "row": row,
        "label": right_label(row.right),
        "state": row.state.label,
    }


def _counts(rehearsal: Rehearsal) -> dict[str, Any]:
    """The results in the words and the order of the page."""
    found = rehearsal_results.results(rehearsal)
    places = sorted(found.by_municipality.items(), key=lambda one: one[1].total, reverse=True)
    return {
        "found": found,
        "rights": [
            (in_page_language(rights()[code].label), rights()[code], balance)
            for code, balance in found.by_right.items()
        ],
        "places": [(_place(code), balance) for code, balance in places[:SHOWN_MUNICIPALITIES]],
        "more_places": len(places) - SHOWN_MUNICIPALITIES,
        "words": [
            (in_page_language(rights()[code].label), word_text(word), count)
            for (code, word), count in sorted(found.words.items())
        ],
        "percent": round(100 * rehearsal.done / rehearsal.total) if rehearsal.total else 100,
    }


def _place(code: str) -> str:
    if not code:
        return _("not known")
    try:
        return f"{in_page_language(municipalities.get(code).names)} ({code})"
    except municipalities.UnknownMunicipality:
        return code
