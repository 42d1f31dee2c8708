"""Recovery of maintenance from a debtor who lives on aid of a CPAS (Sécal, DAVO): a signal.

Integration income of the debtor tells the service that little can be recovered for the time being.
No text that could be read states a rule: the service is handed the attested periods of the debtor.
Who is owed the maintenance is not concerned; since June 2020 income does not matter there.
"""

from datetime import date

from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import Figures, Parameter
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Attested, Term
from derived_rights.engine.texts import Text

LAW = Text(
    "Law of 21 February 2003 on the service for maintenance claims",
    fr="Loi du 21 février 2003 créant un Service des créances alimentaires au sein du SPF Finances",
    nl="Wet van 21 februari 2003 tot oprichting van een Dienst voor "
    "alimentatievorderingen bij de FOD Financiën",
    de="Gesetz vom 21. Februar 2003 über den Dienst für Unterhaltsforderungen",
)
SINCE = date(2004, 6, 1)  # the service opened
SHOWN = {
    "integrationIncome": Attested("integrationIncome"),
    "equivalentToo": Attested("integrationIncome") | Attested("equivalentIntegrationIncome"),
}

right = Right(
    code="secalRecovery",
    label={
        "fr": "Aide du CPAS à prendre en compte dans un recouvrement de pension alimentaire",
        "nl": "Steun van het OCMW in aanmerking te nemen bij een invordering van onderhoudsgeld",
        "de": "Bei einer Einziehung von Unterhalt zu berücksichtigende Hilfe des ÖSHZ",
        "en": "Aid of the CPAS to be considered in a recovery of maintenance",
    },
    description={
        "fr": "Si vous devez une pension alimentaire, le Sécal peut savoir pendant quelles périodes"
        " vous vivez du revenu d'intégration.",
        "nl": "Moet u onderhoudsgeld betalen, dan kan de DAVO weten in welke periodes u van een"
        " leefloon leeft.",
        "de": "Wenn Sie Unterhalt schulden, kann der Dienst für Unterhaltsforderungen erfahren, in"
        " welchen Zeiträumen Sie vom Eingliederungseinkommen leben.",
        "en": "If you owe maintenance, the service for maintenance claims may know in which periods"
        " you live on integration income.",
    },
    recipient="secal",
    effect=Effect.OFFSET,
    reference=LAW,
    trust=Trust.SIGNAL,
    needs=(FactKind.ATTESTATIONS,),
    fields=("periods",),
    parameters=(
        Parameter(
            "shown_aid",
            "kinds of aid",
            LAW,
            {SINCE: "integrationIncome"},
            note=Text(
                "no text says which aid of the debtor matters, nor how; the kinds are a proposal",
                fr="aucun texte ne dit quelle aide du débiteur importe, ni comment ; les types "
                "sont une proposition",
                nl="geen tekst zegt welke steun van de schuldenaar telt, noch hoe; de soorten "
                "zijn een voorstel",
                de="kein Text sagt, welche Hilfe des Schuldners zählt, noch wie; die Arten "
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
