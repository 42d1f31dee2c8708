"""The files that a recipient says it holds, and how they end."""

from __future__ import annotations

import pytest

from partners.models import Inscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def recipient(recipient_for):
    return recipient_for("recipient", "bim")


@pytest.fixture
def inscribe(recipient, new_ssin):
    """Inscribes one person from a day on, to a day if one is given."""
    ssin = new_ssin()

    def make(start, end=None):
        period = {"startDate": start} | ({"endDate": end} if end else {})
        answer = recipient.post("/inscriptions", {"ssin": ssin, "qualityCode": "1"} | period)
        assert answer.status_code == 201, answer.content

    make.ssin = ssin
    return make


def periods(items):
    return sorted((one["startDate"], one.get("endDate")) for one in items)


@pytest.mark.parametrize(
    ("standing", "left"),
    [
        ([("2020-01-01", None)], [("2020-01-01", "2026-06-30")]),
        ([("2026-07-01", None)], []),
        ([("2020-01-01", None), ("2020-01-01", "2026-12-31")], [("2020-01-01", "2026-06-30")]),
        ([("2020-01-01", None), ("2020-01-01", "2026-06-30")], [("2020-01-01", "2026-06-30")]),
        (
            [("2020-01-01", None), ("2022-01-01", None)],
            [("2020-01-01", "2026-06-30"), ("2022-01-01", "2026-06-30")],
        ),
    ],
    ids=["shortened", "taken out", "two become one", "one stood before", "two stay two"],
)
def test_what_an_ending_leaves_stands_once(recipient, inscribe, standing, left):
    for period in standing:
        inscribe(*period)
    body = {"ssin": inscribe.ssin, "qualityCode": "1", "endDate": "2026-06-30"}

    answer = recipient.post("/inscriptions/removal", body)

    assert answer.status_code == 200, answer.content
    assert periods(answer.json()["items"]) == left
    standing = recipient.post("/inscriptions/query", {"ssin": inscribe.ssin}).json()["items"]
    assert periods(standing) == left
    # Nothing of it is forgotten: what stood before is still there, as superseded.
    assert Inscription.objects.exclude(superseded_at=None).exists()
    assert recipient.post("/inscriptions/removal", body).status_code == 400
