"""Who calls, and whether the token's scope covers the call. Denied unless a view says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from attestations.api.problems import Problem
from attestations.models import Cpas


@dataclass(frozen=True)
class Caller:
    """The program behind a valid token, as the views of every stage see it."""

    organisation_id: int
    organisation_code: str
    enterprise_number: str
    client_name: str
    scopes: frozenset[str]
    cpas: Cpas | None
    is_authenticated: bool = True

    @property
    def owner(self) -> str:
        """What idempotency keys and tasks are kept under."""
        return self.client_name


class HasScope(BasePermission):
    """The view's `scopes` (any of them; empty means every authenticated caller) must be held."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.user is None:
            return False  # DRF answers 401
        wanted = view.scopes_for(request) if hasattr(view, "scopes_for") else view.scopes
        if wanted and not request.user.scopes.intersection(wanted):
            raise Problem(
                "missingScope",
                f"This call needs the scope {' or '.join(sorted(wanted))}.",
                requiredScopes=sorted(wanted),
            )
        return True


def own_cpas(request: Request) -> Cpas:
    """The CPAS in whose name the call is made."""
    cpas: Cpas | None = request.user.cpas
    if cpas is None:
        raise PermissionDenied("This client does not belong to a CPAS.")
    return cpas
