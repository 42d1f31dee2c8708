"""Fixtures of the admin's tests: who looks."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser


@pytest.fixture
def administrator() -> User:
    return User.objects.create_superuser("admin", password="a password of a test")


@pytest.fixture
def browser(administrator: User) -> Browser:
    browser = Browser()
    browser.force_login(administrator)
    return browser


@pytest.fixture
def clerk() -> Browser:
    """Somebody of the staff without any permission yet."""
    browser = Browser()
    browser.force_login(User.objects.create_user("clerk", password="x", is_staff=True))
    return browser
