"""Files of decisions that were imported, and how far each import is."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from attestations.models.person import Cpas


class FileImport(models.Model):
    """How far the import of one file is: written in the transaction of the lines it counts.

    So an import that was killed goes on where it was, and a file is never imported twice. The
    file itself is not kept, only a keyed digest of it.
    """

    fingerprint = models.BinaryField(_("digest of the file"), max_length=32, unique=True)
    cpas = models.ForeignKey(
        Cpas,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("CPAS"),
        help_text=_("Empty where each line names its own."),
    )
    lines_done = models.PositiveIntegerField(_("lines done"), default=0)
    lines_beyond = models.BinaryField(default=b"")  # those done after them: see `bookmarks`
    accepted = models.PositiveIntegerField(_("accepted"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    ticket = models.UUIDField(_("ticket"), db_index=True)
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("imported file")
        verbose_name_plural = _("imported files")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"#{self.pk}"


class RefusedLine(models.Model):
    """A line of a file that was not recorded, and why: as its sender is told, without a SSIN."""

    file_import = models.ForeignKey(
        FileImport,
        on_delete=models.PROTECT,
        db_index=False,  # served by a_line_is_refused_once
        related_name="refused",
        verbose_name=_("imported file"),
    )
    line = models.PositiveIntegerField(_("line"))
    issues = models.JSONField(_("what is wrong"), default=list)

    class Meta:
        verbose_name = _("refused line")
        verbose_name_plural = _("refused lines")
        ordering = ["file_import", "line"]
        constraints = [
            models.UniqueConstraint(fields=["file_import", "line"], name="a_line_is_refused_once")
        ]

    def __str__(self) -> str:
        return f"{self.file_import} {self.line}"
