"""The page of the vocabulary shows every term, and its pictures are what the interpreter says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from derived_rights.engine import terms
from derived_rights.engine.facts import FactKind
from derived_rights.engine.terms import Term
from docs.term_examples import EXAMPLES, Example, advance, income
from docs.term_pictures import FOLDER, picture

PAGE = Path(__file__).resolve().parents[2] / "docs" / "vocabulary.md"

each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)


def every_term() -> set[str]:
    named = {name: getattr(terms, name) for name in terms.__all__}
    return {
        name
        for name, found in named.items()
        if isinstance(found, type) and issubclass(found, Term) and found is not Term
    }


def test_every_term_has_its_picture_and_its_place_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    shown = re.findall(r"\]\(img/terms/(\w+)\.svg\)", page)
    assert {example.name for example in EXAMPLES} == every_term()
    assert sorted(shown) == sorted(every_term())
    assert sorted(re.findall(r"^### (\w+)$", page, re.MULTILINE)) == sorted(every_term())
    assert {path.stem for path in FOLDER.iterdir()} == every_term()


@each_example
def test_a_picture_is_what_the_interpreter_says(example: Example) -> None:
    """If not, and rightly so: `python -m docs.term_pictures`."""
    assert (FOLDER / f"{example.name}.svg").read_text(encoding="utf-8") == picture(example)


@each_example
def test_what_is_written_below_is_the_term_that_is_drawn(example: Example) -> None:
    *_, last = example.rows
    names = {name: getattr(terms, name) for name in terms.__all__}
    written = eval(
        last.label, {**names, "FactKind": FactKind, "income": income, "advance": advance}
    )
    assert written == last.what
    assert type(written).__name__ == example.name
