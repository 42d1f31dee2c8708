"""Tax returns filled in beforehand by the federal tax administration: a signal.

Nothing could be verified: no text says that the administration needs attestations of a CPAS. Off
until an authorisation names a legal basis; amounts only if that authorisation opens them too.
"""

from datetime import date

from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import Figures, Parameter
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Attested, Term
from derived_rights.engine.texts import Text

NONE_FOUND = Text(
    "No text found; the authorisation must name one",
    fr="Aucun texte trouvé ; l'autorisation doit en nommer un",
    nl="Geen tekst gevonden; de machtiging moet er een noemen",
    de="Kein Text gefunden; die Ermächtigung muss einen nennen",
)
SINCE = date(2002, 10, 1)  # before the law of 26 May 2002 there is no integration income
SHOWN = {
    "integrationIncome": Attested("integrationIncome"),
    "equivalentToo": Attested("integrationIncome") | Attested("equivalentIntegrationIncome"),
}

right = Right(
    code="taxPrefill",
    label={
        "fr": "Aide du CPAS signalée pour la déclaration fiscale préremplie",
        "nl": "Steun van het OCMW gemeld voor de vooraf ingevulde belastingaangifte",
        "de": "Für die vorausgefüllte Steuererklärung gemeldete Hilfe des ÖSHZ",
        "en": "Aid of the CPAS reported for the pre-filled tax return",
    },
    description={
        "fr": "L'administration fiscale peut savoir pendant quelles périodes vous avez reçu le"
        " revenu d'intégration, pour préremplir une déclaration.",
        "nl": "De belastingadministratie kan weten in welke periodes u een leefloon kreeg, om een"
        " aangifte vooraf in te vullen.",
        "de": "Die Steuerverwaltung kann erfahren, in welchen Zeiträumen Sie"
        " Eingliederungseinkommen erhielten, um eine Erklärung vorauszufüllen.",
        "en": "The tax administration may know in which periods you received integration income, to"
        " fill in a return beforehand.",
    },
    recipient="taxAdministration",
    effect=Effect.INFORM,
    reference=NONE_FOUND,
    trust=Trust.SIGNAL,
    needs=(FactKind.ATTESTATIONS,),
    fields=("periods",),
    parameters=(
        Parameter(
            "shown_aid",
            "kinds of aid",
            NONE_FOUND,
            {SINCE: "integrationIncome"},
            note=Text(
                "no text confirms that attestations are needed; the kinds are a proposal",
                fr="aucun texte ne confirme que des attestations sont nécessaires ; les types "
                "sont une proposition",
                nl="geen tekst bevestigt dat attesten nodig zijn; de soorten zijn een voorstel",
                de="kein Text bestätigt, dass Bescheinigungen nötig sind; die Arten sind ein "
                "Vorschlag",
            ),
            choices=tuple(SHOWN),
        ),
    ),
    active_by_default=False,
)


@right.since(SINCE)
def attested_periods(p: Figures) -> Term:
    return SHOWN[p.shown_aid]
