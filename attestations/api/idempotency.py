"""`Idempotency-Key`: a POST that is sent again gets the answer it got, and does nothing twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from attestations import clock
from attestations.api.permissions import caller
from attestations.api.problems import Problem, input_error
from attestations.locks import try_lock_name
from attestations.models import IdempotencyKey
from attestations.services.persons import keyring

Handler = Callable[..., Response]
IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[\\x20-\\x7e]{1,255}$"},
    "header",
    description="1 to 255 printable ASCII characters, new for each intention. Kept 30 days.",
)
KEPT_HEADERS = ("Location", "ETag")


def idempotent(handler: Handler) -> Handler:
    """Run the handler, and store its answer, in one transaction; replay the answer for a retry.

    Same key and body: the same answer with `Idempotency-Replayed: true`. Another body: 422. The
    first call still running: 409. Refused calls are not kept: they changed nothing.
    """

    @wraps(handler)
    def wrapped(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            with transaction.atomic():
                return handler(view, request, *args, **kwargs)
        _check(key)
        key_hash = _hash(caller(request).owner, request.method, request.path, key)
        body = msgspec.json.encode(request.data, order="sorted")
        fingerprint = hashlib.sha256(body).hexdigest()
        with transaction.atomic():
            if not try_lock_name(f"idempotency {key_hash.hex()}"):
                raise Problem(
                    "idempotencyInProgress", "The first call with this key is still running."
                )
            kept = IdempotencyKey.objects.filter(key_hash=key_hash).first()
            if kept is not None and _is_over(kept):
                kept.delete()
            elif kept is not None:
                return _replay(kept, fingerprint)
            response = handler(view, request, *args, **kwargs)
            _keep(key_hash, fingerprint, response)
            return response

    return wrapped


def _is_over(kept: IdempotencyKey) -> bool:
    days = timedelta(days=settings.IDEMPOTENCY_KEYS_KEPT_DAYS)
    return kept.created_at < clock.database_now() - days


def _check(key: str) -> None:
    if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        detail = "Use 1 to 255 printable ASCII characters."
        raise input_error("header", "Idempotency-Key", detail, "schemaViolation")


def _hash(*parts: str | None) -> bytes:
    return hashlib.sha256("\x00".join(part or "" for part in parts).encode()).digest()


def _replay(kept: IdempotencyKey, fingerprint: str) -> Response:
    if keyring().open(kept.sealed_fingerprint) != fingerprint:
        raise Problem(
            "idempotencyMismatch", "This key was used with another body: choose a new key."
        )
    data = msgspec.json.decode(keyring().open(bytes(kept.sealed_body)))
    response = Response(data, status=kept.status, headers=kept.headers)
    response["Idempotency-Replayed"] = "true"
    return response


def _keep(key_hash: bytes, fingerprint: str, response: Response) -> None:
    body = msgspec.json.encode(response.data).decode()
    IdempotencyKey.objects.create(
        key_hash=key_hash,
        sealed_fingerprint=keyring().seal(fingerprint),
        status=response.status_code,
        headers={name: response[name] for name in KEPT_HEADERS if name in response},
        sealed_body=keyring().seal(body),
    )
