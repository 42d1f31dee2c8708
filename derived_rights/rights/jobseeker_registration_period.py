"""Work arranged by a CPAS that counts as time without work, for the Walloon aids to employment.

Work under article 60, paragraph 7, or article 61 counts as time as an unoccupied jobseeker in
decisions on access from 1 December 2020 on; the Forem adds the days up. Whether work before that
day counts in a later decision is left to the wording of the transition, which could not be read:
nothing is derived for those days. Nor is it for the other regions, whose rules differ, nor for
periods of integration income, for which no rule was found.
"""

from datetime import date

from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import Figures
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Attested, Term
from derived_rights.engine.texts import Text

right = Right(
    code="jobseekerRegistrationPeriod",
    label={
        "fr": "Période assimilée à une inscription comme demandeur d'emploi (Wallonie)",
        "nl": "Met een inschrijving als werkzoekende gelijkgestelde periode (Wallonië)",
        "de": "Einer Eintragung als Arbeitsuchender gleichgestellter Zeitraum (Wallonie)",
        "en": "Period equal to a registration as a jobseeker (Wallonia)",
    },
    description={
        "fr": "Votre travail par le CPAS (article 60, § 7, ou article 61) compte comme une période"
        " sans emploi quand le Forem examine une aide à l'emploi.",
        "nl": "Uw werk via het OCMW (artikel 60, § 7, of artikel 61) telt als een periode zonder"
        " werk wanneer de Forem een steun voor tewerkstelling onderzoekt.",
        "de": "Ihre Arbeit über das ÖSHZ (Artikel 60 § 7 oder Artikel 61) zählt als Zeit ohne"
        " Arbeit, wenn das Forem eine Beschäftigungshilfe prüft.",
        "en": "Your work through the CPAS (article 60, par. 7, or article 61) counts as time"
        " without work when the Forem examines an aid to employment.",
    },
    recipient="forem",
    effect=Effect.PRESUME,
    reference=Text(
        "Walloon special-powers order no. 58, art. 29, par. 1; decree of 2 February 2017, art. 1",
        fr="Arrêté wallon de pouvoirs spéciaux n° 58, art. 29, § 1er ; décret du 2 "
        "février 2017, art. 1er",
        nl="Waals bijzonderemachtenbesluit nr. 58, art. 29, § 1; decreet van 2 "
        "februari 2017, art. 1",
        de="Wallonischer Sondervollmachtenerlass Nr. 58, Art. 29 § 1; Dekret vom 2. "
        "Februar 2017, Art. 1",
    ),
    trust=Trust.SOURCED,
    needs=(FactKind.ATTESTATIONS,),
    fields=("periods", "aidKind"),
)


@right.since(date(2020, 12, 1))
def work_arranged_by_a_cpas(p: Figures) -> Term:
    return Attested("article60Employment") | Attested("article61Employment")
