"""Pages: by keyset, with a `next` until the last one, and a total only when it is asked for."""

from __future__ import annotations

import pytest

from tests.api.conftest import issues_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def inscribed(recipient_for, new_ssin):
    """A recipient with five inscriptions."""
    recipient = recipient_for("recipient", "bim")
    for _ in range(5):
        recipient.inscribe(new_ssin())
    return recipient


def pages(caller, path: str, body=None):
    """Every page from `path` on, following `next`."""
    while path:
        answer = caller.get(path) if body is None else caller.post(path, body)
        assert answer.status_code == 200, answer.content
        page = answer.json()
        yield page
        path = page.get("next", "").removeprefix("/registry/v1")


def test_following_next_gives_everything_once_and_newest_first(inscribed):
    found = list(pages(inscribed, "/inscriptions/query?pageSize=2", {}))

    assert [len(page["items"]) for page in found] == [2, 2, 1]
    ids = [item["inscriptionId"] for page in found for item in page["items"]]
    assert ids == sorted(set(ids), reverse=True)
    assert [page["pageSize"] for page in found] == [2, 2, 2]
    assert {page["first"] for page in found} == {"/registry/v1/inscriptions/query?pageSize=2"}
    assert found[1]["self"] == found[0]["next"]


def test_a_full_last_page_has_no_next(inscribed):
    assert "next" not in next(pages(inscribed, "/inscriptions/query?pageSize=5", {}))


def test_a_new_item_does_not_shift_the_pages(inscribed, new_ssin):
    following = pages(inscribed, "/inscriptions/query?pageSize=3", {})
    first = next(following)
    inscribed.inscribe(new_ssin())

    second = next(following)

    shown = {item["ssin"] for item in first["items"]}
    assert shown.isdisjoint(item["ssin"] for item in second["items"])


def test_the_total_comes_when_it_is_asked_for(inscribed):
    without = inscribed.post("/inscriptions/query?pageSize=2", {}).json()
    with_total = inscribed.post("/inscriptions/query?pageSize=2&embed=total", {}).json()

    assert "total" not in without
    assert with_total["total"] == 5
    assert "embed=total" in with_total["next"]


def test_nothing_found_is_an_empty_page(inscribed, new_ssin):
    answer = inscribed.post("/inscriptions/query", {"ssin": new_ssin()})

    assert answer.status_code == 200
    assert answer.json()["items"] == []


@pytest.mark.parametrize(
    ("query", "issue"),
    [
        ("pageSize=0", ("outOfRange", "query", "pageSize")),
        ("pageSize=1001", ("outOfRange", "query", "pageSize")),
        ("pageSize=000000001000000", ("outOfRange", "query", "pageSize")),
        ("pageSize=x", ("outOfRange", "query", "pageSize")),
        ("pageSize=1&pageSize=2", ("invalidInput", "query", "pageSize")),
        ("after=x", ("schemaViolation", "query", "after")),
        ("after=%00", ("schemaViolation", "query", "after")),
        ("embed=items", ("schemaViolation", "query", "embed")),
        ("page=2", ("unknownInput", "query", "page")),
    ],
)
def test_a_parameter_that_cannot_be_is_named(inscribed, query, issue):
    assert issues_of(inscribed.post(f"/inscriptions/query?{query}", {})) == [issue]
