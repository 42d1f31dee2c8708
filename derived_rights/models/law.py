"""The dated figures that were decided here, who proposed and approved them, and every such act."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from attestations.tickets import current_ticket
from derived_rights.wording import figure_label, instant_text, named, right_label


class ParameterProposal(models.Model):
    """A new dated value of a parameter, on its way: proposed, approved by another, in force.

    What was proposed is never changed; what happens to it is filled in, once. From `dispatch_at`
    on it takes effect, unless it was withdrawn before.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        APPROVED = "approved", _("approved")
        IN_FORCE = "inForce", _("taken into the law")
        WITHDRAWN = "withdrawn", _("withdrawn")

    right = models.CharField(_("right"), max_length=64)
    name = models.CharField(_("parameter"), max_length=64)
    valid_from = models.DateField(_("valid from"))
    value = models.JSONField(_("value"))
    reference = models.CharField(_("legal reference"), max_length=500)
    reason = models.TextField(_("reason"))
    ticket = models.UUIDField(_("ticket"), default=current_ticket, db_index=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("proposed by"),
    )
    proposed_at = models.DateTimeField(_("proposed"), auto_now_add=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved"), null=True)
    dispatch_at = models.DateTimeField(_("dispatch"), null=True)
    in_force_at = models.DateTimeField(_("taken into the law"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    class Meta:
        verbose_name = _("proposal of a value")
        verbose_name_plural = _("proposals of values")
        ordering = ["-id"]
        permissions = [
            ("propose_value", "Can propose a new value of a parameter, and rehearse it"),
            ("approve_value", "Can approve a value that somebody else proposed"),
        ]
        constraints = [
            models.CheckConstraint(
                name="nobody_approves_their_own_proposal",
                condition=Q(approved_by=None) | ~Q(approved_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="an_approval_is_whole",
                condition=Q(approved_by=None, approved_at=None, dispatch_at=None)
                | Q(
                    approved_by__isnull=False, approved_at__isnull=False, dispatch_at__isnull=False
                ),
            ),
            models.CheckConstraint(
                name="only_what_is_approved_and_stands_takes_effect",
                condition=Q(in_force_at=None)
                | Q(
                    approved_at__isnull=False, withdrawn_at=None, in_force_at__gte=F("dispatch_at")
                ),
            ),
            models.UniqueConstraint(
                fields=["right", "name", "valid_from"],
                condition=Q(in_force_at=None, withdrawn_at=None),
                name="one_open_proposal_per_parameter_and_day",
            ),
        ]

    def __str__(self) -> str:
        return figure_label(self.right, self.name, self.valid_from)

    @property
    def state(self) -> State:
        if self.withdrawn_at is not None:
            return self.State.WITHDRAWN
        if self.in_force_at is not None:
            return self.State.IN_FORCE
        return self.State.PROPOSED if self.approved_at is None else self.State.APPROVED

    @property
    def is_open(self) -> bool:
        """Whether it can still be approved, take effect, or be withdrawn."""
        return self.state in (self.State.PROPOSED, self.State.APPROVED)


class ParameterValue(models.Model):
    """A dated figure that takes the place of the one in a right's module from `valid_from` on.

    Rows are versions: the one that holds has no `superseded_at`. It comes from an approved
    proposal, or, without one, from a configuration file.
    """

    right = models.CharField(_("right"), max_length=64)
    name = models.CharField(_("parameter"), max_length=64)
    valid_from = models.DateField(_("valid from"))
    value = models.JSONField(_("value"))
    reference = models.CharField(_("legal reference"), max_length=500)
    proposal = models.OneToOneField(
        ParameterProposal,
        on_delete=models.PROTECT,
        null=True,
        related_name="figure",
        verbose_name=_("proposal"),
    )
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)
    superseded_at = models.DateTimeField(_("superseded"), null=True)

    class Meta:
        verbose_name = _("parameter value")
        verbose_name_plural = _("parameter values")
        ordering = ["right", "name", "-valid_from", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["right", "name", "valid_from"],
                condition=Q(superseded_at=None),
                name="one_value_holds_per_parameter_and_day",
            )
        ]

    def __str__(self) -> str:
        return figure_label(self.right, self.name, self.valid_from)


class RuleAct(models.Model):
    """Something that somebody did to the rules: who, when, what and why. Never changed or deleted.

    `actor` is the name of a user, or of the command that acted.
    """

    class Act(models.TextChoices):
        SWITCHED_ON = "switchedOn", _("right switched on")
        SWITCHED_OFF = "switchedOff", _("right switched off")
        PAUSED = "paused", _("right paused for a recipient")
        RESUMED = "resumed", _("right resumed for a recipient")
        PROPOSED = "proposed", _("value proposed")
        REHEARSED = "rehearsed", _("rehearsal begun")
        APPROVED = "approved", _("value approved")
        WITHDRAWN = "withdrawn", _("proposal withdrawn")
        IN_FORCE = "inForce", _("value taken into the law")
        FROM_FILE = "fromFile", _("value set from a configuration file")

    at = models.DateTimeField(_("at"), auto_now_add=True)
    actor = models.CharField(_("who"), max_length=150)
    act = models.CharField(_("what"), max_length=16, choices=Act.choices)
    right = models.CharField(_("right"), max_length=64)
    subject = models.CharField(_("of what"), max_length=300, blank=True)
    reason = models.TextField(_("why"), blank=True)
    ticket = models.UUIDField(_("ticket"), default=current_ticket, db_index=True)

    class Meta:
        verbose_name = _("act on the rules")
        verbose_name_plural = _("acts on the rules")
        ordering = ["-id"]
        indexes = [models.Index(fields=["right", "-id"], name="acts_of_a_right")]

    def __str__(self) -> str:
        said = f"{self.get_act_display()}, {instant_text(self.at)}"
        return named(right_label(self.right), said)
