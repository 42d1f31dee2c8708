"""The token endpoint: the one address where a program shows who it is."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import timedelta
from typing import Any

import msgspec
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from oauth2_provider.views import TokenView
from oauthlib.oauth2 import BackendApplicationServer

from attestations import clock
from attestations.api.error_texts import told
from attestations.api.problems import MEDIA_TYPE, problem_body
from partners import assertions
from partners.oauth import CALLED_AT
from partners.services import braking

# What each error of RFC 6749 asks of the caller.
TO_DO = {
    "invalid_request": "Send grant_type=client_credentials and all else once, as a form, in the"
    " body.",
    "invalid_client": "The client and its proof do not go together: check client_id, and its"
    " assertion or secret.",
    "invalid_scope": "The client is not allowed every scope that it asks for.",
    "unsupported_grant_type": "Only grant_type=client_credentials is granted here.",
}


class TokenEndpoint(TokenView):
    """Answers a client-credentials request with a token, or with an error of RFC 6749.

    That has room for plain ASCII only (`error_description`); in the caller's language the same
    is said as `detail`, like the detail of every other refusal.

    Who has failed too often is answered 429 for a while. A signed assertion is looked at even
    then, as it cannot be guessed: whoever holds the key is not kept out by others' failures.
    """

    # Knows this one grant; every other is answered with unsupported_grant_type.
    server_class = BackendApplicationServer

    @method_decorator(sensitive_post_parameters("client_secret", "client_assertion"))
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if _is_form(request):
            response = self._braked(request)
        else:
            response = HttpResponse(json.dumps({"error": "invalid_request"}), status=400)
        if response.get("Content-Type") != MEDIA_TYPE:
            response["Content-Type"] = "application/json"
            _explain(response)
        response["Cache-Control"] = "no-store"
        response["Pragma"] = "no-cache"
        if response.status_code == 401:
            response["WWW-Authenticate"] = 'Basic realm="registry"'
        return response

    def _braked(self, request: HttpRequest) -> HttpResponse:
        caller = braking.caller_of(_claimed(request), request.META.get("REMOTE_ADDR") or "")
        wait = braking.wait_of(caller, now=clock.database_now())
        if wait is not None and "client_assertion" not in request.POST:
            return _too_many(wait)
        request.META[CALLED_AT] = request.build_absolute_uri(request.path)
        response = self.authorization_flow_token_response(request)
        if response.status_code == 200:
            if wait is not None:
                braking.forget(caller)
        elif response.status_code == 401:
            braking.note_failure(caller)
            if wait is not None:
                return _too_many(wait)
        return response


def _is_form(request: HttpRequest) -> bool:
    """Whether the body can be read, and gives each parameter once."""
    try:
        return all(len(values) == 1 for _, values in request.POST.lists())
    except (SuspiciousOperation, MultiPartParserError):
        return False


def _explain(response: HttpResponse) -> None:
    body = json.loads(response.content)
    if what := TO_DO.get(body.get("error")):
        body |= {"error_description": what, "detail": told(what)}
        response.content = msgspec.json.encode(body)


def _claimed(request: HttpRequest) -> str:
    """The client that the caller says it is, unproved."""
    try:
        if assertion := request.POST.get("client_assertion"):
            return assertions.claimed_issuer(assertion) or ""
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "basic":
            return base64.b64decode(text).decode().partition(":")[0]
    except (assertions.Refused, binascii.Error, UnicodeDecodeError):
        return ""
    return request.POST.get("client_id", "")


def _too_many(wait: timedelta) -> HttpResponse:
    seconds = max(1, round(wait.total_seconds()))
    detail = "Too many calls failed to prove who you are: check client_id and key, then try later."
    body = problem_body("tooManyFailedRequests", detail, retryAfterSec=seconds)
    response = HttpResponse(msgspec.json.encode(body), status=429, content_type=MEDIA_TYPE)
    response["Retry-After"] = str(seconds)
    return response
