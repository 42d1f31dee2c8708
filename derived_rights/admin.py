"""Stage 2 in the admin: which rights are on, with which figures, what was derived and changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from attestations.admin_columns import (
    attestation_links,
    days,
    linked,
    person,
    shown_days,
    ticket_link,
)
from attestations.history_admin import HistoryAdmin, LookOnly
from attestations.models.fields import timeline_from_json
from derived_rights import admin_runs  # noqa: F401  (registers the derivations of everyone)
from derived_rights.engine.catalogue import rights
from derived_rights.engine.right import Effect, Right
from derived_rights.models import (
    LawChange,
    ParameterProposal,
    ParameterValue,
    PersonDue,
    Rehearsal,
    RehearsedChange,
    RightChange,
    RightPeriod,
    RightSetting,
    RuleAct,
)
from derived_rights.transitions import WORDS
from derived_rights.wording import (
    effect_text,
    parameter_text,
    right_label,
    source_text,
    subject_text,
    trust_text,
    value_text,
    word_text,
)


@admin.display(description=_("right"), ordering="right")
def right_name(row: Any) -> str:
    return right_label(row.right)


@admin.display(description=_("transition"), ordering="transition")
def word(row: Any) -> str:
    """What happened, in the word that a recipient would read: only a favour is granted."""
    right = rights().get(row.right)
    effect = Effect.GRANT if right is None else right.effect
    return word_text(WORDS[effect].get(row.transition, row.transition))


@admin.display(description=_("parameter"), ordering="name")
def parameter(row: Any) -> str:
    return parameter_text(row.name)


@admin.display(description=_("value"))
def shown_value(row: Any) -> str:
    return value_text(row.value)


class RightFilter(admin.SimpleListFilter):
    """The rights of the catalogue, by their names."""

    title = _("right")
    parameter_name = "right"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, right_label(code)) for code in rights()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(right=self.value()) if self.value() else queryset


@admin.register(RightSetting)
class RightSettingAdmin(LookOnly, admin.ModelAdmin):
    """The whole catalogue, one line for each right; what is no favour stands apart."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        states = dict(RightSetting.objects.values_list("right", "active"))
        lines = [_line(right, states.get(code)) for code, right in rights().items()]
        groups = [
            (_("Favours: opened, lowered or presumed"), True),
            (_("Checks, offsets and information: nothing is granted"), False),
        ]
        context = self.admin_site.each_context(request) | {
            "title": _("Rights"),
            "opts": self.model._meta,
            "groups": [
                {
                    "name": name,
                    "favourable": favourable,
                    "rights": [line for line in lines if line["favourable"] is favourable],
                }
                for name, favourable in groups
            ],
        }
        return TemplateResponse(request, "admin/right_settings.html", context)


def _line(right: Right, state: bool | None) -> dict[str, Any]:
    return {
        "code": right.code,
        "label": right_label(right.code),
        "favourable": right.effect.is_favourable,
        "effect": effect_text(right.effect),
        "trust": trust_text(right.trust),
        "reference": source_text(right.reference),
        "active": right.active_by_default if state is None else state,
    }


@admin.register(ParameterValue)
class ParameterValueAdmin(HistoryAdmin):
    list_display = (
        parameter,
        right_name,
        "valid_from",
        shown_value,
        "reference",
        linked("proposal", _("proposal")),
        "recorded_at",
        "superseded_at",
    )
    list_select_related = ("proposal",)
    list_filter = (RightFilter, ("superseded_at", admin.EmptyFieldListFilter))
    date_hierarchy = "valid_from"
    search_fields = ("right", "name")
    hidden = ("name", "value")
    extra = (parameter, shown_value)


@admin.register(ParameterProposal)
class ParameterProposalAdmin(HistoryAdmin):
    """What was proposed, and what became of it; it is proposed and approved on its right's page."""

    list_display = (
        parameter,
        right_name,
        "valid_from",
        shown_value,
        "state",
        "proposed_by",
        "proposed_at",
        "approved_by",
        "dispatch_at",
        "in_force_at",
        "withdrawn_at",
    )
    list_select_related = ("proposed_by", "approved_by")
    list_filter = (RightFilter, ("in_force_at", admin.EmptyFieldListFilter))
    date_hierarchy = "proposed_at"
    search_fields = ("ticket", "right", "name")
    hidden = ("name", "value")
    extra = (parameter, shown_value)

    @admin.display(description=_("state"))
    def state(self, row: ParameterProposal) -> str:
        return str(row.state.label)


