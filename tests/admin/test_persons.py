"""Looking for a person by number, and seeing the number: possible, and never without a trace."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client as Browser
from django.urls import reverse

from attestations.models import AccessLogEntry, Person
from attestations.services import persons
from attestations.ssin import Ssin
from partners.models import FeedReadingOfPerson

pytestmark = pytest.mark.django_db

COUNTED_NONE = r">\s*0 [A-Za-z]"


@pytest.fixture
def ssin(new_ssin: Callable[[], str]) -> str:
    """The number of somebody who is known."""
    number = new_ssin()
    persons.register(Ssin.parse(number, allow_test=True))
    return number


def page_of(person: Person) -> str:
    return reverse("admin:attestations_person_change", args=[person.pk])


def noted() -> list[tuple[Any, ...]]:
    rows = AccessLogEntry.objects.order_by("id")
    return list(rows.values_list("organisation", "client", "operation", "served"))


@pytest.mark.parametrize(
    "spelling", ["{}", " {} ", "{0[0]}{0[1]}.{0[2]}{0[3]}.{0[4]}{0[5]}-{1}.{2}"]
)
def test_a_person_is_found_by_number_and_that_is_noted(
    browser: Browser, ssin: str, spelling: str
) -> None:
    typed = spelling.format(ssin, ssin[6:9], ssin[9:])
    answer = browser.post(reverse("admin:find-person"), {"ssin": typed})
    assert answer.status_code == 302
    assert answer["Location"] == page_of(Person.objects.get())
    assert ssin not in answer["Location"]
    assert noted() == [("administration", "admin", "admin.findPerson", True)]


@pytest.mark.parametrize("ssin", ["", "1", "85710512368", "not a number", "\x00"])
def test_what_is_no_number_is_refused(browser: Browser, ssin: str) -> None:
    answer = browser.post(reverse("admin:find-person"), {"ssin": ssin})
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert noted() == []


def test_a_number_that_nobody_has_is_said_to_be_unknown(
    browser: Browser, new_ssin: Callable[[], str]
) -> None:
    number = new_ssin()
    answer = browser.post(reverse("admin:find-person"), {"ssin": number})
    assert "Nobody is known here" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_a_number_in_the_address_is_not_looked_at(browser: Browser, ssin: str) -> None:
    answer = browser.get(reverse("admin:find-person"), {"ssin": ssin})
    assert answer.status_code == 200
    assert noted() == []


def test_opening_the_page_of_a_person_is_noted(browser: Browser, ssin: str) -> None:
    answer = browser.get(page_of(Person.objects.get()))
    text = answer.content.decode()
    assert "***********" in text
    assert ssin not in text
    assert noted() == [("administration", "admin", "admin.person", True)]


def test_a_page_of_nobody_is_not(browser: Browser) -> None:
    assert browser.get(reverse("admin:attestations_person_change", args=[7])).status_code == 302
    assert noted() == []


def test_the_number_is_shown_on_demand_and_that_is_noted(browser: Browser, ssin: str) -> None:
    url = page_of(Person.objects.get()).replace("/change/", "/actions/show_number/")
    assert browser.get(url).status_code == 405
    assert noted() == []
    answer = browser.post(url)
    shown = f"{ssin[:2]}.{ssin[2:4]}.{ssin[4:6]}-{ssin[6:9]}.{ssin[9:]}"
    assert shown in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert noted() == [("administration", "admin", "admin.showNumber", True)]


def test_the_ticket_of_the_reading_is_that_of_the_answer(browser: Browser, ssin: str) -> None:
    answer = browser.get(page_of(Person.objects.get()))
    assert str(AccessLogEntry.objects.get().ticket) == answer["BelGov-Trace-Id"]


def test_persons_are_for_those_who_may_see_them(clerk: Browser, ssin: str) -> None:
    number_page = page_of(Person.objects.get()).replace("/change/", "/actions/show_number/")
    assert clerk.post(reverse("admin:find-person"), {"ssin": ssin}).status_code == 403
    assert clerk.post(number_page).status_code == 403
    assert noted() == []
    user = User.objects.get(username="clerk")
    user.user_permissions.add(Permission.objects.get(codename="view_person"))
    assert clerk.post(reverse("admin:find-person"), {"ssin": ssin}).status_code == 302
    assert clerk.post(number_page).status_code == 200
    assert [row[1] for row in noted()] == ["clerk", "clerk"]


def test_who_was_read_in_a_feed_is_found_by_person(
    browser: Browser, record: Any, mutuality: Any
) -> None:
    """As in the log of readings: from the person's page, and by our own number of the person."""
    record(2)
    mutuality.get("/events")
    read = FeedReadingOfPerson.objects.earliest("position")
    others = FeedReadingOfPerson.objects.exclude(person=read.person)
    listed = reverse("admin:partners_feedreadingofperson_changelist")
    assert f"{listed}?person__id__exact={read.person_id}" in browser.get(page_of(read.person)).text
    for address in (f"{listed}?person__id__exact={read.person_id}", f"{listed}?q={read.person_id}"):
        text = browser.get(address).text
        assert text.count(page_of(read.person)) == 2  # an attestation and a right
        assert not any(page_of(other.person) in text for other in others)
    page = reverse("admin:partners_feedreading_change", args=[read.reading_id])
    assert page in browser.get(reverse("admin:ticket"), {"ticket": read.ticket}).text
    assert "1–4" in browser.get(page).text
    one = reverse("admin:partners_feedreadingofperson_change", args=[read.pk])
    assert browser.get(one).status_code == 200
    unknown = reverse("admin:partners_feedreadingofperson_change", args=["nobody"])
    assert browser.get(unknown).status_code == 302


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Nothing is searched for yet."),
        ("fr", "Rien n'est encore recherché."),
        ("nl", "Er is nog niets gezocht."),
        ("de", "Noch wird nichts gesucht."),
    ],
)
def test_who_was_read_in_a_feed_must_be_asked_for_and_the_list_says_so(
    browser: Browser, record: Any, mutuality: Any, language: str, said: str
) -> None:
    """All of them would be too many; but nobody may believe that nothing was read."""
    record(1)
    mutuality.get("/events")
    read = FeedReadingOfPerson.objects.earliest("position")
    listed = reverse("admin:partners_feedreadingofperson_changelist")
    spoken = {"accept-language": language}

    for address in (listed, f"{listed}?q=", f"{listed}?o=1", f"{listed}?all=", f"{listed}?p=1"):
        page = unescape(browser.get(address, headers=spoken).text)
        assert said in page
        assert page_of(read.person) not in page
        assert not re.search(COUNTED_NONE, page)

    for nobody in ("0", "person"):
        found = unescape(browser.get(listed, {"q": nobody}, headers=spoken).text)
        assert said not in found
        assert re.search(COUNTED_NONE, found)
