"""What a change of the rules means for recipients: what they would be told, and are to catch up."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from derived_rights.models import RehearsedChange
from derived_rights.wording import named, right_label
from partners.models.access import Organisation


class RehearsedMessage(models.Model):
    """A message that a rehearsed change would become: to this recipient, in this legal context."""

    change = models.ForeignKey(
        RehearsedChange,
        on_delete=models.CASCADE,
        related_name="messages",
        verbose_name=_("rehearsed change"),
    )
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("organisation"),
    )
    legal_context = models.CharField(_("legal context"), max_length=64)

    class Meta:
        verbose_name = _("rehearsed message")
        verbose_name_plural = _("rehearsed messages")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["change", "organisation", "legal_context"],
                name="a_message_is_rehearsed_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.legal_context}"


class Resumption(models.Model):
    """A right is told to a recipient again: what changed meanwhile is still to be told.

    The work goes on after the person of `after`.
    """

    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("organisation"),
    )
    right = models.CharField(_("right"), max_length=64)
    after = models.BigIntegerField(default=0)
    told = models.PositiveBigIntegerField(_("persons told"), default=0)
    ticket = models.UUIDField(_("ticket"), db_index=True)
    resumed_at = models.DateTimeField(_("resumed"))
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("resumption of a right")
        verbose_name_plural = _("resumptions of rights")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["id"], condition=Q(finished_at=None), name="resumption_to_do")
        ]

    def __str__(self) -> str:
        return named(self.organisation, right_label(self.right))
