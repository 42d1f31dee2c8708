"""JSON in and out. Encoding is msgspec's: the DRF encoder is what a page of results costs most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from attestations.api.problems import PayloadTooLarge, Problem
from attestations.json_faults import NOT_JSON, fault_of

MAX_BODY = 16 * 1024 * 1024


class JSONRenderer(BaseRenderer):
    """Encodes plain dicts, lists, dates, instants and UUIDs as they stand."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, *_args: object, **_kwargs: object) -> bytes:
        return b"" if data is None else msgspec.json.encode(data)


def read_body(stream: Any, context: Mapping[str, Any] | None, *, limit: int) -> bytes:
    """The body, of at most `limit` bytes; a Problem for a longer one, or one that is encoded."""
    request = (context or {})["request"]
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        detail = "Send the body as it is, without Content-Encoding."
        raise Problem("unsupportedMediaType", detail)
    raw: bytes = stream.read(limit + 1)
    if len(raw) > limit:
        raise PayloadTooLarge(f"The body is larger than {limit // 1024**2} MiB.")
    return raw


class JSONParser(BaseParser):
    """Decodes a body of at most 16 MiB whose top level is an object."""

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        raw = read_body(stream, parser_context, limit=MAX_BODY)
        try:
            body = msgspec.json.decode(raw)
        except NOT_JSON as error:
            raise ParseError(f"The body is not valid JSON: {fault_of(error)}") from error
        if not isinstance(body, dict):
            raise ParseError("The body must be a JSON object.")
        return body
