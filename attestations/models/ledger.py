"""The ledger that stage 2 and 3 read, and the records that every call leaves behind."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attestations.identifiers import uuid7
from attestations.models.attestation import Attestation
from attestations.models.fields import by_ticket
from attestations.models.missing import MissingAttestation
from attestations.models.person import Cpas, Person


class FactChange(models.Model):
    """A fact about a person changed: written with the fact, claimed by the stages below.

    `derived_at` and `routed_at` say that the stage has taken it in; until then the row is its
    work. `version` grows per person and CPAS for attestations and findings.
    """

    class Kind(models.TextChoices):
        ATTESTATION = "attestation", _("attestation")
        HOUSEHOLD = "household", _("household")
        MISSING = "missing", _("missing attestation")
        IDENTITY = "identity", _("number replaced")
        FACT = "fact", _("fact about a person")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,  # served by fact_by_person
        related_name="+",
        verbose_name=_("person"),
    )
    cpas = models.ForeignKey(
        Cpas,
        on_delete=models.PROTECT,
        null=True,
        db_constraint=False,
        # A planner that knew too little of the table used an index on it instead of the person's.
        db_index=False,
        related_name="+",
        verbose_name=_("CPAS"),
    )
    attestation = models.OneToOneField(
        Attestation,
        on_delete=models.PROTECT,
        null=True,
        db_constraint=False,
        verbose_name=_("attestation"),
    )
    missing = models.ForeignKey(
        MissingAttestation,
        on_delete=models.PROTECT,
        null=True,
        db_constraint=False,  # a trigger looks where there is one
        db_index=False,  # few are: see the index below
        related_name="changes",
        verbose_name=_("missing attestation"),
    )
    resolved = models.BooleanField(_("resolved"), default=False)
    version = models.PositiveIntegerField(_("version"), default=0)
    ticket = models.UUIDField(_("ticket"))
    recorded_at = models.DateTimeField(_("recorded"))
    derived_at = models.DateTimeField(_("derived"), null=True)
    routed_at = models.DateTimeField(_("routed"), null=True)

    class Meta:
        verbose_name = _("change of facts")
        verbose_name_plural = _("changes of facts")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["id"], condition=Q(derived_at=None), name="fact_to_derive"),
            models.Index(fields=["id"], condition=Q(routed_at=None), name="fact_to_route"),
            models.Index(fields=["person", "id"], name="fact_by_person"),
            models.Index(
                fields=["missing"], condition=Q(missing__isnull=False), name="fact_of_a_finding"
            ),
            by_ticket("fact_by_ticket"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_kind_display()}"


class AccessLogEntry(models.Model):
    """One person read by one caller, written in the transaction of the reading."""

    organisation = models.CharField(_("organisation"), max_length=64)
    client = models.CharField(_("client"), max_length=255)
    legal_context = models.CharField(_("legal context"), max_length=64, blank=True)
    operation = models.CharField(_("operation"), max_length=64)
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        db_constraint=False,  # guarded by statement
        db_index=False,  # served by access_by_person
        related_name="+",
        verbose_name=_("person"),
    )
    served = models.BooleanField(_("served"), default=True)
    ticket = models.UUIDField(_("ticket"))
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("reading of a person")
        verbose_name_plural = _("readings of persons")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["person", "-id"], name="access_by_person"),
            by_ticket("access_by_ticket"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.operation} {self.person}"


class IdempotencyKey(models.Model):
    """The answer that was given for a key, kept so that a retry gets the very same.

    The key is stored hashed; the digest of the question and the answer are sealed, as they could
    tell of a person.
    """

    key_hash = models.BinaryField(max_length=32, unique=True)
    sealed_fingerprint = models.BinaryField()
    status = models.PositiveSmallIntegerField(_("status"))
    headers = models.JSONField(default=dict)
    sealed_body = models.BinaryField()
    created_at = models.DateTimeField(_("created"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")

    def __str__(self) -> str:
        return f"#{self.pk}"


class BackgroundTask(models.Model):
    """Long work that a caller can follow: the task resource of the API."""

    class Status(models.TextChoices):
        PROCESSING = "processing", _("processing")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    public_id = models.UUIDField(_("task"), default=uuid7, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    owner = models.CharField(_("owner"), max_length=64)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.PROCESSING
    )
    total = models.PositiveIntegerField(_("total"), default=0)
    accepted = models.PositiveIntegerField(_("accepted"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    issues = models.JSONField(_("issues"), default=list)
    result = models.JSONField(_("result"), null=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"
