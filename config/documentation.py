"""The API's own documentation: the document, and a page to try it on that needs no other site."""

from __future__ import annotations

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerSplitView

from config import openapi


class Interactive(SpectacularSwaggerSplitView):
    """Swagger UI from our own static files; its script is a file, so that the CSP holds."""

    authentication_classes = []
    permission_classes = []
    url_name = "openapi-json"
    url_self = None


@cache
def _texts() -> tuple[str, str]:
    return openapi.as_json(), openapi.as_yaml()


@require_safe
def openapi_json(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document as JSON."""
    return HttpResponse(_texts()[0], content_type="application/json")


@require_safe
def openapi_yaml(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document as YAML."""
    return HttpResponse(_texts()[1], content_type="application/yaml")
