"""Social supplement to the Walloon family allowances (supplément social).

Every month of increased intervention of the family opens it, whatever the income.
"""

from datetime import date

from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import Figures
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Derived, HeldInHousehold, Term
from derived_rights.engine.texts import Text

right = Right(
    code="walloonFamilySupplement",
    label={
        "fr": "Supplément social aux allocations familiales (Wallonie)",
        "nl": "Sociale toeslag op de kinderbijslag (Wallonië)",
        "de": "Sozialzuschlag zum Kindergeld (Wallonie)",
        "en": "Social supplement to family allowances (Wallonia)",
    },
    description={
        "fr": "Vous recevez un supplément aux allocations familiales pour chaque mois où vous, ou"
        " une personne de votre ménage, avez l'intervention majorée.",
        "nl": "U krijgt een toeslag op de kinderbijslag voor elke maand waarin u, of iemand van uw"
        " gezin, de verhoogde tegemoetkoming heeft.",
        "de": "Sie erhalten einen Zuschlag zum Kindergeld für jeden Monat, in dem Sie oder jemand"
        " aus Ihrem Haushalt die erhöhte Kostenbeteiligung haben.",
        "en": "You receive a supplement to family allowances for every month in which you, or"
        " somebody in your household, have the increased intervention.",
    },
    recipient="walloonFamilyFunds",
    effect=Effect.GRANT,
    reference=Text(
        "Walloon decree of 8 February 2018, arts 13-14",
        fr="Décret wallon du 8 février 2018, art. 13-14",
        nl="Waals decreet van 8 februari 2018, art. 13-14",
        de="Wallonisches Dekret vom 8. Februar 2018, Art. 13-14",
    ),
    trust=Trust.SOURCED,
    needs=(FactKind.HOUSEHOLD,),
    fields=("periods",),
)


@right.since(date(2019, 1, 1))
def every_month_of_bim(p: Figures) -> Term:
    bim = Derived("bim")
    return (bim | HeldInHousehold(bim)).whole_months()
