"""Check on the self-employed by INASTI: a signal, apart from the exemption that helps them.

To compare what INASTI knows with integration income was proposed. No text that could be read is a
basis for it: off until an authorisation names one. It hands attested periods, and no right follows.
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
    code="inastiFraudCheck",
    label={
        "fr": "Revenu d'intégration à comparer par l'INASTI",
        "nl": "Leefloon te vergelijken door het RSVZ",
        "de": "Vom LISVS zu vergleichendes Eingliederungseinkommen",
        "en": "Integration income to be compared by INASTI",
    },
    description={
        "fr": "L'INASTI peut comparer les périodes de votre revenu d'intégration avec ce qu'il sait"
        " de votre activité d'indépendant.",
        "nl": "Het RSVZ kan de periodes van uw leefloon vergelijken met wat het over uw werk als"
        " zelfstandige weet.",
        "de": "Das LISVS kann die Zeiträume Ihres Eingliederungseinkommens mit dem vergleichen, was"
        " es über Ihre selbstständige Tätigkeit weiß.",
        "en": "INASTI may compare the periods of your integration income with what it knows of your"
        " work as a self-employed person.",
    },
    recipient="inasti",
    effect=Effect.CHECK_ADVERSE,
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
                "no text confirms the check nor the kinds of aid; they are a proposal",
                fr="aucun texte ne confirme le contrôle ni les types d'aide ; c'est une "
                "proposition",
                nl="geen tekst bevestigt de controle of de soorten steun; het is een voorstel",
                de="kein Text bestätigt die Prüfung oder die Arten der Hilfe; sie sind ein "
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
