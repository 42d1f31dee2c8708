"""Which rights are on, what was derived, and what changed."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from attestations.models.fields import SpanField
from attestations.models.person import Person
from derived_rights.wording import instant_text, right_label


class RightSetting(models.Model):
    """Whether a right is derived at all; a right without a row follows its module's default."""

    right = models.CharField(_("right"), max_length=64, unique=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("right")
        verbose_name_plural = _("rights")
        ordering = ["right"]

    def __str__(self) -> str:
        return right_label(self.right)


class LawChange(models.Model):
    """A right was switched on or off, or a figure changed: everyone is to be derived again.

    `derived_at` says that it was done; until then the row is the work, whoever heard the bell.
    """

    right = models.CharField(_("right"), max_length=64)
    ticket = models.UUIDField(_("ticket"), db_index=True)
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)
    derived_at = models.DateTimeField(_("derived"), null=True)

    class Meta:
        verbose_name = _("change of the law")
        verbose_name_plural = _("changes of the law")
        ordering = ["-id"]
        indexes = [models.Index(fields=["id"], condition=Q(derived_at=None), name="law_to_derive")]

    def __str__(self) -> str:
        return f"{right_label(self.right)}, {instant_text(self.recorded_at)}"


class RightPeriod(models.Model):
    """A period during which a right applies (or cannot be told), as known from `recorded_at`.

    `attestation_numbers` are the attestations that caused it; `receipt` identifies the law,
    figures and facts it was derived from, so that it can be derived again years later.
    """

    class Outcome(models.TextChoices):
        APPLIES = "applies", _("applies")
        UNDETERMINED = "undetermined", _("undetermined")

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="rights", verbose_name=_("person")
    )
    right = models.CharField(_("right"), max_length=64)
    outcome = models.CharField(
        _("outcome"), max_length=12, choices=Outcome.choices, default=Outcome.APPLIES
    )
    period = SpanField(_("period"))
    attestation_numbers = ArrayField(
        models.CharField(max_length=15), verbose_name=_("attestations"), default=list
    )
    missing_facts = models.JSONField(_("missing facts"), default=list)
    receipt = models.JSONField(_("receipt"), default=dict)
    recorded_at = models.DateTimeField(_("recorded"))
    superseded_at = models.DateTimeField(_("superseded"), null=True)

    class Meta:
        verbose_name = _("period of a right")
        verbose_name_plural = _("periods of rights")
        ordering = ["-id"]
        constraints = [
            ExclusionConstraint(
                name="current_periods_of_a_right_do_not_overlap",
                expressions=[
                    (F("person"), RangeOperators.EQUAL),
                    (F("right"), RangeOperators.EQUAL),
                    (F("period"), RangeOperators.OVERLAPS),
                ],
                condition=Q(superseded_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} {right_label(self.right)}"


class RightChange(models.Model):
    """A right of a person changed: the whole state before and after. Claimed by stage 3.

    `version` grows by one per person and right; consumers order by it, never by time.
    `routed_at` says that stage 3 has taken the change in; until then the row is its work.
    """

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="right_changes", verbose_name=_("person")
    )
    right = models.CharField(_("right"), max_length=64)
    version = models.PositiveIntegerField(_("version"))
    transition = models.CharField(_("transition"), max_length=16)
    periods = models.JSONField(_("periods"))
    previous_periods = models.JSONField(_("previous periods"))
    undetermined_periods = models.JSONField(_("undetermined periods"), default=list)
    attestation_numbers = ArrayField(
        models.CharField(max_length=15), verbose_name=_("attestations"), default=list
    )
    missing_facts = models.JSONField(_("missing facts"), default=list)
    ticket = models.UUIDField(_("ticket"), db_index=True)
    recorded_at = models.DateTimeField(_("recorded"))
    routed_at = models.DateTimeField(_("routed"), null=True)

    class Meta:
        verbose_name = _("change of a right")
        verbose_name_plural = _("changes of rights")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "right", "version"], name="one_change_per_version"
            )
        ]
        indexes = [models.Index(fields=["id"], condition=Q(routed_at=None), name="right_to_route")]

    def __str__(self) -> str:
        return f"{self.person} {right_label(self.right)} v{self.version}"
