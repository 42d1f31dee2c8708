"""Signed assertions by which a client proves who it is (private_key_jwt, RFC 7523). Pure.

What is checked: the signature, by one of the client's public keys and a strong algorithm; that
the client speaks for itself and to us; that the assertion is fresh, short-lived and has an id.
That the id was never used before is for the caller to see to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from jwcrypto.common import JWException
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("ES256", "ES384", "PS256", "RS256", "EdDSA")
LIFETIME = timedelta(minutes=10)
# Clocks differ a little; only instants that should lie in the past get this much grace.
SKEW = timedelta(seconds=30)

CURVES = {("EC", "P-256"), ("EC", "P-384"), ("OKP", "Ed25519")}
RSA_BITS = 2048

_JTI = re.compile(r"[\x20-\x7e]{1,128}")


class Refused(Exception):
    """An assertion that proves nothing; `code` says why, and nothing of its content."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Assertion:
    """What a verified assertion says that must be remembered: its id, and until when."""

    jti: str
    expires_at: datetime


class UnfitKey(ValueError):
    """A JWK that cannot be a client's public key; the message never holds any of it."""


def check_public_key(jwk: Mapping[str, Any]) -> None:
    """UnfitKey unless one of ALGORITHMS can be checked with this JWK, and nothing signed."""
    try:
        key = JWK(**jwk)
        if key.has_private or key.is_symmetric:
            raise UnfitKey("a private or shared key")
        kind = (jwk["kty"], jwk.get("crv"))
        if kind in CURVES:
            return
        if kind[0] != "RSA" or key.get_op_key("verify").key_size < RSA_BITS:
            raise UnfitKey("a key that is none of P-256, P-384, Ed25519 and RSA of 2048 bits")
    except (JWException, KeyError, TypeError):
        raise UnfitKey("what is no key") from None


def claimed_issuer(text: str) -> str:
    """The client that an assertion says it comes from; not verified, only to find its keys."""
    issuer = _claims(_parsed(text).objects["payload"]).get("iss")
    if not isinstance(issuer, str):
        raise Refused("wrongIssuer")
    return issuer


def verify(
    text: str,
    *,
    client_id: str,
    keys: Mapping[str, Mapping[str, Any]],
    audiences: Iterable[str],
    now: datetime,
) -> Assertion:
    """The assertion, once everything about it holds; else Refused.

    `keys` are the client's public JWKs by `kid`; an assertion without `kid` is tried with each.
    """
    jws = _parsed(text)
    _check_signature(jws, keys)
    claims = _claims(jws.payload)
    if not claims.get("iss") == claims.get("sub") == client_id:
        raise Refused("wrongIssuer")
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not any(name in tuple(audiences) for name in named):
        raise Refused("wrongAudience")
    expires_at = _check_times(claims, now=now)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not _JTI.fullmatch(jti):
        raise Refused("noIdentifier")
    return Assertion(jti=jti, expires_at=expires_at)


def _parsed(text: str) -> JWS:
    # Only the compact form: the JSON form may carry several signatures, of which one would do.
    if text.count(".") != 2 or text.lstrip().startswith("{"):
        raise Refused("malformed")
    try:
        return JWS.from_jose_token(text)
    except JWException:
        raise Refused("malformed") from None


def _claims(payload: bytes) -> dict[str, Any]:
    try:
        claims = json.loads(payload)
    except (ValueError, RecursionError):
        raise Refused("malformed") from None
    if not isinstance(claims, dict):
        raise Refused("malformed")
    return claims


def _check_signature(jws: JWS, keys: Mapping[str, Mapping[str, Any]]) -> None:
    try:
        header = jws.jose_header
    except JWException:
        raise Refused("malformed") from None
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise Refused("weakAlgorithm")
    jws.allowed_algs = list(ALGORITHMS)
    candidates = list(keys.values()) if kid is None else [keys[kid]] if kid in keys else []
    for key in candidates:
        if key.get("alg", algorithm) != algorithm:
            continue
        try:
            jws.verify(JWK(**key), algorithm)
        except JWException:
            continue
        return
    raise Refused("wrongSignature" if candidates else "unknownKey")


def _check_times(claims: Mapping[str, Any], *, now: datetime) -> datetime:
    """The end of the assertion, after all its instants were found to make sense at `now`."""
    expires_at = _instant(claims.get("exp"))
    if expires_at is None or expires_at > now + LIFETIME:
        raise Refused("livesTooLong")
    if expires_at <= now:
        raise Refused("expired")
    for name in ("iat", "nbf"):
        if name in claims:
            instant = _instant(claims[name])
            if instant is None or instant > now + SKEW:
                raise Refused("notYetValid")
    return expires_at


def _instant(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):  # NaN, or beyond the calendar
        return None
