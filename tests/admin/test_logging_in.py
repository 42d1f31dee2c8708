"""Guessing passwords of administrators is braked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.db.models import F
from django.test import Client as Browser
from django.urls import reverse

pytestmark = pytest.mark.django_db

PASSWORD = "a password of a test"


def log_in(browser: Browser, password: str, name: str = "admin"):
    return browser.post(reverse("admin:login"), {"username": name, "password": password})


def test_five_wrong_passwords_close_the_door_to_the_right_one(administrator: User) -> None:
    browser = Browser()
    answers = [log_in(browser, "wrong").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]

    answer = log_in(browser, PASSWORD)

    assert answer.status_code == 429
    assert "Too many attempts" in answer.content.decode()
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "_auth_user_id" not in browser.session


def test_the_door_opens_again_after_a_quarter_of_an_hour(administrator: User) -> None:
    browser = Browser()
    for _ in range(5):
        log_in(browser, "wrong")
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=16))
    assert log_in(browser, PASSWORD).status_code == 302


def test_others_are_not_kept_out(administrator: User) -> None:
    other = User.objects.create_superuser("other", password=PASSWORD)
    for _ in range(5):
        log_in(Browser(), "wrong")
    assert log_in(Browser(), PASSWORD, other.username).status_code == 302
    elsewhere = Browser(REMOTE_ADDR="192.0.2.9")
    assert log_in(elsewhere, PASSWORD).status_code == 302


def test_a_success_forgets_the_failures_and_no_password_is_kept(administrator: User) -> None:
    browser = Browser()
    for _ in range(4):
        log_in(browser, "a wrong one that was typed")
    assert "typed" not in str(list(AccessAttempt.objects.values()))
    assert log_in(browser, PASSWORD).status_code == 302
    assert not AccessAttempt.objects.exists()
