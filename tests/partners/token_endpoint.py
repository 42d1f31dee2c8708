"""The endpoint of tokens, a view that tells its caller who it is, and how both are asked."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from django.test import Client as Browser
from django.urls import include, path
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from rest_framework.response import Response
from rest_framework.views import APIView

from partners import assertions


class WhoAmI(APIView):
    """What a view learns of its caller."""

    scopes = ("registry:consult",)

    def get(self, request: Any) -> Response:
        user = request.user
        return Response({"organisation": user.organisation_code, "scopes": sorted(user.scopes)})


urlpatterns = [
    path("", include("partners.oauth_urls")),
    path("registry/v1/whoAmI", WhoAmI.as_view()),
]


def ask(**body: str) -> Any:
    headers = body.pop("headers", {})
    return Browser().post("/oauth/token", {"grant_type": "client_credentials"} | body, **headers)


def call(token: str) -> Any:
    return Browser().get("/registry/v1/whoAmI", headers={"Authorization": f"Bearer {token}"})


def signed(claims: dict[str, Any], key: JWK, *, alg: str = "ES256", kid: str | None = "k1") -> str:
    header = {"alg": alg} | ({"kid": kid} if kid else {})
    jws = JWS(json.dumps(claims))
    jws.allowed_algs = [*assertions.ALGORITHMS, "HS256"]
    jws.add_signature(key, alg, json.dumps(header))
    return jws.serialize(compact=True)


def claims_of(client: Any, **changes: Any) -> dict[str, Any]:
    claims = {
        "iss": client.client_id,
        "sub": client.client_id,
        "aud": "http://127.0.0.1:8000/oauth/token",
        "exp": int(time.time()) + 300,
        "iat": int(time.time()),
        "jti": str(uuid.uuid4()),
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}


def ask_signed(text: str, **body: str) -> Any:
    return ask(client_assertion_type=assertions.TYPE, client_assertion=text, **body)
