"""Exceptional study grant of Flemish higher education (uitzonderlijke toelage): a signal.

The grant asks that integration income be at least 70 % of the income of the year two years before,
and that this income be very low. The registry knows what a CPAS paid and no other income: it names
the years in which integration income was such a share of that, and the department does the rest.
Only the figures of the academic year 2022-2023 were read, and no text says whether the equivalent
of integration income counts.
"""

from datetime import date

from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import Figures, Parameter
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import PaidShare, Term
from derived_rights.engine.texts import Text

DECREE = Text(
    "Flemish decree of 8 June 2007 on study grants; decision of 7 September 2007",
    fr="Décret flamand du 8 juin 2007 sur les allocations d'études ; arrêté du 7 septembre 2007",
    nl="Vlaams decreet van 8 juni 2007 over de studiefinanciering; besluit van 7 september 2007",
    de="Flämisches Dekret vom 8. Juni 2007 über Studienbeihilfen; Erlass vom 7. September 2007",
)
SINCE = date(2022, 1, 1)
COUNTED = {
    "integrationIncome": ("integrationIncome",),
    "equivalentToo": ("integrationIncome", "equivalentIntegrationIncome"),
}
# What a CPAS pays to live on, or as a wage.
INCOME = (
    "integrationIncome",
    "equivalentIntegrationIncome",
    "article60Employment",
    "article61Employment",
)

right = Right(
    code="flemishStudyGrant",
    label={
        "fr": "Allocation d'études exceptionnelle (Flandre)",
        "nl": "Uitzonderlijke studietoelage (Vlaanderen)",
        "de": "Außerordentliche Studienbeihilfe (Flandern)",
        "en": "Exceptional study grant (Flanders)",
    },
    description={
        "fr": "Une allocation d'études plus élevée est possible si, deux ans plus tôt, votre revenu"
        " était très bas et presque tout entier du revenu d'intégration.",
        "nl": "Een hogere studietoelage is mogelijk als uw inkomen twee jaar eerder heel laag was"
        " en bijna helemaal uit leefloon bestond.",
        "de": "Eine höhere Studienbeihilfe ist möglich, wenn Ihr Einkommen zwei Jahre zuvor sehr"
        " niedrig war und fast ganz aus Eingliederungseinkommen bestand.",
        "en": "A higher study grant is possible if, two years before, your income was very low and"
        " almost all of it was integration income.",
    },
    recipient="flemishStudyGrants",
    effect=Effect.GRANT,
    reference=DECREE,
    trust=Trust.SIGNAL,
    needs=(FactKind.ATTESTATIONS, FactKind.PAID_AMOUNT),
    fields=("periods", "amounts"),
    parameters=(
        Parameter("share", "percent", DECREE, {SINCE: 70}),
        Parameter("years_before", "years", DECREE, {SINCE: 2}),
        Parameter(
            "counted_aid",
            "kinds of aid",
            DECREE,
            {SINCE: "integrationIncome"},
            note=Text(
                "no text says whether the equivalent counts, nor which aid is income at all",
                fr="aucun texte ne dit si l'aide équivalente compte, ni quelle aide est un revenu",
                nl="geen tekst zegt of de gelijkgestelde steun telt, noch welke steun inkomen is",
                de="kein Text sagt, ob die gleichgestellte Hilfe zählt, noch welche Hilfe "
                "überhaupt Einkommen ist",
            ),
            choices=tuple(COUNTED),
        ),
    ),
    active_by_default=False,
)


@right.since(SINCE)
def year_of_mostly_integration_income(p: Figures) -> Term:
    share = PaidShare(COUNTED[p.counted_aid], INCOME, p.share, "year")
    return share.on_reference_date(12, 31, p.years_before)
