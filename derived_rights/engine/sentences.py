"""The catalogue of sentences, by stable id and language. `reasons` fills them in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from attestations.codes import LANGUAGES

Text: TypeAlias = Mapping[str, str]


def _text(*texts: str) -> Text:
    """French, Dutch, German, English."""
    return dict(zip(LANGUAGES, texts, strict=True))


SENTENCES: Mapping[str, Text] = {
    "summary.applies": _text(
        "{right} : le droit existe le {day}, {period}.",
        "{right}: het recht bestaat op {day}, {period}.",
        "{right}: Das Recht besteht am {day}, {period}.",
        "{right}: the right exists on {day}, {period}.",
    ),
    "summary.doesNotApply": _text(
        "{right} : le droit n'existe pas le {day}.",
        "{right}: het recht bestaat niet op {day}.",
        "{right}: Das Recht besteht am {day} nicht.",
        "{right}: the right does not exist on {day}.",
    ),
    "summary.undetermined": _text(
        "{right} : on ne peut pas le dire pour le {day} ; il manque : {missing}.",
        "{right}: dit is niet te zeggen voor {day}; er ontbreekt: {missing}.",
        "{right}: Für den {day} ist dies nicht zu sagen; es fehlt: {missing}.",
        "{right}: this cannot be told for {day}; missing: {missing}.",
    ),
    "law.inForce": _text(
        "La règle appliquée est en vigueur depuis le {version} : {reference}.",
        "De toegepaste regel geldt sinds {version}: {reference}.",
        "Die angewandte Regel gilt seit dem {version}: {reference}.",
        "The rule applied has been in force since {version}: {reference}.",
    ),
    "law.none": _text(
        "Le {day}, ce droit n'existait pas encore.",
        "Op {day} bestond dit recht nog niet.",
        "Am {day} gab es dieses Recht noch nicht.",
        "On {day} this right did not exist yet.",
    ),
    "any.undetermined": _text(
        "On ne peut pas le dire pour le {day} ; il manque : {missing}.",
        "Dit is niet te zeggen voor {day}; er ontbreekt: {missing}.",
        "Für den {day} ist dies nicht zu sagen; es fehlt: {missing}.",
        "This cannot be told for {day}; missing: {missing}.",
    ),
    "attested.applies": _text(
        "Une aide est attestée {period} : {kind}.",
        "Er is steun geattesteerd {period}: {kind}.",
        "Eine Hilfe ist bescheinigt {period}: {kind}.",
        "An aid is attested {period}: {kind}.",
    ),
    "attested.doesNotApply": _text(
        "Rien n'est attesté le {day} pour : {kind}.",
        "Er is niets geattesteerd op {day} voor: {kind}.",
        "Am {day} ist nichts bescheinigt für: {kind}.",
        "Nothing is attested on {day} for: {kind}.",
    ),
    "reported.applies": _text(
        "Une source le confirme {period} : {fact}.",
        "Een bron bevestigt het {period}: {fact}.",
        "Eine Quelle bestätigt es {period}: {fact}.",
        "A source confirms it {period}: {fact}.",
    ),
    "reported.doesNotApply": _text(
        "Une source le dément pour le {day} : {fact}.",
        "Een bron ontkent het voor {day}: {fact}.",
        "Eine Quelle verneint es für den {day}: {fact}.",
        "A source denies it for {day}: {fact}.",
    ),
    "derived.applies": _text(
        "Un autre droit existe {period} : {right}.",
        "Een ander recht bestaat {period}: {right}.",
        "Ein anderes Recht besteht {period}: {right}.",
        "Another right exists {period}: {right}.",
    ),
    "derived.doesNotApply": _text(
        "Un autre droit n'existe pas le {day} : {right}.",
        "Een ander recht bestaat niet op {day}: {right}.",
        "Ein anderes Recht besteht am {day} nicht: {right}.",
        "Another right does not exist on {day}: {right}.",
    ),
    "heldInHousehold.applies": _text(
        "La personne vit{relation} avec quelqu'un qui remplit cette condition {period}.",
        "De persoon woont{relation} samen met iemand die aan deze voorwaarde voldoet {period}.",
        "Die Person lebt{relation} mit jemandem zusammen, der diese Bedingung erfüllt {period}.",
        "The person lives{relation} with somebody who meets this condition {period}.",
    ),
    "heldInHousehold.doesNotApply": _text(
        "Le {day}, la personne ne vit{relation} avec personne qui remplit cette condition.",
        "Op {day} woont de persoon{relation} niet samen met iemand die hieraan voldoet.",
        "Am {day} lebt die Person{relation} mit niemandem zusammen, der diese Bedingung erfüllt.",
        "On {day} the person does not live{relation} with anybody who meets this condition.",
    ),
    "anyOf.applies": _text(
        "Une des conditions au moins est remplie {period}.",
        "Aan minstens één van de voorwaarden is voldaan {period}.",
        "Mindestens eine der Bedingungen ist erfüllt {period}.",
        "At least one of the conditions is met {period}.",
    ),
    "anyOf.doesNotApply": _text(
        "Aucune des conditions n'est remplie le {day}.",
        "Aan geen van de voorwaarden is voldaan op {day}.",
        "Keine der Bedingungen ist am {day} erfüllt.",
        "None of the conditions is met on {day}.",
    ),
    "allOf.applies": _text(
        "Toutes les conditions sont remplies {period}.",
        "Aan alle voorwaarden is voldaan {period}.",
        "Alle Bedingungen sind erfüllt {period}.",
        "All conditions are met {period}.",
    ),
    "allOf.doesNotApply": _text(
        "Une condition au moins n'est pas remplie le {day}.",
        "Aan minstens één voorwaarde is niet voldaan op {day}.",
        "Mindestens eine Bedingung ist am {day} nicht erfüllt.",
        "At least one condition is not met on {day}.",
    ),
    "not.applies": _text(
        "La condition contraire n'est pas remplie {period}.",
        "Aan de tegengestelde voorwaarde is niet voldaan {period}.",
        "Die gegenteilige Bedingung ist nicht erfüllt {period}.",
        "The opposite condition is not met {period}.",
    ),
    "not.doesNotApply": _text(
        "La condition contraire est remplie le {day}.",
        "Aan de tegengestelde voorwaarde is voldaan op {day}.",
        "Die gegenteilige Bedingung ist am {day} erfüllt.",
        "The opposite condition is met on {day}.",
    ),
    "completeMonths.applies": _text(
        "Les mois complets et ininterrompus exigés ({months}) sont atteints {period}.",
        "Het vereiste aantal volledige en ononderbroken maanden ({months}) is bereikt {period}.",
        "Die verlangten vollen, ununterbrochenen Monate ({months}) sind erreicht {period}.",
        "The complete and uninterrupted months required ({months}) are reached {period}.",
    ),
    "completeMonths.doesNotApply": _text(
        "Les mois complets et ininterrompus exigés ({months}) ne sont pas atteints le {day}.",
        "Het vereiste aantal volledige en ononderbroken maanden ({months}) is op {day} niet"
        " bereikt.",
        "Die verlangten vollen, ununterbrochenen Monate ({months}) sind am {day} nicht erreicht.",
        "The complete and uninterrupted months required ({months}) are not reached on {day}.",
    ),
    "carriedToYearEnd.applies": _text(
        "Le droit est gardé jusqu'au 31 décembre, années supplémentaires : {years} ; donc"
        " {period}.",
        "Het recht blijft behouden tot 31 december, extra jaren: {years}; dus {period}.",
        "Das Recht bleibt bis zum 31. Dezember erhalten, zusätzliche Jahre: {years}; also"
        " {period}.",
        "The right is kept until 31 December, extra years: {years}; hence {period}.",
    ),
    "carriedToYearEnd.doesNotApply": _text(
        "Le {day}, rien n'est gardé jusqu'à la fin d'une année.",
        "Op {day} blijft er niets behouden tot het einde van een jaar.",
        "Am {day} bleibt nichts bis zum Ende eines Jahres erhalten.",
        "On {day} nothing is kept until the end of a year.",
    ),
    "fromQuarterOfDecision.applies": _text(
        "Compté à partir du trimestre de la décision : {period}.",
        "Gerekend vanaf het kwartaal van de beslissing: {period}.",
        "Gerechnet ab dem Quartal des Beschlusses: {period}.",
        "Counted from the quarter of the decision: {period}.",
    ),
    "fromQuarterOfDecision.doesNotApply": _text(
        "Compté à partir du trimestre de la décision, rien ne vaut le {day}.",
        "Gerekend vanaf het kwartaal van de beslissing geldt er niets op {day}.",
        "Gerechnet ab dem Quartal des Beschlusses gilt am {day} nichts.",
        "Counted from the quarter of the decision, nothing holds on {day}.",
    ),
    "wholeMonths.applies": _text(
        "Chaque mois entamé compte en entier : {period}.",
        "Elke begonnen maand telt volledig: {period}.",
        "Jeder angefangene Monat zählt ganz: {period}.",
        "Every month begun counts whole: {period}.",
    ),
    "wholeMonths.doesNotApply": _text(
        "Aucun jour du mois du {day} ne compte.",
        "Geen dag van de maand van {day} telt.",
        "Kein Tag des Monats des {day} zählt.",
        "No day of the month of {day} counts.",
    ),
}

# A period with both ends, without a known end, without a known beginning, or with neither.
PERIOD: Mapping[str, Text] = {
    "fromTo": _text(
        "du {first} au {last}",
        "van {first} tot en met {last}",
        "vom {first} bis zum {last}",
        "from {first} to {last}",
    ),
    "from": _text("depuis le {first}", "vanaf {first}", "ab dem {first}", "since {first}"),
    "To": _text("jusqu'au {last}", "tot en met {last}", "bis zum {last}", "until {last}"),
    "": _text("toujours", "altijd", "immer", "always"),
}

AS_RELATION: Text = _text(
    " comme {relations}", " als {relations}", " als {relations}", " as {relations}"
)

DAY: Text = _text(
    "{day} {month} {year}", "{day} {month} {year}", "{day}. {month} {year}", "{day} {month} {year}"
)

MONTHS: Mapping[str, list[str]] = {
    "fr": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    "nl": [
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "de": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
