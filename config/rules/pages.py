"""The page of a right: its law, its figures, who is told of it, and all that was done to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from attestations import clock
from attestations.errors import DomainError
from attestations.languages import in_page_language
from config.rules import reading
from derived_rights import scenarios
from derived_rights.engine.catalogue import rights
from derived_rights.engine.right import Right
from derived_rights.services import catalogue
from derived_rights.services.proposing import APPROVE, PROPOSE
from derived_rights.wording import effect_text, source_text, trust_text
from partners.models import Organisation
from partners.services import recipient_rights

VIEW = "derived_rights.view_rightsetting"
SWITCH = "derived_rights.change_rightsetting"
PAUSE = "partners.change_recipientright"


def right_page(request: HttpRequest, code: str) -> HttpResponse:
    """Everything about one right on one page."""
    right = known(request, code)
    on = clock.today()
    context = admin.site.each_context(request) | {
        "title": in_page_language(right.label),
        "right": right,
        "reference": source_text(right.reference),
        "description": in_page_language(right.description),
        "effect": effect_text(right.effect),
        "trust": trust_text(right.trust),
        "active": reading.is_active(right),
        "laws": reading.laws(right, on=on),
        "histories": reading.histories(right, on=on),
        "proposals": reading.open_proposals(code),
        "recipients": reading.recipients(right),
        "verdict": scenarios.verdict(code),
        "acts": reading.acts(code),
        "may": {
            "switch": request.user.has_perm(SWITCH),
            "pause": request.user.has_perm(PAUSE),
            "propose": request.user.has_perm(PROPOSE),
            "approve": request.user.has_perm(APPROVE),
        },
    }
    return TemplateResponse(request, "admin/rules/right.html", context)


@require_POST
def switch(request: HttpRequest, code: str) -> HttpResponse:
    """Turn the right on or off; everyone is derived again soon after."""
    right = known(request, code, needs=SWITCH)
    active = request.POST.get("active") == "true"
    said = _("%(right)s is now on.") if active else _("%(right)s is now off.")
    with told(request, said % {"right": in_page_language(right.label)}):
        catalogue.switch(code, active=active, **who_and_why(request))
    return redirect("admin:rule", code)


@require_POST
def pause(request: HttpRequest, code: str, organisation_id: int) -> HttpResponse:
    """Stop telling one recipient of the right, or tell it again."""
    known(request, code, needs=PAUSE)
    row = get_object_or_404(Organisation, pk=organisation_id)
    paused = request.POST.get("paused") == "true"
    act = recipient_rights.pause if paused else recipient_rights.resume
    said = (
        _("%(recipient)s is not told of it any more.")
        if paused
        else _("%(recipient)s is told of it again, and soon of what it missed.")
    )
    with told(request, said % {"recipient": row.code}):
        act(row, code, **who_and_why(request))
    return redirect("admin:rule", code)


def known(request: HttpRequest, code: str, *, needs: str = VIEW) -> Right:
    """The right of this code, for whoever may look at it and has the permission named."""
    if not (request.user.has_perm(VIEW) and request.user.has_perm(needs)):
        raise PermissionDenied
    right = rights().get(code)
    if right is None:
        raise Http404
    return right


def user_of(request: HttpRequest) -> User:
    """Who is signed in, as the admin lets nobody else through."""
    assert isinstance(request.user, User)
    return request.user


def who_and_why(request: HttpRequest) -> dict[str, str]:
    """Whom the log of acts names, and the reason that was typed in."""
    return {"by": request.user.get_username(), "reason": request.POST.get("reason", "")}


@contextmanager
def told(request: HttpRequest, done: str) -> Iterator[None]:
    """Say at the top of the next page that it was done; or why not, and then nothing was."""
    try:
        yield
    except DomainError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, done)
