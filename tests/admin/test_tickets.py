"""One ticket leads to everything that one call brought about."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client as Browser
from django.urls import reverse

from attestations.models import DecisionVersion
from derived_rights.models import ParameterProposal, RuleAct

pytestmark = pytest.mark.django_db


def look(browser: Browser, ticket: Any) -> str:
    answer = browser.get(reverse("admin:ticket"), {"ticket": ticket})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_ticket_shows_all_stages(browser: Browser, grow: Any) -> None:
    grow()
    version = DecisionVersion.objects.order_by("id").first()
    assert version is not None
    text = look(browser, version.ticket)
    for name in (
        "Decision versions",
        "Attestations",
        "Changes of facts",
        "Changes of rights",
        "Feed entries",
        "Delivery attempts",
    ):
        assert f"<h2>{name}</h2>" in text
    assert version.attestations.get().number in text


@pytest.mark.parametrize(
    ("language", "right", "parameter"),
    [
        ("en", "Increased intervention", "complete months of aid that are needed"),
        ("nl", "Verhoogde tegemoetkoming", "volledige maanden steun die nodig zijn"),
    ],
)
def test_what_a_ticket_finds_is_named_in_words(
    browser: Browser, language: str, right: str, parameter: str
) -> None:
    author = User.objects.create(username="author")
    proposal = ParameterProposal.objects.create(
        right="bim",
        name="minimum_months",
        value=4,
        valid_from=date(2027, 2, 1),
        reference="x",
        reason="why",
        proposed_by=author,
    )
    RuleAct.objects.create(actor="author", act="proposed", right="bim", ticket=proposal.ticket)
    asked = {"headers": {"Accept-Language": language}}
    found = browser.get(reverse("admin:ticket"), {"ticket": proposal.ticket}, **asked)
    page = browser.get(
        reverse("admin:derived_rights_parameterproposal_change", args=[proposal.pk]), **asked
    )
    for answer in (found, page):
        text = answer.content.decode()
        assert right in text
        assert parameter in text
        assert "bim.minimum_months" not in text
        assert "2027-02-01" not in text


def test_the_number_of_queries_does_not_depend_on_what_is_found(
    browser: Browser, grow: Any, django_assert_max_num_queries: Any
) -> None:
    grow()
    version = DecisionVersion.objects.order_by("id").first()
    assert version is not None
    with django_assert_max_num_queries(15):
        look(browser, version.ticket)


def test_nothing_and_no_ticket_are_told_apart(browser: Browser) -> None:
    assert "Nothing carries this ticket" in look(browser, uuid.uuid4())
    assert "This is not a ticket" in look(browser, "85710512369")
    for nothing in ("", " "):
        assert "not a ticket" not in look(browser, nothing)


def test_a_clerk_sees_of_a_ticket_what_a_clerk_may_see(clerk: Browser, grow: Any) -> None:
    grow()
    version = DecisionVersion.objects.order_by("id").first()
    assert version is not None
    assert "<h2>" not in look(clerk, version.ticket)
    user = User.objects.get(username="clerk")
    user.user_permissions.add(Permission.objects.get(codename="view_attestation"))
    text = look(clerk, version.ticket)
    assert "<h2>Attestations</h2>" in text
    assert text.count("<h2>") == 1
