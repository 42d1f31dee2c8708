"""How often a caller has lately failed to prove who it is."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class FailedProof(models.Model):
    """Failures at the token endpoint of one claimed client from one address; both stand in a
    digest only.
    """

    caller = models.BinaryField(max_length=32, unique=True)
    failures = models.PositiveIntegerField(_("failures"), default=0)
    since = models.DateTimeField(_("since"), db_index=True)

    class Meta:
        verbose_name = _("failed proof")
        verbose_name_plural = _("failed proofs")

    def __str__(self) -> str:
        return f"#{self.pk}"
