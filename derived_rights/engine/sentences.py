"""The catalogue of sentences, by stable id and language. `reasons` fills them in."""

from __future__ import annotations

from collections.abc import Mapping

from derived_rights.engine.fact_sentences import FACT_SENTENCES
from derived_rights.engine.phrases import Text, texts
from derived_rights.engine.time_sentences import TIME_SENTENCES

SENTENCES: Mapping[str, Text] = {
    "summary.applies": texts(
        "{right} : le droit existe le {day}, {period}.",
        "{right}: het recht bestaat op {day}, {period}.",
        "{right}: Das Recht besteht am {day}, {period}.",
        "{right}: the right exists on {day}, {period}.",
    ),
    "summary.doesNotApply": texts(
        "{right} : le droit n'existe pas le {day}.",
        "{right}: het recht bestaat niet op {day}.",
        "{right}: Das Recht besteht am {day} nicht.",
        "{right}: the right does not exist on {day}.",
    ),
    "summary.undetermined": texts(
        "{right} : on ne peut pas le dire pour le {day} ; il manque : {missing}.",
        "{right}: dit is niet te zeggen voor {day}; er ontbreekt: {missing}.",
        "{right}: Für den {day} ist dies nicht zu sagen; es fehlt: {missing}.",
        "{right}: this cannot be told for {day}; missing: {missing}.",
    ),
    # Of what is no favour: the person is not said to have a right to it.
    "fact.applies": texts(
        "{right} : les faits visés sont établis le {day}, {period}. Ce n'est pas un droit.",
        "{right}: de bedoelde feiten staan vast op {day}, {period}. Dit is geen recht.",
        "{right}: Die gemeinten Tatsachen stehen am {day} fest, {period}. Dies ist kein Recht.",
        "{right}: the facts meant are established on {day}, {period}. This is not a right.",
    ),
    "fact.doesNotApply": texts(
        "{right} : les faits visés ne sont pas établis le {day}.",
        "{right}: de bedoelde feiten staan niet vast op {day}.",
        "{right}: Die gemeinten Tatsachen stehen am {day} nicht fest.",
        "{right}: the facts meant are not established on {day}.",
    ),
    "fact.undetermined": texts(
        "{right} : on ne peut pas le dire pour le {day} ; il manque : {missing}.",
        "{right}: dit is niet te zeggen voor {day}; er ontbreekt: {missing}.",
        "{right}: Für den {day} ist dies nicht zu sagen; es fehlt: {missing}.",
        "{right}: this cannot be told for {day}; missing: {missing}.",
    ),
    "law.inForce": texts(
        "La règle appliquée est en vigueur depuis le {version} : {reference}.",
        "De toegepaste regel geldt sinds {version}: {reference}.",
        "Die angewandte Regel gilt seit dem {version}: {reference}.",
        "The rule applied has been in force since {version}: {reference}.",
    ),
    "law.none": texts(
        "Le {day}, ce droit n'existait pas encore.",
        "Op {day} bestond dit recht nog niet.",
        "Am {day} gab es dieses Recht noch nicht.",
        "On {day} this right did not exist yet.",
    ),
    "any.undetermined": texts(
        "On ne peut pas le dire pour le {day} ; il manque : {missing}.",
        "Dit is niet te zeggen voor {day}; er ontbreekt: {missing}.",
        "Für den {day} ist dies nicht zu sagen; es fehlt: {missing}.",
        "This cannot be told for {day}; missing: {missing}.",
    ),
    "anyOf.applies": texts(
        "Une des conditions au moins est remplie {period}.",
        "Aan minstens één van de voorwaarden is voldaan {period}.",
        "Mindestens eine der Bedingungen ist erfüllt {period}.",
        "At least one of the conditions is met {period}.",
    ),
    "anyOf.doesNotApply": texts(
        "Aucune des conditions n'est remplie le {day}.",
        "Aan geen van de voorwaarden is voldaan op {day}.",
        "Keine der Bedingungen ist am {day} erfüllt.",
        "None of the conditions is met on {day}.",
    ),
    "allOf.applies": texts(
        "Toutes les conditions sont remplies {period}.",
        "Aan alle voorwaarden is voldaan {period}.",
        "Alle Bedingungen sind erfüllt {period}.",
        "All conditions are met {period}.",
    ),
    "allOf.doesNotApply": texts(
        "Une condition au moins n'est pas remplie le {day}.",
        "Aan minstens één voorwaarde is niet voldaan op {day}.",
        "Mindestens eine Bedingung ist am {day} nicht erfüllt.",
        "At least one condition is not met on {day}.",
    ),
    "not.applies": texts(
        "La condition contraire n'est pas remplie {period}.",
        "Aan de tegengestelde voorwaarde is niet voldaan {period}.",
        "Die gegenteilige Bedingung ist nicht erfüllt {period}.",
        "The opposite condition is not met {period}.",
    ),
    "not.doesNotApply": texts(
        "La condition contraire est remplie le {day}.",
        "Aan de tegengestelde voorwaarde is voldaan op {day}.",
        "Die gegenteilige Bedingung ist am {day} erfüllt.",
        "The opposite condition is met on {day}.",
    ),
    **FACT_SENTENCES,
    **TIME_SENTENCES,
}
