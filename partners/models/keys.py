"""The registry's own keys, sealed; made when first needed, and never changed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from attestations.identifiers import uuid7


class RegistryKey(models.Model):
    """A key of the registry; of several for one purpose the newest is used, the others stay."""

    class Purpose(models.TextChoices):
        MANIFEST = "manifest", _("signs daily manifests")
        REFERENCE = "personReference", _("makes opaque references to persons")

    public_id = models.UUIDField(_("key"), default=uuid7, unique=True, editable=False)
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    sealed = models.BinaryField()
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("key of the registry")
        verbose_name_plural = _("keys of the registry")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.purpose} {self.public_id}"
