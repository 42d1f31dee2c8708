"""Errors as the Belgian REST guide wants them: `application/problem+json`, with a stable type.

`exception_handler` is the single place where a DomainError, a validation error or a fault of
the framework becomes an answer. No internals, and no SSIN, ever stand in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import Http404
from django.utils.translation import get_language
from rest_framework import exceptions, status
from rest_framework.response import Response

from attestations import errors
from attestations.api.error_texts import told
from attestations.api.masking import shown_value, without_ssin
from attestations.api.problem_labels import LABELS
from attestations.services.bulk_items import Unacceptable
from attestations.services.item_faults import MAX_ISSUES, Issue
from attestations.tickets import current_ticket

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
# What is shown at most of each thing that is wrong, in characters.
MAX_NAME, MAX_DETAIL = 200, 500
GUIDE = "https://www.belgif.be/specification/rest/api-guide/problems"

# Problem code -> status and title, of the guide's own list and of ours.
BELGIF = {
    "badRequest": (400, "Bad Request"),
    "noAccessToken": (401, "No Access Token"),
    "invalidAccessToken": (401, "Invalid Access Token"),
    "expiredAccessToken": (401, "Expired Access Token"),
    "missingScope": (403, "Missing Scope"),
    "missingPermission": (403, "Missing Permission"),
    "resourceNotFound": (404, "Resource Not Found"),
    "notAcceptable": (406, "Not Acceptable"),
    "payloadTooLarge": (413, "Payload Too Large"),
    "tooManyRequests": (429, "Too Many Requests"),
    "tooManyFailedRequests": (429, "Too Many Failed Requests"),
    "internalServerError": (500, "Internal Server Error"),
    "serviceUnavailable": (503, "Service Unavailable"),
}
REGISTRY = {
    "methodNotAllowed": (405, "Method Not Allowed"),
    "idempotencyInProgress": (409, "Idempotency In Progress"),
    "streamEpochChanged": (410, "Stream Epoch Changed"),
    "staleVersion": (412, "Stale Version"),
    "unsupportedMediaType": (415, "Unsupported Media Type"),
    "idempotencyMismatch": (422, "Idempotency Mismatch"),
    "versionRequired": (428, "Version Required"),
}
PROBLEMS = BELGIF | REGISTRY

ISSUE_TITLES = {
    "schemaViolation": "Input isn't valid with respect to schema",
    "invalidInput": "Invalid input",
    "unknownInput": "Unknown input",
    "referencedResourceNotFound": "Referenced resource not found",
    "ext/invalidPeriod": "Period is invalid",
    "ext/outOfRange": "Input value is out of range",
    "ext/requiredInput": "Input is required",
    "ext/rejectedInput": "Input is not allowed in this context",
}


class Problem(exceptions.APIException):
    """A refusal with a problem code, a sentence, and members that belong to its type."""

    def __init__(self, code: str, detail: str, **members: Any) -> None:
        self.code = code
        self.status_code = PROBLEMS[code][0]
        self.members = members
        super().__init__(detail, code)


class PayloadTooLarge(Problem):
    """The body is larger than the call takes."""

    def __init__(self, detail: str = "The body is larger than 16 MiB.") -> None:
        super().__init__("payloadTooLarge", detail)


def problem_urn(code: str) -> str:
    return f"urn:problem-type:{'belgif' if code in BELGIF else 'registry'}:{code}"


def issue_urn(code: str) -> str:
    """`ext/...` codes belong to the guide's extension list, the others to the guide."""
    if code.startswith("ext/"):
        return f"urn:problem-type:belgif-ext:input-validation:{code.removeprefix('ext/')}"
    return f"urn:problem-type:belgif:input-validation:{code}"


def problem_body(code: str, detail: str, **members: Any) -> dict[str, Any]:
    """The problem document, in the language of the answer; members that are None are left out."""
    http_status = PROBLEMS[code][0]
    href = f"{GUIDE}/{code}.html" if code in BELGIF else "/registry/v1/refData/problemTypes"
    body = {
        "type": problem_urn(code),
        "href": href,
        "title": _title(code),
        "status": http_status,
        "detail": told(without_ssin(detail)),
        "instance": f"urn:uuid:{current_ticket()}",
    }
    return body | {name: value for name, value in members.items() if value is not None}


def _title(code: str) -> str:
    """What the problem is called; in English by the guide's own words."""
    language = (get_language() or "en")[:2]
    return PROBLEMS[code][1] if language == "en" else LABELS[code][language]


