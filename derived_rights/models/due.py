"""Persons to be derived apart from others, as a change concerns them around which too many live."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attestations.models.person import Person


class PersonDue(models.Model):
    """A person to be derived; deleted when that is done. Written by `services.persons_due` only.

    `reach` says over how many households the change is still to be passed on from here. Whoever is
    `taken` is being derived: what is marked meanwhile is not taken any more, and stays.
    """

    person = models.OneToOneField(
        Person,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="+",
        verbose_name=_("person"),
    )
    reach = models.PositiveSmallIntegerField(
        _("reach"),
        default=0,
        help_text=_("Over how many households the change is still to be passed on from here."),
    )
    taken = models.BooleanField(_("being derived"), default=False)
    ticket = models.UUIDField(_("ticket"))
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("person to be derived")
        verbose_name_plural = _("persons to be derived")
        ordering = ["person"]
        indexes = [
            models.Index(fields=["reach", "person"], condition=Q(reach__gt=0), name="due_to_pass"),
            models.Index(fields=["taken", "person"], name="due_in_order"),
            models.Index(fields=["since"], name="due_since"),
        ]

    def __str__(self) -> str:
        return f"{self.person}"
