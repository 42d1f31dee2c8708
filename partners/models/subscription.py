"""Subscriptions: what a recipient asks to be told, where, and signed with what."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attestations.identifiers import uuid7
from partners.models.access import Organisation


class Subscription(models.Model):
    """A recipient's wish, and the cursor of its push over the recipient's feed.

    `cursor` is the last position that is delivered or held. A drain may send only while it holds
    the lease: `lease` is its token, and every write of a drain names it, so that one which slept
    past `leased_until` can no longer change anything (fencing).
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        SUSPENDED = "suspended", _("suspended")

    class Signature(models.TextChoices):
        V1 = "v1", _("v1: HMAC-SHA256, a shared secret")
        V1A = "v1a", _("v1a: Ed25519, a public key")

    public_id = models.UUIDField(_("subscription"), default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="subscriptions",
        verbose_name=_("organisation"),
    )
    legal_context = models.CharField(_("legal context"), max_length=64)
    rights = ArrayField(models.CharField(max_length=64), verbose_name=_("rights"), default=list)
    events = ArrayField(
        models.CharField(max_length=32),
        verbose_name=_("events"),
        default=list,
        help_text=_("rights, attestations, missingAttestations; empty means all authorised."),
    )
    endpoint = models.URLField(_("endpoint"), max_length=500, blank=True)
    signature = models.CharField(
        _("signature"), max_length=4, choices=Signature.choices, default=Signature.V1
    )
    batch_size = models.PositiveSmallIntegerField(_("events per call"), default=1)
    thin = models.BooleanField(_("thin events"), default=False)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.ACTIVE
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    removed_at = models.DateTimeField(_("removed"), null=True, editable=False)

    cursor = models.PositiveBigIntegerField(_("cursor"), default=0, editable=False)
    lease = models.UUIDField(null=True, editable=False)
    leased_until = models.DateTimeField(_("leased until"), null=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    retry_at = models.DateTimeField(_("next try"), null=True, editable=False)
    proved_at = models.DateTimeField(
        _("endpoint proved"),
        null=True,
        editable=False,
        help_text=_("Nothing is pushed before the endpoint has answered a challenge."),
    )
    replay_after = models.PositiveBigIntegerField(
        _("replay after"),
        null=True,
        editable=False,
        help_text=_("The position to which the next round takes the cursor back."),
    )

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["organisation", "id"]

    def __str__(self) -> str:
        return f"{self.organisation} {self.legal_context}"


class EndpointProbe(models.Model):
    """A message to an endpoint that is no event of the feed.

    A challenge asks who answers there, and is repeated until it is answered; a test is sent once,
    because somebody asked for it.
    """

    class Kind(models.TextChoices):
        CHALLENGE = "challenge", _("challenge")
        TEST = "test", _("test")

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")

    subscription = models.ForeignKey(
        Subscription,
        on_delete=models.CASCADE,
        related_name="probes",
        verbose_name=_("subscription"),
    )
    event_id = models.UUIDField(_("event"), default=uuid7, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.WAITING
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    http_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    error = models.CharField(_("error"), max_length=64, blank=True)
    ticket = models.UUIDField(_("ticket"), db_index=True)
    asked_at = models.DateTimeField(_("asked"))
    retry_at = models.DateTimeField(_("next try"))
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("probe of an endpoint")
        verbose_name_plural = _("probes of endpoints")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "kind"],
                condition=Q(status="waiting"),
                name="a_probe_waits_once",
            )
        ]
        indexes = [
            models.Index(fields=["retry_at"], condition=Q(status="waiting"), name="probe_due"),
            models.Index(fields=["subscription", "-id"], name="probes_of_a_subscription"),
        ]

    def __str__(self) -> str:
        return f"{self.subscription}: {self.get_kind_display()}"


class SubscriptionSecret(models.Model):
    """A signing secret, sealed; during a rotation the old and the new one are both live."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="secrets")
    sealed = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    valid_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("signing secret")
        verbose_name_plural = _("signing secrets")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"#{self.pk}"
