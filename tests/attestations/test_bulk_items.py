"""Items of a batch are judged by the rules and in the words of a single call."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attestations.api.decision_inputs import DecisionInput, content_of
from attestations.api.masking import without_ssin
from attestations.api.problems import issue_urn, issues_in
from attestations.errors import DomainError
from attestations.services.bulk_items import Read, Unacceptable, read_item, read_line
from tests.attestations.sound_item import SOUND, TODAY

ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.text(max_size=70),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.sampled_from(
        [
            "",
            " ",
            "9999-12-31",
            "2026-02-30",
            "2026-3-17",
            "20260317",
            "2026-W12-2",
            "85710512300",
            "medicalCard",
        ]
        + ["00000000000", "x\x00y", " 2026/1 ", "1970-01-01", "2031-01-01", "y" * 65]
    ),
)
ODD_MEMBERS = st.lists(
    st.one_of(
        ODD_VALUES,
        st.fixed_dictionaries(
            {},
            optional={
                "ssin": ODD_VALUES | st.just(SOUND["ssin"]),
                "relation": ODD_VALUES | st.just("child"),
                "extra": st.just(1),
            },
        ),
    ),
    max_size=3,
)


@st.composite
def items(draw: st.DrawFn) -> Any:
    """Sound items with up to three faults, and things that are no items at all."""
    if draw(st.integers(0, 20)) == 0:
        return draw(ODD_VALUES.filter(lambda value: value is not None))
    item: dict[str, Any] = dict(SOUND)
    for name in draw(st.lists(st.sampled_from([*SOUND, "extra", "", "."]), max_size=3)):
        match draw(st.integers(0, 3)):
            case 0:
                item.pop(name, None)
            case _ if name == "household":
                item[name] = draw(ODD_MEMBERS | ODD_VALUES)
            case _:
                item[name] = draw(ODD_VALUES)
    return item


def judged_by_the_api(item: Any) -> Any:
    """What `POST /decisions` makes of the item before it looks at any row."""
    serializer = DecisionInput(data=item)
    if not serializer.is_valid():
        issues = issues_in(serializer.errors, item)
        return [(one["type"], one["name"], one["detail"]) for one in issues]
    data = serializer.validated_data
    try:
        content_of(data).check(on=TODAY, ssin=data["ssin"])
    except DomainError as error:
        return [(issue_urn(error.code), error.field_name, error.detail)]
    return Read(data["ssin"], content_of(data))


def judged_in_bulk(item: Any) -> Any:
    try:
        return read_item(item, on=TODAY)
    except Unacceptable as refused:
        return [
            (issue_urn(one.code), without_ssin(one.name), without_ssin(one.detail))
            for one in refused.issues
        ]


@pytest.mark.parametrize(
    "reference",
    ["\x1b" + "x" * 70, SOUND["ssin"] + "x" * 70, "\x1b" + SOUND["ssin"], "\x1f", "x\u202e"],
    ids=ascii,
)
def test_of_several_faults_of_a_text_the_same_one_is_named(reference):
    item = SOUND | {"reference": reference}
    assert judged_in_bulk(item) == judged_by_the_api(item)


@given(items())
@settings(max_examples=400)
def test_items_are_judged_as_the_api_judges_them(item):
    assert judged_in_bulk(item) == judged_by_the_api(item)


@given(items())
@settings(max_examples=100)
def test_a_line_is_judged_as_the_item_it_holds(item):
    def fate(read: Callable[[], Read]) -> Any:
        try:
            return read()
        except Unacceptable as refused:
            return refused.issues

    line = json.dumps(item).encode()

    assert fate(lambda: read_line(line, on=TODAY)) == fate(lambda: read_item(item, on=TODAY))


@pytest.mark.parametrize("line", [b"{", b"", b"\xff\xfe", b'{"ssin": }', b"[" * 100_000])
def test_a_line_that_is_no_json_is_named(line):
    with pytest.raises(Unacceptable) as refused:
        read_line(line, on=TODAY)

    (issue,) = refused.value.issues
    assert (issue.code, issue.name) == ("schemaViolation", "body")
    assert "not valid JSON" in issue.detail
