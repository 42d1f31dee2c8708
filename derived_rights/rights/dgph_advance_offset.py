"""Advances of a CPAS on an allowance for persons with a disability (DGPH): a signal.

The CPAS pays an advance while the claim is pending; the arrears of the allowance are first paid to
the CPAS. An attestation of an advance does not name the benefit on which it was paid, and the
article on the recovery could not be read: the Directorate-General compares it with its own claims.
"""

from datetime import date

from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import Figures, Parameter
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Attested, Term
from derived_rights.engine.texts import Text

LAW = Text(
    "Law of 27 February 1987 on allowances for persons with a disability",
    fr="Loi du 27 février 1987 relative aux allocations aux personnes handicapées",
    nl="Wet van 27 februari 1987 betreffende de tegemoetkomingen aan personen met een handicap",
    de="Gesetz vom 27. Februar 1987 über die Beihilfen für Personen mit Behinderung",
)
SINCE = date(2002, 10, 1)  # before the law of 26 May 2002 there is no integration income
SHOWN = {
    "advances": Attested("benefitAdvance"),
    "advancesAndIncome": Attested("benefitAdvance") | Attested("integrationIncome"),
}

right = Right(
    code="dgphAdvanceOffset",
    label={
        "fr": "Avances du CPAS à rembourser sur l'allocation de handicap",
        "nl": "Voorschotten van het OCMW terug te betalen uit de tegemoetkoming voor een handicap",
        "de": "Aus der Behindertenbeihilfe zurückzuzahlende Vorschüsse des ÖSHZ",
        "en": "Advances of the CPAS to be repaid from the disability allowance",
    },
    description={
        "fr": "Le CPAS vous a avancé de l'argent en attendant votre allocation. Les arriérés"
        " remboursent d'abord cette avance.",
        "nl": "Het OCMW heeft u geld voorgeschoten in afwachting van uw tegemoetkoming. De"
        " achterstallen betalen eerst dat voorschot terug.",
        "de": "Das ÖSHZ hat Ihnen Geld vorgestreckt, bis Ihre Beihilfe kommt. Die Nachzahlung"
        " begleicht zuerst diesen Vorschuss.",
        "en": "The CPAS has advanced you money until your allowance comes. The arrears first repay"
        " that advance.",
    },
    recipient="dgph",
    effect=Effect.OFFSET,
    reference=LAW,
    trust=Trust.SIGNAL,
    needs=(FactKind.ATTESTATIONS,),
    fields=("periods", "amounts"),
    parameters=(
        Parameter(
            "shown_aid",
            "kinds of aid",
            LAW,
            {SINCE: "advances"},
            note=Text(
                "the article on the recovery by the CPAS could not be read",
                fr="l'article sur la récupération par le CPAS n'a pas pu être lu",
                nl="het artikel over de terugvordering door het OCMW kon niet worden gelezen",
                de="der Artikel über die Rückforderung durch das ÖSHZ konnte nicht gelesen werden",
            ),
            choices=tuple(SHOWN),
        ),
    ),
    active_by_default=False,
)


@right.since(SINCE)
def attested_advances(p: Figures) -> Term:
    return SHOWN[p.shown_aid]
