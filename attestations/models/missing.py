"""What was claimed, and what should be attested and is not."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attestations.identifiers import uuid7
from attestations.models.fields import SpanField
from attestations.models.person import Cpas, Person


class SubsidyClaim(models.Model):
    """One month of aid that a CPAS claimed back from the State for a person."""

    cpas = models.ForeignKey(
        Cpas, on_delete=models.PROTECT, related_name="claims", verbose_name=_("CPAS")
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="claims", verbose_name=_("person")
    )
    aid_kind = models.CharField(_("kind of aid"), max_length=40)
    month = models.DateField(_("month"), help_text=_("Its first day."))
    ticket = models.UUIDField(_("ticket"))
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("subsidy claim")
        verbose_name_plural = _("subsidy claims")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "cpas", "aid_kind", "month"], name="a_month_is_claimed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.aid_kind} {self.month:%Y-%m}"


class MissingAttestation(models.Model):
    """A period that should be attested and is not: a finding with an owner and a deadline."""

    class Cause(models.TextChoices):
        NEVER_SENT = "neverSent", _("never sent")
        LATE = "late", _("late")
        PARTIAL_COVER = "partialCover", _("partial cover")
        WRONG_KIND = "wrongKind", _("wrong kind of aid")
        OTHER_CPAS = "otherCpas", _("attested by another CPAS")
        NOT_SHORTENED = "notShortened", _("not shortened after a stop")
        REPLACED_SSIN = "replacedSsin", _("attested on a replaced number")
        SILENCE = "silence", _("silence of a CPAS that normally sends")
        ENDING = "endingWithoutRenewal", _("ending without renewal")

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        NOTIFIED = "notified", _("notified")
        JUSTIFIED = "justified", _("justified")
        RESOLVED = "resolved", _("resolved")

    # What the CPAS still has to do something about; a justified finding waits for nothing.
    LIVE = (Status.OPEN, Status.NOTIFIED)

    public_id = models.UUIDField(_("finding"), default=uuid7, unique=True, editable=False)
    cpas = models.ForeignKey(
        Cpas, on_delete=models.PROTECT, related_name="missing", verbose_name=_("CPAS")
    )
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        related_name="missing",
        verbose_name=_("person"),
        help_text=_("Empty where a whole CPAS is silent."),
    )
    aid_kind = models.CharField(_("kind of aid"), max_length=40, blank=True)
    period = SpanField(_("period"))
    cause = models.CharField(_("cause"), max_length=24, choices=Cause.choices)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.OPEN
    )
    due_on = models.DateField(_("due on"))
    found_at = models.DateTimeField(_("found"))
    notified_at = models.DateTimeField(_("notified"), null=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True)
    feedback_code = models.CharField(_("feedback"), max_length=40, blank=True)
    feedback_comment = models.CharField(_("comment"), max_length=500, blank=True)
    ticket = models.UUIDField(_("ticket"), db_index=True)

    class Meta:
        verbose_name = _("missing attestation")
        verbose_name_plural = _("missing attestations")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "cpas", "aid_kind", "cause", "period"],
                condition=~Q(status="resolved"),
                name="a_finding_is_open_once",
            ),
            models.UniqueConstraint(
                fields=["cpas", "period"],
                condition=Q(person=None) & ~Q(status="resolved"),
                name="a_silence_is_open_once",
            ),
            models.CheckConstraint(
                name="only_silence_names_no_person",
                condition=Q(cause="silence", person=None, aid_kind="")
                | (~Q(cause="silence") & Q(person__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["cpas", "-id"],
                condition=~Q(status="resolved"),
                name="missing_open_by_cpas",
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)
