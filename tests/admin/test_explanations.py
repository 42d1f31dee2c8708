"""Why a right applies to somebody: in four languages, with a picture, and never without a trace."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client as Browser
from django.urls import reverse

from attestations.models import AccessLogEntry, Attestation, Person
from derived_rights.engine.catalogue import rights
from derived_rights.engine.texts import in_language

pytestmark = pytest.mark.django_db

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", re.IGNORECASE)


@pytest.fixture
def couple(cpas: Any, decision: Any, new_ssin: Callable[[], str]) -> tuple[Person, Person, str]:
    """Somebody aided, the partner, and the number of the attestation."""
    ssin, partner = new_ssin(), new_ssin()
    body = decision(ssin, household=[{"ssin": partner, "relation": "partner"}])
    number = cpas.post("/decisions", body).json()["attestations"][0]["attestationNumber"]
    aided = Attestation.objects.get(number=number).person
    other = Person.objects.exclude(pk=aided.pk).get()
    return aided, other, number


def explained(browser: Browser, person: Person, **asked: str) -> str:
    answer = browser.get(reverse("admin:explanation", args=[person.pk]), asked)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    text = answer.content.decode()
    assert INLINE.search(text) is None
    return text


def picture_of(text: str) -> str:
    found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', text)
    assert found
    return base64.b64decode(found[1]).decode()


def noted() -> list[tuple[Any, ...]]:
    rows = AccessLogEntry.objects.filter(client="admin").order_by("person")
    return list(rows.values_list("operation", "person", "served"))


@pytest.mark.parametrize(
    ("language", "summary", "attested"),
    [
        ("fr", "le droit existe le 1er juillet 2026", "Une aide est attestée"),
        ("nl", "het recht bestaat op 1 juli 2026", "Er is steun geattesteerd"),
        ("de", "Das Recht besteht am 1. Juli 2026", "Eine Hilfe ist bescheinigt"),
        ("en", "the right exists on 1 July 2026", "An aid is attested"),
    ],
)
def test_it_leads_from_the_law_to_the_attestation(
    browser: Browser, couple: Any, language: str, summary: str, attested: str
) -> None:
    aided, _partner, number = couple
    browser.post(reverse("set_language"), {"language": language, "next": "/"})
    text = explained(browser, aided, right="bim", date="2026-07-01")
    assert summary in text
    assert attested in text
    assert number in text
    assert "minimum_months" in text
    source = next(p.reference for p in rights()["bim"].parameters if p.name == "minimum_months")
    assert in_language(source, language) in text
    assert number in picture_of(text)


def test_a_period_moved_in_time_leads_to_what_moved_it(browser: Browser, couple: Any) -> None:
    aided, _partner, number = couple
    text = explained(browser, aided, right="bim", date="2028-06-01")
    assert "until 31 December" in text
    assert number in text
    assert "2 March 2026" in text


def test_a_member_of_the_household_is_named_and_the_look_at_both_is_noted(
    browser: Browser, couple: Any
) -> None:
    aided, partner, number = couple
    text = explained(browser, partner, right="socialTariff", date="2026-07-01")
    assert f"person #{aided.pk}" in text
    assert number in text
    assert f"{number} #{aided.pk}" in picture_of(text)
    assert sorted(noted()) == [
        ("admin.explanation", aided.pk, True),
        ("admin.explanation", partner.pk, True),
    ]


def test_only_who_is_shown_is_noted(browser: Browser, couple: Any) -> None:
    aided, _partner, _number = couple
    explained(browser, aided)
    assert noted() == []
    explained(browser, aided, right="bim", date="2010-01-01")
    assert noted() == [("admin.explanation", aided.pk, True)]


def test_what_is_no_favour_is_not_explained_as_a_right(browser: Browser, couple: Any) -> None:
    aided, _partner, _number = couple
    text = explained(browser, aided, right="inastiFraudCheck", date="2026-07-01")
    assert "This is not a right." in text
    assert "the facts meant are established" in text
    assert "the right exists" not in text
    assert "The right is off" in text


@pytest.mark.parametrize(
    "asked",
    [
        {"right": "nothing", "date": "2026-07-01"},
        {"right": "bim", "date": "some day"},
        {"right": "bim"},
    ],
)
def test_what_cannot_be_asked_is_refused_and_nobody_looked_at(
    browser: Browser, couple: Any, asked: dict[str, str]
) -> None:
    assert "errorlist" in explained(browser, couple[0], **asked)
    assert noted() == []


def test_the_page_of_a_person_leads_there(browser: Browser, couple: Any) -> None:
    page = reverse("admin:attestations_person_change", args=[couple[0].pk])
    tool = page.replace("/change/", "/actions/explain/")
    assert tool in browser.get(page).content.decode()
    answer = browser.get(tool)
    assert answer["Location"] == reverse("admin:explanation", args=[couple[0].pk])


def test_who_may_not_see_persons_or_rights_is_told_nothing(clerk: Browser, couple: Any) -> None:
    url = reverse("admin:explanation", args=[couple[0].pk])
    asked = {"right": "bim", "date": "2026-07-01"}
    assert clerk.get(url, asked).status_code == 403
    user = User.objects.get(username="clerk")
    user.user_permissions.set(Permission.objects.filter(codename="view_person"))
    assert clerk.get(url, asked).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_rightperiod"))
    assert clerk.get(url, asked).status_code == 200


def test_nobody_has_no_page(browser: Browser) -> None:
    url = reverse("admin:explanation", args=[7])
    assert browser.get(url, {"right": "bim", "date": "2026-07-01"}).status_code == 404
