"""What a CPAS may read of the social tariff, to find clients who miss it.

The flow is the inverse of the others: what the energy administration applies is compared with what
follows from the attestations. Whether a supply contract was found is known to that administration
only; here are the days on which the tariff should apply.
"""

from datetime import date

from derived_rights.engine.figures import Figures
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Derived, Term
from derived_rights.engine.texts import Text

SINCE = date(2012, 12, 6)

right = Right(
    code="socialTariffConsultation",
    label={
        "fr": "Tarif social à vérifier par le CPAS",
        "nl": "Sociaal tarief na te kijken door het OCMW",
        "de": "Vom ÖSHZ zu prüfender Sozialtarif",
        "en": "Social tariff to be looked up by the CPAS",
    },
    description={
        "fr": "Votre CPAS peut vérifier si le tarif social devrait vous être appliqué, et vous"
        " aider si votre fournisseur ne le fait pas.",
        "nl": "Uw OCMW kan nakijken of het sociaal tarief voor u zou moeten gelden, en u helpen als"
        " uw leverancier het niet toepast.",
        "de": "Ihr ÖSHZ kann prüfen, ob der Sozialtarif für Sie gelten müsste, und Ihnen helfen,"
        " wenn Ihr Lieferant ihn nicht anwendet.",
        "en": "Your CPAS may look up whether the social tariff should apply to you, and help you if"
        " your supplier does not apply it.",
    },
    recipient="federal",
    effect=Effect.INFORM,
    reference=Text(
        "Deliberation FO 28/2012 of 6 December 2012",
        fr="Délibération AF n° 28/2012 du 6 décembre 2012",
        nl="Beraadslaging FO nr. 28/2012 van 6 december 2012",
        de="Beschluss FO Nr. 28/2012 vom 6. Dezember 2012",
    ),
    trust=Trust.SOURCED,
    needs=(),
    fields=(),
)


@right.since(SINCE)
def where_the_tariff_should_apply(p: Figures) -> Term:
    return Derived("socialTariff")
