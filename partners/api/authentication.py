"""From the access token of a request to the organisation that calls."""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from attestations.api.permissions import Caller
from attestations.api.problems import Problem
from attestations.models import Cpas
from attestations.prepared import prepared
from partners.oauth import TOKEN_PATH

# Written out, as every call begins with it: composing the question costs more than its answer.
WHO_CALLS = """
SELECT token.expires, token.scope, client.name, client.allowed_scopes,
    organisation.id, organisation.code, organisation.enterprise_number,
    cpas.id, cpas.enterprise_number
FROM oauth2_provider_accesstoken AS token
JOIN partners_client AS client ON client.id = token.application_id
JOIN partners_organisation AS organisation ON organisation.id = client.organisation_id
LEFT JOIN attestations_cpas AS cpas ON cpas.id = organisation.cpas_id
WHERE token.token_checksum = %s
"""


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`, looked up on every request, so revoked at once.

    Without such a header the caller is nobody (401 noAccessToken, from the permission); with one
    that names no token, or a token that is over, the request ends here.
    """

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        scheme, _, credentials = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        checksum = hashlib.sha256(credentials.strip()).hexdigest()
        with prepared() as cursor:
            cursor.execute(WHO_CALLS, [checksum])
            found = cursor.fetchone()
        if found is None:
            raise Problem("invalidAccessToken", "This access token is unknown, or was revoked.")
        expires, scope, *client = found
        if expires <= timezone.now():
            raise Problem("expiredAccessToken", "This access token has expired: ask for another.")
        return _caller(scope, *client), None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="registry"'


def _caller(
    scope: str,
    client_name: str,
    allowed_scopes: list[str],
    organisation_id: int,
    organisation_code: str,
    enterprise_number: str,
    *cpas: Any,
) -> Caller:
    """The caller behind a token with this scope, less what was taken away since."""
    return Caller(
        organisation_id=organisation_id,
        organisation_code=organisation_code,
        enterprise_number=enterprise_number,
        client_name=client_name,
        scopes=frozenset(scope.split()).intersection(allowed_scopes),
        # Its other columns are read when they are asked for, which is seldom.
        cpas=None
        if cpas[0] is None
        else Cpas.from_db(connection.alias, ["id", "enterprise_number"], cpas),
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
