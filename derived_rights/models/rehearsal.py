"""What a proposed value would change, written down before anybody approves it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attestations.models.person import Person
from derived_rights.models.law import ParameterProposal
from derived_rights.wording import instant_text, right_label


class Rehearsal(models.Model):
    """A run over everyone with a proposed value, that writes nothing but its own result.

    `law` is the last change of the law that it took into account, and `counted` are the other
    proposals whose values it counted as being in force by `dispatch_at` (null: as soon as may be).
    The run is cut into chunks at
    `cut_at`, and goes on with those that are left, whoever was killed meanwhile.
    """

    proposal = models.ForeignKey(
        ParameterProposal,
        on_delete=models.PROTECT,
        related_name="rehearsals",
        verbose_name=_("proposal"),
    )
    law = models.BigIntegerField(_("change of the law"))
    counted = ArrayField(models.BigIntegerField(), default=list, verbose_name=_("counted with it"))
    dispatch_at = models.DateTimeField(_("dispatch"), null=True)
    total = models.PositiveBigIntegerField(_("persons"))
    done = models.PositiveBigIntegerField(_("done"), default=0)
    cut_at = models.DateTimeField(_("cut"), null=True)
    ticket = models.UUIDField(_("ticket"), db_index=True)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("rehearsal")
        verbose_name_plural = _("rehearsals")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal"],
                condition=Q(finished_at=None),
                name="one_rehearsal_of_a_proposal_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.proposal} ({instant_text(self.started_at)})"


class RehearsalChunk(models.Model):
    """Persons that a rehearsal has still to look at; see DerivationChunk for who they are.

    `differing` are those who may differ and were not compared yet; null before that is known.
    Deleted once all are.
    """

    rehearsal = models.ForeignKey(
        Rehearsal, on_delete=models.CASCADE, related_name="chunks", verbose_name=_("rehearsal")
    )
    first = models.BigIntegerField(_("first person"))
    end = models.BigIntegerField(_("end"))
    besides = ArrayField(models.BigIntegerField(), default=list)
    elsewhere = ArrayField(models.BigIntegerField(), default=list)
    whole = models.BooleanField(_("households whole"), default=True)
    persons = models.PositiveIntegerField(_("persons"))
    differing = ArrayField(models.BigIntegerField(), null=True)

    class Meta:
        verbose_name = _("chunk of a rehearsal")
        verbose_name_plural = _("chunks of a rehearsal")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.rehearsal_id} {self.first}-{self.end}"


class RehearsedChange(models.Model):
    """A right of a person that would change, and in what way.

    `municipality_code` is that of the residence, or of the CPAS that attests; empty if unknown.
    """

    rehearsal = models.ForeignKey(
        Rehearsal, on_delete=models.CASCADE, related_name="changes", verbose_name=_("rehearsal")
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    right = models.CharField(_("right"), max_length=64)
    transition = models.CharField(_("transition"), max_length=16)
    municipality_code = models.CharField(_("municipality (NIS code)"), max_length=5, blank=True)

    class Meta:
        verbose_name = _("rehearsed change")
        verbose_name_plural = _("rehearsed changes")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rehearsal", "person", "right"], name="a_change_is_rehearsed_once"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.person_id} {right_label(self.right)}"
