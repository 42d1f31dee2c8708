"""Reduced subscription of the STIB, public transport in Brussels: a signal.

The increased intervention opens it according to the press and to the price lists; whether aid of a
CPAS still does beside it, for whom in the household, and for how long, no text that could be read
says. Residence is not asked: none was found that limits the fare to Brussels.
"""

from datetime import date

from derived_rights.engine.figures import Figures, Parameter
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Attested, Derived, Term
from derived_rights.engine.texts import Text

CONTRACT = Text(
    "Management contract of the Brussels-Capital Region and the STIB; its yearly fares",
    fr="Contrat de gestion entre la Région de Bruxelles-Capitale et la STIB ; ses tarifs annuels",
    nl="Beheerscontract tussen het Brussels Hoofdstedelijk Gewest en de MIVB; haar "
    "jaarlijkse tarieven",
    de="Verwaltungsvertrag der Region Brüssel-Hauptstadt mit der STIB; deren jährliche Tarife",
)
SINCE = date(2014, 1, 1)  # as the increased intervention
aided = Attested("integrationIncome") | Attested("equivalentIntegrationIncome")
OPENING = {"bim": Derived("bim"), "aid": aided, "bimOrAid": Derived("bim") | aided}

right = Right(
    code="stibReducedFare",
    label={
        "fr": "Abonnement STIB à prix réduit",
        "nl": "MIVB-abonnement tegen verminderde prijs",
        "de": "Ermäßigtes Abonnement der STIB",
        "en": "STIB subscription at a reduced price",
    },
    description={
        "fr": "Vous pouvez acheter l'abonnement de la STIB à prix réduit si vous avez"
        " l'intervention majorée.",
        "nl": "U kunt het abonnement van de MIVB tegen verminderde prijs kopen als u de verhoogde"
        " tegemoetkoming hebt.",
        "de": "Sie können das Abonnement der STIB zum ermäßigten Preis kaufen, wenn Sie die erhöhte"
        " Kostenbeteiligung haben.",
        "en": "You can buy the subscription of the STIB at a reduced price if you have the"
        " increased intervention.",
    },
    recipient="stib",
    effect=Effect.GRANT,
    reference=CONTRACT,
    trust=Trust.SIGNAL,
    needs=(),
    fields=(),
    parameters=(
        Parameter(
            "opened_by",
            "condition",
            CONTRACT,
            {SINCE: "bim"},
            note=Text(
                "no text confirms the fare for holders of the increased intervention, nor "
                "denies it to who receives aid of a CPAS",
                fr="aucun texte ne confirme le tarif pour les bénéficiaires de l'intervention "
                "majorée, ni ne le refuse à qui reçoit l'aide d'un CPAS",
                nl="geen tekst bevestigt het tarief voor wie de verhoogde tegemoetkoming "
                "heeft, of ontzegt het aan wie steun van een OCMW krijgt",
                de="kein Text bestätigt den Tarif für Personen mit erhöhter Kostenbeteiligung, "
                "noch verweigert er ihn Personen mit Hilfe eines ÖSHZ",
            ),
            choices=tuple(OPENING),
        ),
    ),
    active_by_default=False,
)


@right.since(SINCE)
def while_the_status_can_be_shown(p: Figures) -> Term:
    return OPENING[p.opened_by]
