"""The sentences about what is known of a person, by stable id and language."""

from __future__ import annotations

from collections.abc import Mapping

from derived_rights.engine.phrases import Text, texts

FACT_SENTENCES: Mapping[str, Text] = {
    "attested.applies": texts(
        "Une aide est attestée {period} : {kind}.",
        "Er is steun geattesteerd {period}: {kind}.",
        "Eine Hilfe ist bescheinigt {period}: {kind}.",
        "An aid is attested {period}: {kind}.",
    ),
    "attested.doesNotApply": texts(
        "Rien n'est attesté le {day} pour : {kind}.",
        "Er is niets geattesteerd op {day} voor: {kind}.",
        "Am {day} ist nichts bescheinigt für: {kind}.",
        "Nothing is attested on {day} for: {kind}.",
    ),
    "reported.applies": texts(
        "Une source le confirme {period} : {fact}.",
        "Een bron bevestigt het {period}: {fact}.",
        "Eine Quelle bestätigt es {period}: {fact}.",
        "A source confirms it {period}: {fact}.",
    ),
    "reported.doesNotApply": texts(
        "Une source le dément pour le {day} : {fact}.",
        "Een bron ontkent het voor {day}: {fact}.",
        "Eine Quelle verneint es für den {day}: {fact}.",
        "A source denies it for {day}: {fact}.",
    ),
    "derived.applies": texts(
        "Un autre droit existe {period} : {right}.",
        "Een ander recht bestaat {period}: {right}.",
        "Ein anderes Recht besteht {period}: {right}.",
        "Another right exists {period}: {right}.",
    ),
    "derived.doesNotApply": texts(
        "Un autre droit n'existe pas le {day} : {right}.",
        "Een ander recht bestaat niet op {day}: {right}.",
        "Ein anderes Recht besteht am {day} nicht: {right}.",
        "Another right does not exist on {day}: {right}.",
    ),
    "heldInHousehold.applies": texts(
        "La personne vit{relation} avec quelqu'un qui remplit cette condition {period}.",
        "De persoon woont{relation} samen met iemand die aan deze voorwaarde voldoet {period}.",
        "Die Person lebt{relation} mit jemandem zusammen, der diese Bedingung erfüllt {period}.",
        "The person lives{relation} with somebody who meets this condition {period}.",
    ),
    "heldInHousehold.doesNotApply": texts(
        "Le {day}, la personne ne vit{relation} avec personne qui remplit cette condition.",
        "Op {day} woont de persoon{relation} niet samen met iemand die hieraan voldoet.",
        "Am {day} lebt die Person{relation} mit niemandem zusammen, der diese Bedingung erfüllt.",
        "On {day} the person does not live{relation} with anybody who meets this condition.",
    ),
    "aged.applies": texts(
        "La personne a l'âge exigé ({age}) {period}.",
        "De persoon heeft de vereiste leeftijd ({age}) {period}.",
        "Die Person hat das verlangte Alter ({age}) {period}.",
        "The person has the age required ({age}) {period}.",
    ),
    "aged.doesNotApply": texts(
        "Le {day}, la personne n'a pas l'âge exigé ({age}).",
        "Op {day} heeft de persoon niet de vereiste leeftijd ({age}).",
        "Am {day} hat die Person nicht das verlangte Alter ({age}).",
        "On {day} the person does not have the age required ({age}).",
    ),
    "residesIn.applies": texts(
        "La personne habite à l'endroit exigé ({place}) {period}.",
        "De persoon woont op de vereiste plaats ({place}) {period}.",
        "Die Person wohnt am verlangten Ort ({place}) {period}.",
        "The person lives in the place required ({place}) {period}.",
    ),
    "residesIn.doesNotApply": texts(
        "Le {day}, la personne habite ailleurs qu'à l'endroit exigé ({place}).",
        "Op {day} woont de persoon elders dan op de vereiste plaats ({place}).",
        "Am {day} wohnt die Person anderswo als am verlangten Ort ({place}).",
        "On {day} the person lives elsewhere than in the place required ({place}).",
    ),
    "permitted.applies": texts(
        "Un titre de séjour de la sorte exigée ({values}) est confirmé {period}.",
        "Een verblijfstitel van de vereiste soort ({values}) is bevestigd {period}.",
        "Ein Aufenthaltstitel der verlangten Art ({values}) ist bestätigt {period}.",
        "A residence permit of the kind required ({values}) is confirmed {period}.",
    ),
    "permitted.doesNotApply": texts(
        "Le {day}, le titre de séjour n'est pas de la sorte exigée ({values}).",
        "Op {day} is de verblijfstitel niet van de vereiste soort ({values}).",
        "Am {day} ist der Aufenthaltstitel nicht von der verlangten Art ({values}).",
        "On {day} the residence permit is not of the kind required ({values}).",
    ),
    "paidAtLeast.applies": texts(
        "Au moins {amount} ont été payés {unit} ({kinds}) {period}.",
        "Er is {unit} minstens {amount} betaald ({kinds}) {period}.",
        "Mindestens {amount} wurden {unit} gezahlt ({kinds}) {period}.",
        "At least {amount} was paid {unit} ({kinds}) {period}.",
    ),
    "paidAtLeast.doesNotApply": texts(
        "Pour le {day}, moins de {amount} ont été payés {unit} ({kinds}).",
        "Voor {day} is {unit} minder dan {amount} betaald ({kinds}).",
        "Für den {day} wurden {unit} weniger als {amount} gezahlt ({kinds}).",
        "For {day}, less than {amount} was paid {unit} ({kinds}).",
    ),
    "paidShare.applies": texts(
        "De tout ce qui a été payé {unit} ({of}), au moins {percent} % l'ont été comme"
        " {kinds} {period}.",
        "Van alles wat {unit} betaald is ({of}), was minstens {percent} % voor {kinds} {period}.",
        "Von allem, was {unit} gezahlt wurde ({of}), waren mindestens {percent} % für"
        " {kinds} {period}.",
        "Of all that was paid {unit} ({of}), at least {percent} % was for {kinds} {period}.",
    ),
    "paidShare.doesNotApply": texts(
        "Pour le {day}, moins de {percent} % de ce qui a été payé {unit} ({of}) l'ont été"
        " comme {kinds}, ou rien n'a été payé.",
        "Voor {day} was minder dan {percent} % van wat {unit} betaald is ({of}) voor"
        " {kinds}, of is er niets betaald.",
        "Für den {day} waren weniger als {percent} % dessen, was {unit} gezahlt wurde"
        " ({of}), für {kinds}, oder es wurde nichts gezahlt.",
        "For {day}, less than {percent} % of what was paid {unit} ({of}) was for {kinds}, or"
        " nothing was paid.",
    ),
}
