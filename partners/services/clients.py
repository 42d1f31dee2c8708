"""Clients: made, given secrets, and given tokens without a request of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import AccessToken
from oauth2_provider.settings import oauth2_settings
from oauthlib.common import generate_token

from partners.models import Client


def new_client(*, name: str, organisation_id: int, scopes: Sequence[str]) -> Client:
    """A client that has no way in yet: give it a key or a secret."""
    return Client.objects.create(
        name=name,
        client_id=name,
        organisation_id=organisation_id,
        client_type=Client.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Client.GRANT_CLIENT_CREDENTIALS,
        client_secret=generate_client_secret(),
        allowed_scopes=list(scopes),
    )


def set_secret(client: Client, secret: str) -> None:
    """Let the client in by this secret, and no other from now on; only its hash is kept."""
    client.client_secret = make_password(secret, hasher=oauth2_settings.CLIENT_SECRET_HASHER)
    client.secret_allowed = True
    client.save(update_fields=["client_secret", "secret_allowed", "updated"])


def set_new_secret(client: Client) -> str:
    """A fresh secret, in clear for this once."""
    secret = str(generate_client_secret())
    set_secret(client, secret)
    return secret


def takes_secret(client: Client, secret: str) -> bool:
    """Whether this is the secret that lets the client in."""
    return client.secret_allowed and check_password(secret, client.client_secret)


def issue_token(client: Client, *, now: datetime) -> str:
    """An access token with all scopes of the client, valid from `now` as long as any other."""
    token = str(generate_token())
    row = AccessToken(
        application=client,
        scope=" ".join(client.allowed_scopes),
        expires=now + timedelta(seconds=oauth2_settings.ACCESS_TOKEN_EXPIRE_SECONDS),
        token="",
    )
    row._raw_token = token  # for the checksum, which alone is stored
    row.save()
    return token
