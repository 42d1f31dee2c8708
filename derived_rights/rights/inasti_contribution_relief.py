"""Exemption from social contributions of the self-employed (dispense, vrijstelling).

Integration income is a situation that is presumed to be difficult. The self-employed person asks,
and still shows that it is temporary and that the contributions cannot be paid; INASTI looks at the
quarters of liability and at the deadline, of which the registry knows nothing.
"""

from datetime import date

from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import Figures, Parameter
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Attested, Term
from derived_rights.engine.texts import Text

DECREE = Text(
    "Royal decree no. 38 of 27 July 1967, art. 17",
    fr="Arrêté royal n° 38 du 27 juillet 1967, art. 17",
    nl="Koninklijk besluit nr. 38 van 27 juli 1967, art. 17",
    de="Königlicher Erlass Nr. 38 vom 27. Juli 1967, Art. 17",
)
SINCE = date(2019, 1, 1)  # requests from that day on are judged by INASTI

right = Right(
    code="inastiContributionRelief",
    label={
        "fr": "Situation difficile présumée pour une dispense de cotisations (indépendants)",
        "nl": "Vermoede moeilijke toestand voor een vrijstelling van bijdragen (zelfstandigen)",
        "de": "Vermutete schwierige Lage für eine Beitragsbefreiung (Selbstständige)",
        "en": "Presumed difficult situation for an exemption from contributions (self-employed)",
    },
    description={
        "fr": "Si vous êtes indépendant et demandez une dispense de cotisations, le revenu"
        " d'intégration prouve votre situation difficile. L'INASTI décide.",
        "nl": "Bent u zelfstandige en vraagt u een vrijstelling van bijdragen, dan bewijst het"
        " leefloon uw moeilijke toestand. Het RSVZ beslist.",
        "de": "Wenn Sie selbstständig sind und eine Beitragsbefreiung beantragen, belegt das"
        " Eingliederungseinkommen Ihre schwierige Lage. Das LISVS entscheidet.",
        "en": "If you are self-employed and ask for an exemption from contributions, integration"
        " income is evidence of your difficult situation. INASTI decides.",
    },
    recipient="inasti",
    effect=Effect.PRESUME,
    reference=DECREE,
    trust=Trust.SOURCED,
    needs=(FactKind.ATTESTATIONS,),
    fields=("periods",),
    parameters=(
        Parameter(
            "counted_by",
            "unit of time",
            DECREE,
            {SINCE: "days"},
            note=Text(
                "which quarters the integration income must cover is not confirmed by an "
                "official text; the days are handed as attested",
                fr="quels trimestres le revenu d'intégration doit couvrir n'est confirmé par "
                "aucun texte officiel ; les jours sont transmis tels qu'attestés",
                nl="welke kwartalen het leefloon moet dekken, wordt door geen officiële tekst "
                "bevestigd; de dagen worden doorgegeven zoals geattesteerd",
                de="welche Quartale das Eingliederungseinkommen abdecken muss, bestätigt kein "
                "amtlicher Text; die Tage werden wie bescheinigt weitergegeben",
            ),
            choices=("days", "quarters"),
        ),
    ),
)


@right.since(SINCE)
def presumed_situation(p: Figures) -> Term:
    income = Attested("integrationIncome")
    return income if p.counted_by == "days" else income.whole_quarters()
