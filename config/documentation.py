"""The API's own documentation: the document, and a page to try it on that needs no other site."""

from __future__ import annotations

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from config import openapi


@require_safe
@cache_control(no_cache=True)
def interactive(request: HttpRequest) -> HttpResponse:
    """Swagger UI from our own static files: nothing inline, so that the CSP holds."""
    return render(request, "registry/api.html")


@require_safe
@cache_control(no_cache=True)
def openapi_json(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document as JSON."""
    return HttpResponse(_texts()[0], content_type="application/json")


@require_safe
@cache_control(no_cache=True)
def openapi_yaml(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document as YAML."""
    return HttpResponse(_texts()[1], content_type="application/yaml")


@cache
def _texts() -> tuple[str, str]:
    return openapi.as_json(), openapi.as_yaml()
