"""`manage.py new_right`: what it writes works at once; what it cannot write leaves nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from datetime import date
from importlib.util import module_from_spec, spec_from_file_location
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from derived_rights import scenarios
from derived_rights.engine.catalogue import ordered, rights
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.new_files import NewRight

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("derived_rights/rights", "tests/scenarios/rights"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def files(checkout: Path) -> list[Path]:
    return sorted(path for path in checkout.rglob("*") if path.is_file())


def new_right(checkout: Path, *arguments: str) -> tuple[Path, Path]:
    """The module and the table that were written."""
    call_command("new_right", *arguments, into=checkout, stdout=StringIO())
    module, table = files(checkout)
    return module, table


def imported(path: Path) -> Right:
    spec = spec_from_file_location("new_right_of_a_test", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    right: Right = module.right
    return right


CASES = [
    ["schoolMeals", "--recipient", "sample-town"],
    ["x2YearHTTPCheck", "--effect", "checkAdverse", "--since", "1999-12-31"],
    ["a" + "B" * 63, "--kind", "article60Employment"],
]


@pytest.mark.parametrize("arguments", CASES, ids=lambda arguments: arguments[0][:15])
def test_what_is_written_is_a_signal_that_is_off_and_fits_the_others(
    checkout: Path, arguments: list[str]
) -> None:
    right = imported(new_right(checkout, *arguments)[0])
    assert right.code == arguments[0]
    assert right.trust is Trust.SIGNAL
    assert not right.active_by_default
    assert all(parameter.note for parameter in right.parameters)
    assert right.code in ordered([*rights().values(), right])


@pytest.mark.parametrize("arguments", CASES, ids=lambda arguments: arguments[0][:15])
def test_its_table_passes_and_both_files_are_in_style(
    checkout: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    module, table = new_right(checkout, *arguments)
    known = ordered([*rights().values(), imported(module)])
    monkeypatch.setattr(scenarios, "TABLES", table.parent)
    monkeypatch.setattr(scenarios, "rights", lambda: known)
    found = scenarios.scenarios()
    assert len(found) == 2
    for scenario in found:
        outcomes = {key: scenario.outcome(*key) for key in scenario.expected}
        assert outcomes == scenario.expected, scenario.title
    for check in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        command = [sys.executable, "-m", "ruff", *check, "--config", ROOT / "pyproject.toml"]
        done = subprocess.run([*command, module], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_what_was_asked_is_what_is_written(checkout: Path) -> None:
    arguments = ["--recipient", "sample-town", "--effect", "presume", "--since", "2021-02-03"]
    module, table = new_right(checkout, "schoolMeals", *arguments)
    right = imported(module)
    assert (module.name, table.name) == ("school_meals.py", "schoolMeals.yaml")
    assert (right.recipient, right.effect) == ("sample-town", Effect.PRESUME)
    assert right.term_windows()[0].span.start.isoformat() == "2021-02-03"
    assert "To be written" in str(ast.get_docstring(ast.parse(module.read_text())))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bim"], "the right bim exists; choose another code"),
        (["socialtariff"], "the right socialtariff exists"),
        (["SchoolMeals"], "'SchoolMeals' is no code of a right; write lowerCamelCase"),
        (["school_meals"], "no code of a right"),
        (["école"], "no code of a right"),
        (["a" * 65], "at most 64 letters"),
        (["class"], "is a word of Python"),
        (["schoolMeals", "--recipient", 'a"b'], "no code of an organisation"),
        (["schoolMeals", "--effect", "gift"], "'gift' is not an effect; use one of grant,"),
        (["schoolMeals", "--kind", "gift"], "'gift' is not a kind of aid; use one of integr"),
        (["schoolMeals", "--since", "tomorrow"], "'tomorrow' is no day; write it as in 2024"),
    ],
)
def test_what_cannot_work_is_refused_and_leaves_nothing(
    checkout: Path, arguments: list[str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        new_right(checkout, *arguments)
    assert files(checkout) == []


def test_a_file_that_exists_is_never_overwritten(checkout: Path) -> None:
    table = checkout / "tests/scenarios/rights/schoolMeals.yaml"
    table.write_text("mine")
    with pytest.raises(CommandError, match=r"schoolMeals\.yaml exists; nothing was written"):
        new_right(checkout, "schoolMeals")
    assert files(checkout) == [table]
    assert table.read_text() == "mine"


def test_outside_a_checkout_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="run this in a checkout"):
        new_right(tmp_path, "schoolMeals")
    assert files(tmp_path) == []


@pytest.mark.parametrize("code", sorted(rights()))
def test_the_file_of_a_right_is_named_as_the_command_would(code: str) -> None:
    new = NewRight(code, "federal", "inform", "medicalCard", date(2024, 1, 1))
    assert (ROOT / "derived_rights" / "rights" / f"{new.module}.py").exists()
