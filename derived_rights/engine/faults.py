"""What is wrong with rights: every fault at once, each saying what to do about it.

The ids are stable; system checks show them as `derived_rights.E001` and so on:

- E001: a module cannot be imported, or defines no right;
- E002: a term that has no meaning, as of an unknown fact or kind of aid;
- E003: a right or a parameter that is not complete, as one without a source;
- E004: two rights with one code;
- E005: a right that reads one that does not exist;
- E006: a right whose `needs` are not what its terms read;
- E007: rights that read each other in a circle;
- E008: a signal that is on by default.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from derived_rights.engine.dependencies import facts_read, rights_read, terms_of
from derived_rights.engine.figures import InvalidRight
from derived_rights.engine.right import Right, Trust
from derived_rights.engine.terms import InvalidTerm


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that keeps rights from working; `hint` says where to look or what to do."""

    id: str
    message: str
    hint: str


def loaded(package: ModuleType) -> tuple[list[Right], list[Fault]]:
    """The rights of the modules of the package whose law can be built, and why others cannot."""
    found, faults = [], []
    for module in iter_modules(package.__path__, f"{package.__name__}."):
        try:
            right = getattr(import_module(module.name), "right", None)
            if isinstance(right, Right):
                terms_of(right)
                found.append(right)
                continue
            fault = Fault(
                "E001",
                f"{module.name} defines no right; write `right = Right(...)` in it",
                "`manage.py new_right CODE` writes a file that works.",
            )
        except InvalidTerm as error:
            fault = Fault("E002", f"{module.name}: {error}", "See derived_rights/engine/terms/.")
        except InvalidRight as error:
            fault = Fault("E003", f"{module.name}: {error}", "See docs/adding-a-right.md.")
        except Exception as error:  # noqa: BLE001 - a module may fail in any way; say so and go on
            fault = Fault(
                "E001",
                f"{module.name} cannot be loaded: {type(error).__name__}: {error}",
                f"Correct it until `python -c 'import {module.name}'` succeeds.",
            )
        faults.append(fault)
    return found, faults


def between(rights: Iterable[Right]) -> Iterator[Fault]:
    """What keeps these rights from working together, and the declarations that are not true."""
    by_code: dict[str, Right] = {}
    for right in rights:
        if right.code in by_code:
            yield Fault(
                "E004",
                f"two rights have the code {right.code}; rename one of them",
                "A code stands in events and authorisations: keep that of the older one.",
            )
        by_code[right.code] = right
    reads = {code: rights_read(by_code[code]) for code in sorted(by_code)}
    for code, read in reads.items():
        for unknown in sorted(read - by_code.keys()):
            yield Fault(
                "E005",
                f"right {code} reads the right {unknown}, which does not exist; the rights are"
                f" {', '.join(sorted(by_code))}",
                f"Correct Derived({unknown!r}), or add that right.",
            )
        yield from _declarations(by_code[code])
    try:
        TopologicalSorter(reads).prepare()
    except CycleError as error:
        path = " reads ".join(reversed(error.args[1]))
        yield Fault(
            "E007",
            f"rights read each other in a circle: {path}; cut one link",
            "Let one of them read the facts instead of the other right.",
        )


def _declarations(right: Right) -> Iterator[Fault]:
    read = facts_read(right)
    if read != set(right.needs):
        wanted = ", ".join(f"FactKind.{kind.name}" for kind in sorted(read))
        declared = f"({wanted},)" if wanted else "()"
        yield Fault(
            "E006",
            f"right {right.code} must declare needs={declared}, as its terms do",
            "`needs` tells people which facts are looked up: it must be what the terms read.",
        )
    if right.trust is Trust.SIGNAL and right.active_by_default:
        yield Fault(
            "E008",
            f"right {right.code} is a signal that is on by default; write active_by_default=False",
            "Who answers for it switches it on, in the admin or by a configuration.",
        )
