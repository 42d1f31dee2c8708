"""From the ledgers to the feeds: each change, once, to whoever may and wants to know it.

One router works at a time, so that a person's changes enter every feed in the order in which they
were recorded. It is quick, set-wise, and whoever comes second leaves the work to the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Model

from attestations import clock
from attestations.locks import array_of, try_lock_name
from attestations.models import FactChange
from attestations.prepared import by_index, prepared
from attestations.services import identities
from attestations.services.identities import Identities
from derived_rights.models import RightChange
from partners.models import Inscription, Reroute
from partners.routing import Recipient
from partners.services import epochs
from partners.services.feeding import append
from partners.services.recipients import load_recipients
from partners.services.routables import Routable, facts_where, rights_where

BATCH = 500
_IDENTITY = FactChange.Kind.IDENTITY


def route_pending() -> int:
    """Route until nothing is left; returns how many changes were taken in.

    Looking again after the lock is given up closes the gap in which a change came in while its
    announcer found the lock taken.
    """
    total = 0
    while anything_pending():
        routed = route_batch()
        if routed is None:
            break
        total += routed
    return total


def anything_pending() -> bool:
    """Whether a change of either ledger, or a late file, is still to be routed."""
    with prepared() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM attestations_factchange WHERE routed_at IS NULL)"
            " OR EXISTS (SELECT FROM derived_rights_rightchange WHERE routed_at IS NULL)"
            " OR EXISTS (SELECT FROM partners_reroute WHERE routed_at IS NULL)"
        )
        (found,) = cursor.fetchone()
    return bool(found)


@transaction.atomic
def route_batch() -> int | None:
    """One batch in one transaction; None if another router is at work."""
    if not try_lock_name("router"):
        return None
    by_index()
    epochs.current()  # a restored database is recognised before it gives a position
    now = clock.database_now()
    facts = facts_where(f"change.routed_at IS NULL ORDER BY change.id LIMIT {BATCH}", {})
    changes = rights_where(f"change.routed_at IS NULL ORDER BY change.id LIMIT {BATCH}", {})
    recipients = load_recipients()
    _follow_identities(facts)
    late = _reroute(recipients, now=now)  # what is past comes before what is new
    append([*facts, *changes], recipients, on=clock.today(), now=now)
    _mark(FactChange, facts, now)
    _mark(RightChange, changes, now)
    return len(facts) + len(changes) + late


def _mark(ledger: type[Model], routed: Sequence[Routable], now: datetime) -> None:
    """Note that these rows are routed."""
    if routed:
        with prepared() as cursor:
            cursor.execute(
                f"UPDATE {ledger._meta.db_table} SET routed_at = %s WHERE id = ANY(%s::bigint[])",
                [now, array_of(one.change.pk for one in routed)],
            )


def _follow_identities(facts: Sequence[Routable]) -> None:
    """After a merge, whoever holds a file under one number is offered what came under the other."""
    changed = {one.change.person_id for one in facts if one.change.kind == _IDENTITY}
    if not changed:
        return
    same = identities.known(changed)
    inscribed = Inscription.objects.filter(person_id__in=same.ids(changed), superseded_at=None)
    pairs = inscribed.values_list("organisation_id", "person_id")
    Reroute.objects.bulk_create(
        Reroute(organisation_id=organisation, person_id=person)
        for organisation, person in sorted({(one, same.root(person)) for one, person in pairs})
    )


def _reroute(recipients: Sequence[Recipient], *, now: datetime) -> int:
    """Offer a person's past changes to a recipient whose file on the person came late."""
    if not _anybody_is_late():
        return 0
    late = list(Reroute.objects.filter(routed_at=None).order_by("id")[:BATCH])
    by_organisation = {one.organisation: one for one in recipients}
    same = identities.known({row.person_id for row in late})
    for row in late:
        recipient = by_organisation.get(row.organisation_id)
        if recipient is not None:
            past = _past(row.organisation_id, same.root(row.person_id), same)
            append(past, [recipient], on=clock.today(), now=now, refuse=False)
    Reroute.objects.filter(pk__in=[row.pk for row in late]).update(routed_at=now)
    return len(late)


def _anybody_is_late() -> bool:
    with prepared() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM partners_reroute WHERE routed_at IS NULL)")
        (found,) = cursor.fetchone()
    return bool(found)


def _past(organisation: int, person: int, same: Identities) -> list[Routable]:
    """The routed changes about a person that are not in the feed of the organisation."""
    values = {"organisation": organisation, "person": person, "ids": list(same.ids([person]))}
    facts = facts_where(
        """change.person_id = ANY(%(ids)s) AND change.routed_at IS NOT NULL
        AND change.kind NOT IN ('household', 'identity')
        AND NOT EXISTS (SELECT FROM partners_feedentry AS entry
                         WHERE entry.organisation_id = %(organisation)s
                           AND entry.person_id = ANY(%(ids)s)
                           AND entry.fact_change_id = change.id)""",
        values,
    )
    changes = rights_where(
        """change.person_id = %(person)s AND change.routed_at IS NOT NULL
        AND NOT EXISTS (SELECT FROM partners_feedentry AS entry
                         WHERE entry.organisation_id = %(organisation)s
                           AND entry.person_id = ANY(%(ids)s)
                           AND entry.right_change_id = change.id)""",
        values,
    )
    return sorted([*facts, *changes], key=lambda one: (one.change.recorded_at, one.change.pk))
