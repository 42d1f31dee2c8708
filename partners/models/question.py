"""Questions about many persons, answered by the workers part by part."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attestations.models.fields import SpanField
from attestations.models.ledger import BackgroundTask
from partners.models.access import Organisation


class RightsQuestion(models.Model):
    """What a recipient asks about many persons' rights; the task shows how far the answer is."""

    task = models.OneToOneField(
        BackgroundTask, on_delete=models.CASCADE, related_name="question", verbose_name=_("task")
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    legal_context = models.CharField(_("legal context"), max_length=64)
    rights = ArrayField(models.CharField(max_length=64), verbose_name=_("rights"))
    period = SpanField(_("period"))
    known_at = models.DateTimeField(_("known at"), null=True)
    ticket = models.UUIDField(_("ticket"), db_index=True)
    asked_at = models.DateTimeField(_("asked"))

    class Meta:
        verbose_name = _("question about many persons")
        verbose_name_plural = _("questions about many persons")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.organisation} #{self.pk}"


class QuestionPart(models.Model):
    """Some persons of a question: first their numbers, then the answer; both sealed."""

    question = models.ForeignKey(
        RightsQuestion, on_delete=models.CASCADE, related_name="parts", verbose_name=_("question")
    )
    number = models.PositiveIntegerField(_("part"))
    first_index = models.PositiveIntegerField(_("first index"))
    persons = models.PositiveIntegerField(_("persons"))
    sealed_ssins = models.BinaryField(null=True)
    sealed_answers = models.BinaryField(null=True)
    done_at = models.DateTimeField(_("done"), null=True)

    class Meta:
        verbose_name = _("part of a question")
        verbose_name_plural = _("parts of questions")
        ordering = ["question", "number"]
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="a_part_is_asked_once")
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(done_at=None), name="question_part_to_do")
        ]

    def __str__(self) -> str:
        return f"{self.question} {self.number}"
