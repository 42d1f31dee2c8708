"""That recipients read their feeds: a line for each page, and who was read on it."""

from __future__ import annotations

from django.contrib.postgres.fields import BigIntegerRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from attestations.models.fields import by_ticket
from attestations.models.person import Person
from partners.models.access import Organisation


class FeedReading(models.Model):
    """A page of a feed, read by its recipient: written in the transaction of the reading.

    `positions` are those whose content it was shown, without a gap: a page on which something is
    withheld leaves several. Entries stay as they are, so they say for good who was read.
    """

    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        db_index=False,  # served by feed_readings_by_position
        related_name="+",
        verbose_name=_("organisation"),
    )
    client = models.CharField(_("client"), max_length=255)
    operation = models.CharField(_("operation"), max_length=64)
    positions = BigIntegerRangeField(_("positions"))
    ticket = models.UUIDField(_("ticket"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("reading of a feed")
        verbose_name_plural = _("readings of feeds")
        ordering = ["-id"]
        indexes = [
            GistIndex(fields=["organisation", "positions"], name="feed_readings_by_position"),
            by_ticket("feed_readings_by_ticket"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.first}–{self.last}"

    @property
    def first(self) -> int:
        """The first position of those shown."""
        return int(self.positions.lower)

    @property
    def last(self) -> int:
        """The last position of those shown."""
        return int(self.positions.upper) - 1


class FeedReadingOfPerson(models.Model):
    """One person read on a page of a feed: a view of the readings and of the entries they showed.

    A line of the log of readings as any other, without being stored a thousand times a page.
    """

    id = models.CharField(max_length=41, primary_key=True)  # "<reading>-<position>"
    reading = models.ForeignKey(
        FeedReading, on_delete=models.DO_NOTHING, related_name="+", verbose_name=_("reading")
    )
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.DO_NOTHING,
        related_name="+",
        verbose_name=_("organisation"),
    )
    client = models.CharField(_("client"), max_length=255)
    legal_context = models.CharField(_("legal context"), max_length=64)
    operation = models.CharField(_("operation"), max_length=64)
    person = models.ForeignKey(
        Person, on_delete=models.DO_NOTHING, related_name="+", verbose_name=_("person")
    )
    position = models.PositiveBigIntegerField(_("position"))
    ticket = models.UUIDField(_("ticket"))
    at = models.DateTimeField(_("at"))

    class Meta:
        managed = False
        db_table = "partners_feedreadingofperson"
        verbose_name = _("reading of a person in a feed")
        verbose_name_plural = _("readings of persons in feeds")
        ordering = ["-reading", "-position"]
        constraints = [
            models.UniqueConstraint(
                fields=["reading", "position"], name="a_reading_shows_a_position_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.operation} {self.person}"
