"""The attestations themselves: an append-only chain for each decision."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from attestations.models.decision import DecisionVersion
from attestations.models.fields import SpanField, by_ticket
from attestations.models.person import Cpas, Person, PersonNumber

# One box for the index to compare, instead of four columns: half of its price. Two attestations
# share a point just when they are of one person, CPAS and kind and share a day; see the migration
# that makes the function. A new kind of aid needs a number there, or is refused.
ATTESTED_DAYS = Func(F("person"), F("cpas"), F("aid_kind"), F("period"), function="attested_days")


class Attestation(models.Model):
    """A multifunctional attestation (A036 and its kin): what was attested, never updated.

    A correction or a cancellation is a new row that points to the one it replaces. The current
    ones are those without `superseded_at`; a current cancellation attests nothing.

    Current attestations of one person, CPAS and kind never overlap, whoever writes. Triggers see
    to it that an attestation names the person, CPAS and number of its decision's version, and that
    it follows one of its own chain.
    """

    class Nature(models.TextChoices):
        ORIGINAL = "original", _("original")
        CORRECTION = "correction", _("correction")
        CANCELLATION = "cancellation", _("cancellation")

    number = models.CharField(_("number"), max_length=15)
    nature = models.CharField(_("nature"), max_length=12, choices=Nature.choices)
    previous = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,  # looked for by the trigger that keeps a chain together
        db_index=False,  # most have none: see the constraint below
        related_name="+",
        verbose_name=_("previous attestation"),
    )
    attestation_type = models.CharField(_("type of attestation"), max_length=40)
    cpas = models.ForeignKey(
        Cpas,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,  # nobody looks for all attestations of a CPAS
        related_name="attestations",
        verbose_name=_("CPAS"),
    )
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="attestations",
        verbose_name=_("person"),
    )
    number_as_sent = models.ForeignKey(
        PersonNumber,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,  # nobody looks for the attestations of a number
        related_name="+",
        verbose_name=_("number as sent"),
    )
    decision_version = models.ForeignKey(
        DecisionVersion,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="attestations",
        verbose_name=_("decision version"),
    )
    aid_kind = models.CharField(_("kind of aid"), max_length=40)
    period = SpanField(_("period"))
    decided_on = models.DateField(_("decided on"))
    ticket = models.UUIDField(_("ticket"))
    created_at = models.DateTimeField(_("created"))
    sent_at = models.DateTimeField(_("sent"), null=True)
    recorded_at = models.DateTimeField(_("recorded"))
    superseded_at = models.DateTimeField(_("superseded"), null=True)

    class Meta:
        verbose_name = _("attestation")
        verbose_name_plural = _("attestations")
        ordering = ["-id"]
        indexes = [by_ticket("attestation_by_ticket")]
        constraints = [
            # Not `unique=True`, which would add a second index, for LIKE.
            models.UniqueConstraint(fields=["number"], name="a_number_is_given_once"),
            models.UniqueConstraint(
                fields=["previous"],
                condition=Q(previous__isnull=False),
                name="a_chain_does_not_fork",
            ),
            ExclusionConstraint(
                name="current_attestations_do_not_overlap",
                expressions=[(ATTESTED_DAYS, RangeOperators.OVERLAPS)],
                condition=Q(superseded_at=None) & ~Q(nature="cancellation"),
                violation_error_message=_(
                    "A current attestation of the same person, CPAS and kind overlaps this one."
                ),
            ),
            models.CheckConstraint(
                name="an_original_starts_its_chain",
                condition=Q(nature="original", previous=None)
                | (~Q(nature="original") & Q(previous__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.number
