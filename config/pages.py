"""The few pages for people outside the admin."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.flow_picture import picture


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where to go from here: one plain page."""
    return render(request, "registry/home.html", {"flow": picture()})
