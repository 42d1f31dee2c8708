"""A service or a worker that has a mistake in it does not start."""

from __future__ import annotations

from io import StringIO

from django.core.management import call_command
from django.core.management.base import SystemCheckError


def refuse_mistakes() -> None:
    """Run the system checks; SystemExit names every mistake and what to do about it."""
    try:
        call_command("check", stdout=StringIO())
    except SystemCheckError as error:
        raise SystemExit(str(error)) from None
