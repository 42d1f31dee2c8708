"""Fixtures of the tests of the control."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from attestations.models import Cpas


@pytest.fixture
def claim(federal: Any, cpas: Any) -> Callable[..., None]:
    """Claims months of integration income for a person, for the first CPAS."""

    def make(ssin: str, *months: str) -> None:
        number = Cpas.objects.order_by("id")[0].enterprise_number
        common = {"enterpriseNumber": number, "ssin": ssin, "aidKind": "integrationIncome"}
        items = [common | {"month": month} for month in months]
        answer = federal.post("/subsidyClaims/batches", {"items": items})
        assert answer.json()["accepted"] == len(months)

    return make
