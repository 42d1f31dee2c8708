"""The rules in a real browser: the page of a right, and a figure rehearsed with its progress."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect

from attestations.models import HouseholdStatement
from derived_rights.models import ParameterProposal
from derived_rights.services.deriving import derive_pending
from partners.services import rehearsing
from tests.browser.conftest import needs_chromium

pytestmark = [pytest.mark.django_db(transaction=True), needs_chromium]

PASSWORD = "correct horse battery staple"


@pytest.fixture
def country(record: Callable[[int], list[str]]) -> None:
    """Somebody aided, and two administrators; made before the browser."""
    record(5)
    derive_pending()
    for name in ("author", "approver"):
        get_user_model().objects.create_superuser(name, password=PASSWORD)


@pytest.fixture
def household(country: None, cpas: Any, decision: Any, new_ssin: Any) -> int:
    """The partner of somebody aided, by our own number."""
    partner = new_ssin()
    body = decision(new_ssin(), household=[{"ssin": partner, "relation": "partner"}])
    assert cpas.post("/decisions", body).status_code == 201
    return HouseholdStatement.objects.get().member_id


def signed_in(page: Page, live_server: Any, name: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/admin/")
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")


def picture(page: Page, folder: Path, name: str) -> None:
    page.screenshot(path=folder / f"{name}.png", full_page=True)


def test_a_figure_goes_its_way(
    country: None, live_server: Any, page: Page, tmp_path: Path, in_thread: Any
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    signed_in(page, live_server, "author")
    page.goto(f"{live_server.url}/admin/rules/bim/")
    picture(page, tmp_path, "right")
    assert page.locator("img.timeline").first.evaluate("image => image.naturalWidth") > 0

    page.click("text=Propose a new value >> nth=0")
    page.fill("#id_value", "6")
    page.fill("#id_valid_from", "2014-01-01")
    page.fill("#id_reference", "a royal decree")
    page.fill("#id_reason", "the decree says so")
    picture(page, tmp_path, "propose")
    page.click("text=Propose >> visible=true >> nth=-1")
    page.click("button:has-text('Rehearse')")
    expect(page.locator("#progress")).to_be_visible()
    picture(page, tmp_path, "running")
    assert not in_thread(rehearsing.work, seconds=60)
    expect(page.locator("#by-recipient")).to_be_visible(timeout=15_000)  # without a click
    picture(page, tmp_path, "rehearsed")
    expect(page.get_by_text("somebody else must approve it")).to_be_visible()

    address = page.url
    signed_in(page, live_server, "approver")
    page.goto(address)
    page.click("button:has-text('Approve')")
    expect(page.get_by_text("Approved. It can still be withdrawn")).to_be_visible()
    picture(page, tmp_path, "approved")

    assert in_thread(ParameterProposal.objects.get).approved_by_id is not None
    page.goto(f"{live_server.url}/admin/derived_rights/rightsetting/")
    picture(page, tmp_path, "rights")
    page.goto(f"{live_server.url}/admin/rules/inastiFraudCheck/")
    picture(page, tmp_path, "apart")
    assert complaints == []


def test_progress_is_shown_without_a_script(
    country: None, live_server: Any, page: Page, in_thread: Any
) -> None:
    browser = page.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False).new_page()
    signed_in(plain, live_server, "author")
    plain.goto(f"{live_server.url}/admin/rules/bim/propose/minimum_months/")
    for field, value in (("value", "6"), ("valid_from", "2014-01-01"), ("reference", "x")):
        plain.fill(f"#id_{field}", value)
    plain.fill("#id_reason", "x")
    plain.click("input[type=submit].default")
    plain.click("button:has-text('Rehearse')")
    expect(plain.locator("progress")).to_have_attribute("value", "0")
    in_thread(rehearsing.work, seconds=60)
    plain.click("text=Look again")
    expect(plain.locator("#by-right")).to_be_visible()


def test_why_a_right_applies_is_looked_at(
    household: int, live_server: Any, page: Page, tmp_path: Path
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    signed_in(page, live_server, "author")
    page.goto(f"{live_server.url}/admin/attestations/person/{household}/change/")
    page.click("text=Explain a right")
    page.select_option("#id_right", "socialTariff")
    page.fill("#id_date", "2026-07-01")
    page.click("button:has-text('Explain')")

    expect(page.get_by_role("status")).to_contain_text("the right exists on 1 July 2026")
    headings = page.locator("h1, h2").all_inner_texts()
    assert headings[0].startswith("Why a right applies to person")
    assert headings[1:] == ["Why", "The periods", "The attestations behind"]
    assert page.locator("img.timeline").evaluate("image => image.naturalWidth") > 0
    picture(page, tmp_path, "explanation")

    page.select_option("#id_right", "bim")
    page.fill("#id_date", "2028-03-01")
    page.click("button:has-text('Explain')")
    picture(page, tmp_path, "explanation-bim")
    page.set_viewport_size({"width": 390, "height": 800})
    wide = page.evaluate("document.querySelector('.rule .answer').scrollWidth")
    assert wide <= 390
    picture(page, tmp_path, "explanation-narrow")
    assert complaints == []
