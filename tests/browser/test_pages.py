"""The pages for people in a real browser: in four languages, and without a complaint."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from playwright.sync_api import Page, expect

from partners.models import FeedReadingOfPerson
from tests.browser.conftest import needs_chromium

pytestmark = [pytest.mark.django_db(transaction=True), needs_chromium]

PASSWORD = "correct horse battery staple"
LISTS = (
    "attestations/decision/",
    "attestations/attestation/",
    "attestations/missingattestation/",
    "derived_rights/rightsetting/",
    "derived_rights/rightchange/",
    "partners/subscription/",
    "partners/feedentry/",
    "partners/deliveryattempt/",
)
# Those that had to be scrolled sideways in one language or another.
WIDEST = (
    "attestations/decisionversion/",
    "attestations/factchange/",
    "attestations/missingattestation/",
    "partners/authorisation/",
    "partners/deliveryattempt/",
    "partners/feedentry/",
    "partners/refusal/",
    "partners/subscription/",
)
TITLES = {
    "fr": "Registre des attestations",
    "nl": "Register van attesten",
    "de": "Bescheinigungsregister",
    "en": "Attestation registry",
}
# The words in the boxes of the picture that do not fit in: the check below has a wider box.
WIDER_THAN_THEIR_BOX = """
[...document.querySelectorAll(".flow g[text-anchor] text")]
    .filter(one => one.getBBox().width > (one.getBBox().y > 250 ? 354 : 190))
    .map(one => one.textContent)
"""


@pytest.fixture
def administrator(record: Any) -> str:
    """Somebody who may look at everything, and something to look at; made before the browser."""
    record(3)
    user = get_user_model().objects.create_superuser("admin", password=PASSWORD)
    return user.get_username()


def watched(page: Page, complaints: list[str]) -> Page:
    """The page, which notes what its console says."""
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def count_as_after_years() -> None:
    """Numbers of rows have eight digits from now on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(oid::regclass, 12345678) FROM pg_class"
            " WHERE relkind = 'S' AND relname <> 'attestations_attestation_number'"
        )


def sign_in(page: Page, live_server: Any, name: str) -> None:
    page.goto(f"{live_server.url}/admin/")
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_selector("#user-tools")


def test_an_administrator_walks_through_the_lists(
    administrator: str, live_server: Any, page: Page
) -> None:
    complaints: list[str] = []
    watched(page, complaints)
    sign_in(page, live_server, administrator)

    for path in LISTS:
        answer = page.goto(f"{live_server.url}/admin/{path}")
        assert answer is not None
        assert answer.status == 200
        assert page.locator("#content h1").count() == 1

    assert complaints == []


@pytest.mark.parametrize("width", [400, 1024, 1280])
def test_a_list_that_is_too_wide_scrolls_inside_and_shows_that_there_is_more(
    administrator: str, live_server: Any, page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, live_server, administrator)
    for path in ("attestations/decision/", "attestations/attestation/"):
        page.goto(f"{live_server.url}/admin/{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        results = page.locator(".results")
        style = results.evaluate("one => getComputedStyle(one)")
        assert style["overflowX"] == "auto"
        # The shade lies under the rows: none of them may hide it.
        assert style["backgroundAttachment"].endswith("scroll, scroll")
        for row in results.locator("tbody tr").all()[:2]:
            colour = row.evaluate("one => getComputedStyle(one).backgroundColor")
            assert colour.startswith("rgba("), f"{path}: {colour}"
    if width == 1280:
        last = page.locator("#result_list thead th").last.bounding_box()
        edge = page.locator(".results").bounding_box()
        assert last
        assert edge
        assert last["x"] + last["width"] <= edge["x"] + edge["width"] + 1


def test_the_widest_lists_need_no_scrolling_on_a_usual_screen_in_any_language(
    administrator: str, grow: Any, live_server: Any, page: Page, in_thread: Any
) -> None:
    in_thread(count_as_after_years)
    in_thread(grow)
    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in(page, live_server, administrator)
    for language in TITLES:
        page.click(f"button[value={language}]")
        for path in WIDEST:
            page.goto(f"{live_server.url}/admin/{path}")
            beyond = page.locator(".results").evaluate("one => one.scrollWidth - one.clientWidth")
            assert beyond == 0, f"{path} in {language}: {beyond} pixels too wide"


def test_who_looks_for_readings_of_a_person_is_told_to_search(
    administrator: str, mutuality: Any, live_server: Any, page: Page, in_thread: Any
) -> None:
    in_thread(mutuality.get, "/events")
    person = in_thread(FeedReadingOfPerson.objects.earliest, "position").person_id
    sign_in(page, live_server, administrator)
    page.goto(f"{live_server.url}/admin/partners/feedreadingofperson/")
    expect(page.get_by_text("Nothing is searched for yet.")).to_be_visible()
    expect(page.get_by_text("Show all")).to_have_count(0)
    page.fill("#searchbar", str(person))
    page.press("#searchbar", "Enter")
    expect(page.get_by_text("Nothing is searched for yet.")).to_have_count(0)
    expect(page.locator("#result_list tbody tr")).not_to_have_count(0)


def test_the_first_page_speaks_four_languages_and_shows_the_flow(
    live_server: Any, page: Page
) -> None:
    complaints: list[str] = []
    watched(page, complaints)
    page.goto(live_server.url)
    for code, title in TITLES.items():
        page.click(f"button[value={code}]")
        assert page.locator("h1").inner_text() == title
        assert page.locator("html").get_attribute("lang") == code
        assert page.locator(".flow text").count() > 15
        assert page.evaluate(WIDER_THAN_THEIR_BOX) == []

    assert complaints == []
