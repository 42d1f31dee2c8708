"""Runs that derive everyone, and the chunks of persons that workers take one by one."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class DerivationRun(models.Model):
    """Everyone derived again, because the law has changed or somebody asked for it.

    A run answers the changes of the law up to `last_law`. It goes on until it is finished or
    cancelled; a cancelled one can be taken up again where it was.
    """

    ticket = models.UUIDField(_("ticket"), db_index=True)
    last_law = models.PositiveBigIntegerField(
        _("last change of the law"),
        default=0,
        help_text=_("Changes of the law up to this one are answered by this run."),
    )
    thorough = models.BooleanField(
        _("thorough"),
        default=False,
        help_text=_("Each person one by one: also where only the reasons differ, and no day does."),
    )
    persons = models.PositiveIntegerField(_("persons"), default=0)
    changes = models.PositiveIntegerField(_("changes"), default=0)
    started_at = models.DateTimeField(_("started"))
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("derivation of everyone")
        verbose_name_plural = _("derivations of everyone")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["finished_at"],
                condition=Q(finished_at=None, cancelled_at=None),
                nulls_distinct=False,
                name="one_derivation_goes_on",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class DerivationChunk(models.Model):
    """Some persons of a run that goes on, with all whom a household ever bound to them.

    They are the standing persons with a number from `first` up to, not including, `end`, without
    those in `elsewhere`, and with those in `besides`. A chunk that is not `whole` is a part of a
    group too large for one: its persons live with others outside it. Whoever works on a chunk has
    it until `leased_until`, by the clock of the database. Deleted when the run is finished.
    """

    run = models.ForeignKey(
        DerivationRun, on_delete=models.CASCADE, related_name="chunks", verbose_name=_("run")
    )
    first = models.BigIntegerField(_("first person"))
    end = models.BigIntegerField(_("end"))
    besides = ArrayField(models.BigIntegerField(), default=list)
    elsewhere = ArrayField(models.BigIntegerField(), default=list)
    whole = models.BooleanField(_("households whole"), default=True)
    persons = models.PositiveIntegerField(_("persons"))
    settled = models.PositiveIntegerField(_("persons done"), default=0)
    changes = models.PositiveIntegerField(_("changes"), default=0)
    claimed_at = models.DateTimeField(_("claimed"), null=True)
    leased_until = models.DateTimeField(_("leased until"), null=True)
    done_at = models.DateTimeField(_("done"), null=True)

    class Meta:
        verbose_name = _("chunk of a derivation")
        verbose_name_plural = _("chunks of a derivation")
        indexes = [
            models.Index(fields=["run", "id"], condition=Q(done_at=None), name="chunk_to_derive")
        ]

    def __str__(self) -> str:
        return f"{self.run} {self.first}-{self.end}"
