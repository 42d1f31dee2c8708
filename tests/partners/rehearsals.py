"""What a rehearsal foresees, and what was sent in the end, in a form that can be compared."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db import connection

from attestations.tickets import new_ticket
from derived_rights.models import (
    ParameterProposal,
    Rehearsal,
)
from derived_rights.services import proposing
from derived_rights.services.derivation_runs import derive_for_new_law
from derived_rights.services.deriving import derive_pending
from partners.models import FeedEntry, RehearsedMessage
from partners.services import rehearsing
from partners.services.routing import route_pending

OWN = {
    "derived_rights_rehearsal",
    "derived_rights_rehearsalchunk",
    "derived_rights_rehearsedchange",
    "partners_rehearsedmessage",
}


def run_the_stages() -> None:
    derive_pending()
    derive_for_new_law()
    route_pending()


def proposed(author: User, value: int = 6, **changes: Any) -> ParameterProposal:
    figure = {
        "right": "bim",
        "name": "minimum_months",
        "valid_from": date(2014, 1, 1),
        "value": value,
        "reference": "a royal decree",
        "reason": "a test",
    }
    new_ticket()  # each act has its own, as each request
    return proposing.propose(**(figure | changes), by=author)


def rehearsed(proposal: ParameterProposal, by: User) -> Rehearsal:
    rehearsal = rehearsing.begin(proposal, by=by)
    assert not rehearsing.work(seconds=60)
    rehearsal.refresh_from_db()
    assert rehearsal.finished_at is not None
    return rehearsal


def foreseen(rehearsal: Rehearsal) -> set[tuple[Any, ...]]:
    return set(
        RehearsedMessage.objects.filter(change__rehearsal=rehearsal).values_list(
            "change__person",
            "change__right",
            "change__transition",
            "organisation__code",
            "legal_context",
        )
    )


def sent(proposal: ParameterProposal) -> set[tuple[Any, ...]]:
    return set(
        FeedEntry.objects.filter(ticket=proposal.ticket).values_list(
            "person",
            "right_change__right",
            "right_change__transition",
            "organisation__code",
            "legal_context",
        )
    )


def every_row() -> dict[str, str]:
    """A digest of every table but the rehearsal's own."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor)) - OWN
        found = {}
        for table in sorted(tables):
            cursor.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t")
            found[table] = cursor.fetchone()[0]
    return found
