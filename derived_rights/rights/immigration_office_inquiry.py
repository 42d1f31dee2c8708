"""Aid attested to the Immigration Office for its inquiries on residence: a signal.

It may count against the person, so that only those are named whom the transmissions were said to be
about, and only once the aid has lasted: citizens of the Union and relatives (cards E or EU, and F),
and third-country nationals who stay for family reunification or study; adults only. Cards of
permanent residence are not among them. The deliberation could not be read; the thresholds come from
an association's page of 2014. Whether recognised refugees and others are out of scope is for the
category that the Office itself states.
"""

from datetime import date

from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import Figures, Parameter
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Aged, Attested, Permitted, Term
from derived_rights.engine.texts import Text

DELIBERATION = Text(
    "Deliberation 09/029 of 2 June 2009, amended on 7 June 2011",
    fr="Délibération n° 09/029 du 2 juin 2009, modifiée le 7 juin 2011",
    nl="Beraadslaging nr. 09/029 van 2 juni 2009, gewijzigd op 7 juni 2011",
    de="Beschluss Nr. 09/029 vom 2. Juni 2009, geändert am 7. Juni 2011",
)
SINCE = date(2009, 6, 2)
UNCONFIRMED = Text(
    "from an association's page of 2014; the deliberation could not be read",
    fr="d'après la page d'une association de 2014 ; la délibération n'a pas pu être lue",
    nl="volgens een pagina van een vereniging uit 2014; de beraadslaging kon niet worden gelezen",
    de="nach der Seite eines Verbands von 2014; der Beschluss konnte nicht gelesen werden",
)

right = Right(
    code="immigrationOfficeInquiry",
    label={
        "fr": "Aide du CPAS signalée à l'Office des étrangers",
        "nl": "Steun van het OCMW gemeld aan de Dienst Vreemdelingenzaken",
        "de": "Dem Ausländeramt gemeldete Hilfe des ÖSHZ",
        "en": "Aid of the CPAS reported to the Immigration Office",
    },
    description={
        "fr": "L'Office des étrangers peut savoir que vous recevez une aide du CPAS depuis"
        " plusieurs mois. Cela peut avoir des conséquences pour votre séjour : demandez conseil.",
        "nl": "De Dienst Vreemdelingenzaken kan weten dat u al verscheidene maanden steun van het"
        " OCMW krijgt. Dat kan gevolgen hebben voor uw verblijf: vraag raad.",
        "de": "Das Ausländeramt kann erfahren, dass Sie seit mehreren Monaten Hilfe vom ÖSHZ"
        " erhalten. Das kann Folgen für Ihren Aufenthalt haben: Lassen Sie sich beraten.",
        "en": "The Immigration Office may know that you have received aid from the CPAS for several"
        " months. That may have consequences for your stay: ask for advice.",
    },
    recipient="immigrationOffice",
    effect=Effect.CHECK_ADVERSE,
    reference=DELIBERATION,
    trust=Trust.SIGNAL,
    needs=(FactKind.ATTESTATIONS, FactKind.BIRTH_DATE, FactKind.RESIDENCE_PERMIT),
    fields=("periods", "aidKind"),
    parameters=(
        Parameter("union_days", "days", DELIBERATION, {SINCE: 90}, note=UNCONFIRMED),
        Parameter("other_months", "months", DELIBERATION, {SINCE: 4}, note=UNCONFIRMED),
        Parameter("minimum_age", "years", DELIBERATION, {SINCE: 18}, note=UNCONFIRMED),
    ),
    active_by_default=False,
)

union = Permitted(("E", "EU", "F"))
others = Permitted(("familyReunification", "student"))
income = Attested("integrationIncome")
social_aid = (
    income
    | Attested("equivalentIntegrationIncome")
    | Attested("otherSocialAid")
    | Attested("article60Employment")
)


@right.since(SINCE)
def aid_that_has_lasted(p: Figures) -> Term:
    of_union = union & income.lasting_at_least(days=p.union_days)
    of_others = others & social_aid.lasting_at_least(months=p.other_months)
    return (of_union | of_others) & Aged(at_least=p.minimum_age)
