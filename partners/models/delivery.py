"""What the push has tried, and what it has set aside."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attestations.models.person import Person
from partners.models.feed import FeedEntry
from partners.models.subscription import Subscription


class HeldLane(models.Model):
    """One person's events that wait because an earlier one failed.

    `position` is the first of them that is not delivered; those behind it up to the
    subscription's cursor wait in the feed and follow in order. Parked lanes are tried again only
    when somebody asks.
    """

    subscription = models.ForeignKey(
        Subscription,
        on_delete=models.CASCADE,
        related_name="held_lanes",
        verbose_name=_("subscription"),
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    position = models.PositiveBigIntegerField(_("position"))
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    since = models.DateTimeField(_("since"))
    retry_at = models.DateTimeField(_("next try"))
    parked_at = models.DateTimeField(_("parked"), null=True)

    class Meta:
        verbose_name = _("held lane")
        verbose_name_plural = _("held lanes")
        ordering = ["subscription", "position"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "person"], name="a_lane_is_held_once")
        ]
        indexes = [
            models.Index(
                fields=["subscription", "retry_at"],
                condition=Q(parked_at=None),
                name="lane_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subscription} {self.person}"


class Resend(models.Model):
    """An event that somebody asked to have sent again; gone once it is delivered."""

    subscription = models.ForeignKey(
        Subscription,
        on_delete=models.CASCADE,
        related_name="resends",
        verbose_name=_("subscription"),
    )
    entry = models.ForeignKey(
        FeedEntry, on_delete=models.PROTECT, related_name="+", verbose_name=_("feed entry")
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    since = models.DateTimeField(_("since"))
    retry_at = models.DateTimeField(_("next try"))

    class Meta:
        verbose_name = _("resend")
        verbose_name_plural = _("resends")
        constraints = [
            models.UniqueConstraint(fields=["subscription", "entry"], name="a_resend_waits_once")
        ]

    def __str__(self) -> str:
        return f"{self.subscription} {self.entry_id}"


class DeliveryAttempt(models.Model):
    """One try to deliver one event: when, with what outcome, how long it took."""

    class Outcome(models.TextChoices):
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")
        GONE = "gone", _("gone (410)")

    subscription = models.ForeignKey(
        Subscription,
        on_delete=models.CASCADE,
        db_constraint=False,  # guarded by statement
        db_index=False,  # served by attempts_of_a_subscription
        related_name="attempts",
        verbose_name=_("subscription"),
    )
    entry = models.ForeignKey(
        FeedEntry,
        on_delete=models.PROTECT,
        db_constraint=False,  # guarded by statement
        db_index=False,  # served by attempts_of_an_entry
        related_name="attempts",
        verbose_name=_("feed entry"),
    )
    number = models.PositiveIntegerField(_("attempt"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    error = models.CharField(_("error"), max_length=64, blank=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"))
    ticket = models.UUIDField(_("ticket"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("delivery attempt")
        verbose_name_plural = _("delivery attempts")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["entry", "subscription", "-id"], name="attempts_of_an_entry"),
            models.Index(fields=["subscription", "-id"], name="attempts_of_a_subscription"),
            # What happened lately, and what is old enough to go.
            BrinIndex(fields=["at"], pages_per_range=32, name="attempts_by_time"),
            # Whoever looks for a ticket. An event tried again brings an old one among the new.
            BrinIndex(
                OpClass("ticket", name="uuid_minmax_multi_ops"),
                autosummarize=True,
                pages_per_range=32,
                name="attempts_by_ticket",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscription} {self.entry_id} #{self.number}"
