"""No answer to a refused input repeats a SSIN, wherever in the input it stood."""

from __future__ import annotations

import pytest

from attestations.api.masking import SSIN, shown_value, without_ssin
from attestations.api.problems import issue

SPELLINGS = [
    "85710512369",
    "85.71.05-123.69",
    "857105-123-69",
    "857105 123 69",
    "85 71 05 123 69",
    "85/71/05-123.69",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_usual_spelling_is_recognised(spelling):
    assert SSIN.fullmatch(spelling)
    assert without_ssin(f"before {spelling} after") == "before *********** after"


@pytest.mark.parametrize(
    "text",
    [
        "26C000000000123",
        "2026-03-02 to 2027-03-01",
        "0123456749",
        "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b",
        "123456789012",
    ],
)
def test_other_numbers_are_left_alone(text):
    assert without_ssin(text) == text


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("ssin", "857105123"),
        ("ssins[3]", "8571051236"),
        ("household[0].ssin", 8571051236),
        ("secret", "whsec_x"),
        ("reference", "85.71.05-123.69"),
        ("reference", 85710512369),
        ("reference", "x" * 101),
        ("reference", "a\x00b"),
        ("reference", {"a": 1}),
        ("reference", None),
    ],
)
def test_a_value_that_may_hold_a_ssin_is_not_shown(path, value):
    assert shown_value(path, value) is None


def test_a_name_is_shown_on_one_line_and_not_at_any_length():
    shown = issue("unknownInput", "a\x00\r\nb" + "x" * 1_000, "y" * 1_000)

    assert shown["name"].startswith("a   bx")
    assert (len(shown["name"]), len(shown["detail"])) == (200, 500)


def test_another_value_is_shown():
    assert shown_value("aidKind", "unheardOf") == "unheardOf"


@pytest.mark.django_db
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/decisions", {"ssin": "SSIN", "aidKind": "SSIN"}),
        ("/decisions", {"SSIN": 1}),
        ("/decisions", {"household": [{"ssin": "SSIN", "relation": "SSIN"}]}),
        ("/decisions", {"reference": ["SSIN"]}),
        ("/decisions", "SSIN"),
        ("/decisions", '{"ssin": SSIN'),
        ("/decisions/query?ssin=SSIN", {}),
        ("/decisions/query?SSIN=1", {}),
        ("/decisions/query?pageSize=SSIN", {"reference": "x"}),
        ("/decisions/SSIN", {}),
        ("/missingAttestations/0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b/feedback", {"code": "SSIN"}),
    ],
)
def test_no_refusal_repeats_it(cpas, path, body, spelling):
    sent = _filled(body, spelling)

    answer = cpas.post(path.replace("SSIN", spelling), sent, Idempotency_Key=spelling)

    assert 400 <= answer.status_code < 500
    whole = answer.content.decode() + str(dict(answer.headers))
    assert spelling not in whole
    assert "85710512369" not in whole


def _filled(body, spelling):
    if isinstance(body, dict):
        return {_filled(name, spelling): _filled(value, spelling) for name, value in body.items()}
    if isinstance(body, list):
        return [_filled(value, spelling) for value in body]
    return body.replace("SSIN", spelling) if isinstance(body, str) else body
