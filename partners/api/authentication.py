"""From the access token of a request to the organisation that calls."""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from oauth2_provider.models import AccessToken
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from attestations.api.permissions import Caller
from attestations.api.problems import Problem
from partners.models import Client
from partners.oauth import TOKEN_PATH


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`, looked up on every request, so revoked at once.

    Without such a header the caller is nobody (401 noAccessToken, from the permission); with one
    that names no token, or a token that is over, the request ends here.
    """

    def authenticate(self, request: Request) -> tuple[Caller, AccessToken] | None:
        scheme, _, credentials = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        checksum = hashlib.sha256(credentials.strip()).hexdigest()
        token = (
            AccessToken.objects.select_related("application__organisation__cpas")
            .filter(token_checksum=checksum, application__isnull=False)
            .first()
        )
        if token is None:
            raise Problem("invalidAccessToken", "This access token is unknown, or was revoked.")
        if token.expires <= timezone.now():
            raise Problem("expiredAccessToken", "This access token has expired: ask for another.")
        return caller_of(token.application, scopes=token.scope.split()), token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="registry"'


def caller_of(client: Client, *, scopes: list[str]) -> Caller:
    """The caller behind a token with these scopes, less those that were taken away since."""
    organisation = client.organisation
    return Caller(
        organisation_id=organisation.pk,
        organisation_code=organisation.code,
        enterprise_number=organisation.enterprise_number,
        client_name=client.name,
        scopes=frozenset(scopes).intersection(client.allowed_scopes),
        cpas=organisation.cpas,
    )


class OauthScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document describes the above."""

    target_class = BearerAuthentication
    name = "Oauth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "oauth2",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": TOKEN_PATH,
                    "scopes": dict(settings.OAUTH2_PROVIDER["SCOPES"]),
                }
            },
        }
