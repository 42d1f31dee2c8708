"""Reduced subscription of De Lijn, public transport in Flanders: a signal.

Two keys: aid of a CPAS ("vervoergarantie", VG), also for children at school, parents and partner of
the holder; and the increased intervention ("VT"). Whether the VG is still sold beside the VT since
the fares of April 2025 could not be confirmed. The registry does not know who goes to school, nor
whose income the CPAS counted: it names the relatives, De Lijn sells. The days are those on which a
subscription can be bought; once bought it runs for twelve months.
"""

from datetime import date

from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import Figures, Parameter
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Attested, Derived, HeldInHousehold, Term
from derived_rights.engine.texts import Text

CONDITIONS = Text(
    "De Lijn, conditions of the Omnipas and Buzzy Pazz VG and VT",
    fr="De Lijn, conditions des Omnipas et Buzzy Pazz VG et VT",
    nl="De Lijn, voorwaarden van de Omnipas en Buzzy Pazz VG en VT",
    de="De Lijn, Bedingungen von Omnipas und Buzzy Pazz VG und VT",
)
SINCE = date(2016, 2, 1)
aided = (
    Attested("integrationIncome")
    | Attested("equivalentIntegrationIncome")
    | Attested("localReceptionStay")
)
# Relatives are named for integration income only, not for its equivalent nor for a reception stay.
relatives = HeldInHousehold(Attested("integrationIncome"), ("child", "parent", "partner"))
OPENING = {"vgAndVt": aided | relatives | Derived("bim"), "vt": Derived("bim")}

right = Right(
    code="deLijnReducedFare",
    label={
        "fr": "Abonnement De Lijn à prix réduit",
        "nl": "Abonnement van De Lijn tegen verminderde prijs",
        "de": "Ermäßigtes Abonnement von De Lijn",
        "en": "De Lijn subscription at a reduced price",
    },
    description={
        "fr": "Vous pouvez acheter l'abonnement de De Lijn à prix réduit si vous, ou un proche qui"
        " habite avec vous, recevez le revenu d'intégration, ou si vous avez l'intervention"
        " majorée.",
        "nl": "U kunt het abonnement van De Lijn tegen verminderde prijs kopen als u, of een"
        " verwante die bij u woont, een leefloon krijgt, of als u de verhoogde tegemoetkoming"
        " hebt.",
        "de": "Sie können das Abonnement von De Lijn zum ermäßigten Preis kaufen, wenn Sie oder ein"
        " Angehöriger, der bei Ihnen wohnt, Eingliederungseinkommen erhalten, oder wenn Sie die"
        " erhöhte Kostenbeteiligung haben.",
        "en": "You can buy the subscription of De Lijn at a reduced price if you, or a relative who"
        " lives with you, receive integration income, or if you have the increased intervention.",
    },
    recipient="deLijn",
    effect=Effect.GRANT,
    reference=CONDITIONS,
    trust=Trust.SIGNAL,
    needs=(FactKind.ATTESTATIONS, FactKind.HOUSEHOLD),
    fields=("periods", "aidKind", "household"),
    parameters=(
        Parameter(
            "sold",
            "products",
            CONDITIONS,
            {SINCE: "vgAndVt", date(2025, 4, 1): "vt"},
            note=Text(
                "whether the VG is sold beside the VT since April 2025 is not confirmed",
                fr="il n'est pas confirmé que le VG est vendu à côté du VT depuis avril 2025",
                nl="of de VG sinds april 2025 naast de VT wordt verkocht, is niet bevestigd",
                de="ob der VG seit April 2025 neben dem VT verkauft wird, ist nicht bestätigt",
            ),
            choices=tuple(OPENING),
        ),
    ),
    active_by_default=False,
)


@right.since(SINCE)
def who_may_buy(p: Figures) -> Term:
    return OPENING[p.sold]
