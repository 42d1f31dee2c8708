"""A real browser for the tests of pages; where there is none, those tests are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")


@pytest.fixture
def in_thread() -> Callable[..., Any]:
    """Calls what asks the database on a thread of its own: the browser's own may not."""

    def call(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        def asked() -> Any:
            try:
                return function(*arguments, **named)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(max_workers=1) as threads:
            return threads.submit(asked).result()

    return call


@pytest.fixture
def page() -> Iterator[Page]:
    """A page of a fresh browser, large enough to read."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser.new_page(viewport={"width": 1200, "height": 1400})
        finally:
            browser.close()
