"""Rows that a storm begins with: a CPAS with a token, recipients, and a file on everybody."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from datetime import date, timedelta

from django.utils import timezone
from oauth2_provider.models import AccessToken

from attestations.periods import Span
from attestations.ssin import make_ssin
from attestations.tickets import new_ticket
from partners.models import Subscription
from partners.services import inscriptions, subscriptions
from tests.delivery import KEY
from tests.factories import (
    AuthorisationFactory,
    ClientFactory,
    OrganisationFactory,
    SubscriptionFactory,
)


def make(endpoints: dict[str, str], *, persons: int) -> tuple[str, list[str]]:
    """The token of the CPAS and the SSINs; a recipient called `batches` asks for batches."""
    client = ClientFactory(
        organisation=OrganisationFactory(code="cpas", is_cpas=True),
        allowed_scopes=["registry:record"],
    )
    token = AccessToken.objects.create(
        application=client,
        token="token-of-a-storm",
        scope="registry:record",
        expires=timezone.now() + timedelta(days=1),
    )
    ssins = [make_ssin(date(1985, 1 + n // 900, 7), 1 + n % 900) for n in range(persons)]
    for code, endpoint in endpoints.items():
        subscription = _recipient(code, endpoint)
        for ssin in ssins:
            inscriptions.register(
                organisation_id=subscription.organisation_id,
                ssin=ssin,
                quality_code="1",
                span=Span(date(2000, 1, 1)),
                ticket=new_ticket(),
            )
    return token.token, [ssin.number for ssin in ssins]


def _recipient(code: str, endpoint: str) -> Subscription:
    organisation = OrganisationFactory(code=code)
    granted = AuthorisationFactory(organisation=organisation, fields=["periods"])
    subscription = SubscriptionFactory(
        organisation=organisation,
        legal_context=granted.legal_context,
        rights=["bim"],
        endpoint=endpoint,
        batch_size=20 if code == "batches" else 1,
    )
    subscriptions._store_secret(subscription, KEY)
    return subscription


def acknowledged(port: int, token: str, decision: dict[str, str], key: uuid.UUID) -> bool:
    """Send a decision once; False if nobody has answered that it is recorded."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/registry/v1/decisions",
        data=json.dumps(decision).encode(),
        headers={
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(key),
        },
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status == 201
    except urllib.error.HTTPError as error:
        if error.code not in (409, 500, 502, 503):
            raise RuntimeError(f"{error.code}: {error.read()!r}") from error
        return False
    except OSError:
        return False  # killed, or not there yet
