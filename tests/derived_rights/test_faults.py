"""What cannot work is refused at start-up: every fault has its id and says what to do."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

import derived_rights.rights
from derived_rights import checks
from derived_rights.engine import faults
from derived_rights.new_files import NewRight

SAMPLE = NewRight("sample", "federal", "inform", "medicalCard", date(2024, 1, 1))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """An empty package in the place of the rights."""
    name = "rights_of_a_test"
    (tmp_path / name).mkdir()
    package = ModuleType(name)
    package.__path__ = [str(tmp_path / name)]
    monkeypatch.setitem(sys.modules, name, package)
    monkeypatch.setattr(derived_rights, "rights", package)
    yield package
    for module in [one for one in sys.modules if one.startswith(f"{name}.")]:
        del sys.modules[module]


def write(
    package: ModuleType, module: str, *changes: tuple[str, str], code: str = "sample"
) -> None:
    """A module that works, but for the changes."""
    text = SAMPLE.module_text().replace('code="sample"', f'code="{code}"')
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (Path(package.__path__[0]) / f"{module}.py").write_text(text)


def found() -> list[tuple[str, str]]:
    return [
        (str(message.id), f"{message.msg} / {message.hint}") for message in checks.check_rights()
    ]


def test_the_catalogue_has_none() -> None:
    assert found() == []
    call_command("check", tags=None)


def test_a_new_right_has_none(package: ModuleType) -> None:
    write(package, "sample")
    assert found() == []


TERM = 'return Attested("medicalCard").complete_months(p.minimum_months, "spanStart")'
NEEDS = ("needs=(FactKind.ATTESTATIONS,)", "needs=()")


@pytest.mark.parametrize(
    ("change", "id", "message"),
    [
        (("from datetime", "from daytime"), "E001", "cannot be loaded: ModuleNotFoundError"),
        (("right = Right(", "left = Right("), "E001", "cannot be loaded: NameError"),
        (("@right.since(SINCE)", "@right.since(SINCE"), "E001", "cannot be loaded: SyntaxError"),
        (('"medicalCard"', '"medicalCards"'), "E002", "'medicalCards' is not a kind of aid; use"),
        ((TERM, 'return Reported("wealth")'), "E002", "'wealth' is not a reported fact; use one"),
        (
            ("            LAW,\n", '            "",\n'),
            "E003",
            "has no reference; name the offic",
        ),
        (("reference=LAW", 'reference=" "'), "E003", "has an empty reference; write it"),
        (("p.minimum_months", "p.months"), "E003", "reads the parameter months, which it does not"),
        ((TERM, 'return Derived("nothing")'), "E005", "reads the right nothing, which does not"),
        (NEEDS, "E006", "must declare needs=.FactKind.ATTESTATIONS,., as its terms do"),
        (
            ("active_by_default=False", "active_by_default=True"),
            "E008",
            "write active_by_default=",
        ),
    ],
)
def test_a_fault_has_its_id_and_says_what_to_do(
    package: ModuleType, change: tuple[str, str], id: str, message: str
) -> None:
    imports = ("import Attested, Term", "import Attested, Derived, Reported, Term")
    write(package, "sample", imports, change)
    first, *_ = found()
    assert first[0] == f"derived_rights.{id}"
    assert re.search(message, first[1])


def test_a_module_without_a_right(package: ModuleType) -> None:
    (Path(package.__path__[0]) / "empty.py").write_text('"""Nothing."""\n')
    assert found()[0][0] == "derived_rights.E001"
    assert "write `right = Right(...)` in it" in found()[0][1]


def test_two_rights_with_one_code(package: ModuleType) -> None:
    write(package, "one")
    write(package, "other")
    assert [id for id, _ in found()] == ["derived_rights.E004"]


def test_a_circle_names_its_members(package: ModuleType) -> None:
    imports = ("import Attested, Term", "import Derived, Term")
    write(package, "a", imports, NEEDS, (TERM, 'return Derived("b")'), code="a")
    write(package, "b", imports, NEEDS, (TERM, 'return Derived("a")'), code="b")
    ((id, message),) = found()
    assert id == "derived_rights.E007"
    assert re.search("in a circle: (a reads b reads a|b reads a reads b); cut one link", message)


def test_all_faults_are_told_at_once_and_stop_the_start(package: ModuleType) -> None:
    write(package, "one", NEEDS, code="one")
    write(package, "other", ('"medicalCard"', '"medicalCards"'), code="other")
    write(package, "third", ("reference=LAW", 'reference=""'), code="third")
    assert [id for id, _ in found()] == [
        "derived_rights.E002",
        "derived_rights.E003",
        "derived_rights.E006",
    ]
    with pytest.raises(SystemCheckError, match=r"(?s)rights\.E002.*rights\.E006"):
        call_command("check")


def test_every_id_is_explained() -> None:
    used = set(re.findall(r'"(E\d{3})"', Path(faults.__file__ or "").read_text()))
    page = Path(__file__).parents[2] / "docs" / "adding-a-right.md"
    for text in (faults.__doc__ or "", page.read_text()):
        assert set(re.findall(r"\bE\d{3}\b", text)) == used
