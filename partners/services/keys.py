"""The registry's own keys: made once, sealed like every secret, found again by purpose."""

from __future__ import annotations

from django.db import transaction

from attestations.locks import lock_name
from attestations.services import persons
from partners.models import RegistryKey
from partners.signing import new_secret

KINDS = {RegistryKey.Purpose.MANIFEST: "v1a", RegistryKey.Purpose.REFERENCE: "v1"}


def manifest_key() -> tuple[str, str]:
    """The id and the private key (`whsk_...`) that daily manifests are signed with."""
    row = _newest(RegistryKey.Purpose.MANIFEST)
    return str(row.public_id), persons.keyring().open(row.sealed)


def reference_key() -> str:
    """What opaque references to persons are made with."""
    return persons.keyring().open(_newest(RegistryKey.Purpose.REFERENCE).sealed)


def manifest_keys() -> list[tuple[RegistryKey, str]]:
    """Every key that ever signed a manifest, newest first, with its private half."""
    _newest(RegistryKey.Purpose.MANIFEST)
    rows = RegistryKey.objects.filter(purpose=RegistryKey.Purpose.MANIFEST)
    return [(row, persons.keyring().open(row.sealed)) for row in rows]


def _newest(purpose: RegistryKey.Purpose) -> RegistryKey:
    return RegistryKey.objects.filter(purpose=purpose).first() or _make(purpose)


@transaction.atomic
def _make(purpose: RegistryKey.Purpose) -> RegistryKey:
    lock_name(f"registry key {purpose}")
    found = RegistryKey.objects.filter(purpose=purpose).first()
    if found is not None:
        return found
    sealed = persons.keyring().seal(new_secret(KINDS[purpose]))
    return RegistryKey.objects.create(purpose=purpose, sealed=sealed)
