"""Social supplement to the family benefits of the German-speaking Community (Sozialzuschlag).

A child with the increased intervention has it. What opens the intervention does not matter; who has
it without being a child gets nothing from it, since the Ministry pays for children only.
"""

from datetime import date

from derived_rights.engine.figures import Figures, Parameter
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Derived, Term
from derived_rights.engine.texts import Text

DECREE = Text(
    "Decree of the German-speaking Community of 23 April 2018 on family benefits",
    fr="Décret de la Communauté germanophone du 23 avril 2018 relatif aux prestations familiales",
    nl="Decreet van de Duitstalige Gemeenschap van 23 april 2018 betreffende de gezinsbijslagen",
    de="Dekret der Deutschsprachigen Gemeinschaft vom 23. April 2018 über die Familienleistungen",
)
SINCE = date(2019, 1, 1)
COUNTED = {"months": Derived("bim").whole_months(), "days": Derived("bim")}

right = Right(
    code="ostbelgienFamilySupplement",
    label={
        "fr": "Supplément social aux allocations familiales (Communauté germanophone)",
        "nl": "Sociale toeslag op de kinderbijslag (Duitstalige Gemeenschap)",
        "de": "Sozialzuschlag zum Kindergeld (Deutschsprachige Gemeinschaft)",
        "en": "Social supplement to family benefits (German-speaking Community)",
    },
    description={
        "fr": "Un enfant qui a l'intervention majorée donne droit à un supplément aux allocations"
        " familiales, pour chaque mois où il l'a.",
        "nl": "Voor een kind met de verhoogde tegemoetkoming is er een toeslag op de kinderbijslag,"
        " voor elke maand waarin het die heeft.",
        "de": "Für ein Kind mit erhöhter Kostenbeteiligung gibt es einen Zuschlag zum Kindergeld,"
        " für jeden Monat, in dem es sie hat.",
        "en": "A child with the increased intervention brings a supplement to family benefits, for"
        " every month in which it has it.",
    },
    recipient="ostbelgienFamilyFunds",
    effect=Effect.GRANT,
    reference=DECREE,
    trust=Trust.SOURCED,
    needs=(),
    fields=("periods",),
    parameters=(
        Parameter(
            "counted_by",
            "unit of time",
            DECREE,
            {SINCE: "months"},
            note=Text(
                "that a month counts whole is not confirmed by an official text",
                fr="qu'un mois compte en entier n'est confirmé par aucun texte officiel",
                nl="dat een maand volledig telt, wordt door geen officiële tekst bevestigd",
                de="dass ein Monat ganz zählt, bestätigt kein amtlicher Text",
            ),
            choices=tuple(COUNTED),
        ),
    ),
)


@right.since(SINCE)
def of_the_child(p: Figures) -> Term:
    return COUNTED[p.counted_by]
