"""The sentences about days that are counted or moved, by stable id and language."""

from __future__ import annotations

from collections.abc import Mapping

from derived_rights.engine.phrases import Text, texts

TIME_SENTENCES: Mapping[str, Text] = {
    "completeMonths.applies": texts(
        "Les mois complets et ininterrompus exigés ({months}) sont atteints {period}.",
        "Het vereiste aantal volledige en ononderbroken maanden ({months}) is bereikt {period}.",
        "Die verlangten vollen, ununterbrochenen Monate ({months}) sind erreicht {period}.",
        "The complete and uninterrupted months required ({months}) are reached {period}.",
    ),
    "completeMonths.doesNotApply": texts(
        "Les mois complets et ininterrompus exigés ({months}) ne sont pas atteints le {day}.",
        "Het vereiste aantal volledige en ononderbroken maanden ({months}) is op {day} niet"
        " bereikt.",
        "Die verlangten vollen, ununterbrochenen Monate ({months}) sind am {day} nicht erreicht.",
        "The complete and uninterrupted months required ({months}) are not reached on {day}.",
    ),
    "carriedToYearEnd.applies": texts(
        "Le droit est gardé jusqu'au 31 décembre, années supplémentaires : {years} ; donc"
        " {period}.",
        "Het recht blijft behouden tot 31 december, extra jaren: {years}; dus {period}.",
        "Das Recht bleibt bis zum 31. Dezember erhalten, zusätzliche Jahre: {years}; also"
        " {period}.",
        "The right is kept until 31 December, extra years: {years}; hence {period}.",
    ),
    "carriedToYearEnd.doesNotApply": texts(
        "Le {day}, rien n'est gardé jusqu'à la fin d'une année.",
        "Op {day} blijft er niets behouden tot het einde van een jaar.",
        "Am {day} bleibt nichts bis zum Ende eines Jahres erhalten.",
        "On {day} nothing is kept until the end of a year.",
    ),
    "fromQuarterOfDecision.applies": texts(
        "Compté à partir du trimestre de la décision : {period}.",
        "Gerekend vanaf het kwartaal van de beslissing: {period}.",
        "Gerechnet ab dem Quartal des Beschlusses: {period}.",
        "Counted from the quarter of the decision: {period}.",
    ),
    "fromQuarterOfDecision.doesNotApply": texts(
        "Compté à partir du trimestre de la décision, rien ne vaut le {day}.",
        "Gerekend vanaf het kwartaal van de beslissing geldt er niets op {day}.",
        "Gerechnet ab dem Quartal des Beschlusses gilt am {day} nichts.",
        "Counted from the quarter of the decision, nothing holds on {day}.",
    ),
    "wholeMonths.applies": texts(
        "Chaque mois entamé compte en entier : {period}.",
        "Elke begonnen maand telt volledig: {period}.",
        "Jeder angefangene Monat zählt ganz: {period}.",
        "Every month begun counts whole: {period}.",
    ),
    "wholeMonths.doesNotApply": texts(
        "Aucun jour du mois du {day} ne compte.",
        "Geen dag van de maand van {day} telt.",
        "Kein Tag des Monats des {day} zählt.",
        "No day of the month of {day} counts.",
    ),
    "lastingAtLeast.applies": texts(
        "La période ininterrompue dure au moins {length} : {period}.",
        "De ononderbroken periode duurt minstens {length}: {period}.",
        "Der ununterbrochene Zeitraum dauert mindestens {length}: {period}.",
        "The uninterrupted period lasts at least {length}: {period}.",
    ),
    "lastingAtLeast.doesNotApply": texts(
        "Aucune période ininterrompue d'au moins {length} ne comprend le {day}.",
        "Geen ononderbroken periode van minstens {length} omvat {day}.",
        "Kein ununterbrochener Zeitraum, der mindestens {length} dauert, umfasst den {day}.",
        "No uninterrupted period of at least {length} includes {day}.",
    ),
    "bridged.applies": texts(
        "Les interruptions d'au plus {length} ne comptent pas : {period}.",
        "Onderbrekingen van hoogstens {length} tellen niet: {period}.",
        "Unterbrechungen, die höchstens {length} dauern, zählen nicht: {period}.",
        "Interruptions of at most {length} do not count: {period}.",
    ),
    "bridged.doesNotApply": texts(
        "Même sans compter les interruptions d'au plus {length}, rien ne vaut le {day}.",
        "Ook als onderbrekingen van hoogstens {length} niet tellen, geldt er niets op {day}.",
        "Auch wenn Unterbrechungen, die höchstens {length} dauern, nicht zählen, gilt am"
        " {day} nichts.",
        "Even though interruptions of at most {length} do not count, nothing holds on {day}.",
    ),
    "countedDays.applies": texts(
        "La condition est remplie pendant au moins {at_least} des {within} derniers jours :"
        " {period}.",
        "Aan de voorwaarde is voldaan op minstens {at_least} van de laatste {within} dagen:"
        " {period}.",
        "Die Bedingung ist an mindestens {at_least} der letzten {within} Tage erfüllt: {period}.",
        "The condition is met on at least {at_least} of the last {within} days: {period}.",
    ),
    "countedDays.doesNotApply": texts(
        "Le {day}, la condition n'est pas remplie pendant au moins {at_least} des {within}"
        " derniers jours.",
        "Op {day} is niet op minstens {at_least} van de laatste {within} dagen aan de"
        " voorwaarde voldaan.",
        "Am {day} ist die Bedingung nicht an mindestens {at_least} der letzten {within} Tage"
        " erfüllt.",
        "On {day} the condition is not met on at least {at_least} of the last {within} days.",
    ),
    "everSince.applies": texts(
        "La condition a été remplie une première fois ; cela vaut {period}.",
        "Aan de voorwaarde is een eerste keer voldaan; dat geldt {period}.",
        "Die Bedingung war ein erstes Mal erfüllt; das gilt {period}.",
        "The condition was met for a first time; that holds {period}.",
    ),
    "everSince.doesNotApply": texts(
        "Jusqu'au {day}, la condition n'a jamais été remplie.",
        "Tot en met {day} is nooit aan de voorwaarde voldaan.",
        "Bis zum {day} war die Bedingung nie erfüllt.",
        "Until {day} the condition has never been met.",
    ),
    "onReferenceDate.applies": texts(
        "La condition est remplie le {reference}, le jour qui compte pour toute l'année ;"
        " donc {period}.",
        "Aan de voorwaarde is voldaan op {reference}, de dag die telt voor het hele jaar;"
        " dus {period}.",
        "Die Bedingung ist am {reference} erfüllt, dem Tag, der für das ganze Jahr zählt;"
        " also {period}.",
        "The condition is met on {reference}, the day that counts for the whole year; hence"
        " {period}.",
    ),
    "onReferenceDate.doesNotApply": texts(
        "La condition n'est pas remplie le {reference}, le jour qui compte pour toute"
        " l'année du {day}.",
        "Aan de voorwaarde is niet voldaan op {reference}, de dag die telt voor het hele"
        " jaar van {day}.",
        "Die Bedingung ist am {reference} nicht erfüllt, dem Tag, der für das ganze Jahr des"
        " {day} zählt.",
        "The condition is not met on {reference}, the day that counts for the whole year of {day}.",
    ),
    "wholeQuarters.applies": texts(
        "Chaque trimestre entamé compte en entier : {period}.",
        "Elk begonnen kwartaal telt volledig: {period}.",
        "Jedes angefangene Quartal zählt ganz: {period}.",
        "Every quarter begun counts whole: {period}.",
    ),
    "wholeQuarters.doesNotApply": texts(
        "Aucun jour du trimestre du {day} ne compte.",
        "Geen dag van het kwartaal van {day} telt.",
        "Kein Tag des Quartals des {day} zählt.",
        "No day of the quarter of {day} counts.",
    ),
    "toEndOf.applies": texts(
        "Ceci est gardé jusqu'à la fin {of_unit} : {period}.",
        "Dit blijft behouden tot het einde van {of_unit}: {period}.",
        "Dies bleibt bis zum Ende {of_unit} erhalten: {period}.",
        "This is kept until the end of {of_unit}: {period}.",
    ),
    "toEndOf.doesNotApply": texts(
        "Le {day}, rien n'est gardé jusqu'à la fin {of_unit}.",
        "Op {day} blijft er niets behouden tot het einde van {of_unit}.",
        "Am {day} bleibt nichts bis zum Ende {of_unit} erhalten.",
        "On {day} nothing is kept until the end of {of_unit}.",
    ),
    "fromStartOf.applies": texts(
        "Ceci est compté à partir du début {of_unit} : {period}.",
        "Dit wordt gerekend vanaf het begin van {of_unit}: {period}.",
        "Dies wird ab dem Anfang {of_unit} gerechnet: {period}.",
        "This is counted from the start of {of_unit}: {period}.",
    ),
    "fromStartOf.doesNotApply": texts(
        "Compté à partir du début {of_unit}, rien ne vaut le {day}.",
        "Gerekend vanaf het begin van {of_unit} geldt er niets op {day}.",
        "Ab dem Anfang {of_unit} gerechnet, gilt am {day} nichts.",
        "Counted from the start of {of_unit}, nothing holds on {day}.",
    ),
}
