"""Runs of the missing-attestation control, and the reports they make."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attestations.models.person import Cpas


class ControlRun(models.Model):
    """One comparison of all that is expected with all that is attested, on one day."""

    on = models.DateField(_("day of the control"))
    ticket = models.UUIDField(_("ticket"), db_index=True)
    last_task = models.PositiveBigIntegerField(
        _("last task"), default=0, help_text=_("Tasks up to this one are answered by this run.")
    )
    persons = models.PositiveIntegerField(_("persons"), default=0)
    opened = models.PositiveIntegerField(_("opened"), default=0)
    resolved = models.PositiveIntegerField(_("resolved"), default=0)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("run of the control")
        verbose_name_plural = _("runs of the control")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.on} #{self.pk}"


class ControlPart(models.Model):
    """Some persons of a run that goes on, by their numbers: what one worker does at a time.

    Deleted when the run is finished.
    """

    run = models.ForeignKey(
        ControlRun, on_delete=models.CASCADE, related_name="parts", verbose_name=_("run")
    )
    first_person = models.BigIntegerField(_("first person"))
    last_person = models.BigIntegerField(_("last person"))
    persons = models.PositiveIntegerField(_("persons"))
    opened = models.PositiveIntegerField(_("opened"), default=0)
    resolved = models.PositiveIntegerField(_("resolved"), default=0)
    done_at = models.DateTimeField(_("done"), null=True)

    class Meta:
        verbose_name = _("part of a run")
        verbose_name_plural = _("parts of a run")
        indexes = [
            models.Index(
                fields=["run", "first_person"],
                condition=Q(done_at=None),
                name="control_part_to_do",
            )
        ]

    def __str__(self) -> str:
        return f"{self.run} {self.first_person}-{self.last_person}"


class MissingReport(models.Model):
    """What a CPAS was told at the end of a month, word for word; sealed, as it names persons."""

    cpas = models.ForeignKey(
        Cpas, on_delete=models.PROTECT, related_name="reports", verbose_name=_("CPAS")
    )
    month = models.DateField(_("month"), help_text=_("Its first day."))
    language = models.CharField(_("language"), max_length=2)
    findings = models.PositiveIntegerField(_("findings"))
    person_ids = models.JSONField(default=list)
    sealed_html = models.BinaryField()
    sealed_csv = models.BinaryField()
    ticket = models.UUIDField(_("ticket"), db_index=True)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("report of missing attestations")
        verbose_name_plural = _("reports of missing attestations")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["cpas", "month"], name="one_report_a_month")]

    def __str__(self) -> str:
        return f"{self.cpas} {self.month:%Y-%m}"
