"""What each problem is called in the four languages, for the list of problem types. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from attestations.codes import LANGUAGES


def _labels(*texts: str) -> Mapping[str, str]:
    """French, Dutch, German, English."""
    return dict(zip(LANGUAGES, texts, strict=True))


LABELS: Mapping[str, Mapping[str, str]] = {
    "badRequest": _labels(
        "Requête incorrecte", "Onjuist verzoek", "Fehlerhafte Anfrage", "Bad request"
    ),
    "noAccessToken": _labels(
        "Jeton d'accès absent", "Toegangstoken ontbreekt", "Zugriffstoken fehlt", "No access token"
    ),
    "invalidAccessToken": _labels(
        "Jeton d'accès non valable",
        "Toegangstoken ongeldig",
        "Zugriffstoken ungültig",
        "Invalid access token",
    ),
    "expiredAccessToken": _labels(
        "Jeton d'accès expiré",
        "Toegangstoken verlopen",
        "Zugriffstoken abgelaufen",
        "Expired access token",
    ),
    "missingScope": _labels(
        "Portée d'accès insuffisante",
        "Scope ontbreekt",
        "Berechtigungsumfang fehlt",
        "Missing scope",
    ),
    "missingPermission": _labels(
        "Autorisation absente",
        "Machtiging ontbreekt",
        "Ermächtigung fehlt",
        "Missing permission",
    ),
    "resourceNotFound": _labels(
        "Ressource introuvable",
        "Bron niet gevonden",
        "Ressource nicht gefunden",
        "Resource not found",
    ),
    "notAcceptable": _labels(
        "Format de réponse non disponible",
        "Antwoordformaat niet beschikbaar",
        "Antwortformat nicht verfügbar",
        "Not acceptable",
    ),
    "payloadTooLarge": _labels(
        "Corps trop volumineux", "Inhoud te groot", "Inhalt zu groß", "Payload too large"
    ),
    "tooManyRequests": _labels(
        "Trop de requêtes", "Te veel verzoeken", "Zu viele Anfragen", "Too many requests"
    ),
    "tooManyFailedRequests": _labels(
        "Trop de requêtes refusées",
        "Te veel mislukte verzoeken",
        "Zu viele fehlgeschlagene Anfragen",
        "Too many failed requests",
    ),
    "internalServerError": _labels(
        "Erreur interne", "Interne fout", "Interner Fehler", "Internal server error"
    ),
    "serviceUnavailable": _labels(
        "Service indisponible",
        "Dienst niet beschikbaar",
        "Dienst nicht verfügbar",
        "Service unavailable",
    ),
    "methodNotAllowed": _labels(
        "Méthode non autorisée",
        "Methode niet toegelaten",
        "Methode nicht erlaubt",
        "Method not allowed",
    ),
    "idempotencyInProgress": _labels(
        "Premier appel encore en cours",
        "Eerste oproep nog bezig",
        "Erster Aufruf läuft noch",
        "Idempotency in progress",
    ),
    "streamEpochChanged": _labels(
        "Le flux a été rétabli depuis",
        "De feed is intussen hersteld",
        "Der Feed wurde inzwischen wiederhergestellt",
        "Stream epoch changed",
    ),
    "staleVersion": _labels(
        "Version dépassée", "Verouderde versie", "Veraltete Version", "Stale version"
    ),
    "unsupportedMediaType": _labels(
        "Type de contenu non pris en charge",
        "Inhoudstype niet ondersteund",
        "Inhaltstyp nicht unterstützt",
        "Unsupported media type",
    ),
    "idempotencyMismatch": _labels(
        "Clé déjà utilisée avec un autre contenu",
        "Sleutel al gebruikt met andere inhoud",
        "Schlüssel schon mit anderem Inhalt verwendet",
        "Idempotency mismatch",
    ),
    "versionRequired": _labels(
        "Version exigée", "Versie vereist", "Version erforderlich", "Version required"
    ),
}
