"""Social tariff for gas and electricity (tarif social, sociaal tarief).

Living with somebody who is aided is enough. It begins with the quarter of the decision and ends
with the year, so that a stop does not cut it. People put to work under article 60, paragraph 7,
receive no integration income and do not count.
"""

from datetime import date

from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import Figures
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Attested, Derived, HeldInHousehold, Term
from derived_rights.engine.texts import Text

right = Right(
    code="socialTariff",
    label={
        "fr": "Tarif social gaz et électricité",
        "nl": "Sociaal tarief gas en elektriciteit",
        "de": "Sozialtarif für Gas und Strom",
        "en": "Social tariff for gas and electricity",
    },
    description={
        "fr": "Vous payez le gaz et l'électricité au tarif le plus bas si vous, ou une personne qui"
        " habite avec vous, recevez une aide du CPAS.",
        "nl": "U betaalt het laagste tarief voor gas en elektriciteit als u, of iemand die bij u"
        " woont, steun van het OCMW krijgt.",
        "de": "Sie zahlen Gas und Strom zum niedrigsten Tarif, wenn Sie oder jemand, der bei Ihnen"
        " wohnt, Hilfe vom ÖSHZ erhalten.",
        "en": "You pay the lowest price for gas and electricity if you, or somebody who lives with"
        " you, receive aid from the CPAS.",
    },
    recipient="energyAdministration",
    effect=Effect.GRANT,
    reference=Text(
        "Programme law of 27 April 2007, arts 3-12; royal decree of 28 June 2009",
        fr="Loi-programme du 27 avril 2007, art. 3-12 ; arrêté royal du 28 juin 2009",
        nl="Programmawet van 27 april 2007, art. 3-12; koninklijk besluit van 28 juni 2009",
        de="Programmgesetz vom 27. April 2007, Art. 3-12; Königlicher Erlass vom 28. Juni 2009",
    ),
    trust=Trust.SOURCED,
    needs=(FactKind.ATTESTATIONS, FactKind.HOUSEHOLD),
    fields=("periods",),
)

aided = (
    Attested("integrationIncome")
    | Attested("equivalentIntegrationIncome")
    | Attested("benefitAdvance")
    | Attested("stateChargedAid")
)
by_aid = (aided | HeldInHousehold(aided)).carried_to_year_end().from_quarter_of_decision()
by_bim = Derived("bim") | HeldInHousehold(Derived("bim"))


@right.since(date(2023, 7, 1))  # royal decree of 19 March 2023: holders of BIM no longer
@right.since(date(2009, 7, 1))  # royal decree of 28 June 2009, art. 13
def for_the_aided(p: Figures) -> Term:
    return by_aid


@right.since(date(2021, 2, 1))
def for_holders_of_bim_too(p: Figures) -> Term:
    """The temporary category of holders of the increased intervention, until 30 June 2023."""
    return by_aid | by_bim
