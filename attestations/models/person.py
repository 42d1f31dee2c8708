"""Persons, their numbers and households, and the CPAS that help them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attestations.languages import in_page_language
from attestations.models.fields import SpanField


class Cpas(models.Model):
    """A public social welfare centre (CPAS, OCMW, ÖSHZ): the sender of attestations."""

    enterprise_number = models.CharField(_("enterprise number"), max_length=10, unique=True)
    municipality_code = models.CharField(_("municipality (NIS code)"), max_length=5, blank=True)
    names = models.JSONField(_("names"), default=dict, help_text=_("By language: fr, nl, de, en."))
    language = models.CharField(
        _("language"),
        max_length=2,
        blank=True,
        choices=[("fr", "Français"), ("nl", "Nederlands"), ("de", "Deutsch")],
        help_text=_("Of the reports to it; if empty, the first of those its names are given in."),
    )

    class Meta:
        verbose_name = _("CPAS")
        verbose_name_plural = _("CPAS")
        ordering = ["enterprise_number"]

    @property
    def writes_in(self) -> str:
        """The language in which it is written to: fr, nl or de.

        The database does not keep the order in which names were given.
        """
        named = (language for language in ("fr", "nl", "de") if self.names.get(language))
        return self.language or next(named, "fr")

    def __str__(self) -> str:
        return f"{in_page_language(self.names)} ({self.enterprise_number})"


class Person(models.Model):
    """A person, known inside by a number of ours that means nothing outside."""

    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,  # a trigger looks where there is one
        db_index=False,  # few are: see the index below
        related_name="merged",
        verbose_name=_("merged into"),
        help_text=_("Set when two numbers turn out to belong to one person: always the last one."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["merged_into"],
                condition=Q(merged_into__isnull=False),
                name="person_merged",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class PersonNumber(models.Model):
    """A SSIN (NISS, INSZ) of a person: sealed, and found through its blind index only."""

    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="numbers",
        verbose_name=_("person"),
    )
    sealed = models.BinaryField(_("sealed number"))
    blind_index = models.BinaryField(_("blind index"), max_length=32, unique=True)
    replaced_by = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,  # a trigger looks where there is one
        db_index=False,  # few are: see the index below
        related_name="replaces",
        verbose_name=_("replaced by"),
    )
    replaced_on = models.DateField(_("replaced on"), null=True, blank=True)
    replaced_at = models.DateTimeField(
        _("replacement recorded"),
        null=True,
        blank=True,
        help_text=_("When the registry learnt of it; before, it led to its own person only."),
    )
    joined_at = models.DateTimeField(
        _("joined"),
        null=True,
        blank=True,
        help_text=_("When a replacement brought it to a person known before, by another number."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("social security number")
        verbose_name_plural = _("social security numbers")
        indexes = [
            models.Index(
                fields=["replaced_by"],
                condition=Q(replaced_by__isnull=False),
                name="number_replaced",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.person_id}/{self.pk}"


class HouseholdStatement(models.Model):
    """One member of a person's household, said by one source for one period.

    The statements of one source about one subject and period belong together: the subject and
    all members live at one address. `relation` is what the member is to the subject.
    """

    subject = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="household", verbose_name=_("person")
    )
    member = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        db_index=False,  # served by household_by_member
        related_name="member_of",
        verbose_name=_("member"),
    )
    relation = models.CharField(_("relation"), max_length=20)
    period = SpanField(_("period"))
    source = models.CharField(_("source"), max_length=40)
    decision = models.ForeignKey(
        "attestations.Decision",
        on_delete=models.PROTECT,
        null=True,
        related_name="household_statements",
        verbose_name=_("decision"),
    )
    fact = models.ForeignKey(
        "attestations.PersonFact",
        on_delete=models.PROTECT,
        null=True,
        related_name="members",
        verbose_name=_("fact"),
        help_text=_("The statement of an authentic source that this row belongs to."),
    )
    ticket = models.UUIDField(_("ticket"))
    recorded_at = models.DateTimeField(_("recorded"))
    superseded_at = models.DateTimeField(_("superseded"), null=True)

    class Meta:
        verbose_name = _("household statement")
        verbose_name_plural = _("household statements")
        ordering = ["-id"]
        indexes = [
            # Whose household has this person been stated in?
            models.Index(fields=["member"], name="household_by_member"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} – {self.member} ({self.relation})"
