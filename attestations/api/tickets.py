"""A ticket for every call: in every answer, in the log, and in all that the call brings about."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import msgspec
import structlog
from django.http import HttpRequest, HttpResponse

from attestations.api.masking import SSIN
from attestations.api.problems import MEDIA_TYPE, PROBLEMS, problem_body
from attestations.tickets import new_ticket

log = structlog.get_logger("http")
OWN_TRACE = re.compile(r"[A-Za-z0-9_.:-]{1,36}")
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
API = re.compile(r"/registry/v1(/|$)")
CODES = {http_status: code for code, (http_status, _) in reversed(PROBLEMS.items())}


class TicketMiddleware:
    """Gives the call its ticket; logs it by route, never by body; makes bare errors problems."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        ticket = new_ticket()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(ticket=str(ticket))
        started = time.perf_counter()
        response = self.get_response(request)
        if API.match(request.path):
            _as_problem(response)
            # Answers name persons: no cache on the way may keep them.
            response.headers.setdefault("Cache-Control", "no-store")
        response["BelGov-Trace-Id"] = str(ticket)
        own = request.headers.get("BelGov-Trace-Id", "")
        if UUID.fullmatch(own) or (OWN_TRACE.fullmatch(own) and not SSIN.search(own)):
            response["BelGov-Related-Trace-Id"] = own
        route = request.resolver_match.route if request.resolver_match else "(no route)"
        log.info(
            "request",
            method=request.method,
            route=route,
            status=response.status_code,
            milliseconds=round((time.perf_counter() - started) * 1000, 1),
        )
        return response


def _as_problem(response: HttpResponse) -> None:
    """Give errors that Django answers itself (no such route, a fault of ours) the API's shape."""
    code = CODES.get(response.status_code)
    if code is None or not response.get("Content-Type", "").startswith("text/html"):
        return
    detail = "Something went wrong on our side; quote the ticket when you ask about it."
    if response.status_code < 500:
        detail = "There is no such resource." if code == "resourceNotFound" else ""
    body = problem_body(code, detail)
    response.content = msgspec.json.encode(body | {"detail": body["detail"] or body["title"]})
    response["Content-Type"] = MEDIA_TYPE
    # The length of Django's own page was already noted.
    response["Content-Length"] = str(len(response.content))
