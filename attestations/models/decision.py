"""What a CPAS decided, version by version."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attestations.identifiers import uuid7
from attestations.models.fields import SpanField, by_ticket
from attestations.models.person import Cpas, Person, PersonNumber


class Decision(models.Model):
    """A CPAS's decision on aid for a person; its content is in its versions.

    `version` is the optimistic lock that callers see as `ETag`.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        STOPPED = "stopped", _("stopped")
        CANCELLED = "cancelled", _("cancelled")

    public_id = models.UUIDField(_("decision"), default=uuid7, unique=True, editable=False)
    cpas = models.ForeignKey(
        Cpas,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,  # served by decision_by_reference
        related_name="decisions",
        verbose_name=_("CPAS"),
    )
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="decisions",
        verbose_name=_("person"),
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.ACTIVE
    )
    reference = models.CharField(_("reference"), max_length=64, blank=True)
    attestation_due_on = models.DateField(
        _("attestation due on"),
        null=True,
        help_text=_("Last day to attest it; empty once what it demands is attested."),
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["cpas", "reference", "-id"], name="decision_by_reference"),
            # Decisions that still wait for their attestation: absence is found by its deadline.
            models.Index(
                fields=["attestation_due_on"],
                condition=Q(attestation_due_on__isnull=False),
                name="decision_attestation_due",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class DecisionVersion(models.Model):
    """The content of a decision from `recorded_at` until `superseded_at`; never edited."""

    class Change(models.TextChoices):
        RECORDED = "recorded", _("recorded")
        REVISED = "revised", _("revised")
        STOPPED = "stopped", _("stopped")
        CANCELLED = "cancelled", _("cancelled")

    decision = models.ForeignKey(
        Decision,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,  # served by one_row_per_version
        related_name="versions",
        verbose_name=_("decision"),
    )
    version = models.PositiveIntegerField(_("version"))
    change = models.CharField(_("change"), max_length=10, choices=Change.choices)
    aid_kind = models.CharField(_("kind of aid"), max_length=40)
    category = models.CharField(_("category"), max_length=30, blank=True)
    decided_on = models.DateField(_("decided on"))
    period = SpanField(_("period"))
    reference = models.CharField(_("reference"), max_length=64, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    number_as_sent = models.ForeignKey(
        PersonNumber,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,  # nobody looks for the versions of a number
        related_name="+",
        verbose_name=_("number as sent"),
    )
    ticket = models.UUIDField(_("ticket"))
    recorded_at = models.DateTimeField(_("recorded"))
    superseded_at = models.DateTimeField(_("superseded"), null=True)

    class Meta:
        verbose_name = _("decision version")
        verbose_name_plural = _("decision versions")
        ordering = ["decision", "-version"]
        indexes = [by_ticket("version_by_ticket")]
        constraints = [
            models.UniqueConstraint(fields=["decision", "version"], name="one_row_per_version"),
            models.UniqueConstraint(
                fields=["decision"],
                condition=Q(superseded_at=None),
                name="one_current_version_per_decision",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id}/{self.version}"
