"""Reduced premium of the Flemish care insurance (zorgpremie).

Who had the increased intervention on 1 January of the year before pays less, from the year in which
they turn 26. Since the premium of 2022 they must also have lived for five consecutive years in
Flanders or Brussels, before the year, though not just before it; or have been socially insured in
another state of the European Economic Area or in Switzerland. Where residence does not suffice and
no source speaks of such an insurance, it is undetermined: the care fund knows it, or asks.

Two things are not confirmed by an official text. That the premium of a year is owed by who lives in
Flanders or Brussels on 1 January of it: here nobody else has it reduced, since 2022. And whether
years of residence and of insurance abroad add up: here they do not.
"""

from datetime import date

from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import Figures, Parameter
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Aged, Derived, Reported, ResidesIn, Term
from derived_rights.engine.texts import Text

DECREE = Text(
    "Flemish decree of 18 May 2018 on social protection; decision of 30 November 2018",
    fr="Décret du 18 mai 2018 relatif à la protection sociale flamande ; arrêté du "
    "30 novembre 2018",
    nl="Decreet van 18 mei 2018 houdende de Vlaamse sociale bescherming; besluit "
    "van 30 november 2018",
    de="Flämisches Dekret vom 18. Mai 2018 über den Sozialschutz; Erlass vom 30. November 2018",
)
SINCE = date(2019, 1, 1)
RESIDENCE_SINCE = date(2022, 1, 1)

right = Right(
    code="flemishCarePremiumReduction",
    label={
        "fr": "Prime réduite de l'assurance soins flamande",
        "nl": "Verminderde Vlaamse zorgpremie",
        "de": "Ermäßigte Prämie der flämischen Pflegeversicherung",
        "en": "Reduced premium of the Flemish care insurance",
    },
    description={
        "fr": "Vous payez une prime réduite à votre caisse d'assurance soins si vous aviez"
        " l'intervention majorée le 1er janvier de l'année précédente.",
        "nl": "U betaalt een verminderde zorgpremie aan uw zorgkas als u op 1 januari van het jaar"
        " voordien de verhoogde tegemoetkoming had.",
        "de": "Sie zahlen Ihrer Pflegekasse eine ermäßigte Prämie, wenn Sie am 1. Januar des"
        " Vorjahres die erhöhte Kostenbeteiligung hatten.",
        "en": "You pay a reduced premium to your care fund if you had the increased intervention on"
        " 1 January of the year before.",
    },
    recipient="flemishCareFunds",
    effect=Effect.REDUCE_DUE,
    reference=DECREE,
    trust=Trust.SOURCED,
    needs=(FactKind.BIRTH_DATE, FactKind.RESIDENCE, FactKind.FOREIGN_INSURANCE),
    fields=(),
    parameters=(
        Parameter("years_before", "years", DECREE, {SINCE: 1}),
        Parameter("minimum_age", "years", DECREE, {SINCE: 26}),
        Parameter("residence_months", "months", DECREE, {RESIDENCE_SINCE: 60}),
    ),
)


@right.since(SINCE)
def had_the_intervention_a_year_before(p: Figures) -> Term:
    liable = Aged(at_least=p.minimum_age).from_start_of("year")
    return Derived("bim").on_reference_date(1, 1, p.years_before) & liable


@right.since(RESIDENCE_SINCE)
def and_lived_there_for_years(p: Figures) -> Term:
    there = ResidesIn("flanders") | ResidesIn("brussels")
    lived = _for_years(there, p.residence_months)
    insured = _for_years(Reported(FactKind.FOREIGN_INSURANCE), p.residence_months)
    owes = there.on_reference_date(1, 1)
    return had_the_intervention_a_year_before(p) & owes & (lived | insured)


def _for_years(condition: Term, months: int) -> Term:
    """It ever held for so long without interruption before 1 January of the year."""
    # Nobody lives anywhere before birth; without that, the silence about those days would count.
    held = condition & Aged(at_least=0)
    return held.complete_months(months).ever_since().on_reference_date(1, 1)
