"""The page of a right, and the way of a new figure, as an administrator walks it."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from attestations import clock
from attestations.tickets import new_ticket
from config import openapi
from derived_rights.engine.catalogue import rights
from derived_rights.engine.texts import in_language
from derived_rights.models import (
    ParameterProposal,
    ParameterValue,
    RightChange,
    RightSetting,
    RuleAct,
)
from derived_rights.services import proposing
from derived_rights.services.derivation_runs import derive_for_new_law
from derived_rights.services.deriving import derive_pending
from derived_rights.wording import parameter_text, value_text
from partners.models import RecipientRight
from partners.services import rehearsing
from tests.factories import AuthorisationFactory, PersonFactory

pytestmark = pytest.mark.django_db

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", re.IGNORECASE)
FIGURE = {
    "value": "6",
    "valid_from": "2014-01-01",
    "reference": "a royal decree",
    "reason": "the decree says so",
}


def page_of(code: str) -> str:
    return reverse("admin:rule", args=[code])


def text_of(browser: Browser, url: str) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200, url
    text = answer.content.decode()
    assert INLINE.search(text) is None, url
    return text


@pytest.fixture
def colleague() -> Browser:
    """Another superuser than the administrator."""
    browser = Browser()
    browser.force_login(User.objects.create_superuser("colleague", password="x"))
    return browser


@pytest.mark.parametrize("code", sorted(rights()))
@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_every_right_has_a_page_in_every_language(
    browser: Browser, code: str, language: str
) -> None:
    browser.post(reverse("set_language"), {"language": language, "next": "/"})
    right = rights()[code]
    text = text_of(browser, page_of(code))
    assert f"<h1>{right.label[language]}</h1>".replace("'", "&#x27;") in text
    assert text.count('class="timeline"') == len(right.parameters)
    read = html.unescape(text)
    sources = [right.reference, *(p.reference for p in right.parameters)]
    notes = [p.note for p in right.parameters if p.note]
    assert all(in_language(one, language) in read for one in [*sources, *notes])
    assert ('class="apart"' in text) is not right.effect.is_favourable


@pytest.mark.parametrize("code", [c for c, r in rights().items() if not r.effect.is_favourable])
def test_what_is_no_favour_is_never_worded_as_granted(browser: Browser, code: str) -> None:
    text = text_of(browser, page_of(code))
    said = text.replace("Nobody is ever told that something was granted", "")
    assert "grant" not in said.replace("/admin/rules/", "").lower().replace("integration", "")
    assert "This is not a right of the person." in text


def test_the_ledger_shows_the_word_that_a_recipient_reads(browser: Browser) -> None:
    person = PersonFactory()
    for code, expected in (("bim", "granted"), ("inastiFraudCheck", "noted")):
        row = RightChange.objects.create(
            person=person,
            right=code,
            version=1,
            transition="granted",
            periods=[],
            previous_periods=[],
            ticket=new_ticket(),
            recorded_at=clock.database_now(),
        )
        page = reverse("admin:derived_rights_rightchange_change", args=[row.pk])
        assert re.search(rf">\s*{expected}\s*<", text_of(browser, page))
        ledger = reverse("admin:derived_rights_rightchange_changelist")
        found = text_of(browser, f"{ledger}?right={code}")
        assert f'<td class="field-word">{expected}</td>' in found


def test_the_list_sets_apart_what_is_no_favour(browser: Browser) -> None:
    text = text_of(browser, reverse("admin:derived_rights_rightsetting_changelist"))
    favours, others = text.split("Checks, offsets and information")
    for code, right in rights().items():
        assert (page_of(code) in favours) is right.effect.is_favourable
        assert (page_of(code) in others) is not right.effect.is_favourable


def test_a_page_costs_the_same_however_much_it_shows(browser: Browser) -> None:
    author, approver = (User.objects.create_user(name) for name in ("a", "b"))

    def grow(day: int) -> None:
        figure = {
            "right": "bim",
            "name": "minimum_months",
            "valid_from": f"2027-01-{day:02}",
            "value": day,
            "reference": "x",
        }
        now = clock.database_now()
        proposal = ParameterProposal.objects.create(
            **figure,
            reason="x",
            proposed_by=author,
            approved_by=approver,
            approved_at=now,
            dispatch_at=now,
            in_force_at=now,
        )
        ParameterValue.objects.create(**figure, proposal=proposal)
        later = figure | {"valid_from": f"2028-01-{day:02}"}
        ParameterProposal.objects.create(**later, reason="x", proposed_by=author)
        AuthorisationFactory(rights=["bim"])
        RuleAct.objects.create(actor="a", act="proposed", right="bim")

    counts = []
    for first, last in ((1, 2), (2, 6)):
        for day in range(first, last):
            grow(day)
        with CaptureQueriesContext(connection) as queries:
            text_of(browser, page_of("bim"))
        counts.append(len(queries))
    assert counts[0] == counts[1] < 20


def test_parameters_and_their_choices_have_names() -> None:
    """A right that brings in another one gives it words in `derived_rights/wording.py`."""
    alike = {"days", "months", "quarters"}  # in English
    with override("en"):
        for right in rights().values():
            for parameter in right.parameters:
                assert parameter_text(parameter.name) != parameter.name
                named = {value_text(one) for one in parameter.choices}
                assert not named & (set(parameter.choices) - alike), parameter.name


def test_the_page_names_what_the_law_sets_in_the_language_of_the_reader(browser: Browser) -> None:
    browser.post(reverse("set_language"), {"language": "nl", "next": "/"})
    text = text_of(browser, page_of("bim"))
    assert "de partner en de kinderen" in text
    assert "de dag waarop de maanden volledig zijn" in text
    assert "de gezinssamenstelling" in text
    assert "partnerAndChildren" not in text


def test_proposals_and_acts_are_listed_in_the_words_of_the_reader(browser: Browser) -> None:
    author = User.objects.create_user("author")
    row = ParameterProposal.objects.create(
        right="bim", name="household_scope", valid_from="2027-01-01", value="partnerAndChildren",
        reference="a decree", reason="x", proposed_by=author,
    )  # fmt: skip
    proposing.note(RuleAct.Act.PROPOSED, row, by="author")
    browser.post(reverse("set_language"), {"language": "nl", "next": "/"})
    for name in ("parameterproposal", "ruleact"):
        text = text_of(browser, reverse(f"admin:derived_rights_{name}_changelist"))
        assert "de partner en de kinderen" in text
        assert "partnerAndChildren" not in text
        assert "household_scope" not in text
    assert "vanaf 1-1-2027 (a decree)" in text_of(browser, page_of("bim"))


def test_a_right_is_switched_with_a_reason(browser: Browser) -> None:
    switch = reverse("admin:rule-switch", args=["bim"])
    assert browser.get(switch).status_code == 405
    browser.post(switch, {"active": "false"})
    assert not RightSetting.objects.exists()
    assert browser.post(switch, {"active": "false", "reason": "why"})["Location"] == page_of("bim")
    assert RightSetting.objects.get(right="bim").active is False
    assert "Switch on" in text_of(browser, page_of("bim"))
    browser.post(switch, {"active": "true", "reason": "why not"})
    assert RightSetting.objects.get(right="bim").active is True
    unknown = reverse("admin:rule-switch", args=["nothing"])
    assert browser.post(unknown, {"reason": "x"}).status_code == 404
    assert "why not" in text_of(browser, page_of("bim"))


def test_a_right_is_paused_for_one_recipient(browser: Browser) -> None:
    organisation = AuthorisationFactory(rights=["bim"]).organisation
    url = reverse("admin:rule-recipient", args=["bim", organisation.pk])
    browser.post(url, {"paused": "true"})
    assert not RecipientRight.objects.exists()
    browser.post(url, {"paused": "true", "reason": "their new system"})
    assert RecipientRight.objects.get().active is False
    assert "Resume" in text_of(browser, page_of("bim"))
    browser.post(url, {"paused": "false", "reason": "it is ready"})
    assert RecipientRight.objects.get().active is True


class TestANewFigure:
    def propose(self, browser: Browser, **changes: str) -> Any:
        url = reverse("admin:propose-value", args=["bim", "minimum_months"])
        assert "minimum_months" in text_of(browser, url)
        return browser.post(url, FIGURE | changes)

    def post(self, browser: Browser, act: str, **body: str) -> str:
        row = ParameterProposal.objects.get()
        answer = browser.post(reverse(f"admin:proposal-{act}", args=[row.pk]), body)
        assert answer.status_code == 302
        return text_of(browser, answer["Location"])

    def test_the_whole_way(
        self, browser: Browser, colleague: Browser, cpas: Any, decision: Any, new_ssin: Any
    ) -> None:
        cpas.post("/decisions", decision(new_ssin(), endDate="2026-08-31"))
        derive_pending()
        assert self.propose(browser).status_code == 302
        assert "It is being" not in self.post(browser, "rehearse")
        page = reverse("admin:proposal", args=[ParameterProposal.objects.get().pk])
        assert "<progress" in text_of(browser, page)
        rehearsing.work(seconds=60)
        assert "Namur (92094)" in text_of(browser, page)

        assert "somebody else must approve it" in self.post(browser, "approve")
        assert ParameterProposal.objects.get().approved_by is None
        assert "Approved." in self.post(colleague, "approve")
        proposing.enact_due()
        derive_for_new_law()

        text = text_of(browser, page_of("bim"))
        assert "proposed by admin, approved by colleague" in text
        assert [row.act for row in RuleAct.objects.order_by("id")] == [
            "proposed",
            "rehearsed",
            "approved",
            "inForce",
        ]

    def test_it_says_which_other_values_were_counted(
        self, browser: Browser, colleague: Browser
    ) -> None:
        years = reverse("admin:propose-value", args=["bim", "extra_years"])
        other = browser.post(years, FIGURE | {"value": "2"})["Location"]
        page = self.propose(browser)["Location"]
        text = text_of(browser, page)
        assert "Count also what is proposed" in text
        assert f'href="{other}"' in text.split('id="pending"')[1]

        def rehearse(page: str, **asked: str) -> str:
            assert browser.post(f"{page}rehearse/", asked).status_code == 302
            rehearsing.work(seconds=60)
            return text_of(browser, page)

        assert "Counted alone" in rehearse(page)
        pending = rehearse(page, with_pending="on")
        assert f'href="{other}"' in pending.split('id="counted"')[1].split('id="pending"')[0]
        assert "rehearse again before it is approved" in pending
        assert f'action="{page}approve/"' not in text_of(colleague, page)

        rehearse(other)
        colleague.post(f"{other}approve/")
        assert f'action="{page}approve/"' in text_of(colleague, page)  # what it counted now holds
        colleague.post(f"{page}approve/")
        # Neither is it taken from under this one, which was approved with it.
        browser.post(f"{other}withdraw/", {"reason": "annulled"})
        assert f'action="{other}withdraw/"' in text_of(browser, other)
        assert "what is sent will differ" not in text_of(browser, page)

    def test_an_hour_that_is_none_is_refused(self, browser: Browser) -> None:
        self.propose(browser)
        assert "This is not a day and hour." in self.post(browser, "rehearse", dispatch_at="soon")

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"value": "many"}, "value"),
            ({"value": "3"}, "value"),
            ({"value": "0"}, "value"),
            ({"valid_from": "yesterday"}, "valid_from"),
            ({"valid_from": "1999-01-01"}, "valid_from"),
            ({"reference": ""}, "reference"),
            ({"reason": " "}, "reason"),
        ],
    )
    def test_what_cannot_be_is_said_beside_the_field(
        self, browser: Browser, changes: dict[str, str], field: str
    ) -> None:
        answer = self.propose(browser, **changes)
        assert answer.status_code == 200
        assert list(answer.context["form"].errors) == [field]
        assert not ParameterProposal.objects.exists()

    def test_it_is_withdrawn_with_a_reason(self, browser: Browser) -> None:
        self.propose(browser)
        assert "Say why" in self.post(browser, "withdraw")
        text = self.post(browser, "withdraw", reason="a mistake")
        assert "Withdrawn" in text
        assert "Approve" not in text

    def test_who_may_only_look_does_nothing(self, browser: Browser, clerk: Browser) -> None:
        self.propose(browser)
        row = ParameterProposal.objects.get()
        urls = [
            reverse("admin:propose-value", args=["bim", "minimum_months"]),
            reverse("admin:rule-switch", args=["bim"]),
            reverse("admin:proposal", args=[row.pk]),
            *(
                reverse(f"admin:proposal-{act}", args=[row.pk])
                for act in ("rehearse", "approve", "withdraw")
            ),
        ]
        for url in urls:
            assert clerk.post(url, FIGURE).status_code == 403, url
        wanted = Permission.objects.filter(codename="view_rightsetting")
        User.objects.get(username="clerk").user_permissions.set(wanted)
        for url in urls[:2]:
            assert clerk.post(url, FIGURE).status_code == 403, url
        for url in urls[2:]:
            clerk.post(url, {"reason": "x"})
        assert ParameterProposal.objects.get().state is ParameterProposal.State.PROPOSED
        assert not row.rehearsals.exists()
        assert "Approve" not in text_of(clerk, urls[2])


def test_the_api_has_no_door_to_figures() -> None:
    words = ("propos", "parameter", "figure", "approv")
    assert [
        p for p in openapi.document()["paths"] if any(word in p.lower() for word in words)
    ] == []
