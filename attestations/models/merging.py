"""What a merge of two persons brings to light."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from attestations.models.attestation import Attestation
from attestations.models.fields import SpanField
from attestations.models.person import Person


class MergedOverlap(models.Model):
    """Days that one CPAS attested twice, under two numbers that turned out to be one person's.

    Both attestations stand: which of them is wrong is for the CPAS to say, by a stop, a revision
    or a cancellation. The row tells what the merge found, and is never edited.
    """

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="merged_overlaps", verbose_name=_("person")
    )
    one = models.ForeignKey(
        Attestation, on_delete=models.PROTECT, related_name="+", verbose_name=_("attestation")
    )
    other = models.ForeignKey(
        Attestation, on_delete=models.PROTECT, related_name="+", verbose_name=_("overlaps with")
    )
    period = SpanField(_("period"))
    ticket = models.UUIDField(_("ticket"), db_index=True)
    found_at = models.DateTimeField(_("found"))

    class Meta:
        verbose_name = _("overlap after a merge")
        verbose_name_plural = _("overlaps after a merge")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.one} / {self.other}"
