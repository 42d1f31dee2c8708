"""Who calls, and whether the token's scope covers the call. Denied unless a view says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

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


def caller(request: Request) -> Caller:
    """Who calls: every view but those without authentication has one."""
    return cast(Caller, request.user)


class HasScope(BasePermission):
    """The view's `scopes` (any of them; empty means every authenticated caller) must be held."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.user is None:  # UNAUTHENTICATED_USER
            return False  # DRF answers 401
        wanted = view.scopes_for(request) if hasattr(view, "scopes_for") else view.scopes
        if wanted and not caller(request).scopes.intersection(wanted):
            raise Problem(
                "missingScope",
                f"This call needs the scope {' or '.join(sorted(wanted))}.",
                requiredScopes=sorted(wanted),
            )
        return True


def own_cpas(request: Request) -> Cpas:
    """The CPAS in whose name the call is made."""
    cpas = caller(request).cpas
    if cpas is None:
        raise PermissionDenied("This client does not belong to a CPAS.")
    return cpas
