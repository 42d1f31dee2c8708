"""One feed per recipient, which is both what it polls and the outbox that is pushed."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attestations.identifiers import uuid7
from attestations.models.ledger import FactChange
from attestations.models.person import Person, PersonNumber
from derived_rights.models import RightChange
from partners.models.access import Authorisation, Organisation


class StreamEpoch(models.Model):
    """Which life of the feeds this is: a restored database starts a new one.

    A cursor of an earlier epoch is answered with an explicit problem, never with an empty page.
    `database` identifies the database that the epoch lives in, and `heads` holds the last position
    of each feed when it began: what both lives have in common.
    """

    epoch = models.UUIDField(_("epoch"), default=uuid7, unique=True, editable=False)
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    database = models.CharField(_("database"), max_length=64, blank=True, editable=False)
    heads = models.JSONField(
        _("last common positions"), default=dict, editable=False, help_text=_("By recipient.")
    )

    class Meta:
        verbose_name = _("stream epoch")
        verbose_name_plural = _("stream epochs")
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.epoch)


class FeedHead(models.Model):
    """The last position of a recipient's feed.

    Whoever appends holds this row to the end of the transaction: positions become visible in
    order and without a gap, and a rolled-back append leaves none.
    """

    organisation = models.OneToOneField(
        Organisation,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="feed_head",
        verbose_name=_("organisation"),
    )
    position = models.PositiveBigIntegerField(_("last position"), default=0)

    class Meta:
        verbose_name = _("head of a feed")
        verbose_name_plural = _("heads of feeds")

    def __str__(self) -> str:
        return f"{self.organisation} {self.position}"


class FeedEntry(models.Model):
    """One event of one recipient. It pins the change and the version of the authorisation, so
    that its bytes are the same at every reading; it holds no personal data of its own.
    """

    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        db_index=False,  # other indexes begin with it
        related_name="feed",
        verbose_name=_("organisation"),
    )
    position = models.PositiveBigIntegerField(_("position"))
    event_id = models.UUIDField(_("event"), default=uuid7, unique=True, editable=False)
    # Nothing is looked for by what an entry pins, and nothing of it is ever deleted.
    authorisation = models.ForeignKey(
        Authorisation,
        on_delete=models.PROTECT,
        db_index=False,
        verbose_name=_("authorisation"),
    )
    legal_context = models.CharField(_("legal context"), max_length=64)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    number = models.ForeignKey(
        PersonNumber,
        on_delete=models.PROTECT,
        db_index=False,
        null=True,
        related_name="+",
        verbose_name=_("number"),
        help_text=_("The one in use when the event entered the feed: its bytes stay the same."),
    )
    right_change = models.ForeignKey(
        RightChange,
        on_delete=models.PROTECT,
        db_index=False,
        null=True,
        related_name="feed_entries",
        verbose_name=_("change of a right"),
    )
    fact_change = models.ForeignKey(
        FactChange,
        on_delete=models.PROTECT,
        db_index=False,
        null=True,
        related_name="feed_entries",
        verbose_name=_("change of facts"),
    )
    told_version = models.PositiveIntegerField(
        _("version told before"),
        null=True,
        help_text=_(
            "Of an event that stands for several changes: the version that the recipient was told"
            " last, 0 for none. Empty where it is the one before."
        ),
    )
    topic = models.CharField(_("topic"), max_length=32)
    code = models.CharField(_("right or kind of aid"), max_length=64)
    ticket = models.UUIDField(_("ticket"))
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("feed entry")
        verbose_name_plural = _("feed entries")
        ordering = ["organisation", "-position"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "position"], name="positions_are_unique"
            ),
            models.UniqueConstraint(
                fields=["organisation", "legal_context", "right_change"],
                condition=Q(right_change__isnull=False),
                name="a_right_change_enters_once",
            ),
            models.UniqueConstraint(
                fields=["organisation", "legal_context", "fact_change"],
                condition=Q(fact_change__isnull=False),
                name="a_fact_change_enters_once",
            ),
        ]
        indexes = [
            # A lane: what one person's events are, in order.
            models.Index(fields=["organisation", "person", "position"], name="feed_by_lane"),
            # What entered on a day: rows lie in the order in which they came.
            BrinIndex(fields=["created_at"], name="feed_by_day"),
            # Whoever looks for a ticket. A late inscription brings old ones among the new.
            BrinIndex(
                OpClass("ticket", name="uuid_minmax_multi_ops"),
                name="feed_by_ticket",
                autosummarize=True,
                pages_per_range=32,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.position}"


class Manifest(models.Model):
    """The digest of a recipient's events of a day that is over, so that it is made once.

    `standing` identifies the authorisations under which it was made: when they change, the feed
    shows other bytes, and the manifest is made again.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="+", verbose_name=_("organisation")
    )
    date = models.DateField(_("day"))
    epoch = models.UUIDField(_("epoch"))
    standing = models.CharField(max_length=64)
    count = models.PositiveBigIntegerField(_("events"))
    last_position = models.PositiveBigIntegerField(_("last position"))
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("daily manifest")
        verbose_name_plural = _("daily manifests")
        ordering = ["-date", "organisation"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "date", "epoch", "standing"], name="a_manifest_is_made_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.date}"


class Refusal(models.Model):
    """Why a change was not forwarded to an organisation that might have received it."""

    class Reason(models.TextChoices):
        NO_AUTHORISATION = "noAuthorisation", _("no authorisation")
        AUTHORISATION_ENDED = "authorisationEnded", _("authorisation ended")
        NO_INSCRIPTION = "noInscription", _("no file on the person in that period")
        NO_SUBSCRIPTION = "noSubscription", _("no subscription")
        INACTIVE_RIGHT = "inactiveRight", _("right not active")
        SUSPENDED = "suspended", _("subscription suspended")

    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="refusals",
        verbose_name=_("organisation"),
    )
    right_change = models.ForeignKey(
        RightChange,
        on_delete=models.PROTECT,
        null=True,
        related_name="refusals",
        verbose_name=_("change of a right"),
    )
    fact_change = models.ForeignKey(
        FactChange,
        on_delete=models.PROTECT,
        null=True,
        related_name="refusals",
        verbose_name=_("change of facts"),
    )
    reason = models.CharField(_("reason"), max_length=24, choices=Reason.choices)
    ticket = models.UUIDField(_("ticket"), db_index=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("refusal")
        verbose_name_plural = _("refusals")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.get_reason_display()}"


class Reroute(models.Model):
    """A person's past changes must be offered again to a recipient that now holds a file."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    routed_at = models.DateTimeField(_("routed"), null=True)

    class Meta:
        verbose_name = _("late inscription")
        verbose_name_plural = _("late inscriptions")
        indexes = [models.Index(fields=["id"], condition=Q(routed_at=None), name="reroute_due")]

    def __str__(self) -> str:
        return f"{self.organisation} {self.person}"
