"""What authentic sources say about a person: dated, with the source, and never edited."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attestations.models.fields import SpanField
from attestations.models.person import Person


class PersonFact(models.Model):
    """One fact about one person, as one source states it.

    What no row says is unknown, which is not "no". `value` never holds a SSIN: the members of a
    household are rows of HouseholdStatement that point here, and without any the person lives
    alone.
    """

    class Kind(models.TextChoices):
        BIRTH_DATE = "birthDate", _("birth date")
        RESIDENCE = "residence", _("residence")
        HOUSEHOLD = "household", _("household")
        INCREASED_INTERVENTION = "increasedIntervention", _("increased intervention")
        PAID_AMOUNT = "paidAmount", _("paid amount")
        RESIDENCE_PERMIT = "residencePermit", _("residence permit")
        FOREIGN_INSURANCE = "foreignInsurance", _("social insurance in another state")
        DEATH = "death", _("death")

    kind = models.CharField(_("kind"), max_length=24, choices=Kind.choices)
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        related_name="facts",
        verbose_name=_("person"),
        # `fact_by_person_and_kind` also finds all facts of a person. With an index on the person
        # alone beside it, the planner reads the facts of everyone once for each kind.
        db_index=False,
    )
    source = models.CharField(_("source"), max_length=40)
    period = SpanField(
        _("period"), null=True, help_text=_("Empty for what has none, as a birth date.")
    )
    aid_kind = models.CharField(
        _("kind of aid"), max_length=40, blank=True, help_text=_("Of a paid amount.")
    )
    value = models.JSONField(_("value"), default=dict)
    ticket = models.UUIDField(_("ticket"), db_index=True)
    recorded_at = models.DateTimeField(_("recorded"))
    superseded_at = models.DateTimeField(_("superseded"), null=True)

    class Meta:
        verbose_name = _("fact about a person")
        verbose_name_plural = _("facts about persons")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "source", "aid_kind", "period"],
                condition=Q(superseded_at=None),
                nulls_distinct=False,
                name="a_source_states_a_fact_once",
            )
        ]
        indexes = [models.Index(fields=["person", "kind"], name="fact_by_person_and_kind")]

    def __str__(self) -> str:
        return f"{self.person} {self.get_kind_display()}"
