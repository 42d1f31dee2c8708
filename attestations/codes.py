"""The code lists of stage 1, with their labels in the three national languages and English.

A member is its code (a `str`, lowerCamelCase, as in JSON and in the database); `labels` maps
"fr", "nl", "de" and "en" to what people read.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

LANGUAGES = ("fr", "nl", "de", "en")


class CodeList(StrEnum):
    """Base of a code list. A member is written: code, French, Dutch, German, English."""

    _value_: str
    labels: Mapping[str, str]

    # A member equals its code, and is found in a dict as its code is; Enum would hash its name.
    __hash__ = str.__hash__

    def __new__(cls, code: str, *labels: str) -> CodeList:
        member = str.__new__(cls, code)
        member._value_ = code
        member.labels = MappingProxyType(dict(zip(LANGUAGES, labels, strict=True)))
        return member


class AidKind(CodeList):
    """What a CPAS grants. The first three are the kinds of the A036, the others are OURS."""

    INTEGRATION_INCOME = (
        "integrationIncome",
        "Revenu d'intégration",
        "Leefloon",
        "Eingliederungseinkommen",
        "Integration income",
    )
    EQUIVALENT_INTEGRATION_INCOME = (
        "equivalentIntegrationIncome",
        "Équivalent du revenu d'intégration",
        "Equivalent leefloon",
        "Gleichgestelltes Eingliederungseinkommen",
        "Equivalent integration income",
    )
    OTHER_SOCIAL_AID = (
        "otherSocialAid",
        "Autre aide sociale",
        "Andere sociale hulp",
        "Sonstige Hilfe",
        "Other social aid",
    )
    ARTICLE_60_EMPLOYMENT = (
        "article60Employment",
        "Mise à l'emploi (art. 60, § 7)",
        "Tewerkstelling (art. 60, § 7)",
        "Beschäftigung (Art. 60 § 7)",
        "Employment under art. 60, par. 7",
    )
    ARTICLE_61_EMPLOYMENT = (
        "article61Employment",
        "Mise à l'emploi (art. 61)",
        "Tewerkstelling (art. 61)",
        "Beschäftigung (Art. 61)",
        "Employment under art. 61",
    )
    BENEFIT_ADVANCE = (
        "benefitAdvance",
        "Avance sur une autre prestation",
        "Voorschot op een andere uitkering",
        "Vorschuss auf eine andere Leistung",
        "Advance on another benefit",
    )
    STATE_CHARGED_AID = (
        "stateChargedAid",
        "Aide à charge de l'État",
        "Steun ten laste van de Staat",
        "Hilfe zu Lasten des Staates",
        "Aid charged to the State",
    )
    LOCAL_RECEPTION_STAY = (
        "localReceptionStay",
        "Séjour en initiative locale d'accueil",
        "Verblijf in een lokaal opvanginitiatief",
        "Aufenthalt in einer lokalen Aufnahmeinitiative",
        "Stay in a local reception initiative",
    )
    HEATING_ALLOWANCE = (
        "heatingAllowance",
        "Allocation de chauffage",
        "Verwarmingstoelage",
        "Heizkostenzulage",
        "Heating allowance",
    )
    MEDICAL_CARD = (
        "medicalCard",
        "Carte médicale",
        "Medische kaart",
        "Medizinische Karte",
        "Medical card",
    )


class Category(CodeList):
    """Categories of the law of 26 May 2002: decided on the factual situation of the person."""

    COHABITANT = "cohabitant", "Cohabitant", "Samenwonend", "Mitbewohner", "Cohabitant"
    SINGLE = "single", "Isolé", "Alleenstaand", "Alleinstehend", "Single"
    FAMILY_WITH_DEPENDANTS = (
        "familyWithDependants",
        "Charge de famille",
        "Gezin ten laste",
        "Familie zu Lasten",
        "Family with dependants",
    )


class Nature(CodeList):
    """What an attestation does to its chain: begins it, replaces the former content, or ends it."""

    ORIGINAL = "original", "Original", "Origineel", "Original", "Original"
    CORRECTION = "correction", "Correction", "Verbetering", "Berichtigung", "Correction"
    CANCELLATION = "cancellation", "Annulation", "Annulering", "Annullierung", "Cancellation"

    @property
    def a036_code(self) -> int:
        """The nature as the A036 codes it; 2 is not used."""
        return {"original": 0, "correction": 1, "cancellation": 3}[self.value]


class HouseholdRelation(CodeList):
    """What a member of the household is to the person the household is stated for."""

    PARTNER = "partner", "Partenaire", "Partner", "Partner", "Partner"
    CHILD = "child", "Enfant", "Kind", "Kind", "Child"
    PARENT = "parent", "Parent", "Ouder", "Elternteil", "Parent"
    OTHER = "other", "Autre", "Andere", "Sonstige", "Other"


class AttestationType(CodeList):
    """Which message carries a kind of aid. All types but the A036 are OURS, not official ones."""

    A036 = (
        "a036",
        "Attestation multifonctionnelle",
        "Multifunctioneel attest",
        "Multifunktionelle Bescheinigung",
        "Multifunctional attestation",
    )
    EMPLOYMENT = (
        "employmentAttestation",
        "Attestation de mise à l'emploi",
        "Tewerkstellingsattest",
        "Beschäftigungsbescheinigung",
        "Employment attestation",
    )
    ADVANCE = (
        "advanceAttestation",
        "Attestation d'avance",
        "Voorschotattest",
        "Vorschussbescheinigung",
        "Advance attestation",
    )
    STATE_CHARGED_AID = (
        "stateChargedAidAttestation",
        "Attestation d'aide à charge de l'État",
        "Attest van steun ten laste van de Staat",
        "Bescheinigung über Hilfe zu Lasten des Staates",
        "Attestation of aid charged to the State",
    )
    RECEPTION = (
        "receptionAttestation",
        "Attestation de séjour en initiative locale d'accueil",
        "Attest van verblijf in een lokaal opvanginitiatief",
        "Bescheinigung über den Aufenthalt in einer lokalen Aufnahmeinitiative",
        "Attestation of a stay in a local reception initiative",
    )
    HEATING = (
        "heatingAllowanceAttestation",
        "Attestation d'allocation de chauffage",
        "Attest verwarmingstoelage",
        "Bescheinigung über die Heizkostenzulage",
        "Heating allowance attestation",
    )
    MEDICAL_CARD = (
        "medicalCardAttestation",
        "Attestation de carte médicale",
        "Attest medische kaart",
        "Bescheinigung über die medizinische Karte",
        "Medical card attestation",
    )


class Cause(CodeList):
    """Why an attestation is reported as missing; `gaps.py` says when each applies."""

    NEVER_SENT = "neverSent", "Jamais envoyée", "Nooit verzonden", "Nie versandt", "Never sent"
    LATE = "late", "Tardive", "Laattijdig", "Verspätet", "Late"
    PARTIAL_COVER = (
        "partialCover",
        "Période couverte en partie",
        "Periode gedeeltelijk gedekt",
        "Zeitraum teilweise abgedeckt",
        "Period covered in part",
    )
    WRONG_KIND = (
        "wrongKind",
        "Attestée sous une autre nature d'aide",
        "Geattesteerd als een andere aard van steun",
        "Als eine andere Art der Hilfe bescheinigt",
        "Attested as another kind of aid",
    )
    OTHER_CPAS = (
        "otherCpas",
        "Attestée par un autre CPAS",
        "Geattesteerd door een ander OCMW",
        "Von einem anderen ÖSHZ bescheinigt",
        "Attested by another CPAS",
    )
    NOT_SHORTENED = (
        "notShortened",
        "Non raccourcie après la fin de l'aide",
        "Niet ingekort na het einde van de hulp",
        "Nach Ende der Hilfe nicht verkürzt",
        "Not shortened after the aid ended",
    )
    REPLACED_SSIN = (
        "replacedSsin",
        "Attestée sur un NISS remplacé",
        "Geattesteerd op een vervangen INSZ",
        "Auf eine ersetzte NISS bescheinigt",
        "Attested on a replaced SSIN",
    )
    SILENCE = (
        "silence",
        "Plus aucune attestation du CPAS",
        "Geen attesten meer van het OCMW",
        "Keine Bescheinigungen mehr vom ÖSHZ",
        "No attestations from the CPAS any more",
    )
    ENDING_WITHOUT_RENEWAL = (
        "endingWithoutRenewal",
        "Se termine sans décision de renouvellement",
        "Loopt af zonder beslissing tot verlenging",
        "Endet ohne Verlängerungsbeschluss",
        "Ends without a decision to renew",
    )


class Feedback(CodeList):
    """What a CPAS answers to a finding. `willAttest` keeps it open, the others justify it. OURS."""

    WILL_ATTEST = (
        "willAttest",
        "L'attestation suivra",
        "Het attest volgt",
        "Die Bescheinigung folgt",
        "The attestation will follow",
    )
    NO_AID = (
        "noAid",
        "Pas d'aide pendant cette période",
        "Geen hulp in deze periode",
        "Keine Hilfe in diesem Zeitraum",
        "No aid in this period",
    )
    WRONGLY_CLAIMED = (
        "wronglyClaimed",
        "Subvention demandée à tort, la demande sera corrigée",
        "Toelage ten onrechte gevraagd, de aanvraag wordt verbeterd",
        "Zuschuss zu Unrecht beantragt, der Antrag wird berichtigt",
        "Claimed by mistake, the claim will be corrected",
    )
    OTHER_CPAS = (
        "otherCpas",
        "Un autre CPAS est compétent et atteste",
        "Een ander OCMW is bevoegd en attesteert",
        "Ein anderes ÖSHZ ist zuständig und bescheinigt",
        "Another CPAS is competent and attests",
    )
    OTHER = "other", "Autre raison", "Andere reden", "Anderer Grund", "Another reason"
