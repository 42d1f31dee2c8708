"""The ticket of the call in progress: one id from request to log, change, delivery and webhook."""

from __future__ import annotations

import uuid
from contextvars import ContextVar

from attestations.identifiers import uuid7

_ticket: ContextVar[uuid.UUID | None] = ContextVar("ticket", default=None)


def new_ticket() -> uuid.UUID:
    """Start a new ticket for this context and return it."""
    ticket = uuid7()
    _ticket.set(ticket)
    return ticket


def take_up(ticket: uuid.UUID) -> None:
    """Go on under a ticket that was started elsewhere, such as that of the call that asked."""
    _ticket.set(ticket)


def current_ticket() -> uuid.UUID:
    """The ticket of this context; a new one where none was started."""
    return _ticket.get() or new_ticket()
