"""What a program needs to act as each client of a demonstration. Refused in production."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from derived_rights.services.catalogue import active_rights
from partners.configuration import read_document
from partners.models import Client
from partners.services.clients import issue_token, set_new_secret, takes_secret
from partners.services.configuration import Mistaken, vocabulary


@transaction.atomic
def credentials(files: Iterable[str], *, now: datetime) -> dict[str, dict[str, Any]]:
    """By name of client: who it is, its secret, and a token that holds all it may ask for.

    A secret that stands in one of the files (their content) is given as it is; a client without
    one gets a fresh one, and the one before it is worth nothing any more.
    """
    known = _secrets(files)
    rows = Client.objects.select_related("organisation").prefetch_related(
        "organisation__authorisations", "organisation__recipient_rights"
    )
    active = active_rights()
    return {row.name: _credentials_of(row, known, active, now) for row in rows.order_by("name")}


def _secrets(files: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in files:
        document = read_document(text, vocabulary())
        if document.mistakes:
            raise Mistaken(document.mistakes)
        found |= {one.name: one.secret for one in document.clients if one.name and one.secret}
    return found


def _credentials_of(
    client: Client, known: Mapping[str, str], active: Collection[str], now: datetime
) -> dict[str, Any]:
    organisation = client.organisation
    secret = known.get(client.name)
    if secret is None or not takes_secret(client, secret):
        secret = set_new_secret(client)
    current = [row for row in organisation.authorisations.all() if row.superseded_at is None]
    off = {row.right for row in organisation.recipient_rights.all() if not row.active}
    authorised = {right for row in current for right in row.rights}
    return {
        "role": organisation.kind,
        "enterpriseNumber": organisation.enterprise_number,
        "clientId": client.client_id,
        "clientSecret": secret,
        "token": issue_token(client, now=now),
        "legalContexts": sorted(row.legal_context for row in current),
        "rights": sorted(authorised.intersection(active) - off),
    }
