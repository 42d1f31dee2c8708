"""JSON in and out. Encoding is msgspec's: the DRF encoder is what a page of results costs most."""

from __future__ import annotations

from typing import Any

import msgspec
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from attestations.api.problems import PayloadTooLarge
from attestations.json_faults import NOT_JSON, fault_of

MAX_BODY = 16 * 1024 * 1024


class JSONRenderer(BaseRenderer):
    """Encodes plain dicts, lists, dates, instants and UUIDs as they stand."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, *_args: object, **_kwargs: object) -> bytes:
        return b"" if data is None else msgspec.json.encode(data)


class JSONParser(BaseParser):
    """Decodes a body of at most 16 MiB whose top level is an object."""

    media_type = "application/json"

    def parse(self, stream: Any, *_args: object, **_kwargs: object) -> dict[str, Any]:
        raw = stream.read(MAX_BODY + 1)
        if len(raw) > MAX_BODY:
            raise PayloadTooLarge
        try:
            body = msgspec.json.decode(raw)
        except NOT_JSON as error:
            raise ParseError(f"The body is not valid JSON: {fault_of(error)}") from error
        if not isinstance(body, dict):
            raise ParseError("The body must be a JSON object.")
        return body
