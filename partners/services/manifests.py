"""Making the manifest of a day, in bounded memory; that of a day that is over is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Max
from django.utils import timezone

from attestations import clock
from attestations.errors import NotFound
from partners.manifest import DayOfEvents, digest_of
from partners.models import FeedEntry, Manifest
from partners.payloads import encode
from partners.services import epochs, events, feed_rows
from partners.services.standing import Standing, standing_of

CHUNK = 1_000


def manifest(organisation_id: int, day: date) -> DayOfEvents:
    """The day's events of one feed as it shows them now; NotFound for a day that has not begun.

    Days are those of Brussels, by the instant at which an event entered the feed. The manifest of
    the present day is that of the events so far.
    """
    today = timezone.localdate(clock.database_now())
    if day > today:
        raise NotFound("That day has not begun.")
    epoch = epochs.current()
    standing = standing_of(organisation_id, on=clock.today())
    kept = Manifest.objects.filter(
        organisation_id=organisation_id, date=day, epoch=epoch, standing=standing.name
    ).first()
    if kept is not None:
        return DayOfEvents(day, epoch, kept.count, kept.last_position, kept.digest)
    made = _make(organisation_id, day, epoch, standing)
    if day < today and made.count:
        _keep(organisation_id, made, standing)
    return made


def make_due(*, now: datetime) -> int:
    """Make the manifests of the day before, for every feed that grew; how many there were."""
    day = timezone.localdate(now) - timedelta(days=1)
    grown = FeedEntry.objects.filter(created_at__range=_instants(day)).order_by()
    organisations = list(grown.values_list("organisation_id", flat=True).distinct())
    for organisation in organisations:
        manifest(organisation, day)
    return len(organisations)


def _make(organisation_id: int, day: date, epoch: str, standing: Standing) -> DayOfEvents:
    feed = FeedEntry.objects.filter(organisation_id=organisation_id)
    first, last = _instants(day)
    found = feed.filter(created_at__range=(first, last)).aggregate(
        count=Count("pk"), last=Max("position")
    )
    if not found["count"]:
        before = feed.filter(created_at__lt=first).order_by("-position").first()
        return DayOfEvents(day, epoch, 0, before.position if before else 0, digest_of(()))
    count, last_position = found["count"], found["last"]
    bodies = _bodies(organisation_id, last_position - count, last_position, standing)
    return DayOfEvents(day, epoch, count, last_position, digest_of(bodies))


def _bodies(organisation_id: int, after: int, last: int, standing: Standing) -> Iterator[bytes]:
    while after < last:
        until = min(after + CHUNK, last)
        part = FeedEntry.objects.filter(
            organisation_id=organisation_id, position__gt=after, position__lte=until
        )
        yield from map(encode, events.render(feed_rows.read(part), standing=standing))
        after = until


def _keep(organisation_id: int, made: DayOfEvents, standing: Standing) -> None:
    Manifest.objects.get_or_create(
        organisation_id=organisation_id,
        date=made.date,
        epoch=made.epoch,
        standing=standing.name,
        defaults={
            "count": made.count,
            "last_position": made.last_position,
            "digest": made.digest,
        },
    )


def _instants(day: date) -> tuple[datetime, datetime]:
    """The first and the last instant of a day in Brussels."""
    zone = timezone.get_default_timezone()
    first = datetime.combine(day, time(), tzinfo=zone)
    after = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    return first, after - timedelta(microseconds=1)
