"""Every table has a list and a page; both cost the same number of queries however long they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.functional import Promise
from oauth2_provider.models import AccessToken

from attestations.models import Attestation
from derived_rights.models import PersonDue
from partners.models import Authorisation, Client, FeedEntry, Organisation

pytestmark = pytest.mark.django_db

World = Callable[[], str]
OWN = ("attestations", "derived_rights", "partners", "oauth2_provider")
MODELS = [model for model in admin.site._registry if model._meta.app_label in OWN]
EDITABLE = {Authorisation, Client, Organisation}
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", re.IGNORECASE)


def queries_of(browser: Browser, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(url)
    assert answer.status_code == 200, url
    return len(queries)


def list_of(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_of(row: Any) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


def test_every_list_costs_the_same_however_long(browser: Browser, grow: World) -> None:
    grow()
    short = {model: queries_of(browser, list_of(model)) for model in MODELS}
    for _ in range(3):
        grow()
    long = {model: queries_of(browser, list_of(model)) for model in MODELS}
    assert {m.__name__: (short[m], n) for m, n in long.items() if n > short[m]} == {}


def test_every_row_has_a_page_and_none_shows_a_number(browser: Browser, grow: World) -> None:
    ssin = grow()
    empty = []
    for model in MODELS:
        row = model.objects.order_by("-pk").first()
        if row is None:
            empty.append(model.__name__)
            continue
        for url in (list_of(model), page_of(row)):
            answer = browser.get(url)
            assert answer.status_code == 200, url
            text = answer.content.decode()
            assert ssin not in text, url
            assert ssin[-5:] not in text, url
            assert INLINE.search(text) is None, url
            assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert empty == []


def test_a_person_due_is_named_once_and_leads_to_both_pages(browser: Browser, grow: World) -> None:
    """The key of the row is the person's: a column of its own would say it twice."""
    grow()
    due = PersonDue.objects.get()
    text = browser.get(list_of(PersonDue)).text
    cells = re.findall(r"<t[dh] class=\"field-.*?</t[dh]>", text, re.DOTALL)
    named = [re.sub(r"<[^>]+>", "", cell) for cell in cells]
    assert len(named) == 5
    assert [name for name in named if name in (str(due.pk), f"#{due.pk}")] == [f"#{due.pk}"]
    assert f'href="{page_of(due.person)}"' in text
    assert f'href="{page_of(due)}' in text


def test_history_cannot_be_edited(browser: Browser, grow: World) -> None:
    grow()
    for model in MODELS:
        if model in EDITABLE:
            continue
        row = model.objects.order_by("pk").first()
        before = model.objects.filter(pk=row.pk).values().get()
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        attempts = [reverse(f"{name}_add"), page_of(row)]
        if model is not AccessToken:
            attempts.append(reverse(f"{name}_delete", args=[row.pk]))
        for url in attempts:
            answer = browser.post(url, {"post": "yes", "person": "", "status": "x"})
            assert answer.status_code == 403, url
        action = {"action": "delete_selected", "_selected_action": row.pk}
        browser.post(list_of(model), action)
        assert model.objects.filter(pk=row.pk).values().get() == before, model


def test_an_open_session_is_ended_by_deleting_it(browser: Browser, grow: World) -> None:
    grow()
    token = AccessToken.objects.first()
    url = reverse("admin:oauth2_provider_accesstoken_delete", args=[token.pk])
    assert browser.post(url, {"post": "yes"}).status_code == 302
    assert not AccessToken.objects.filter(pk=token.pk).exists()


def test_somebody_without_permission_sees_nothing(grow: World, clerk: Browser) -> None:
    grow()
    for model in MODELS:
        assert clerk.get(list_of(model)).status_code == 403, model
        assert clerk.get(page_of(model.objects.first())).status_code == 403, model


def test_rows_are_found_by_whole_identifiers_only(browser: Browser, grow: World) -> None:
    grow()
    grow()
    row = Attestation.objects.order_by("pk").first()
    assert row is not None
    url = list_of(Attestation)
    for term in (row.number, f" {row.number} ", str(row.ticket)):
        assert page_of(row) in browser.get(url, {"q": term}).content.decode()
    for term in (row.number[:-1], row.number.replace("0", "%"), "9" * 30, "#", "5e0f"):
        answer = browser.get(url, {"q": term})
        assert answer.status_code == 200
        assert page_of(row) not in answer.content.decode()


