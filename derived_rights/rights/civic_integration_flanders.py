"""Civic integration in Flanders (inburgering): a signal.

No text that could be read makes aid of a CPAS a condition, an exemption or a priority of civic
integration. The agencies may be told whether aid is attested, once an authorisation says why; no
right and no duty follows here.
"""

from datetime import date

from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import Figures, Parameter
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Attested, Term
from derived_rights.engine.texts import Text

DECREE = Text(
    "Flemish decree of 7 June 2013 on integration and civic integration",
    fr="Décret du 7 juin 2013 relatif à la politique flamande d'intégration et "
    "d'intégration civique",
    nl="Decreet van 7 juni 2013 betreffende het Vlaamse integratie- en inburgeringsbeleid",
    de="Flämisches Dekret vom 7. Juni 2013 über Integration und bürgerliche Integration",
)
SINCE = date(2022, 3, 1)  # the duties of who is registered from that day on
SHOWN = {
    "integrationIncome": Attested("integrationIncome"),
    "equivalentToo": Attested("integrationIncome") | Attested("equivalentIntegrationIncome"),
}

right = Right(
    code="civicIntegrationFlanders",
    label={
        "fr": "Aide du CPAS signalée aux agences d'intégration civique (Flandre)",
        "nl": "Steun van het OCMW gemeld aan de agentschappen voor inburgering (Vlaanderen)",
        "de": "Den Agenturen für Integration gemeldete Hilfe des ÖSHZ (Flandern)",
        "en": "Aid of the CPAS reported to the agencies for civic integration (Flanders)",
    },
    description={
        "fr": "L'agence d'intégration civique peut savoir si vous recevez une aide du CPAS. Cela ne"
        " change rien à vos droits ni à vos obligations.",
        "nl": "Het agentschap voor inburgering kan weten of u steun van het OCMW krijgt. Dat"
        " verandert niets aan uw rechten of plichten.",
        "de": "Die Agentur für Integration kann erfahren, ob Sie Hilfe vom ÖSHZ erhalten. An Ihren"
        " Rechten und Pflichten ändert das nichts.",
        "en": "The agency for civic integration may know whether you receive aid from the CPAS."
        " That changes nothing in your rights or duties.",
    },
    recipient="civicIntegrationAgencies",
    effect=Effect.INFORM,
    reference=DECREE,
    trust=Trust.SIGNAL,
    needs=(FactKind.ATTESTATIONS,),
    fields=(),
    parameters=(
        Parameter(
            "shown_aid",
            "kinds of aid",
            DECREE,
            {SINCE: "integrationIncome"},
            note=Text(
                "no text links aid of a CPAS to civic integration; the kinds are a proposal",
                fr="aucun texte ne lie l'aide d'un CPAS à l'intégration civique ; les types "
                "sont une proposition",
                nl="geen tekst verbindt de steun van een OCMW met inburgering; de soorten zijn "
                "een voorstel",
                de="kein Text verbindet die Hilfe eines ÖSHZ mit der bürgerlichen Integration; "
                "die Arten sind ein Vorschlag",
            ),
            choices=tuple(SHOWN),
        ),
    ),
    active_by_default=False,
)


@right.since(SINCE)
def while_aid_is_attested(p: Figures) -> Term:
    return SHOWN[p.shown_aid]
