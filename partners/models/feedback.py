"""What recipients say of the events they were told."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models.feed import FeedEntry


class EventFeedback(models.Model):
    """A recipient's functional answer to one event; of several the last one counts.

    `signal` says what an answer may mean that speaks against the number under which the event
    went out.
    """

    class Outcome(models.TextChoices):
        APPLIED = "applied", _("applied")
        REFUSED = "refused", _("refused")
        UNKNOWN_PERSON = "unknownPerson", _("unknown person")

    class Signal(models.TextChoices):
        REPLACED_NUMBER = "replacedNumber", _("the number was replaced since")
        UNKNOWN_NUMBER = "unknownNumber", _("the recipient inscribed a number it does not know")

    entry = models.ForeignKey(
        FeedEntry, on_delete=models.PROTECT, related_name="feedback", verbose_name=_("feed entry")
    )
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome.choices)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    signal = models.CharField(_("signal"), max_length=16, choices=Signal.choices, blank=True)
    ticket = models.UUIDField(_("ticket"), db_index=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("answer to an event")
        verbose_name_plural = _("answers to events")
        ordering = ["-id"]
        indexes = [models.Index(fields=["entry", "-id"], name="feedback_of_an_entry")]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.get_outcome_display()}"
