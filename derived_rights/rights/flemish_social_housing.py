"""Income that a social housing company in Flanders counts (woonmaatschappij).

Integration income counts as income for admission and for the rent; other aid of a CPAS does not.
The rent may go down or up by it, so that no right follows here: the company is told the periods,
and the amounts where its authorisation opens them, and computes the rent.
"""

from datetime import date

from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import Figures
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Attested, Term
from derived_rights.engine.texts import Text

right = Right(
    code="flemishSocialHousing",
    label={
        "fr": "Revenu d'intégration compté par la société de logement social (Flandre)",
        "nl": "Leefloon dat de woonmaatschappij meetelt (Vlaanderen)",
        "de": "Von der sozialen Wohnungsgesellschaft gezähltes Eingliederungseinkommen (Flandern)",
        "en": "Integration income counted by the social housing company (Flanders)",
    },
    description={
        "fr": "La société de logement social compte votre revenu d'intégration parmi vos revenus,"
        " pour l'inscription et pour le calcul du loyer.",
        "nl": "De woonmaatschappij telt uw leefloon bij uw inkomen, voor de inschrijving en voor de"
        " berekening van de huur.",
        "de": "Die soziale Wohnungsgesellschaft zählt Ihr Eingliederungseinkommen zu Ihrem"
        " Einkommen, für die Eintragung und für die Berechnung der Miete.",
        "en": "The social housing company counts your integration income among your income, for"
        " registration and to compute the rent.",
    },
    recipient="flemishHousingCompanies",
    effect=Effect.INFORM,
    reference=Text(
        "Decision of the Flemish Government implementing the Flemish Housing Code "
        "of 2021, definition of income",
        fr="Arrêté du Gouvernement flamand portant exécution du Code flamand du "
        "Logement de 2021, définition du revenu",
        nl="Besluit Vlaamse Codex Wonen van 2021, definitie van inkomen",
        de="Erlass der Flämischen Regierung zur Ausführung des Flämischen "
        "Wohngesetzbuches von 2021, Begriff des Einkommens",
    ),
    trust=Trust.SOURCED,
    needs=(FactKind.ATTESTATIONS,),
    fields=("periods", "amounts"),
)


@right.since(date(2021, 1, 1))
def income_of_the_tenant(p: Figures) -> Term:
    return Attested("integrationIncome")