def issue(code: str, name: str, detail: str, *, where: str = "body", value: Any = None) -> dict:
    """One entry of `issues`: which input, what is wrong with it and what to do."""
    found = {
        "type": issue_urn(code),
        "title": told(ISSUE_TITLES[code]),
        "in": where,
        "name": without_ssin(name)[:MAX_NAME],
        "detail": told(without_ssin(detail))[:MAX_DETAIL],
    }
    return found if value is None else found | {"value": value}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an error, or None for one that is ours to repair (500)."""
    request = context.get("request")
    data = getattr(request, "_full_data", None) if request is not None else None
    body = _body(error, data)
    if body is None:
        return None
    response = Response(body, status=body["status"], content_type=MEDIA_TYPE)
    if body["status"] == status.HTTP_401_UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="registry"'
    if isinstance(error, exceptions.MethodNotAllowed) and context.get("view") is not None:
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def _body(error: Exception, data: Any) -> dict[str, Any] | None:
    match error:
        case Problem():
            return problem_body(error.code, str(error.detail), **error.members)
        case errors.NotFound():
            return problem_body("resourceNotFound", error.detail)
        case errors.NotPermitted():
            return problem_body("missingPermission", error.detail)
        case errors.StaleVersion():
            return problem_body("staleVersion", error.detail)
        case errors.DomainError():
            name = error.field_name or "body"
            where = "path" if name.endswith("Id") else "body"
            found = issue(error.code, name, error.detail, where=where)
            return problem_body("badRequest", error.detail, issues=[found | error.extra])
        case Unacceptable():
            issues = list(islice(item_issues(error.issues), MAX_ISSUES))
            detail = "The input is not accepted: see issues."
            return problem_body("badRequest", detail, issues=issues)
        case exceptions.ValidationError():
            issues = list(islice(_issues(error.detail, data), MAX_ISSUES))
            detail = "The input is not accepted: see issues."
            return problem_body("badRequest", detail, issues=issues)
        case OperationalError():
            # No connection, a lock that did not come, a deadlock: nothing has been done.
            log.warning("database_unavailable", error=type(error).__name__, exc_info=error)
            return problem_body("serviceUnavailable", "The registry is busy: try again shortly.")
        case RequestDataTooBig():
            return problem_body("payloadTooLarge", "The body is larger than 16 MiB.")
        case Http404() | exceptions.NotFound():
            return problem_body("resourceNotFound", "There is no such resource.")
        case exceptions.APIException():
            return _framework_body(error)
    return None


def _framework_body(error: exceptions.APIException) -> dict[str, Any] | None:
    detail = str(error.detail)
    match error:
        case exceptions.ParseError():
            issues = [issue("schemaViolation", "body", detail)]
            return problem_body("badRequest", detail, issues=issues)
        case exceptions.NotAuthenticated():
            return problem_body("noAccessToken", "Send an access token: Authorization: Bearer ...")
        case exceptions.AuthenticationFailed():
            return problem_body("invalidAccessToken", detail)
        case exceptions.PermissionDenied():
            return problem_body("missingPermission", detail)
        case exceptions.MethodNotAllowed():
            return problem_body("methodNotAllowed", detail)
        case exceptions.UnsupportedMediaType():
            return problem_body("unsupportedMediaType", detail)
        case exceptions.NotAcceptable():
            return problem_body("notAcceptable", detail)
        case exceptions.Throttled():
            return problem_body(
                "tooManyRequests", detail, retryAfterSec=int(getattr(error, "wait", None) or 1)
            )
    return None


# What DRF calls it -> the guide's issue type; every other code of DRF is a schema violation.
ISSUE_CODES = {code: code for code in ISSUE_TITLES}


def input_error(where: str, name: str, detail: str, code: str) -> exceptions.ValidationError:
    """An input that is not in the body: `where` is path, query or header."""
    return exceptions.ValidationError({name: [exceptions.ErrorDetail(detail, f"{where}:{code}")]})


def item_issues(found: Iterable[Issue]) -> Iterator[dict[str, Any]]:
    """The issues of an item of a batch, which a single call is judged like."""
    for one in found:
        value = shown_value(one.name, one.value)
        yield issue(one.code, one.name, one.detail, value=value) | dict(one.extra)


def issues_in(detail: Any, data: Any) -> list[dict[str, Any]]:
    """The issues of a serializer's errors about `data`."""
    return list(_issues(detail, data))


def _issues(detail: Any, data: Any, path: str = "") -> Iterator[dict[str, Any]]:
    """Walk DRF's nested error detail; names read like `household[0].ssin`."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            if name == "non_field_errors":
                yield from _issues(inner, data, path)
                continue
            # With an index for a key the parent is a list.
            inner_path = f"{path}[{name}]" if isinstance(name, int) else f"{path}.{name}"
            inner_path = inner_path if path else inner_path.removeprefix(".")
            yield from _issues(inner, _child(data, name), inner_path)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            if isinstance(inner, exceptions.ErrorDetail):
                where, _, code = (inner.code or "").rpartition(":")
                where, code = where or "body", ISSUE_CODES.get(code, "schemaViolation")
                value = shown_value(path, data) if where == "body" else None
                yield issue(code, path or "body", str(inner), where=where, value=value)
            elif inner:
                yield from _issues(inner, _child(data, index), f"{path}[{index}]")


def _child(data: Any, name: Any) -> Any:
    try:
        return data[name]
    except (KeyError, IndexError, TypeError):
        return None
