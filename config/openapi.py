"""The OpenAPI document: generated from the views, finished here, committed, and compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from drf_spectacular.generators import SchemaGenerator

PREFIX = "/registry/v1"
COMMITTED = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"

PROBLEM = {
    "type": "object",
    "description": "A problem, as the Belgian REST guide describes it (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "href": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "issues": {"type": "array", "items": {"$ref": "#/components/schemas/Issue"}},
    },
}
ISSUE = {
    "type": "object",
    "description": "One input that is not accepted.",
    "required": ["type", "title", "in", "name", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "in": {"type": "string", "enum": ["body", "path", "query", "header"]},
        "name": {"type": "string"},
        "value": {},
        "detail": {"type": "string"},
    },
}
OAUTH = {
    "type": "oauth2",
    "description": "Client credentials; private_key_jwt, or a secret where that is allowed.",
    "flows": {
        "clientCredentials": {
            "tokenUrl": "/oauth/token",
            "scopes": {
                "registry:record": "Record decisions for a CPAS",
                "registry:consult": "Consult rights and attestations as a recipient",
                "registry:claims": "Deliver subsidy claims and facts as a federal service",
                "registry:subscribe": "Subscribe to events as a recipient",
            },
        }
    },
}


TRACE = {
    "description": "The ticket of the call.",
    "schema": {"type": "string", "format": "uuid"},
}
HEADERS = {
    "BelGov-Trace-Id": TRACE,
    "BelGov-Related-Trace-Id": {
        "description": "The BelGov-Trace-Id that the caller sent.",
        "schema": {"type": "string"},
    },
    "ETag": {"description": "For If-Match.", "schema": {"type": "string"}},
    "Location": {"description": "Where it can be read.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "true: the answer to an earlier call with this key.",
        "schema": {"type": "string"},
    },
}
ACCEPT_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "description": "fr, nl, de or en, with or without a region.",
    "schema": {"type": "string"},
}


def document() -> dict[str, Any]:
    """The whole document, in a fixed order."""
    generated = SchemaGenerator().get_schema(request=None, public=True)
    return json.loads(json.dumps(generated, sort_keys=False, default=str))


def as_json() -> str:
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def as_yaml() -> str:
    return yaml.safe_dump(document(), sort_keys=False, allow_unicode=True)


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """What holds for every operation: how to get in, what comes back, what a refusal looks like."""
    components = result.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.update({"Problem": PROBLEM, "Issue": ISSUE})
    # A step holds steps: serializers cannot say that of themselves.
    schemas["StepShape"]["properties"]["steps"]["items"] = {
        "$ref": "#/components/schemas/StepShape"
    }
    for name, schema in schemas.items():
        # A body with a property that is not named is refused (`StrictSerializer`).
        if name.endswith("Request") and schema.get("type") == "object":
            schema["additionalProperties"] = False
    components["securitySchemes"] = {"Oauth": OAUTH}
    components["headers"] = HEADERS
    for path, _, method, view in generator.endpoints:
        operation = result["paths"][path.removeprefix(PREFIX)][method.lower()]
        operation["security"] = _security(view.cls)
        operation["summary"] = operation["description"].partition("\n")[0]
        operation.setdefault("parameters", []).append(ACCEPT_LANGUAGE)
        operation["responses"]["default"] = {
            "description": "A refusal.",
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
        for status, response in operation["responses"].items():
            response["headers"] = _headers(status, operation)
    return result


def _security(view: Any) -> list[dict[str, list[str]]]:
    """Any one of the view's scopes; none in particular; or, without authentication, nothing."""
    if not view.authentication_classes:
        return []
    return [{"Oauth": [scope]} for scope in sorted(view.scopes)] or [{"Oauth": []}]


def _headers(status: str, operation: dict[str, Any]) -> dict[str, Any]:
    names = ["BelGov-Trace-Id", "BelGov-Related-Trace-Id"]
    takes = {parameter["name"] for parameter in operation["parameters"]}
    if status in {"201", "202"}:
        names.append("Location")
    if status in {"200", "201", "202"} and "Idempotency-Key" in takes:
        names.append("Idempotency-Replayed")
    if status in {"200", "201"} and "Decision" in str(operation["responses"][status]["content"]):
        names.append("ETag")
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
