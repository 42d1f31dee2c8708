"""The code lists: codes as in JSON, labels in four languages."""

from __future__ import annotations

import re

import pytest

from attestations.codes import (
    LANGUAGES,
    AidKind,
    AttestationType,
    Category,
    Cause,
    CodeList,
    HouseholdRelation,
    Nature,
)


@pytest.mark.parametrize(
    "codes", [AidKind, AttestationType, Category, Cause, HouseholdRelation, Nature]
)
def test_codes_are_json_names_with_a_label_in_each_language(codes: type[CodeList]) -> None:
    for code in codes:
        assert re.fullmatch(r"[a-z][a-zA-Z0-9]+", code)
        assert codes(str(code)) is code
        assert tuple(code.labels) == LANGUAGES
        assert all(code.labels.values())
    for language in LANGUAGES:
        assert len({code.labels[language] for code in codes}) == len(codes)


def test_the_natures_have_their_a036_code() -> None:
    assert {str(nature): nature.a036_code for nature in Nature} == {
        "original": 0,
        "correction": 1,
        "cancellation": 3,
    }
