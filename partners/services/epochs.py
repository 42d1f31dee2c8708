"""Which life of the feeds this is: a database that was restored starts a new one by itself.

A restored database has lost what came after the backup, and will give the same positions to other
events. It is recognised by what PostgreSQL says of itself: the identity of the cluster, its
timeline (which a recovery or a promotion changes) and the number of the database. A cold copy of
the files shows none of these: `manage.py new_stream_epoch` says so by hand.
"""

from __future__ import annotations

import uuid
from typing import NamedTuple

import structlog
from django.db import transaction

from attestations.locks import lock_name
from attestations.prepared import prepared
from partners.models import FeedHead, StreamEpoch

log = structlog.get_logger(__name__)

# NULL on a replica: there the primary looks after it.
_IDENTITY = """
    (SELECT system_identifier FROM pg_control_system()) || '/'
    || CASE WHEN pg_is_in_recovery() THEN NULL
            ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END || '/'
    || (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Feed(NamedTuple):
    """The present epoch, and the last position of one feed in it."""

    epoch: str
    head: int


def current() -> str:
    """The epoch of the feeds; the first call ever, and the first after a restore, starts one.

    Whoever reads a feed or appends to one asks here first, so that nobody is served from a
    restored database under the epoch of the lost one.
    """
    return feed_of(None).epoch


def feed_of(organisation_id: int | None) -> Feed:
    """The present epoch, as `current`, and how long the feed of an organisation is: one question,
    as every poll begins with it.
    """
    epoch, database, identity, head = _newest(organisation_id)
    if epoch is None or identity not in (None, database):
        return Feed(str(begin(unless=identity).epoch), head)
    return Feed(str(epoch), head)


@transaction.atomic
def begin(*, unless: str | None = None) -> StreamEpoch:
    """Start a new epoch, unless the newest one already lives in the database named `unless`."""
    lock_name("stream epoch")
    epoch, database, identity, _ = _newest()
    if epoch is not None and unless is not None and database == unless:
        return StreamEpoch.objects.get(epoch=epoch)
    if epoch is not None and not database and unless is not None:
        # Begun before identities were kept: it lives here.
        StreamEpoch.objects.filter(epoch=epoch).update(database=identity)
        return StreamEpoch.objects.get(epoch=epoch)
    heads = {str(row.pk): row.position for row in FeedHead.objects.select_for_update()}
    if epoch is not None:
        log.error("stream_epoch_began", database=identity, former=database)
    return StreamEpoch.objects.create(database=identity or "", heads=heads)


def last_common(epoch: str, position: int, *, organisation_id: int) -> int:
    """The last position at which a cursor's life of the feed and the present one agree.

    0 for an epoch that this database never had: nothing is known to be common.
    """
    named = StreamEpoch.objects.filter(epoch=epoch).first()
    if named is None:
        return 0
    later = StreamEpoch.objects.filter(pk__gt=named.pk).values_list("heads", flat=True)
    head = FeedHead.objects.filter(organisation_id=organisation_id).first()
    starts = [heads.get(str(organisation_id), 0) for heads in later]
    return min([position, head.position if head else 0, *starts])


def _newest(organisation_id: int | None = None) -> tuple[uuid.UUID | None, str, str | None, int]:
    """The newest epoch (None: there is none), the database it lives in, the present one, and the
    last position of the feed of the organisation.
    """
    with prepared() as cursor:
        cursor.execute(
            f"SELECT e.epoch, coalesce(e.database, ''), {_IDENTITY}, coalesce(h.position, 0)"
            " FROM (SELECT) one"
            " LEFT JOIN (SELECT * FROM partners_streamepoch ORDER BY id DESC LIMIT 1) e ON true"
            " LEFT JOIN partners_feedhead h ON h.organisation_id = %s",
            [organisation_id],
        )
        epoch, database, identity, head = cursor.fetchone()
    return epoch, database, identity, head
