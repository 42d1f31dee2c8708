"""The words of the monthly report to a CPAS, in the three national languages. Pure.

Each cause has two sentences: what was seen, and what to do about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from attestations.codes import Cause


@dataclass(frozen=True)
class Advice:
    """What was seen, and what the CPAS is asked to do."""

    seen: str
    to_do: str


@dataclass(frozen=True)
class Texts:
    """One language. `intro` takes `count`; headings are in the order of the columns."""

    title: str
    intro_one: str
    intro_many: str
    nothing: str
    until: str
    everyone: str
    overdue: str
    confidential: str
    headings: tuple[str, ...]
    months: tuple[str, ...]
    causes: Mapping[Cause, Advice]

    def month(self, year: int, month: int) -> str:
        """A month as people write it."""
        return f"{self.months[month - 1]} {year}"

    def intro(self, count: int) -> str:
        """The first sentence of the report."""
        if count == 0:
            return self.nothing
        return self.intro_one if count == 1 else self.intro_many.format(count=count)


def _causes(*advice: tuple[str, str]) -> Mapping[Cause, Advice]:
    """In the order of the code list."""
    return MappingProxyType(
        {cause: Advice(*words) for cause, words in zip(Cause, advice, strict=True)}
    )


FRENCH = Texts(
    title="Attestations manquantes",
    intro_one="Pour une période, l'attestation attendue manque ou pose question.",
    intro_many="Pour {count} périodes, l'attestation attendue manque ou pose question.",
    nothing="Rien ne manque.",
    until="sans date de fin",
    everyone="(tout le CPAS)",
    overdue="délai dépassé",
    confidential="Ce document contient des données à caractère personnel destinées à ce seul CPAS.",
    headings=("NISS", "Nature de l'aide", "Période", "Constat", "À faire", "Avant la fin du"),
    months=(
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    causes=_causes(
        (
            "Aucune attestation n'a été reçue pour ces jours.",
            "Enregistrez la décision, ou répondez pourquoi il n'y a rien à attester.",
        ),
        (
            "L'attestation est arrivée plus de 7 jours après la décision.",
            "Rien : pour information.",
        ),
        (
            "Une partie seulement de la période est attestée.",
            "Révisez la décision pour que chaque jour accordé soit attesté.",
        ),
        (
            "Ces jours sont attestés sous une autre nature d'aide.",
            "Révisez la décision, ou corrigez la demande de subvention.",
        ),
        (
            "Un autre CPAS atteste ces jours.",
            "Vérifiez avec lui qui est compétent ; attestez, ou corrigez la demande de subvention.",
        ),
        (
            "L'attestation va plus loin que la décision.",
            "Arrêtez ou annulez la décision dans le registre, pour raccourcir l'attestation.",
        ),
        (
            "L'attestation a été envoyée sous un numéro qui était déjà remplacé.",
            "Reprenez le nouveau NISS dans le dossier et révisez la décision.",
        ),
        (
            "Votre CPAS, qui envoie d'habitude chaque mois, n'a rien envoyé.",
            "Vérifiez vos envois avec votre fournisseur de logiciel.",
        ),
        (
            "L'aide prend bientôt fin sans décision sur la suite.",
            "Décidez du renouvellement, ou laissez prendre fin.",
        ),
    ),
)
DUTCH = Texts(
    title="Ontbrekende attesten",
    intro_one="Voor één periode ontbreekt het verwachte attest of is er een vraag bij.",
    intro_many="Voor {count} periodes ontbreekt het verwachte attest of is er een vraag bij.",
    nothing="Er ontbreekt niets.",
    until="zonder einddatum",
    everyone="(het hele OCMW)",
    overdue="termijn verstreken",
    confidential="Dit document bevat persoonsgegevens die alleen voor dit OCMW bestemd zijn.",
    headings=("INSZ", "Aard van de steun", "Periode", "Vaststelling", "Te doen", "Ten laatste op"),
    months=(
        *("januari", "februari", "maart", "april", "mei", "juni"),
        *("juli", "augustus", "september", "oktober", "november", "december"),
    ),
    causes=_causes(
        (
            "Voor deze dagen is geen attest ontvangen.",
            "Registreer de beslissing, of antwoord waarom er niets te attesteren valt.",
        ),
        ("Het attest kwam meer dan 7 dagen na de beslissing.", "Niets: ter informatie."),
        (
            "Slechts een deel van de periode is geattesteerd.",
            "Herzie de beslissing, zodat elke toegekende dag geattesteerd is.",
        ),
        (
            "Deze dagen zijn als een andere aard van steun geattesteerd.",
            "Herzie de beslissing, of verbeter de aanvraag van de toelage.",
        ),
        (
            "Een ander OCMW attesteert deze dagen.",
            "Ga met dat OCMW na wie bevoegd is; attesteer, of verbeter de aanvraag van de toelage.",
        ),
        (
            "Het attest loopt verder dan de beslissing.",
            "Stop of annuleer de beslissing in het register, zodat het attest wordt ingekort.",
        ),
        (
            "Het attest is verzonden onder een nummer dat al vervangen was.",
            "Neem het nieuwe INSZ op in het dossier en herzie de beslissing.",
        ),
        (
            "Uw OCMW, dat gewoonlijk elke maand verzendt, heeft niets verzonden.",
            "Ga uw verzendingen na met uw softwareleverancier.",
        ),
        (
            "De steun loopt binnenkort af zonder beslissing over het vervolg.",
            "Beslis over de verlenging, of laat de steun aflopen.",
        ),
    ),
)
GERMAN = Texts(
    title="Fehlende Bescheinigungen",
    intro_one="Für einen Zeitraum fehlt die erwartete Bescheinigung oder wirft Fragen auf.",
    intro_many="Für {count} Zeiträume fehlt die erwartete Bescheinigung oder wirft Fragen auf.",
    nothing="Es fehlt nichts.",
    until="ohne Enddatum",
    everyone="(das ganze ÖSHZ)",
    overdue="Frist abgelaufen",
    confidential="Dieses Dokument enthält personenbezogene Daten nur für dieses ÖSHZ.",
    headings=("NISS", "Art der Hilfe", "Zeitraum", "Feststellung", "Zu tun", "Spätestens am"),
    months=(
        *("Januar", "Februar", "März", "April", "Mai", "Juni"),
        *("Juli", "August", "September", "Oktober", "November", "Dezember"),
    ),
    causes=_causes(
        (
            "Für diese Tage ist keine Bescheinigung eingegangen.",
            "Erfassen Sie den Beschluss, oder antworten Sie, warum nichts zu bescheinigen ist.",
        ),
        (
            "Die Bescheinigung kam mehr als 7 Tage nach dem Beschluss.",
            "Nichts: zur Kenntnisnahme.",
        ),
        (
            "Nur ein Teil des Zeitraums ist bescheinigt.",
            "Revidieren Sie den Beschluss, damit jeder gewährte Tag bescheinigt ist.",
        ),
        (
            "Diese Tage sind als eine andere Art der Hilfe bescheinigt.",
            "Revidieren Sie den Beschluss, oder berichtigen Sie den Zuschussantrag.",
        ),
        (
            "Ein anderes ÖSHZ bescheinigt diese Tage.",
            "Klären Sie mit ihm, wer zuständig ist; bescheinigen Sie, oder berichtigen Sie den "
            "Zuschussantrag.",
        ),
        (
            "Die Bescheinigung reicht weiter als der Beschluss.",
            "Beenden oder annullieren Sie den Beschluss im Register, damit die Bescheinigung "
            "verkürzt wird.",
        ),
        (
            "Die Bescheinigung wurde unter einer bereits ersetzten Nummer versandt.",
            "Übernehmen Sie die neue NISS in die Akte und revidieren Sie den Beschluss.",
        ),
        (
            "Ihr ÖSHZ, das gewöhnlich jeden Monat versendet, hat nichts versandt.",
            "Prüfen Sie Ihre Sendungen mit Ihrem Softwareanbieter.",
        ),
        (
            "Die Hilfe endet bald ohne Beschluss über die Fortsetzung.",
            "Beschließen Sie die Verlängerung, oder lassen Sie die Hilfe enden.",
        ),
    ),
)
TEXTS: Mapping[str, Texts] = MappingProxyType({"fr": FRENCH, "nl": DUTCH, "de": GERMAN})
