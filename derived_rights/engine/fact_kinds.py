"""The kinds of facts that a right may need, and who can supply each. Pure."""

from __future__ import annotations

from attestations.codes import CodeList


class Supplier(CodeList):
    """Who can supply a fact that is missing."""

    CPAS = "cpas", "le CPAS", "het OCMW", "das ÖSHZ", "the CPAS"
    MUTUALITY = (
        "mutuality",
        "la mutualité",
        "het ziekenfonds",
        "die Krankenkasse",
        "the mutuality",
    )
    NATIONAL_REGISTER = (
        "nationalRegister",
        "le Registre national",
        "het Rijksregister",
        "das Nationalregister",
        "the National Register",
    )
    IMMIGRATION_OFFICE = (
        "immigrationOffice",
        "l'Office des étrangers",
        "de Dienst Vreemdelingenzaken",
        "das Ausländeramt",
        "the Immigration Office",
    )
    CARE_FUND = (
        "careFund",
        "la caisse d'assurance soins",
        "de zorgkas",
        "die Pflegekasse",
        "the care fund",
    )


class FactKind(CodeList):
    """The kinds of facts that a right may need."""

    ATTESTATIONS = (
        "attestations",
        "les attestations",
        "de attesten",
        "die Bescheinigungen",
        "the attestations",
    )
    HOUSEHOLD = (
        "household",
        "la composition du ménage",
        "de gezinssamenstelling",
        "die Haushaltszusammensetzung",
        "the composition of the household",
    )
    INCREASED_INTERVENTION = (
        "increasedIntervention",
        "l'intervention majorée connue de la mutualité",
        "de verhoogde tegemoetkoming bekend bij het ziekenfonds",
        "die der Krankenkasse bekannte erhöhte Kostenbeteiligung",
        "the increased intervention known to the mutuality",
    )
    BIRTH_DATE = (
        "birthDate",
        "la date de naissance",
        "de geboortedatum",
        "das Geburtsdatum",
        "the date of birth",
    )
    RESIDENCE = (
        "residence",
        "la commune de résidence",
        "de gemeente van verblijf",
        "die Wohngemeinde",
        "the municipality of residence",
    )
    RESIDENCE_PERMIT = (
        "residencePermit",
        "le titre de séjour",
        "de verblijfstitel",
        "der Aufenthaltstitel",
        "the residence permit",
    )
    PAID_AMOUNT = (
        "paidAmount",
        "les montants payés par mois",
        "de bedragen betaald per maand",
        "die je Monat gezahlten Beträge",
        "the amounts paid per month",
    )
    FOREIGN_INSURANCE = (
        "foreignInsurance",
        "l'assurance sociale dans un autre État de l'EEE ou en Suisse",
        "de sociale verzekering in een andere staat van de EER of in Zwitserland",
        "die Sozialversicherung in einem anderen Staat des EWR oder in der Schweiz",
        "the social insurance in another state of the EEA or in Switzerland",
    )

    @property
    def supplier(self) -> Supplier:
        return _SUPPLIERS[self]


_SUPPLIERS = {
    FactKind.ATTESTATIONS: Supplier.CPAS,
    FactKind.HOUSEHOLD: Supplier.NATIONAL_REGISTER,
    FactKind.INCREASED_INTERVENTION: Supplier.MUTUALITY,
    FactKind.BIRTH_DATE: Supplier.NATIONAL_REGISTER,
    FactKind.RESIDENCE: Supplier.NATIONAL_REGISTER,
    FactKind.RESIDENCE_PERMIT: Supplier.IMMIGRATION_OFFICE,
    FactKind.PAID_AMOUNT: Supplier.CPAS,
    FactKind.FOREIGN_INSURANCE: Supplier.CARE_FUND,
}

# The facts that some source reports as "yes" or "no" for a period.
REPORTED_FACTS = (FactKind.INCREASED_INTERVENTION, FactKind.FOREIGN_INSURANCE)
