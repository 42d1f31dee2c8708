"""What the codes of rights mean, in plain words and the language of the page."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from attestations.languages import in_page_language
from derived_rights.engine.catalogue import rights
from derived_rights.engine.fact_kinds import FactKind
from derived_rights.engine.right import Effect, Trust
from derived_rights.engine.texts import in_language
from derived_rights.told_values import ToldValue


def right_label(code: str) -> str:
    """The name of a right; a right that is no more, by its code."""
    right = rights().get(code)
    return code if right is None else in_page_language(right.label)


def named(name: object, value: object) -> str:
    """What something is and what is said of it, with the colon as the language has it."""
    return _("%(name)s: %(value)s") % {"name": name, "value": value}


def figure_label(right: str, name: str, valid_from: date) -> str:
    """The name of a dated figure: of which right, what it sets, from which day."""
    day = date_format(valid_from, "SHORT_DATE_FORMAT")
    return named(right_label(right), f"{parameter_text(name)}, {day}")


def instant_text(at: datetime) -> str:
    """An instant as people here write it."""
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT")


def effect_text(effect: Effect) -> str:
    """What the effect means for the person, in a few plain words."""
    return {
        Effect.GRANT: _("opens a benefit for the person"),
        Effect.REDUCE_DUE: _("lowers something that the person owes"),
        Effect.PRESUME: _("is evidence in a decision that the person asks for"),
        Effect.OFFSET: _("another benefit is paid to the CPAS first"),
        Effect.CHECK_ADVERSE: _("is used in a check that can go against the person"),
        Effect.INFORM: _("informs; no right follows from it"),
    }[effect]


def trust_text(trust: Trust) -> str:
    return {
        Trust.SOURCED: _("sourced: an official text confirms the rule"),
        Trust.SIGNAL: _("signal: no official text that could be read confirms the rule"),
    }[trust]


def word_text(word: str) -> str:
    """What a message says happened, as its type names it; a word that is no more, as it is."""
    return {
        "granted": _("granted"),
        "extended": _("extended"),
        "reduced": _("reduced"),
        "ended": _("ended"),
        "corrected": _("corrected"),
        "undetermined": _("undetermined"),
        "noted": _("noted"),
        "changed": _("changed"),
        "withdrawn": _("withdrawn"),
    }.get(word, word)


def source_text(text: str) -> str:
    """A legal source, or a note on one, in the language of the page as far as it is known there."""
    return in_language(text, (get_language() or "en")[:2])


def unit_text(unit: str) -> str:
    """In what a parameter is counted, or what is chosen; a unit without words, as it is."""
    return {
        "months": _("months"),
        "years": _("years"),
        "day": _("a day to choose"),
        "days": _("days"),
        "members": _("members of the household"),
        "kinds of aid": _("kinds of aid"),
        "condition": _("a condition"),
        "unit of time": _("a unit of time"),
        "percent": _("percent"),
        "products": _("products"),
    }.get(unit, unit)


def field_text(field: str) -> str:
    """What an authorisation opens by this field; one that is no more, as it is."""
    return {
        "periods": _("the days on which it holds"),
        "aidKind": _("the kind of aid"),
        "cpas": _("which CPAS attested it"),
        "attestationNumber": _("the numbers of the attestations"),
        "household": _("the members of the household"),
        "amounts": _("amounts of money"),
    }.get(field, field)


def topic_text(topic: str) -> str:
    """About what messages are; a topic that is no more, as it is."""
    return {
        "rights": _("rights"),
        "attestations": _("attestations"),
        "missingAttestations": _("missing attestations"),
    }.get(topic, topic)


def fact_text(kind: FactKind) -> str:
    """What a right reads, in words."""
    return in_page_language(kind.labels)


def parameter_text(name: str) -> str:
    """What a parameter sets, in words; one without words, by its name."""
    return {
        "minimum_months": _("complete months of aid that are needed"),
        "start_anchor": _("the day on which it begins"),
        "extra_years": _("further years for which it is kept"),
        "household_scope": _("who of the household shares it"),
        "shown_aid": _("kinds of aid that are shown"),
        "opening_aid": _("kinds of aid that open it"),
        "counted_aid": _("kinds of aid that count"),
        "share": _("least share of the income"),
        "years_before": _("years before the one that it is for"),
        "union_days": _("days of aid of citizens of the Union"),
        "other_months": _("months of aid of others"),
        "minimum_age": _("least age"),
        "counted_by": _("how the time is counted"),
        "sold": _("season tickets that are sold"),
        "residence_months": _("months without interruption"),
        "opened_by": _("what opens it"),
    }.get(name, name)


def value_text(value: object) -> str:
    """A value of a parameter: a choice in words; a number, and a choice without words, as it is."""
    return {
        "completion": _("the day on which the months are complete"),
        "spanStart": _("the first day of the months"),
        "monthStart": _("the first day of the month of completion"),
        "quarterStart": _("the first day of the quarter of completion"),
        "partner": _("the partner"),
        "partnerAndChildren": _("the partner and the children"),
        "advances": _("advances on another benefit"),
        "advancesAndIncome": _("advances and integration income"),
        "integrationIncome": _("integration income"),
        "equivalentToo": _("integration income and its equivalent"),
        "vt": _("the VT"),
        "vgAndVt": _("the VG and the VT"),
        "aid": _("aid of a CPAS"),
        "bim": _("the increased intervention"),
        "bimOrAid": _("the increased intervention, or aid of a CPAS"),
        "days": _("days"),
        "months": _("months"),
        "quarters": _("quarters"),
    }.get(str(value), str(value))


def subject_text(subject: str) -> str:
    """Of what an act on the rules was; what is no value of a parameter, as it is."""
    told = ToldValue.parse(subject)
    if told is None:
        return subject
    return _("%(parameter)s: %(value)s, from %(day)s (%(reference)s)") % {
        "parameter": parameter_text(told.name),
        "value": value_text(told.value),
        "day": date_format(told.valid_from, "SHORT_DATE_FORMAT"),
        "reference": source_text(told.reference),
    }
