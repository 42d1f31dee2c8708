"""The OpenAPI document: generated from the views, finished here, committed, and compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from drf_spectacular.generators import SchemaGenerator

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
    "required": ["type", "in", "name", "detail"],
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


def document() -> dict[str, Any]:
    """The whole document, in a fixed order."""
    generated = SchemaGenerator().get_schema(request=None, public=True)
    return json.loads(json.dumps(generated, sort_keys=False, default=str))


def as_json() -> str:
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def as_yaml() -> str:
    return yaml.safe_dump(document(), sort_keys=False, allow_unicode=True)


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """What holds for every operation: how to get in, and what a refusal looks like."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {}).update({"Problem": PROBLEM, "Issue": ISSUE})
    components["securitySchemes"] = {"Oauth": OAUTH}
    for path in result["paths"].values():
        for operation in path.values():
            open_to_all = operation.get("security") == [{}]
            operation["security"] = [] if open_to_all else [{"Oauth": []}]
            operation["responses"]["default"] = {
                "description": "A refusal.",
                "content": {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                },
            }
    return result
