"""The demonstration as a story: each step is done through the API, looked at, and really checked.

It holds on every day from 2024 on. It may be told again and again: each time of other persons.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rich.console import Console

from config.demo.account import Account
from config.demo.api import Registry, Unexpected
from config.demo.chapters import changes, deliveries, family, loaded, missing, proofs, refusals
from config.demo.loading import load as load_people
from config.demo.scene import Scene, begin

CHAPTERS: tuple[Callable[[Scene], None], ...] = (
    loaded.people_and_decisions,
    family.a_decision,
    family.who_was_told,
    changes.a_stop,
    changes.a_cancellation,
    missing.a_claim_without_attestation,
    refusals.mistakes_and_intruders,
    deliveries.pushed_and_fetched,
    proofs.nothing_is_missing,
)


def load(demo: dict[str, Any]) -> None:
    """Bring the persons and their decisions into a running demonstration (`demo.json`).

    What is there already is left alone; what cannot be loaded now is said, and loaded next time.
    """
    account = Account(Console(highlight=False))
    try:
        result = load_people(Registry(demo), account)
    except Unexpected as error:
        account.check("The fictitious persons and their decisions are there", False, error)
        return
    persons = sum(len(aid.household.persons) for aid in result.aids)
    account.say(f"{persons} fictitious persons and {len(result.decisions)} decisions are there.")


def run(demo: dict[str, Any]) -> int:
    """Tell the story to a running demonstration; 0 if each of its steps held, otherwise 1."""
    account = Account(Console(highlight=False))
    began = time.monotonic()
    try:
        scene = begin(Registry(demo), account)
    except Unexpected as error:
        account.check("The story can begin", False, error)
        return 1
    for chapter in CHAPTERS:
        _tell(chapter, scene)
    return _conclude(account, time.monotonic() - began)


def _tell(chapter: Callable[[Scene], None], scene: Scene) -> None:
    try:
        chapter(scene)
    except Unexpected as error:
        scene.account.check("The chapter can be told to its end", False, error)
    except (KeyError, IndexError) as error:
        # An answer, or a former chapter, lacks what this one needs.
        scene.account.check("The chapter finds what it needs", False, f"no {error}")


def _conclude(account: Account, seconds: float) -> int:
    total = account.held + account.failed
    account.console.print()
    account.check(
        f"{account.held} of {total} statements held, in {seconds:.0f} seconds", not account.failed
    )
    return 1 if account.failed else 0
