"""What the page of a right shows, read in a number of queries that does not grow with the rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from attestations.periods import ONE_DAY, Span
from config.rules.pictures import Lane, Segment, around, drawn
from derived_rights.engine.figures import Parameter
from derived_rights.engine.right import Right
from derived_rights.models import ParameterProposal, ParameterValue, RightSetting, RuleAct
from derived_rights.services.applied_law import current_law
from derived_rights.wording import parameter_text, source_text, unit_text, value_text
from partners.models import Authorisation, Organisation, RecipientRight

SHOWN_ACTS = 50


@dataclass(frozen=True)
class Law:
    """Days on which one version of the law with one set of figures is in force."""

    span: Span
    version: date
    figures: Sequence[tuple[str, str]]
    is_now: bool

    @property
    def days(self) -> str:
        return days(self.span)


@dataclass(frozen=True)
class DatedValue:
    """A value and the day it began; `row` is None where it stands in the module of the right."""

    valid_from: date
    value: Any
    reference: str
    row: ParameterValue | None = None

    @property
    def holds(self) -> bool:
        return self.row is None or self.row.superseded_at is None


@dataclass(frozen=True)
class ParameterHistory:
    """A parameter with every value it ever had here, the newest day first."""

    parameter: Parameter
    note: str
    values: Sequence[DatedValue]
    picture: str
    picture_text: str

    @property
    def unit(self) -> str:
        return unit_text(self.parameter.unit)


@dataclass(frozen=True)
class AuthorisationLine:
    pk: int
    legal_context: str
    days: str


@dataclass(frozen=True)
class RecipientLine:
    """An organisation that is told of the right, or would be: declared, but without permission."""

    organisation: Organisation
    authorisations: Sequence[AuthorisationLine]
    is_paused: bool


def is_active(right: Right) -> bool:
    row = RightSetting.objects.filter(right=right.code).first()
    return right.active_by_default if row is None else row.active


def laws(right: Right, *, on: date) -> list[Law]:
    """The windows of the law, the newest first, each with the figures it is made with."""
    windows = right.term_windows(current_law().overrides.get(right.code))
    return [
        Law(
            window.span,
            window.version,
            [(figure.parameter.name, str(figure)) for figure in window.figures],
            on in window.span,
        )
        for window in reversed(windows)
    ]


def histories(right: Right, *, on: date) -> list[ParameterHistory]:
    """Each parameter with its values: those of the module, and those decided here."""
    rows: dict[str, list[ParameterValue]] = {}
    decided = ParameterValue.objects.filter(right=right.code).select_related(
        "proposal__proposed_by", "proposal__approved_by"
    )
    for row in decided.order_by("-valid_from", "-id"):
        rows.setdefault(row.name, []).append(row)
    waiting: dict[str, list[ParameterProposal]] = {}
    for proposal in open_proposals(right.code):
        waiting.setdefault(proposal.name, []).append(proposal)
    return [
        _history(one, rows.get(one.name, []), waiting.get(one.name, []), on=on)
        for one in right.parameters
    ]


def _history(
    parameter: Parameter,
    rows: Sequence[ParameterValue],
    waiting: Sequence[ParameterProposal],
    *,
    on: date,
) -> ParameterHistory:
    module = [
        DatedValue(day, value, source_text(parameter.reference))
        for day, value in parameter.values.items()
    ]
    decided = [DatedValue(row.valid_from, row.value, row.reference, row) for row in rows]
    values = sorted([*decided, *module], key=lambda one: one.valid_from, reverse=True)
    proposed = [DatedValue(one.valid_from, one.value, one.reference) for one in waiting]
    return ParameterHistory(
        parameter,
        source_text(parameter.note or ""),
        values,
        _picture(module, [one for one in decided if one.holds], proposed, on=on),
        _("Time line of the values of %(parameter)s; the table below says the same.")
        % {"parameter": parameter_text(parameter.name)},
    )


def _picture(
    module: Sequence[DatedValue],
    decided: Sequence[DatedValue],
    proposed: Sequence[DatedValue],
    *,
    on: date,
) -> str:
    """What holds on each day, with what is proposed below it."""
    replaced = {one.valid_from for one in decided}
    standing = [(one, "law") for one in module if one.valid_from not in replaced]
    standing += [(one, "decided") for one in decided]
    lanes = [Lane(_("in force"), _segments(standing))]
    if proposed:
        lanes.append(Lane(_("proposed"), _segments([(one, "proposed") for one in proposed])))
    spans = [segment.span for lane in lanes for segment in lane.segments]
    shown = around(spans, mark=on)
    return drawn(lanes, shown=shown, mark=on, mark_text=_("today"))


def _segments(values: Iterable[tuple[DatedValue, str]]) -> list[Segment]:
    """Each value until the next one begins."""
    ordered = sorted(values, key=lambda pair: pair[0].valid_from)
    ends = [one.valid_from for one, _kind in ordered[1:]]
    spans = [
        Span(one.valid_from, end)
        for (one, _kind), end in zip(ordered, [*ends, date.max], strict=True)
    ]
    return [
        Segment(span, value_text(one.value), kind)
        for span, (one, kind) in zip(spans, ordered, strict=True)
    ]


def open_proposals(code: str) -> list[ParameterProposal]:
    rows = ParameterProposal.objects.filter(right=code, in_force_at=None, withdrawn_at=None)
    return list(rows.select_related("proposed_by", "approved_by").order_by("-id"))


def recipients(right: Right) -> list[RecipientLine]:
    """Who is told of it: each organisation with its authorisations that stand, and the declared."""
    authorisations: dict[Organisation, list[AuthorisationLine]] = {}
    rows = Authorisation.objects.filter(superseded_at=None, rights__contains=[right.code])
    for row in rows.select_related("organisation").order_by("organisation__code", "id"):
        line = AuthorisationLine(row.pk, row.legal_context, days(row.period))
        authorisations.setdefault(row.organisation, []).append(line)
    for declared in Organisation.objects.filter(code=right.recipient):
        authorisations.setdefault(declared, [])
    off = RecipientRight.objects.filter(right=right.code, active=False)
    paused = set(off.values_list("organisation", flat=True))
    return [RecipientLine(one, found, one.pk in paused) for one, found in authorisations.items()]


def acts(code: str) -> list[RuleAct]:
    """The newest acts on the right."""
    return list(RuleAct.objects.filter(right=code).order_by("-id")[:SHOWN_ACTS])


def days(span: Span) -> str:
    """The span as people write it; its first day alone where it has no end."""
    first = date_format(span.start, "SHORT_DATE_FORMAT")
    if span.is_open:
        return _("since %(day)s") % {"day": first}
    return f"{first} – {date_format(span.end - ONE_DAY, 'SHORT_DATE_FORMAT')}"
