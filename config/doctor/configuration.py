"""The settings, and the keys that open what is sealed."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import ERROR, WARNING, run_checks

from attestations.models import PersonNumber
from attestations.services import persons
from config.doctor.finding import Finding, error, warning
from derived_rights.engine.catalogue import rights as catalogue
from partners.models import Authorisation


def checks() -> Iterator[Finding]:
    """What `check --deploy` says of a production, and `check` of anything else."""
    for message in run_checks(include_deployment_checks=settings.PRODUCTION):
        if message.level >= WARNING:
            make = error if message.level >= ERROR else warning
            yield make(message.id or "check", message.msg, message.hint or "See the message.")


# What these files say where an organisation has not filled in its own addresses.
PLACEHOLDER = "PLACEHOLDER"


def addresses() -> Iterator[Finding]:
    """The addresses that whoever runs a production fills in, as far as the files are there."""
    if not settings.PRODUCTION:
        return
    for name in ("SECURITY.md", "publiccode.yml"):
        path = settings.BASE_DIR / name
        if path.exists() and PLACEHOLDER in path.read_text(encoding="utf-8"):
            yield warning(
                "placeholder",
                f"{name} still holds a placeholder where an address belongs.",
                f"Write the address of your organisation into {name}, and take the word"
                f" {PLACEHOLDER} out; see docs/operations.md.",
            )


def keys() -> Iterator[Finding]:
    """The first and the last number must open; the numbers themselves are not looked at."""
    for which, row in (
        ("oldest", PersonNumber.objects.order_by("pk").first()),
        ("newest", PersonNumber.objects.order_by("-pk").first()),
    ):
        if row is None:
            return
        try:
            persons.keyring().open(row.sealed)
        except Exception as fault:  # noqa: BLE001  (whatever the seal complains of)
            yield error(
                "keyMissing",
                f"The {which} number cannot be opened: {type(fault).__name__}.",
                "Put the key it was sealed under back into SSIN_KEYS, on every machine.",
            )


def rights() -> Iterator[Finding]:
    """What recipients were told of a right is read with its module, for as long as they have it."""
    opened = Authorisation.objects.values_list("rights", flat=True)
    for code in sorted({code for codes in opened for code in codes} - catalogue().keys()):
        yield error(
            "moduleMissing",
            f"An authorisation opens the right {code}, of which there is no module: events of it "
            "cannot be read, and stop the feeds in which they stand.",
            "Put its file back into derived_rights/rights/, and switch the right off instead.",
        )
