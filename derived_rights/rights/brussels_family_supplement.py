"""Social supplement to the Brussels family allowances (supplément social): a signal.

Since 2020 the supplement follows the income of the household, not its status. No text that could
be read gives aid of a CPAS a role in it. The funds may be handed the attested periods, as one
element of the income, and no more: no right follows from them.
"""

from datetime import date

from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import Figures, Parameter
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Attested, Term
from derived_rights.engine.texts import Text

ORDINANCE = Text(
    "Brussels ordinance of 25 April 2019 on family allowances",
    fr="Ordonnance bruxelloise du 25 avril 2019 réglant l'octroi des prestations familiales",
    nl="Brusselse ordonnantie van 25 april 2019 tot regeling van de toekenning van gezinsbijslag",
    de="Brüsseler Ordonnanz vom 25. April 2019 über die Familienleistungen",
)
SINCE = date(2020, 1, 1)
SHOWN = {
    "integrationIncome": Attested("integrationIncome"),
    "equivalentToo": Attested("integrationIncome") | Attested("equivalentIntegrationIncome"),
}

right = Right(
    code="brusselsFamilySupplement",
    label={
        "fr": "Aide du CPAS signalée aux caisses d'allocations familiales (Bruxelles)",
        "nl": "Steun van het OCMW gemeld aan de kinderbijslagfondsen (Brussel)",
        "de": "Den Kindergeldkassen gemeldete Hilfe des ÖSHZ (Brüssel)",
        "en": "Aid of the CPAS reported to the family allowance funds (Brussels)",
    },
    description={
        "fr": "La caisse d'allocations familiales peut savoir pendant quels mois vous recevez une"
        " aide du CPAS. Elle décide elle-même d'un supplément, d'après vos revenus.",
        "nl": "Het kinderbijslagfonds kan weten in welke maanden u steun van het OCMW krijgt. Over"
        " een toeslag beslist het zelf, volgens uw inkomen.",
        "de": "Die Kindergeldkasse kann erfahren, in welchen Monaten Sie Hilfe vom ÖSHZ erhalten."
        " Über einen Zuschlag entscheidet sie selbst, nach Ihrem Einkommen.",
        "en": "The family allowance fund may know in which months you receive aid from the CPAS."
        " It decides on a supplement by itself, by your income.",
    },
    recipient="brusselsFamilyFunds",
    effect=Effect.INFORM,
    reference=ORDINANCE,
    trust=Trust.SIGNAL,
    needs=(FactKind.ATTESTATIONS,),
    fields=("periods",),
    parameters=(
        Parameter(
            "shown_aid",
            "kinds of aid",
            ORDINANCE,
            {SINCE: "integrationIncome"},
            note=Text(
                "no text gives aid of a CPAS a role in the supplement; the kinds are a proposal",
                fr="aucun texte ne donne à l'aide d'un CPAS un rôle dans le supplément ; les "
                "types sont une proposition",
                nl="geen tekst geeft de steun van een OCMW een rol in de toeslag; de soorten "
                "zijn een voorstel",
                de="kein Text gibt der Hilfe eines ÖSHZ eine Rolle beim Zuschlag; die Arten "
                "sind ein Vorschlag",
            ),
            choices=tuple(SHOWN),
        ),
    ),
    active_by_default=False,
)


@right.since(SINCE)
def attested_periods(p: Figures) -> Term:
    return SHOWN[p.shown_aid]
