"""A fixture for tests that need a right of their own, beside those of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from derived_rights.engine import catalogue
from derived_rights.engine.dependencies import facts_of
from derived_rights.engine.terms import Term, subterms
from tests.derived_rights.samples import right_of


@pytest.fixture
def add_rights(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Add rights by code and term for one test; mutualities receive them."""
    own = list(catalogue.rights().values())

    def add(**terms: Term) -> None:
        rights = [
            right_of(
                code,
                term,
                needs=tuple({kind for inner in subterms(term) for kind in facts_of(inner)}),
                recipient="mutualities",
            )
            for code, term in terms.items()
        ]
        monkeypatch.setattr(catalogue, "discovered", lambda package: [*own, *rights])
        catalogue.rights.cache_clear()

    yield add
    catalogue.rights.cache_clear()
