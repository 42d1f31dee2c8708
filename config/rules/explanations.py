"""Why a right applies to a person on a day, or does not: sentences, figures, and a time line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from attestations import clock
from attestations.codes import AidKind
from attestations.history_admin import Administrator
from attestations.languages import in_page_language
from attestations.models import Person
from attestations.services import identities
from attestations.services.access import reading as noting
from config.rules import reading
from config.rules.forms import DateInput
from config.rules.pictures import Lane, Segment, around, drawn
from derived_rights import facts as known
from derived_rights.engine import reasons
from derived_rights.engine.catalogue import reach, rights
from derived_rights.engine.explanation import Explanation, Step, explain
from derived_rights.engine.facts import AttestedSpan, Facts
from derived_rights.engine.figures import Figure
from derived_rights.engine.one import Answer, Derivation, Outcome
from derived_rights.services.catalogue import overrides
from derived_rights.wording import source_text, unit_text

MAY_SEE = ("attestations.view_person", "derived_rights.view_rightperiod")
SHOWN_LANES = 12


class QuestionForm(forms.Form):
    """Which right, and which day."""

    right = forms.ChoiceField(label=gettext_lazy("Right"))
    date = forms.DateField(label=gettext_lazy("Day"), widget=DateInput())

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        choice = self.fields["right"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(code, in_page_language(right.label)) for code, right in rights().items()]


@dataclass(frozen=True)
class Line:
    """One step as it is shown, with those below it; `person` is set where it is another's."""

    text: str
    answer: Answer
    person: int | None
    numbers: Sequence[str]
    figure: Figure | None
    lines: Sequence[Line]


@dataclass(frozen=True)
class Behind:
    """An attestation on which the right rests, and whose it is."""

    attested: AttestedSpan
    person: int

    @property
    def days(self) -> str:
        return reading.days(self.attested.span)

    @property
    def kind(self) -> str:
        return in_page_language(AidKind(self.attested.kind).labels)


def explain_page(request: HttpRequest, person_id: int) -> HttpResponse:
    """The question, and once it is asked the answer; the look at each person shown is noted."""
    if not all(request.user.has_perm(permission) for permission in MAY_SEE):
        raise PermissionDenied
    person = get_object_or_404(Person, pk=person_id)
    asked = QuestionForm(request.GET or None, initial={"date": clock.today()})
    context = admin.site.each_context(request) | {
        "title": _("Why a right applies to person %(person)s, or does not") % {"person": person},
        "person": person,
        "form": asked,
    }
    if asked.is_bound and asked.is_valid():
        with noting(Administrator.of(request), operation="admin.explanation") as noted:
            (root,) = identities.known([person.pk]).roots([person.pk])
            answer = _answer(root, **asked.cleaned_data)
            noted.served(*answer.pop("shown"))
        context |= answer
    response = TemplateResponse(request, "admin/rules/explanation.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _answer(person: int, *, right: str, date: date) -> dict[str, Any]:
    """What the page shows; `shown` are the persons of whom it tells."""
    language = (get_language() or "en")[:2]
    near = known.around([person], reach(rights()[right]))
    derivation = Derivation(known.load(near), rights(), overrides())
    found = explain(derivation, person, right, date)
    outcome = derivation.outcome(person, right)
    behind = _behind(derivation.facts, outcome, found)
    figures = found.window.figures if found.window else ()
    return {
        "right": rights()[right],
        "label": in_page_language(rights()[right].label),
        "active": reading.is_active(rights()[right]),
        "found": found,
        "figures": [
            (one, unit_text(one.parameter.unit), source_text(one.parameter.reference))
            for one in figures
        ],
        "summary": reasons.summary(found, rights(), language),
        "law": reasons.law(found, rights(), language),
        "lines": [_line(step, person, language) for step in found.steps],
        "periods": _periods(outcome, language),
        "behind": behind,
        "picture": _picture(outcome, behind, person, mark=date),
        "receipt": outcome.receipt,
        "shown": {person, *(one.person for one in behind), *_persons(found.steps)},
    }


def _line(step: Step, asked: int, language: str) -> Line:
    return Line(
        reasons.sentence(step, rights(), language),
        step.answer,
        None if step.person == asked else step.person,
        step.attestation_numbers,
        step.figure,
        [_line(inner, asked, language) for inner in step.steps],
    )


def _persons(steps: Sequence[Step]) -> Iterator[int]:
    for step in steps:
        yield step.person
        yield from _persons(step.steps)


def _behind(facts: Facts, outcome: Outcome, found: Explanation) -> list[Behind]:
    """The attestations that caused a period of the right, or stand in a step, oldest first."""
    numbers = {number for period in outcome.periods for number in period.attestation_numbers}
    numbers |= set(_numbers(found.steps))
    rows = [
        Behind(attested, person)
        for person, all_of_one in facts.attested.items()
        for attested in all_of_one
        if attested.number in numbers
    ]
    return sorted(rows, key=lambda row: (row.attested.span, row.attested.number))


def _numbers(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        yield from step.attestation_numbers
        yield from _numbers(step.steps)


def _periods(outcome: Outcome, language: str) -> list[dict[str, Any]]:
    """The whole history of the right: when it applies, and when that cannot be told."""
    sure = [
        {"span": one.span, "numbers": one.attestation_numbers, "missing": []}
        for one in outcome.periods
    ]
    unsure = [
        {
            "span": one.span,
            "numbers": (),
            "missing": [
                f"{lack.fact.labels[language]} ({lack.supplier.labels[language]})"
                for lack in one.missing
            ],
        }
        for one in outcome.undetermined
    ]
    rows: list[dict[str, Any]] = sorted([*sure, *unsure], key=lambda row: row["span"])
    return [row | {"days": reading.days(row["span"])} for row in rows]


def _picture(outcome: Outcome, behind: Sequence[Behind], asked: int, *, mark: date) -> str:
    """The right above, and below it the attestations that brought it about."""
    segments = [Segment(one.span, reading.days(one.span), "decided") for one in outcome.periods]
    segments += [Segment(one.span, "?", "doubtful") for one in outcome.undetermined]
    lanes = [Lane(_("the right"), segments)]
    for row in behind[:SHOWN_LANES]:
        owner = "" if row.person == asked else f" #{row.person}"
        bar = Segment(row.attested.span, row.kind, "attested")
        lanes.append(Lane(f"{row.attested.number}{owner}", [bar]))
    spans = [segment.span for lane in lanes for segment in lane.segments]
    told = date_format(mark, "SHORT_DATE_FORMAT")
    return drawn(lanes, shown=around(spans, mark=mark), mark=mark, mark_text=told)
