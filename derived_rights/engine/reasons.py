"""The steps of an explanation as sentences in French, Dutch, German and English.

Every sentence has a stable id, `<term>.<answer>`, and all four languages. No sentence holds an
attestation number or says who a person is: whoever shows it adds what the reader may see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from attestations import municipalities
from attestations.codes import AidKind, HouseholdRelation
from attestations.municipalities import Region
from attestations.periods import BEGINNING, Span
from derived_rights.engine.explanation import Explanation, Step
from derived_rights.engine.facts import FactKind, MissingFact
from derived_rights.engine.one import Answer
from derived_rights.engine.phrases import (
    AGED_BELOW,
    AREAS,
    AS_RELATION,
    AT_LEAST_AGED,
    DAY,
    EURO_MARKS,
    EUROS,
    LENGTHS,
    MONTHS,
    OF_UNIT,
    PER_UNIT,
    PERIOD,
)
from derived_rights.engine.right import Right
from derived_rights.engine.sentences import SENTENCES
from derived_rights.engine.shifts import reference_day
from derived_rights.engine.terms import (
    Aged,
    Attested,
    Bridged,
    CarriedToYearEnd,
    CompleteMonths,
    CountedDays,
    Derived,
    FromStartOf,
    HeldInHousehold,
    LastingAtLeast,
    OnReferenceDate,
    PaidAtLeast,
    PaidShare,
    Permitted,
    Reported,
    ResidesIn,
    ToEndOf,
)
from derived_rights.engine.texts import in_language


def summary(explanation: Explanation, rights: Mapping[str, Right], language: str) -> str:
    """The answer in one sentence; only a favour is said to be a right that exists."""
    kind = "summary" if rights[explanation.right].effect.is_favourable else "fact"
    return _sentence(
        f"{kind}.{explanation.answer}",
        language,
        right=rights[explanation.right].label[language],
        day=day_text(explanation.day, language),
        period=_period(explanation.span, language),
        missing=_missing(explanation.missing, language),
    )


def law(explanation: Explanation, rights: Mapping[str, Right], language: str) -> str:
    """Which law was applied, or that there was none yet."""
    if explanation.window is None:
        return _sentence("law.none", language, day=day_text(explanation.day, language))
    return _sentence(
        "law.inForce",
        language,
        version=day_text(explanation.window.version, language),
        reference=in_language(rights[explanation.right].reference, language),
    )


def sentence(step: Step, rights: Mapping[str, Right], language: str) -> str:
    """What one step says, without the steps below it."""
    identifier = sentence_id(step)
    return _sentence(
        identifier,
        language,
        day=day_text(step.day, language),
        period=_period(step.span, language),
        missing=_missing(step.missing, language),
        **_values(step, rights, language),
    )


def sentence_id(step: Step) -> str:
    """The stable id of the sentence of a step; every undetermined one has the same."""
    if step.answer is Answer.UNDETERMINED:
        return f"any.{step.answer}"
    name = type(step.term).__name__
    return f"{name[0].lower()}{name[1:]}.{step.answer}"


def day_text(day: date, language: str) -> str:
    """A day as it is written in the language, as in 2 March 2026, 2. März 2026 or 1er mars 2026."""
    number = "1er" if language == "fr" and day.day == 1 else str(day.day)
    return DAY[language].format(day=number, month=MONTHS[language][day.month - 1], year=day.year)


def _values(step: Step, rights: Mapping[str, Right], language: str) -> dict[str, str]:
    match step.term:
        case Attested(kind):
            return {"kind": AidKind(kind).labels[language]}
        case Reported(fact):
            return {"fact": FactKind(fact).labels[language]}
        case Derived(code):
            return {"right": rights[code].label[language]}
        case HeldInHousehold(relations=relations):
            return {"relation": _relations(relations, language)}
        case Aged():
            return {"age": _age(step.term, language)}
        case ResidesIn():
            return {"place": _place(step.term, language)}
        case Permitted(values):
            return {"values": ", ".join(values)}
        case PaidAtLeast(kinds, amount, unit):
            return {
                "kinds": _kinds(kinds, language),
                "amount": euros(amount, language),
                "unit": PER_UNIT[unit][language],
            }
        case PaidShare(kinds, of, percent, unit):
            return {
                "kinds": _kinds(kinds, language),
                "of": _kinds(of, language),
                "percent": str(percent),
                "unit": PER_UNIT[unit][language],
            }
        case _:
            return _values_of_time(step, language)


def _values_of_time(step: Step, language: str) -> dict[str, str]:
    match step.term:
        case CompleteMonths(months=months):
            return {"months": str(months)}
        case LastingAtLeast(months=months, days=days):
            length = _length("months", months, language) if months else None
            return {"length": length or _length("days", days, language)}
        case Bridged(days=days):
            return {"length": _length("days", days, language)}
        case CountedDays(at_least=at_least, within=within):
            return {"at_least": str(at_least), "within": str(within)}
        case CarriedToYearEnd(extra_years=years):
            return {"years": str(years)}
        case OnReferenceDate():
            asked = reference_day(step.term, step.day.year) or step.day
            return {"reference": day_text(asked, language)}
        case ToEndOf(unit=unit) | FromStartOf(unit=unit):
            return {"of_unit": OF_UNIT[unit][language]}
        case _:
            return {}


def _age(term: Aged, language: str) -> str:
    bounds = ((AT_LEAST_AGED, term.at_least), (AGED_BELOW, term.below))
    return ", ".join(
        text[language].format(years=years) for text, years in bounds if years is not None
    )


def _place(term: ResidesIn, language: str) -> str:
    if term.region is not None:
        return AREAS[term.region][language]
    return ", ".join(_municipality(code, language) for code in term.municipalities)


def _municipality(code: str, language: str) -> str:
    """Its name in the language, or else in that of its region."""
    found = municipalities.get(code)
    own = "nl" if found.region is Region.FLANDERS else "fr"
    return found.names.get(language, found.names[own])


def _kinds(kinds: Iterable[str], language: str) -> str:
    return ", ".join(AidKind(kind).labels[language] for kind in kinds)


def _length(unit: str, number: int, language: str) -> str:
    one, several = LENGTHS[unit]
    return (one if number == 1 else several)[language].format(number=number)


def _relations(relations: Iterable[str] | None, language: str) -> str:
    if relations is None:
        return ""
    names = [HouseholdRelation(relation).labels[language] for relation in relations]
    if language != "de":
        names = [name.lower() for name in names]
    return AS_RELATION[language].format(relations=" / ".join(names))


def _period(span: Span | None, language: str) -> str:
    if span is None:
        return ""
    last = span.last_day
    shape = ("" if span.start == BEGINNING else "from") + ("" if last is None else "To")
    return PERIOD[shape][language].format(
        first=day_text(span.start, language), last="" if last is None else day_text(last, language)
    )


def _missing(missing: Iterable[MissingFact], language: str) -> str:
    named = {f"{m.fact.labels[language]} ({m.supplier.labels[language]})" for m in missing}
    return ", ".join(sorted(named))


def euros(cents: int, language: str) -> str:
    """An amount as it is written in the language, as in €1,234.50 or 1.234,50 €."""
    thousands, mark = EURO_MARKS[language]
    whole, rest = divmod(int(cents), 100)
    written = f"{whole:,}".replace(",", thousands) + f"{mark}{rest:02}"
    return EUROS[language].format(euros=written)


def _sentence(identifier: str, language: str, **values: str) -> str:
    return SENTENCES[identifier][language].format(**values)
