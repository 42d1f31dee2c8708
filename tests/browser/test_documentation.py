"""The interactive documentation in a real browser: it works under the CSP, alone and offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from config import openapi
from tests.browser.conftest import needs_chromium

pytestmark = [pytest.mark.django_db(transaction=True), needs_chromium]


def test_every_operation_is_listed_without_a_complaint_or_an_outside_request(
    live_server: Any, page: Page, tmp_path: Path
):
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))

    answer = page.goto(f"{live_server.url}/registry/v1/doc")
    page.wait_for_selector(".opblock")

    assert answer is not None
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    paths = openapi.document()["paths"]
    assert page.locator(".opblock").count() == sum(len(methods) for methods in paths.values())
    assert page.locator(".opblock-summary-path[data-path='/rights/query']").count() == 1
    page.screenshot(path=tmp_path / "documentation.png")
    assert complaints == []
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []


def test_an_operation_unfolds_and_shows_its_body(live_server: Any, page: Page):
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))

    page.goto(f"{live_server.url}/registry/v1/doc")
    page.click(".opblock-summary-path[data-path='/rights/explanation']")
    page.wait_for_selector(".opblock.is-open .body-param__example")

    assert "legalContext" in page.locator(".opblock.is-open .body-param__example").inner_text()
    assert complaints == []
