"""Social supplement to the Flemish family allowances (sociale toeslag, Groeipakket).

Where the tax notice does not settle it, the supplement is due for the months in which the income of
the household consists of integration income. The fund looks at the other income of the household,
and checks the year again when it is over: what is derived here are the months. The article speaks
of the household, so that the months of the holder are also those of a partner and of the children.
"""

from datetime import date

from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import Figures, Parameter
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Attested, HeldInHousehold, Term
from derived_rights.engine.texts import Text

ARTICLE = Text(
    "Decision of the Flemish Government on the social supplement, art. 11",
    fr="Arrêté du Gouvernement flamand sur l'allocation sociale, art. 11",
    nl="Besluit van de Vlaamse Regering over de sociale toeslag, art. 11",
    de="Erlass der Flämischen Regierung über den Sozialzuschlag, Art. 11",
)
SINCE = date(2019, 1, 1)
OPENING = {
    "integrationIncome": Attested("integrationIncome"),
    "equivalentToo": Attested("integrationIncome") | Attested("equivalentIntegrationIncome"),
}

right = Right(
    code="flemishFamilySupplement",
    label={
        "fr": "Supplément social aux allocations familiales (Flandre)",
        "nl": "Sociale toeslag bij het Groeipakket (Vlaanderen)",
        "de": "Sozialzuschlag zum Kindergeld (Flandern)",
        "en": "Social supplement to family allowances (Flanders)",
    },
    description={
        "fr": "Vous recevez un supplément aux allocations familiales pour chaque mois où votre"
        " ménage vit du revenu d'intégration. La caisse vérifie vos autres revenus.",
        "nl": "U krijgt een toeslag bij het Groeipakket voor elke maand waarin uw gezin van een"
        " leefloon leeft. De uitbetaler kijkt uw andere inkomsten na.",
        "de": "Sie erhalten einen Zuschlag zum Kindergeld für jeden Monat, in dem Ihr Haushalt vom"
        " Eingliederungseinkommen lebt. Die Kasse prüft Ihr übriges Einkommen.",
        "en": "You receive a supplement to family allowances for every month in which your"
        " household lives on integration income. The fund checks your other income.",
    },
    recipient="flemishFamilyFunds",
    effect=Effect.GRANT,
    reference=Text(
        "Decree of 27 April 2018, art. 18; Decision of the Flemish Government on "
        "the social supplement, art. 11",
        fr="Décret flamand du 27 avril 2018, art. 18 ; arrêté du Gouvernement flamand "
        "sur l'allocation sociale, art. 11",
        nl="Decreet van 27 april 2018, art. 18; besluit van de Vlaamse Regering over "
        "de sociale toeslag, art. 11",
        de="Flämisches Dekret vom 27. April 2018, Art. 18; Erlass der Flämischen "
        "Regierung über den Sozialzuschlag, Art. 11",
    ),
    trust=Trust.SOURCED,
    needs=(FactKind.ATTESTATIONS, FactKind.HOUSEHOLD),
    fields=("periods",),
    parameters=(
        Parameter(
            "opening_aid",
            "kinds of aid",
            ARTICLE,
            {SINCE: "integrationIncome"},
            note=Text(
                "the article names integration income only; no text says whether its "
                "equivalent counts",
                fr="l'article ne nomme que le revenu d'intégration ; aucun texte ne dit si "
                "l'aide équivalente compte",
                nl="het artikel noemt alleen het leefloon; geen tekst zegt of de "
                "gelijkgestelde steun telt",
                de="der Artikel nennt nur das Eingliederungseinkommen; kein Text sagt, ob die "
                "gleichgestellte Hilfe zählt",
            ),
            choices=tuple(OPENING),
        ),
    ),
)


@right.since(SINCE)
def months_of_integration_income(p: Figures) -> Term:
    income = OPENING[p.opening_aid]
    return (income | HeldInHousehold(income, ("partner", "child"))).whole_months()
