"""How a client's secret is stored where nothing real is at stake."""

from __future__ import annotations

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """One round, so that a demonstration with many clients starts at once; never in production.

    Stretching protects secrets that people choose; those of a demonstration protect nothing.
    """

    algorithm = "pbkdf2_quick"
    iterations = 1
