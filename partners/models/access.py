"""Organisations, their programs, and what they are allowed to know about whom."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication

from attestations.identifiers import uuid7
from attestations.languages import in_page_language
from attestations.models.fields import SpanField
from attestations.models.person import Cpas, Person
from derived_rights.wording import named, right_label


class Organisation(models.Model):  # type: ignore[django-manager-missing]
    """A CPAS, a recipient of rights or attestations, or a federal service."""

    class Kind(models.TextChoices):
        CPAS = "cpas", _("CPAS")
        RECIPIENT = "recipient", _("recipient")
        FEDERAL_SERVICE = "federalService", _("federal service")

    code = models.SlugField(_("code"), max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    enterprise_number = models.CharField(_("enterprise number"), max_length=10, unique=True)
    names = models.JSONField(_("names"), default=dict, help_text=_("By language: fr, nl, de, en."))
    cpas = models.OneToOneField(
        Cpas,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="organisation",
        verbose_name=_("CPAS"),
    )

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["code"]

    @property
    def name(self) -> str:
        """In the language of the page; the code where it has no name."""
        return in_page_language(self.names) or self.code

    def __str__(self) -> str:
        return self.name


class Client(AbstractApplication):
    """A program of an organisation, with its OAuth2 credentials and the scopes it may ask for."""

    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="clients",
        verbose_name=_("organisation"),
    )
    allowed_scopes = ArrayField(
        models.CharField(max_length=64), verbose_name=_("allowed scopes"), default=list
    )
    secret_allowed = models.BooleanField(
        _("may use a secret"),
        default=False,
        help_text=_("Otherwise only a signed assertion (private_key_jwt) opens a session."),
    )

    class Meta(AbstractApplication.Meta):
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        swappable = "OAUTH2_PROVIDER_APPLICATION_MODEL"
        constraints = [models.UniqueConstraint(fields=["name"], name="client_names_are_unique")]

    def __str__(self) -> str:
        return self.name


class ClientKey(models.Model):
    """A public key with which a client signs its assertions."""

    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, related_name="keys", verbose_name=_("client")
    )
    kid = models.CharField(_("key identifier"), max_length=64)
    jwk = models.JSONField(_("public key (JWK)"))

    class Meta:
        verbose_name = _("public key")
        verbose_name_plural = _("public keys")
        constraints = [models.UniqueConstraint(fields=["client", "kid"], name="one_key_per_kid")]

    def __str__(self) -> str:
        return self.kid


class AssertionId(models.Model):
    """An assertion that was used: the same one never opens a second session."""

    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, related_name="+", verbose_name=_("client")
    )
    jti = models.CharField(_("identifier (jti)"), max_length=128)
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("used assertion")
        verbose_name_plural = _("used assertions")
        constraints = [models.UniqueConstraint(fields=["client", "jti"], name="jti_used_once")]

    def __str__(self) -> str:
        return self.jti


class Authorisation(models.Model):
    """A deliberation that lets an organisation know certain data for a purpose, for a period.

    Rows are versions: a change adds a row and closes the former, because what was sent under a
    version must come out the same at every retry.
    """

    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="authorisations",
        verbose_name=_("organisation"),
    )
    legal_context = models.CharField(_("legal context"), max_length=64)
    version = models.PositiveIntegerField(_("version"), default=1)
    purpose = models.JSONField(_("purpose"), default=dict)
    effect = models.CharField(_("effect"), max_length=16, blank=True)
    rights = ArrayField(models.CharField(max_length=64), verbose_name=_("rights"), default=list)
    aid_kinds = ArrayField(
        models.CharField(max_length=40), verbose_name=_("kinds of aid"), default=list
    )
    events = ArrayField(models.CharField(max_length=32), verbose_name=_("events"), default=list)
    fields = ArrayField(models.CharField(max_length=32), verbose_name=_("fields"), default=list)
    period = SpanField(_("period"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    superseded_at = models.DateTimeField(_("superseded"), null=True)

    class Meta:
        verbose_name = _("authorisation")
        verbose_name_plural = _("authorisations")
        ordering = ["organisation", "legal_context", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "legal_context", "version"],
                name="one_row_per_authorisation_version",
            ),
            models.UniqueConstraint(
                fields=["organisation", "legal_context"],
                condition=Q(superseded_at=None),
                name="one_current_authorisation",
            ),
        ]

    def __str__(self) -> str:
        return self.legal_context


class Inscription(models.Model):
    """An organisation holds a file on a person, in a quality, for a period."""

    public_id = models.UUIDField(_("inscription"), default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="inscriptions",
        verbose_name=_("organisation"),
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="inscriptions", verbose_name=_("person")
    )
    quality_code = models.CharField(_("quality code"), max_length=16)
    period = SpanField(_("period"))
    ticket = models.UUIDField(_("ticket"))
    recorded_at = models.DateTimeField(_("recorded"))
    superseded_at = models.DateTimeField(_("superseded"), null=True)

    class Meta:
        verbose_name = _("inscription")
        verbose_name_plural = _("inscriptions")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "person", "quality_code", "period"],
                condition=Q(superseded_at=None),
                name="an_inscription_stands_once",
            )
        ]
        indexes = [
            # Which organisations hold a file on this person in that period?
            GistIndex(fields=["person", "period"], name="inscription_by_person"),
            models.Index(fields=["organisation", "-id"], name="inscription_by_organisation"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class RecipientRight(models.Model):
    """Whether one recipient is told of one right; without a row it is, if authorised."""

    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.CASCADE,
        related_name="recipient_rights",
        verbose_name=_("organisation"),
    )
    right = models.CharField(_("right"), max_length=64)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("right of a recipient")
        verbose_name_plural = _("rights of recipients")
        ordering = ["organisation", "right"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "right"], name="one_setting_per_recipient_and_right"
            )
        ]

    def __str__(self) -> str:
        return named(self.organisation, right_label(self.right))
