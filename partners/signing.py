"""Signatures of Standard Webhooks, made and checked. Pure.

A key is text: `whsec_` (a shared secret, signatures `v1`, HMAC-SHA256), `whsk_` (a private Ed25519
key, signatures `v1a`) or `whpk_` (its public half, which only checks), each followed by base64.
What is signed is `<webhook-id>.<webhook-timestamp>.<body>`, over the exact bytes of the body.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

TOLERANCE = timedelta(minutes=5)

SHARED, PRIVATE, PUBLIC = "whsec_", "whsk_", "whpk_"
# A dot in the id would let one signature stand for another id and timestamp.
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
# The specification asks for 24 to 64 bytes of shared secret.
_SHARED_BYTES = range(24, 65)


class InvalidKey(ValueError):
    """A key that is not one of the three forms above. The message never holds the key."""


class Unverified(Exception):
    """A message whose signature does not hold.

    `code` says why: missingHeader, invalidTimestamp, tooOld, tooNew or wrongSignature.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def new_secret(kind: str = "v1") -> str:
    """A fresh key to sign with: `whsec_...` for v1, `whsk_...` for v1a."""
    if kind == "v1":
        return SHARED + _text(secrets.token_bytes(32))
    if kind == "v1a":
        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes_raw()
        # Seed and public key in one, the form that the existing libraries exchange.
        return PRIVATE + _text(private.private_bytes_raw() + public)
    raise ValueError(f"signature kinds are v1 and v1a, got {kind!r}")


def check_key(key: str) -> None:
    """InvalidKey unless messages may be signed with `key`; for keys that come from outside."""
    if not key.startswith(SHARED):
        _private(key)
    elif len(_bytes(key, SHARED)) not in _SHARED_BYTES:
        raise InvalidKey("a shared secret holds 24 to 64 bytes")


def public_key(secret: str) -> str:
    """The `whpk_...` that a recipient needs to check what `secret` (`whsk_...`) signs."""
    return PUBLIC + _text(_private(secret).public_key().public_bytes_raw())


def sign(
    *, message_id: str, timestamp: datetime, body: bytes, keys: Sequence[str]
) -> dict[str, str]:
    """The three headers of one message: see `Signer`."""
    return Signer(keys).sign(message_id=message_id, timestamp=timestamp, body=body)


class Signer:
    """Keys that are read once, to sign many messages.

    During a rotation both the new and the old key are given: a message gets a signature by each,
    in their order. InvalidKey for what is no key, and when there is none.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise InvalidKey("a message needs at least one key to be signed with")
        self._signatures = [_signature_by(key) for key in keys]

    def sign(self, *, message_id: str, timestamp: datetime, body: bytes) -> dict[str, str]:
        """The three headers of a message.

        The id must be the same at every retry; the timestamp is that of the attempt.
        """
        if not _MESSAGE_ID.fullmatch(message_id):
            raise ValueError(
                f"a message id holds letters, digits, - and _ only, got {message_id!r}"
            )
        seconds = str(int(timestamp.timestamp()))
        content = _content(message_id, seconds, body)
        return {
            "webhook-id": message_id,
            "webhook-timestamp": seconds,
            "webhook-signature": " ".join(signature(content) for signature in self._signatures),
        }


def sign_bytes(content: bytes, *, key: str) -> str:
    """A signature of `content` itself, `v1,...` or `v1a,...`: for what is no message."""
    return _signature_by(key)(content)


def verify(
    body: bytes,
    headers: Mapping[str, str],
    *,
    keys: Sequence[str],
    now: datetime,
    tolerance: timedelta = TOLERANCE,
) -> str:
    """The message's id, once one of its signatures holds for one of `keys`; else Unverified.

    `body` is what came over the wire, not what a parser made of it. Header names may be in any
    case. A message signed longer than `tolerance` ago, or later than that from now, is refused.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp, signatures = (
            given[f"webhook-{name}"] for name in ("id", "timestamp", "signature")
        )
    except KeyError:
        raise Unverified("missingHeader") from None
    _check_age(timestamp, now=now, tolerance=tolerance)
    content = _content(message_id, timestamp, body)
    for signature in signatures.split(" "):
        if any(_holds(signature, key, content) for key in keys):
            return message_id
    raise Unverified("wrongSignature")


def _content(message_id: str, timestamp: str, body: bytes) -> bytes:
    return f"{message_id}.{timestamp}.".encode() + body


def _check_age(timestamp: str, *, now: datetime, tolerance: timedelta) -> None:
    if not re.fullmatch("[0-9]{1,10}", timestamp):
        raise Unverified("invalidTimestamp")
    age = now - datetime.fromtimestamp(int(timestamp), UTC)
    if age > tolerance:
        raise Unverified("tooOld")
    if age < -tolerance:
        raise Unverified("tooNew")


def _signature_by(key: str) -> Callable[[bytes], str]:
    if key.startswith(SHARED):
        keyed = hmac.new(_bytes(key, SHARED), digestmod="sha256")

        def shared(content: bytes) -> str:
            message = keyed.copy()  # the key is taken in once
            message.update(content)
            return "v1," + _text(message.digest())

        return shared
    private = _private(key)
    return lambda content: "v1a," + _text(private.sign(content))


def _holds(signature: str, key: str, content: bytes) -> bool:
    version, _, text = signature.partition(",")
    try:
        given = base64.b64decode(text, validate=True)
    except ValueError:
        return False
    if version == "v1" and key.startswith(SHARED):
        right = hmac.digest(_bytes(key, SHARED), content, "sha256")
        return hmac.compare_digest(given, right)
    if version == "v1a" and not key.startswith(SHARED):
        try:
            _public(key).verify(given, content)
        except InvalidSignature:
            return False
        return True
    return False  # A version of tomorrow, or one that this key cannot judge.


def _private(key: str) -> Ed25519PrivateKey:
    both = _bytes(key, PRIVATE)
    if len(both) not in (32, 64):
        raise InvalidKey("a private key holds 32 bytes, or 64 with its public key")
    private = Ed25519PrivateKey.from_private_bytes(both[:32])
    if both[32:] not in (b"", private.public_key().public_bytes_raw()):
        raise InvalidKey("the public half does not belong to this private key")
    return private


def _public(key: str) -> Ed25519PublicKey:
    if key.startswith(PRIVATE):
        return _private(key).public_key()
    public = _bytes(key, PUBLIC)
    if len(public) != 32:
        raise InvalidKey("a public key holds 32 bytes")
    return Ed25519PublicKey.from_public_bytes(public)


def _bytes(key: str, prefix: str) -> bytes:
    if not key.startswith(prefix):
        raise InvalidKey(f"expected a key that begins with {prefix}")
    try:
        text = key.removeprefix(prefix)
        # Some tools leave the padding out.
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise InvalidKey(f"what follows {prefix} is not base64") from None


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
