"""Subscriptions: what a recipient asks to be told, where, and signed with what."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
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
    leased_until = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    retry_at = models.DateTimeField(_("next try"), null=True, editable=False)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["organisation", "id"]

    def __str__(self) -> str:
        return f"{self.organisation} {self.legal_context}"


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
