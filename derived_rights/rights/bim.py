"""Increased intervention of the health insurance (intervention majorée, verhoogde tegemoetkoming).

Three complete months of integration income or of its equivalent open it; neither a change of CPAS
nor of kind between the two interrupts them. No official text that could be read says on which day
it begins, or how far it extends in the household: both are figures, noted as not confirmed.
"""

from datetime import date

from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import Figures, Parameter
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Anchor, Attested, HeldInHousehold, Term
from derived_rights.engine.texts import Text

ROYAL_DECREE = Text(
    "Royal decree of 15 January 2014",
    fr="Arrêté royal du 15 janvier 2014",
    nl="Koninklijk besluit van 15 januari 2014",
    de="Königlicher Erlass vom 15. Januar 2014",
)
UNCONFIRMED_MONTH = Text(
    "what a complete month is, is not confirmed by an official text",
    fr="ce qu'est un mois complet n'est confirmé par aucun texte officiel",
    nl="wat een volledige maand is, wordt door geen officiële tekst bevestigd",
    de="was ein voller Monat ist, bestätigt kein amtlicher Text",
)
UNCONFIRMED_START = Text(
    "start not confirmed by an official text",
    fr="début non confirmé par un texte officiel",
    nl="begin niet bevestigd door een officiële tekst",
    de="Beginn von keinem amtlichen Text bestätigt",
)
UNCONFIRMED_SCOPE = Text(
    "sources differ on dependants; not confirmed by an official text",
    fr="les sources divergent sur les personnes à charge ; non confirmé par un texte officiel",
    nl="de bronnen verschillen over de personen ten laste; niet bevestigd door een officiële tekst",
    de="die Quellen weichen bei den Personen zu Lasten voneinander ab; von keinem "
    "amtlichen Text bestätigt",
)
SINCE = date(2014, 1, 1)
SCOPES = {"partner": ("partner",), "partnerAndChildren": ("partner", "child")}

right = Right(
    code="bim",
    label={
        "fr": "Intervention majorée (BIM)",
        "nl": "Verhoogde tegemoetkoming",
        "de": "Erhöhte Kostenbeteiligung",
        "en": "Increased intervention",
    },
    description={
        "fr": "Vous payez moins cher vos soins de santé. Le droit s'ouvre après trois mois complets"
        " de revenu d'intégration ou d'aide équivalente, aussi pour votre ménage.",
        "nl": "U betaalt minder voor gezondheidszorg. Het recht gaat in na drie volledige maanden"
        " leefloon of gelijkgestelde steun, ook voor uw gezin.",
        "de": "Sie zahlen weniger für Ihre Gesundheitspflege. Das Recht entsteht nach drei vollen"
        " Monaten Eingliederungseinkommen oder gleichgestellter Hilfe, auch für Ihren Haushalt.",
        "en": "You pay less for health care. The right opens after three complete months of"
        " integration income or equivalent aid, for your household too.",
    },
    recipient="mutualities",
    effect=Effect.GRANT,
    reference=Text(
        "Coordinated law of 14 July 1994, art. 37, par. 19; royal decree of 15 January 2014",
        fr="Loi coordonnée du 14 juillet 1994, art. 37, § 19 ; arrêté royal du 15 janvier 2014",
        nl="Gecoördineerde wet van 14 juli 1994, art. 37, § 19; koninklijk besluit van "
        "15 januari 2014",
        de="Koordiniertes Gesetz vom 14. Juli 1994, Art. 37 § 19; Königlicher Erlass "
        "vom 15. Januar 2014",
    ),
    trust=Trust.SOURCED,
    needs=(FactKind.ATTESTATIONS, FactKind.HOUSEHOLD),
    fields=("periods", "aidKind", "attestationNumber"),
    parameters=(
        Parameter(
            "minimum_months",
            "months",
            ROYAL_DECREE,
            {SINCE: 3},
            note=UNCONFIRMED_MONTH,
        ),
        Parameter(
            "start_anchor",
            "day",
            ROYAL_DECREE,
            {SINCE: "completion"},
            note=UNCONFIRMED_START,
            choices=tuple(Anchor),
        ),
        Parameter(
            "extra_years",
            "years",
            ROYAL_DECREE,
            {SINCE: 1},
        ),
        Parameter(
            "household_scope",
            "members",
            ROYAL_DECREE,
            {SINCE: "partnerAndChildren"},
            note=UNCONFIRMED_SCOPE,
            choices=tuple(SCOPES),
        ),
    ),
)

aided = Attested("integrationIncome") | Attested("equivalentIntegrationIncome")


@right.since(SINCE)
def after_complete_months(p: Figures) -> Term:
    """The holder's condition, shared by the household, kept to the end of the year after."""
    family = SCOPES[p.household_scope]
    own = aided.complete_months(p.minimum_months, p.start_anchor)
    shared = HeldInHousehold(own, family)
    # A household is often stated only as long as the aid runs. Where that stops on the eve of the
    # day of completion, the household would miss what the holder gets: its own months count.
    together = HeldInHousehold(aided, family).complete_months(p.minimum_months, p.start_anchor)
    return (own | shared | together).carried_to_year_end(p.extra_years)
