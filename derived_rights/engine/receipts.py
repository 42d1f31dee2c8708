"""Receipts: which law, figures and facts an outcome was derived from, so that it can be checked.

The same inputs give the same receipt years later; whoever holds it cannot read the facts from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from attestations.periods import Span
from derived_rights.engine.catalogue import kinds_read, reach
from derived_rights.engine.facts import FactKind, Facts, PersonId
from derived_rights.engine.figures import Figure
from derived_rights.engine.right import AllOverrides, Right
from derived_rights.engine.terms import Derived, subterms


@dataclass(frozen=True, slots=True)
class Law:
    """Everything but the facts that a right depends on, the rights that it reads included.

    `version` is the first day of its newest version; `figures` the digest of all versions of all
    these rights, with the figures that each of them read.
    """

    right: str
    version: date
    figures: str
    kinds: frozenset[str]
    reach: int


def law_of(code: str, rights: Mapping[str, Right], overrides: AllOverrides) -> Law:
    """The law of one right as these figures make it."""
    right = rights[code]
    windows = {
        read: [
            [_span(window.span), window.version.isoformat(), _figures(window.figures)]
            for window in rights[read].term_windows(overrides.get(read))
        ]
        for read in _read(code, rights)
    }
    newest = right.term_windows(overrides.get(code))[-1].version
    return Law(code, newest, _digest(windows), kinds_read(right, rights), reach(right, rights))


def receipt(law: Law, facts: str) -> dict[str, str]:
    """The receipt of an outcome, ready for JSON; `facts` is their digest."""
    return {
        "right": law.right,
        "version": law.version.isoformat(),
        "parameters": law.figures,
        "facts": facts,
    }


def digest_of_facts(person: PersonId, reach: int, kinds: frozenset[str], facts: Facts) -> str:
    """The digest of what is known of everybody whom a right can reach, and of the kinds it reads.

    Nothing else that is known changes the receipt.
    """
    used = facts.restricted(facts.within(person, reach), kinds)
    return _digest([person, *_canonical(used)])


def _read(code: str, rights: Mapping[str, Right]) -> set[str]:
    found = {code}
    for window in rights[code].term_windows():
        for term in subterms(window.term):
            if isinstance(term, Derived):
                found |= _read(term.code, rights)
    return found


def _canonical(facts: Facts) -> list[Any]:
    """The facts in an order that does not depend on how they were read.

    A kind of facts of which there are none leaves no trace: what was derived before the kind
    existed keeps its receipt.
    """
    return [
        sorted(
            [person, a.kind, *_span(a.span), a.decided_on.isoformat(), a.number]
            for person, attested in facts.attested.items()
            for a in attested
        ),
        sorted([h.subject, h.member, h.relation, *_span(h.span)] for h in facts.household),
        sorted(
            [person, r.fact, *_span(r.span), r.holds]
            for person, reported in facts.reported.items()
            for r in reported
        ),
        *([kind, rows] for kind, rows in _open_facts(facts) if rows),
    ]


def _open_facts(facts: Facts) -> Iterator[tuple[str, list[Any]]]:
    yield (
        FactKind.BIRTH_DATE,
        sorted([person, day.isoformat()] for person, days in facts.births.items() for day in days),
    )
    yield (
        FactKind.RESIDENCE,
        sorted(
            [person, r.municipality, *_span(r.span)]
            for person, residences in facts.residences.items()
            for r in residences
        ),
    )
    yield (
        FactKind.RESIDENCE_PERMIT,
        sorted(
            [person, p.value, *_span(p.span)]
            for person, permits in facts.permits.items()
            for p in permits
        ),
    )
    yield (
        FactKind.PAID_AMOUNT,
        sorted(
            [person, p.kind, p.month.isoformat(), p.cents]
            for person, paid in facts.paid.items()
            for p in paid
        ),
    )


def _figures(figures: tuple[Figure, ...]) -> dict[str, str]:
    return {figure.parameter.name: str(figure) for figure in figures}


def _span(span: Span) -> list[str]:
    return [span.start.isoformat(), span.end.isoformat()]


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()
