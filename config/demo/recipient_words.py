"""The words of the demonstration recipient's page, in four languages."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = {"fr": "français", "nl": "Nederlands", "de": "Deutsch", "en": "English"}

# In the order of LANGUAGES; what an event says is filled in by its data.
TEXTS: Mapping[str, tuple[str, str, str, str]] = {
    "title": (
        "Destinataire de démonstration",
        "Demonstratiebestemmeling",
        "Demonstrationsempfänger",
        "Demonstration recipient",
    ),
    "lead": (
        "Ce que le registre a envoyé ici. La signature de chaque message a été vérifiée. Toutes les"
        " personnes sont fictives.",
        "Wat het register hierheen heeft gestuurd. De handtekening van elk bericht is"
        " gecontroleerd. Alle personen zijn fictief.",
        "Was das Register hierher gesandt hat. Die Signatur jeder Nachricht wurde geprüft. Alle"
        " Personen sind erfunden.",
        "What the registry has pushed here. Every message's signature was verified. All persons are"
        " fictitious.",
    ),
    "perRecipient": ("Par destinataire", "Per bestemmeling", "Je Empfänger", "Per recipient"),
    "recipient": ("Destinataire", "Bestemmeling", "Empfänger", "Recipient"),
    "events": ("Événements", "Gebeurtenissen", "Ereignisse", "Events"),
    "repetitions": ("Répétitions", "Herhalingen", "Wiederholungen", "Repetitions"),
    "refused": ("Refusés", "Geweigerd", "Abgelehnt", "Refused"),
    "latest": (
        "Derniers événements",
        "Laatste gebeurtenissen",
        "Letzte Ereignisse",
        "Latest events",
    ),
    "time": ("Heure", "Tijd", "Zeit", "Time"),
    "what": ("Ce qui s'est passé", "Wat er gebeurd is", "Was geschehen ist", "What happened"),
    "nobody": (
        "Pas encore de destinataire.",
        "Nog geen bestemmeling.",
        "Noch kein Empfänger.",
        "No recipient yet.",
    ),
    "nothing": ("Rien encore.", "Nog niets.", "Noch nichts.", "Nothing yet."),
    "told": (
        "{name} (répond {status}, comme demandé)",
        "{name} (antwoordt {status}, zoals gevraagd)",
        "{name} (antwortet {status}, wie verlangt)",
        "{name} (told to answer {status})",
    ),
    "again": (
        " (et encore {times} fois)",
        " (en nog {times} keer)",
        " (und noch {times} Mal)",
        " (and {times} more times)",
    ),
    "refusal": (
        "Un message a été refusé : sa signature n'est pas valable",
        "Een bericht is geweigerd: de handtekening klopt niet",
        "Eine Nachricht wurde abgelehnt: Ihre Signatur stimmt nicht",
        "A message was refused: its signature does not hold",
    ),
    "untyped": (
        "Un message sans type",
        "Een bericht zonder type",
        "Eine Nachricht ohne Typ",
        "A message without a type",
    ),
    "cut": ("(non communiqué)", "(niet meegedeeld)", "(nicht mitgeteilt)", "(not shown)"),
    "noPeriod": ("aucune période", "geen periode", "kein Zeitraum", "no period"),
    "closed": (
        "du {start} au {end}",
        "van {start} tot en met {end}",
        "vom {start} bis zum {end}",
        "from {start} to {end}",
    ),
    "open": ("à partir du {start}", "vanaf {start}", "ab dem {start}", "from {start} on"),
}

SENTENCES: Mapping[str, tuple[str, str, str, str]] = {
    "rights.notify.granted": (
        "{right} : octroyé à {ssin}, {periods}",
        "{right}: toegekend aan {ssin}, {periods}",
        "{right}: {ssin} gewährt, {periods}",
        "{right} granted to {ssin}: {periods}",
    ),
    "rights.notify.extended": (
        "{right} : prolongé pour {ssin}, {periods}",
        "{right}: verlengd voor {ssin}, {periods}",
        "{right}: für {ssin} verlängert, {periods}",
        "{right} of {ssin} extended: {periods}",
    ),
    "rights.notify.reduced": (
        "{right} : réduit pour {ssin}, {periods}",
        "{right}: ingekort voor {ssin}, {periods}",
        "{right}: für {ssin} verkürzt, {periods}",
        "{right} of {ssin} reduced: {periods}",
    ),
    "rights.notify.ended": (
        "{right} : terminé pour {ssin}",
        "{right}: beëindigd voor {ssin}",
        "{right}: für {ssin} beendet",
        "{right} of {ssin} ended",
    ),
    "rights.notify.corrected": (
        "{right} : corrigé pour {ssin}, {periods}",
        "{right}: verbeterd voor {ssin}, {periods}",
        "{right}: für {ssin} berichtigt, {periods}",
        "{right} of {ssin} corrected: {periods}",
    ),
    "rights.notify.noted": (
        "{right} : noté pour {ssin}, {periods}",
        "{right}: genoteerd voor {ssin}, {periods}",
        "{right}: für {ssin} vermerkt, {periods}",
        "{right} noted for {ssin}: {periods}",
    ),
    "rights.notify.changed": (
        "{right} : modifié pour {ssin}, {periods}",
        "{right}: gewijzigd voor {ssin}, {periods}",
        "{right}: für {ssin} geändert, {periods}",
        "{right} changed for {ssin}: {periods}",
    ),
    "rights.notify.withdrawn": (
        "{right} : retiré pour {ssin}",
        "{right}: ingetrokken voor {ssin}",
        "{right}: für {ssin} zurückgezogen",
        "{right} withdrawn for {ssin}",
    ),
    "rights.notify.undetermined": (
        "{right} de {ssin} : on ne peut le dire, il manque {missing}",
        "{right} van {ssin}: niet te zeggen, er ontbreekt {missing}",
        "{right} von {ssin}: nicht zu sagen, es fehlt {missing}",
        "{right} of {ssin} cannot be told: {missing} is missing",
    ),
    "attestations.notify.created": (
        "{aidKind} : attesté pour {ssin}, {period}",
        "{aidKind}: geattesteerd voor {ssin}, {period}",
        "{aidKind}: für {ssin} bescheinigt, {period}",
        "{aidKind} attested for {ssin}: {period}",
    ),
    "attestations.notify.corrected": (
        "{aidKind} : attestation de {ssin} corrigée, {period}",
        "{aidKind}: attest van {ssin} verbeterd, {period}",
        "{aidKind}: Bescheinigung von {ssin} berichtigt, {period}",
        "Attestation of {aidKind} for {ssin} corrected: {period}",
    ),
    "attestations.notify.cancelled": (
        "{aidKind} : attestation de {ssin} annulée",
        "{aidKind}: attest van {ssin} geannuleerd",
        "{aidKind}: Bescheinigung von {ssin} annulliert",
        "Attestation of {aidKind} for {ssin} cancelled",
    ),
    "missingAttestations.notify.found": (
        "{aidKind} : pas d'attestation pour {ssin}, {period} ({cause})",
        "{aidKind}: geen attest voor {ssin}, {period} ({cause})",
        "{aidKind}: keine Bescheinigung für {ssin}, {period} ({cause})",
        "No attestation of {aidKind} for {ssin} {period} ({cause})",
    ),
    "missingAttestations.notify.resolved": (
        "{aidKind} : l'attestation de {ssin} ne manque plus",
        "{aidKind}: het attest van {ssin} ontbreekt niet meer",
        "{aidKind}: Bescheinigung von {ssin} fehlt nicht mehr",
        "Attestation of {aidKind} for {ssin} no longer missing",
    ),
    "subscriptions.notify.test": (
        "Un message d'essai",
        "Een testbericht",
        "Eine Testnachricht",
        "A test message",
    ),
}


def words(texts: Mapping[str, tuple[str, str, str, str]], key: str, language: str) -> str:
    """One text in one of LANGUAGES."""
    return texts[key][list(LANGUAGES).index(language)]


def language_of(wished: str | None, accepted: str) -> str:
    """The language asked for by name, or else the first of `Accept-Language` that there is."""
    if wished in LANGUAGES:
        return str(wished)
    offers = (offer.strip()[:2].lower() for offer in accepted.split(","))
    return next((offer for offer in offers if offer in LANGUAGES), "en")
