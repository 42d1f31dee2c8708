"""Signs of life of the processes, for those who run the registry. No personal data."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """When a program was last at work, by the database's clock and by its own."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    at = models.DateTimeField(_("at"))
    own_clock = models.DateTimeField(_("own clock"))

    class Meta:
        verbose_name = _("sign of life")
        verbose_name_plural = _("signs of life")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Tally(models.Model):
    """How often something has happened, over all processes; it only grows."""

    name = models.CharField(_("name"), max_length=64, unique=True)
    count = models.PositiveBigIntegerField(_("count"), default=0)

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} {self.count}"
