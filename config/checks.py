"""System checks: a mistaken configuration is refused at start-up, with what to do about it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from attestations.sealing import Keyring


@register(Tags.security)
def check_ssin_keys(**_kwargs: Any) -> list[CheckMessage]:
    """The keys that seal the SSINs must be readable before the first request needs them."""
    try:
        Keyring(settings.SSIN_KEYS)
    except ValueError as error:
        return [
            Error(
                f"SSIN_KEYS cannot be used: {error}",
                hint="Set SSIN_KEYS to <id>:<base64 of 64 random bytes>, newest key first.",
                id="registry.E001",
            )
        ]
    return []


@register(Tags.compatibility)
def check_households(**_kwargs: Any) -> list[CheckMessage]:
    """A bound below one would refuse every household."""
    if settings.HOUSEHOLDS_PER_MEMBER >= 1:
        return []
    return [
        Error(
            f"HOUSEHOLDS_PER_MEMBER is {settings.HOUSEHOLDS_PER_MEMBER}: nobody could be named.",
            hint="Set it to 1 or more, or leave it out for 100.",
            id="registry.E002",
        )
    ]


@register(Tags.security, deploy=True)
def check_production_is_strict(**_kwargs: Any) -> list[CheckMessage]:
    """What makes a demonstration easy has no place in production."""
    lax = {
        "ALLOW_TEST_SSIN": "fictitious persons would enter the register",
        "ALLOW_SECRETS_IN_FILES": "client secrets could stand in configuration files",
        "WEBHOOK_ALLOWED_NETWORKS": "webhooks could reach inside the network",
        "TODAY": "every deadline would be computed from a false day",
    }
    return [
        Error(f"{name} is set: {why}.", hint=f"Unset {name}.", id=f"registry.E{number:03}")
        for number, (name, why) in enumerate(lax.items(), start=10)
        if getattr(settings, name)
    ]
