"""What every term says of itself in an explanation, and that none says nothing."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given

from attestations.codes import LANGUAGES
from derived_rights.engine import reasons
from derived_rights.engine import terms as vocabulary
from derived_rights.engine.catalogue import rights
from derived_rights.engine.causes import Moving
from derived_rights.engine.explanation import Step, explain
from derived_rights.engine.facts import (
    AttestedSpan,
    Facts,
    HouseholdSpan,
    PaidMonth,
    PermitSpan,
    ResidenceSpan,
)
from derived_rights.engine.figures import Parameter
from derived_rights.engine.one import Answer, Derivation
from derived_rights.engine.sentences import SENTENCES
from derived_rights.engine.terms import (
    Aged,
    Attested,
    HeldInHousehold,
    PaidAtLeast,
    PaidShare,
    Permitted,
    Reported,
    ResidesIn,
    Term,
)
from tests.derived_rights import samples
from tests.derived_rights.samples import KIND, OTHER_KIND, aid, inclusive, path, right_of

# What each term says of two runs of aid, and of what sources state.

income = Attested(KIND)
STATED = Facts(
    {1: [aid("A1", "2026-01-10", "2026-03-20"), aid("A2", "2026-04-01", "2026-04-10")]},
    births={1: [date(2000, 2, 29)]},
    residences={
        1: [
            ResidenceSpan(samples.EUPEN, inclusive("2026-01-01", "2026-06-30")),
            ResidenceSpan(samples.GHENT, inclusive("2026-07-01", "2026-12-31")),
        ]
    },
    permits={
        1: [
            PermitSpan("F", inclusive("2026-01-01", "2026-06-30")),
            PermitSpan("B", inclusive("2026-07-01", "2026-12-31")),
        ]
    },
    paid={
        1: [PaidMonth(KIND, date(2026, month, 1), 123_450) for month in (1, 2, 3, 4)]
        + [PaidMonth(OTHER_KIND, date(2026, 1, 1), 200_000)]
    },
)
SAID: list[tuple[Term, str, str, str]] = [
    (
        income.lasting_at_least(months=2),
        "2026-02-01",
        "en",
        "The uninterrupted period lasts at least 2 months: from 10 January 2026 to 20 March 2026.",
    ),
    (
        income.lasting_at_least(days=1),
        "2026-04-05",
        "fr",
        "La période ininterrompue dure au moins 1 jour : du 1er avril 2026 au 10 avril 2026.",
    ),
    (
        income.lasting_at_least(days=30),
        "2026-04-05",
        "de",
        "Kein ununterbrochener Zeitraum, der mindestens 30 Tage dauert, umfasst den 5. April 2026.",
    ),
    (
        income.bridging(14),
        "2026-03-25",
        "nl",
        "Onderbrekingen van hoogstens 14 dagen tellen niet: van 10 januari 2026 tot en met"
        " 10 april 2026.",
    ),
    (
        income.counted_days(60, 90),
        "2026-03-15",
        "en",
        "The condition is met on at least 60 of the last 90 days: from 10 March 2026 to"
        " 29 April 2026.",
    ),
    (
        income.counted_days(60, 90),
        "2026-02-15",
        "fr",
        "Le 15 février 2026, la condition n'est pas remplie pendant au moins 60 des 90 derniers"
        " jours.",
    ),
    (
        income.ever_since(),
        "2027-01-01",
        "en",
        "The condition was met for a first time; that holds since 10 January 2026.",
    ),
    (
        income.ever_since(),
        "2026-01-09",
        "nl",
        "Tot en met 9 januari 2026 is nooit aan de voorwaarde voldaan.",
    ),
    (
        income.on_reference_date(2, 1, 1),
        "2027-12-15",
        "fr",
        "La condition est remplie le 1er février 2026, le jour qui compte pour toute l'année ; donc"
        " du 1er janvier 2027 au 31 décembre 2027.",
    ),
    (
        income.on_reference_date(1, 1, 1),
        "2027-12-15",
        "de",
        "Die Bedingung ist am 1. Januar 2026 nicht erfüllt, dem Tag, der für das ganze Jahr des"
        " 15. Dezember 2027 zählt.",
    ),
    (
        income.whole_quarters(),
        "2026-06-30",
        "nl",
        "Elk begonnen kwartaal telt volledig: van 1 januari 2026 tot en met 30 juni 2026.",
    ),
    (
        income.to_end_of("quarter"),
        "2026-06-30",
        "fr",
        "Ceci est gardé jusqu'à la fin du trimestre : du 10 janvier 2026 au 30 juin 2026.",
    ),
    (
        income.from_start_of("year"),
        "2026-01-01",
        "de",
        "Dies wird ab dem Anfang des Jahres gerechnet: vom 1. Januar 2026 bis zum 10. April 2026.",
    ),
    (
        Aged(26),
        "2026-03-01",
        "en",
        "The person has the age required (26 years or older) since 1 March 2026.",
    ),
    (
        Aged(18, 25),
        "2026-03-01",
        "fr",
        "Le 1er mars 2026, la personne n'a pas l'âge exigé (18 ans ou plus, moins de 25 ans).",
    ),
    (
        ResidesIn("germanCommunity"),
        "2026-03-01",
        "de",
        "Die Person wohnt am verlangten Ort (Deutschsprachige Gemeinschaft) vom 1. Januar 2026 bis"
        " zum 30. Juni 2026.",
    ),
    (
        ResidesIn(municipalities=(samples.EUPEN, samples.NAMUR)),
        "2026-08-01",
        "nl",
        "Op 1 augustus 2026 woont de persoon elders dan op de vereiste plaats (Eupen, Namen).",
    ),
    (
        ResidesIn(municipalities=(samples.GHENT, samples.NAMUR)),
        "2026-08-01",
        "en",
        "The person lives in the place required (Gent, Namur) from 1 July 2026 to"
        " 31 December 2026.",
    ),
    (
        Permitted(("A", "B")),
        "2026-03-01",
        "en",
        "On 1 March 2026 the residence permit is not of the kind required (A, B).",
    ),
    (
        PaidAtLeast((KIND,), 100_000, "month"),
        "2026-03-01",
        "fr",
        "Au moins 1\u00a0000,00 € ont été payés par mois (Revenu d'intégration) du 1er janvier 2026"
        " au 30 avril 2026.",
    ),
    (
        PaidAtLeast((KIND,), 1_000_050, "year"),
        "2026-03-01",
        "nl",
        "Voor 1 maart 2026 is per jaar minder dan € 10.000,50 betaald (Leefloon).",
    ),
    (
        PaidShare((KIND,), (KIND, OTHER_KIND), 60, "year"),
        "2026-03-01",
        "en",
        "Of all that was paid per year (Equivalent integration income, Integration income), at"
        " least 60 % was for Integration income from 1 January 2026 to 31 December 2026.",
    ),
    (
        PaidShare((KIND,), (KIND, OTHER_KIND), 60, "month"),
        "2026-01-05",
        "de",
        "Für den 5. Januar 2026 waren weniger als 60 % dessen, was je Monat gezahlt wurde"
        " (Gleichgestelltes Eingliederungseinkommen, Eingliederungseinkommen), für"
        " Eingliederungseinkommen, oder es wurde nichts gezahlt.",
    ),
]


@pytest.mark.parametrize(("term", "day", "language", "said"), SAID)
def test_each_term_says_what_it_found(term: Term, day: str, language: str, said: str) -> None:
    known = {"sample": right_of("sample", term)}
    (step,) = explain(Derivation(STATED, known), 1, "sample", date.fromisoformat(day)).steps
    assert reasons.sentence(step, known, language) == said


def test_an_amount_names_the_figure_it_is_compared_with() -> None:
    least = Parameter("least", "euro cents", "art. 1", {date(2020, 1, 1): 100_000})
    term = PaidAtLeast((KIND,), least.on(date(2026, 1, 1)), "month")
    known = {"sample": right_of("sample", term)}
    (step,) = explain(Derivation(STATED, known), 1, "sample", date(2026, 3, 1)).steps
    assert step.figure is not None
    assert (step.figure.parameter.name, int(step.figure)) == ("least", 100_000)


@pytest.mark.parametrize(
    ("term", "day", "cause"),
    [
        (income.bridging(14), "2026-03-23", "2026-03-20"),
        (income.counted_days(60, 90), "2026-04-29", "2026-04-10"),
        (income.ever_since(), "2030-01-01", "2026-01-10"),
        (income.on_reference_date(2, 1, 1), "2027-12-15", "2026-02-01"),
        (income.to_end_of("year"), "2026-12-31", "2026-04-10"),
        (income.from_start_of("month"), "2026-01-01", "2026-01-10"),
        (income.whole_quarters(), "2026-06-30", "2026-04-10"),
        (income.lasting_at_least(months=2), "2026-02-01", "2026-02-01"),
    ],
)
def test_a_day_leads_to_the_nearest_one_that_caused_it(term: Term, day: str, cause: str) -> None:
    known = {"sample": right_of("sample", term)}
    (step,) = explain(Derivation(STATED, known), 1, "sample", date.fromisoformat(day)).steps
    (below,) = step.steps
    assert (below.day.isoformat(), below.answer) == (cause, Answer.APPLIES)


def test_a_doubt_leads_to_a_day_that_is_itself_in_doubt() -> None:
    """The days that are certain would not say what is missing."""
    known = {
        "sample": right_of("sample", (income | Reported(samples.FACT)).lasting_at_least(days=90))
    }
    derivation = Derivation(STATED, known)
    (step,) = explain(derivation, 1, "sample", date(2026, 2, 1)).steps
    (below,) = step.steps
    assert below.answer is Answer.UNDETERMINED
    assert below.day == date(2026, 1, 9)


def test_days_that_rest_on_others_name_them_to_whoever_shows_them() -> None:
    facts = Facts(
        household=[HouseholdSpan(1, 2, "child", inclusive("2026-01-01"))],
        births={2: [date(2010, 5, 5)]},
    )
    minor = HeldInHousehold(Aged(below=18), ("parent",))
    for term in (minor, minor.to_end_of("year"), ~minor, ~minor | minor.lasting_at_least(days=9)):
        known = {"sample": right_of("sample", term)}
        day = date(2029, 1, 1) if term == ~minor else date(2026, 6, 1)
        (step,) = explain(Derivation(facts, known), 1, "sample", day).steps
        assert (step.person, step.others) == (1, {2})


def test_every_sentence_uses_the_same_values_in_all_languages() -> None:
    for identifier, texts in SENTENCES.items():
        assert list(texts) == list(LANGUAGES), identifier
        used = {language: set(re.findall(r"{(\w+)}", text)) for language, text in texts.items()}
        assert len({frozenset(names) for names in used.values()}) == 1, identifier


def test_every_term_has_a_sentence_for_yes_and_for_no() -> None:
    classes = [getattr(vocabulary, name) for name in vocabulary.__all__]
    names = [c.__name__ for c in classes if isinstance(c, type) and issubclass(c, Term)]
    for name in set(names) - {"Term"}:
        for answer in (Answer.APPLIES, Answer.DOES_NOT_APPLY):
            assert f"{name[0].lower()}{name[1:]}.{answer}" in SENTENCES


@given(samples.facts, samples.terms, samples.days)
def test_any_term_can_be_explained(facts: Facts, term: Term, day: date) -> None:
    """The answers agree with the outcome, and each step has a sentence in each language."""
    known = {"sample": right_of("sample", term)}
    derivation = Derivation(facts, known)
    explanation = explain(derivation, 1, "sample", day)
    assert explanation.answer is derivation.outcome(1, "sample").on(day)
    waiting = list(explanation.steps)
    while waiting:
        step = waiting.pop()
        waiting += step.steps
        for language in LANGUAGES:
            assert "{" not in reasons.sentence(step, known, language)
        if step.answer is Answer.UNDETERMINED:
            assert step.missing
        if isinstance(step.term, Moving) and step.answer is not Answer.DOES_NOT_APPLY:
            assert [below.answer for below in step.steps] == [step.answer]
        if step.span is not None:
            assert step.day in step.span
            assert step.answer is not Answer.DOES_NOT_APPLY


@given(samples.facts, samples.days)
def test_a_yes_leads_to_an_attestation_or_to_what_was_paid(facts: Facts, day: date) -> None:
    derivation = Derivation(facts, rights())
    for code in rights():
        explanation = explain(derivation, 1, code, day)
        if explanation.answer is Answer.APPLIES:
            leaf = path(explanation)[-1]
            if isinstance(leaf.term, PaidShare | PaidAtLeast):
                kinds = leaf.term.kinds
                assert any(one.kind in kinds and one.cents for one in facts.paid[leaf.person])
                continue
            assert isinstance(leaf.term, Attested)
            assert leaf.attestation_numbers
            assert any(_is(leaf, one) for one in facts.attested[leaf.person])


def _is(leaf: Step, one: AttestedSpan) -> bool:
    return one.number in leaf.attestation_numbers and leaf.day in one.span
