"""SSINs at rest: sealed with AES-SIV, found again through a keyed blind index. Pure.

A stolen dump shows neither the number nor, without the key, which of the 10^8 possible numbers
a row holds. Keys come from outside the database, newest first; the newest seals, all open.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SealBroken(ValueError):
    """No key of the ring opens this value: a key is missing, or the value was altered."""


@dataclass(frozen=True)
class Key:
    """One master key and what is derived from it."""

    key_id: str
    sealing: AESSIV
    index: HMAC  # keyed once; each digest begins with a copy of it

    @classmethod
    def parse(cls, text: str) -> Key:
        """From "<id>:<base64 of at least 32 bytes>"; ValueError says what is wrong."""
        key_id, _, encoded = text.strip().partition(":")
        try:
            master = base64.b64decode(encoded, validate=True)
        except ValueError as error:
            raise ValueError(f"Key {key_id!r}: what follows the colon is not base64.") from error
        if not key_id or len(master) < 32:
            raise ValueError(f"Key {key_id!r}: write it as <id>:<base64 of at least 32 bytes>.")

        def derived(purpose: bytes, length: int) -> bytes:
            return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(master)

        index = HMAC(derived(b"blind index", 32), SHA256())
        return cls(key_id, AESSIV(derived(b"seal", 64)), index)


class Keyring:
    """The keys in use, newest first. Sealing is deterministic for one key."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys = [Key.parse(text) for text in keys]
        if not self.keys:
            raise ValueError("SSIN_KEYS is empty: at least one key is needed.")

    @property
    def newest(self) -> Key:
        return self.keys[0]

    def seal(self, text: str) -> bytes:
        """The sealed form of a text, under the newest key."""
        return self.newest.sealing.encrypt(text.encode(), [])

    def open(self, sealed: bytes | memoryview) -> str:
        """The text that was sealed under any key of the ring; SealBroken if none fits."""
        for key in self.keys:
            try:
                return key.sealing.decrypt(bytes(sealed), None).decode()
            except InvalidTag:
                continue
        raise SealBroken("No key opens this value: is a key missing from SSIN_KEYS?")

    def is_under_newest(self, sealed: bytes | memoryview) -> bool:
        """Whether this was sealed under the newest key."""
        try:
            self.newest.sealing.decrypt(bytes(sealed), [])
        except InvalidTag:
            return False
        return True

    def blind(self, text: str) -> bytes:
        """The index under which a text is stored: 32 bytes, keyed by the newest key."""
        return self._blind(self.newest, text)

    def blinds(self, text: str) -> list[bytes]:
        """The indexes under which a text may be stored while keys are being rotated."""
        return [self._blind(key, text) for key in self.keys]

    @staticmethod
    def _blind(key: Key, text: str) -> bytes:
        digest = key.index.copy()
        digest.update(text.encode())
        return digest.finalize()