@admin.register(RuleAct)
class RuleActAdmin(HistoryAdmin):
    """Everything that was done to the rules: who, when, what and why."""

    list_display = ("at", "actor", "act", right_name, "of_what", "reason", ticket_link)
    list_filter = ("act", RightFilter)
    date_hierarchy = "at"
    search_fields = ("ticket", "actor", "right")
    hidden = ("subject",)
    extra = ("of_what",)

    @admin.display(description=_("of what"))
    def of_what(self, row: RuleAct) -> str:
        return subject_text(row.subject)


@admin.register(Rehearsal)
class RehearsalAdmin(HistoryAdmin):
    list_display = (
        "__str__",
        linked("proposal", _("proposal")),
        "total",
        "done",
        "started_at",
        "finished_at",
    )
    list_select_related = ("proposal",)
    list_filter = (("finished_at", admin.EmptyFieldListFilter),)
    date_hierarchy = "started_at"
    search_fields = ("ticket",)


@admin.register(RehearsedChange)
class RehearsedChangeAdmin(HistoryAdmin):
    list_display = ("id", person, right_name, word, "municipality_code", "rehearsal_id")
    hidden = ("transition",)
    extra = (word,)
    list_filter = (RightFilter, "transition")
    search_fields = ("person__id", "municipality_code")


@admin.register(LawChange)
class LawChangeAdmin(HistoryAdmin):
    list_display = ("id", right_name, "recorded_at", "derived_at", "ticket")
    list_filter = (RightFilter,)
    date_hierarchy = "recorded_at"
    search_fields = ("ticket",)


@admin.register(PersonDue)
class PersonDueAdmin(HistoryAdmin):
    """Who is to be derived apart, as a change concerns them around which too many live."""

    list_display = (person, "since", "reach", "taken", ticket_link)
    list_display_links = ("since",)
    list_filter = ("taken",)
    date_hierarchy = "since"
    search_fields = ("person__id", "ticket")
    ordering = ("since",)


@admin.register(RightPeriod)
class RightPeriodAdmin(HistoryAdmin):
    list_display = (
        "id",
        person,
        right_name,
        "outcome",
        days,
        attestation_links,
        "recorded_at",
        "superseded_at",
    )
    list_filter = (RightFilter, "outcome", ("superseded_at", admin.EmptyFieldListFilter))
    date_hierarchy = "recorded_at"
    search_fields = ("id", "person__id", "right")


@admin.register(RightChange)
class RightChangeAdmin(HistoryAdmin):
    """The ledger between stage 2 and stage 3."""

    list_display = (
        "id",
        person,
        right_name,
        "version",
        word,
        "now",
        ticket_link,
        "recorded_at",
        "routed_at",
    )
    list_filter = (RightFilter, "transition", ("routed_at", admin.EmptyFieldListFilter))
    date_hierarchy = "recorded_at"
    search_fields = ("id", "ticket", "person__id", "right")
    hidden = ("transition", "periods", "previous_periods", "undetermined_periods")
    extra = (word, "now", "before", "in_doubt")

    @admin.display(description=_("periods"))
    def now(self, row: RightChange) -> SafeString:
        return _shown_periods(row.periods)

    @admin.display(description=_("periods before"))
    def before(self, row: RightChange) -> SafeString:
        return _shown_periods(row.previous_periods)

    @admin.display(description=_("undetermined periods"))
    def in_doubt(self, row: RightChange) -> SafeString:
        return _shown_periods(row.undetermined_periods)


def _shown_periods(pairs: list[list[str | None]]) -> SafeString:
    spans = timeline_from_json(pairs)
    return format_html_join(", ", "{}", ((shown_days(span),) for span in spans))
