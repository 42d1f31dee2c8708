"""The page of the rights says what the catalogue and the tables say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from derived_rights.engine.catalogue import rights
from derived_rights.engine.right import Trust

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "rights.md"
TABLES = sorted((ROOT / "tests" / "scenarios" / "rights").glob("*.yaml"))


def rows(heading: str) -> Iterator[list[str]]:
    section = PAGE.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    for line in lines[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def test_the_catalogue_is_that_of_the_code() -> None:
    written = {
        cells[0].strip("`"): [cell.strip("`") for cell in cells[1:5]]
        for cells in rows("The catalogue")
    }
    found = {
        code: [
            right.recipient,
            right.effect.value,
            right.trust.value,
            "on" if right.active_by_default else "off",
        ]
        for code, right in rights().items()
    }
    assert written == {code: found[code] for code in written}
    # One that has only been begun need not be told of yet.
    assert {code for code, right in rights().items() if right.active_by_default} <= written.keys()


def test_what_the_law_leaves_open_is_told_of_every_right_that_says_so() -> None:
    listed = {cells[0].strip("`") for cells in rows("The catalogue")}
    told = {
        code
        for cells in rows("What the law leaves open")
        for code in re.findall(r"`(\w+)`", cells[0])
    }
    noted = {
        code
        for code in listed
        if rights()[code].trust is Trust.SIGNAL
        or any(parameter.note for parameter in rights()[code].parameters)
    }
    assert noted <= told <= listed


def named_in_tables() -> dict[str, set[str]]:
    """Worked example to the tables that name it."""
    found: dict[str, set[str]] = {}
    for table in TABLES:
        for row in yaml.safe_load(table.read_text()):
            for example in re.findall(r"\bW\d\d\b", row["source"]):
                found.setdefault(example, set()).add(table.name)
    return found


def test_every_worked_example_is_tested_where_it_is_said_to_be() -> None:
    named = named_in_tables()
    written = {cells[0]: cells[2] for cells in rows("Worked examples")}
    assert list(written) == [f"W{number:02}" for number in range(1, 30)]
    for example, where in written.items():
        files = {Path(path).name for path in re.findall(r"`(tests/[\w/.]+)`", where)}
        if where.startswith("no: "):
            assert (files, named.get(example)) == (set(), None), example
        elif files != {"gaps.yaml"}:
            assert files <= named.get(example, set()), example


def test_a_worked_example_is_published_or_derived() -> None:
    for table in TABLES:
        for row in yaml.safe_load(table.read_text()):
            if re.search(r"\bW\d\d\b", row["source"]):
                assert row["label"] in {"published", "derived"}, row["title"]