def test_a_page_leads_to_the_rows_that_belong_to_it(browser: Browser, grow: World) -> None:
    grow()
    grow()
    person = Attestation.objects.order_by("pk").first().person
    links = re.findall(r'href="(/admin/[^"]*\?[a-z_]+__id__exact=\d+)"', _text(browser, person))
    assert len(links) > 8
    for link in links:
        assert browser.get(link).status_code == 200, link
    (attestations,) = (link for link in links if "/attestation/" in link)
    found = browser.get(attestations).context["cl"].queryset
    assert set(found) == set(person.attestations.all())


def test_no_day_is_written_month_first(browser: Browser, grow: World) -> None:
    """03/02/2026 would be 2 March to one reader and 3 February to another."""
    grow()
    row = Attestation.objects.order_by("pk").first()
    assert row is not None
    first = row.period.start
    text = browser.get(list_of(Attestation), headers={"Accept-Language": "en"}).content.decode()
    assert f"{first:%d/%m/%Y}\N{NO-BREAK SPACE}– " in text
    assert f"{first:%m/%d/%Y}" not in text
    assert not re.search(r"\b(a\.m\.|p\.m\.|noon|midnight)", text)


def _text(browser: Browser, row: Any) -> str:
    return browser.get(page_of(row)).content.decode()


def test_the_first_page_tells_the_stages_in_their_order(browser: Browser) -> None:
    text = browser.get(reverse("admin:index")).content.decode()
    stages = [text.index(name) for name in ("1. Attestations", "2. Rights", "3. Partners")]
    assert stages == sorted(stages)
    assert "What the CPAS decided" in text
    assert INLINE.search(text) is None


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_the_language_is_chosen_without_a_script(browser: Browser, language: str) -> None:
    index = reverse("admin:index")
    answer = browser.post(reverse("set_language"), {"language": language, "next": index})
    assert answer.headers["Location"] == index
    text = browser.get(index).content.decode()
    assert f'<html lang="{language}"' in text
    assert f'value="{language}" lang="{language}" aria-current="true"' in text


def test_titles_do_not_put_a_name_into_a_phrase_that_does_not_fit_it(
    browser: Browser, grow: World
) -> None:
    grow()
    browser.post(reverse("set_language"), {"language": "fr", "next": "/"})
    text = _text(browser, Attestation.objects.first())
    assert "<h1>Attestation</h1>" in text
    assert "de attestation" not in text
    text = browser.get(reverse("admin:partners_organisation_add")).content.decode()
    assert "<h1>Ajouter : organisation</h1>" in text


def test_the_languages_are_offered_before_the_login_too() -> None:
    text = Browser().get(reverse("admin:login")).content.decode()
    assert text.count('name="language"') == 4


def test_every_field_shown_is_named_in_the_language_of_the_page() -> None:
    fields = [
        field
        for model in MODELS
        if model._meta.app_label != "oauth2_provider"
        for field in model._meta.fields
        if field.name in getattr(admin.site._registry[model], "shown_fields", ())
    ]
    assert [field for field in fields if not isinstance(field.verbose_name, Promise)] == []
    assert len(fields) > 100


def test_what_an_event_is_about_is_said_in_the_language_of_the_page(
    browser: Browser, grow: World
) -> None:
    grow()
    for address in (list_of(FeedEntry), page_of(FeedEntry.objects.filter(topic="rights").last())):
        text = browser.get(address, headers={"accept-language": "nl"}).text
        assert "rechten" in text
        assert not re.search(r">\s*(rights|attestations)\s*<", text)
    found = browser.get(list_of(FeedEntry), {"topic": "rights"}).context["cl"]
    assert {row.topic for row in found.result_list} == {"rights"}


def test_what_cannot_be_changed_here_offers_no_history_of_changes_here(
    browser: Browser, grow: World
) -> None:
    """It would be empty, and say so of what has a history of its own."""
    grow()
    for model, offered in ((Organisation, True), (Attestation, False), (FeedEntry, False)):
        text = browser.get(page_of(model.objects.last())).text
        assert ("historylink" in text) == offered, model
