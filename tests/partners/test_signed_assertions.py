"""A client that proves itself by a signed assertion, and what is none."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jwcrypto.jwk import JWK
from oauth2_provider.models import AccessToken

from partners.models import AssertionId, ClientKey
from tests.factories import ClientFactory
from tests.partners.token_endpoint import ask, ask_signed, call, claims_of, signed

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.partners.token_endpoint")]


@pytest.mark.parametrize(
    ("parameters", "alg"),
    [
        ({"kty": "EC", "crv": "P-256"}, "ES256"),
        ({"kty": "EC", "crv": "P-384"}, "ES384"),
        ({"kty": "RSA", "size": 2048}, "PS256"),
        ({"kty": "RSA", "size": 2048}, "RS256"),
        ({"kty": "OKP", "crv": "Ed25519"}, "EdDSA"),
    ],
)
def test_a_signed_assertion_opens_a_session(parameters: dict[str, Any], alg: str) -> None:
    key = JWK.generate(**parameters)
    client = ClientFactory(secret_allowed=False)
    ClientKey.objects.create(client=client, kid="k1", jwk=key.export_public(as_dict=True))
    answer = ask_signed(signed(claims_of(client), key, alg=alg))
    assert answer.status_code == 200
    assert call(answer.json()["access_token"]).status_code == 200


@pytest.mark.parametrize(
    "audience",
    [
        "http://127.0.0.1:8000/oauth/token",
        "http://127.0.0.1:8000",
        "http://testserver/oauth/token",
        ["https://elsewhere.example", "http://127.0.0.1:8000"],
    ],
)
def test_the_audience_is_the_endpoint_or_the_service(signer: Any, key: JWK, audience: Any) -> None:
    assert ask_signed(signed(claims_of(signer, aud=audience), key)).status_code == 200


NOW = time.time


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"iss": "someone-else"}, id="another issuer"),
        pytest.param({"sub": "someone-else"}, id="another subject"),
        pytest.param({"sub": None}, id="no subject"),
        pytest.param({"aud": "https://elsewhere.example"}, id="another audience"),
        pytest.param({"aud": None}, id="no audience"),
        pytest.param({"exp": None}, id="no end"),
        pytest.param({"exp": "soon"}, id="an end in words"),
        pytest.param({"exp": True}, id="a truth for an end"),
        pytest.param({"exp": float("nan")}, id="no number for an end"),
        pytest.param({"exp": 1e300}, id="an end past the calendar"),
        pytest.param({"exp": lambda: NOW() - 1}, id="over"),
        pytest.param({"exp": lambda: NOW() + 660}, id="lives too long"),
        pytest.param({"nbf": lambda: NOW() + 120}, id="not yet valid"),
        pytest.param({"iat": lambda: NOW() + 120}, id="made in the future"),
        pytest.param({"jti": None}, id="no id"),
        pytest.param({"jti": ""}, id="an empty id"),
        pytest.param({"jti": "\x00"}, id="an id that cannot be stored"),
        pytest.param({"jti": "x" * 129}, id="an id too long"),
        pytest.param({"jti": 7}, id="a number for an id"),
    ],
)
def test_an_assertion_that_does_not_hold_is_refused(
    signer: Any, key: JWK, changes: dict[str, Any]
) -> None:
    changes = {name: value() if callable(value) else value for name, value in changes.items()}
    answer = ask_signed(signed(claims_of(signer, **changes), key))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert not AccessToken.objects.exists()


def test_another_key_does_not_sign_for_the_client(signer: Any) -> None:
    stranger = JWK.generate(kty="EC", crv="P-256")
    for kid in ("k1", "k2", None):
        assert ask_signed(signed(claims_of(signer), stranger, kid=kid)).status_code == 401


def test_a_public_key_is_not_taken_for_a_shared_secret(signer: Any, key: JWK) -> None:
    public = base64.urlsafe_b64encode(key.export_to_pem()).decode().rstrip("=")
    forged = JWK(kty="oct", k=public)
    assert ask_signed(signed(claims_of(signer), forged, alg="HS256")).status_code == 401


def test_an_unsigned_assertion_is_refused(signer: Any) -> None:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    for alg in ("none", "None"):
        text = f"{part({'alg': alg})}.{part(claims_of(signer))}."
        assert ask_signed(text).status_code == 401


DEEP = base64.urlsafe_b64encode(b"[" * 100_000).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "a.b.c",
        "a.b",
        "{}",
        '{"signatures": []}..',
        "e30.e30.e30",
        pytest.param(f"e30.{DEEP}.e30", id="claims nested too deep"),
        pytest.param(f"{DEEP}.e30.e30", id="a header nested too deep"),
    ],
)
def test_what_is_no_assertion_is_refused(signer: Any, text: str) -> None:
    assert ask_signed(text).status_code == 401


def test_an_assertion_of_another_type_is_refused(signer: Any, key: JWK) -> None:
    answer = ask(client_assertion_type="saml2", client_assertion=signed(claims_of(signer), key))
    assert answer.status_code == 401


def test_the_client_id_of_the_body_must_be_that_of_the_assertion(signer: Any, key: JWK) -> None:
    other = ClientFactory()
    text = signed(claims_of(signer), key)
    assert ask_signed(text, client_id=other.client_id).status_code == 401
    assert ask_signed(text, client_id=signer.client_id).status_code == 200


def test_an_assertion_opens_one_session_only(signer: Any, key: JWK) -> None:
    text = signed(claims_of(signer), key)
    assert [ask_signed(text).status_code for _ in range(2)] == [200, 401]
    assert ask_signed(signed(claims_of(signer), key)).status_code == 200


def test_ids_of_assertions_long_over_are_cleaned(signer: Any, key: JWK) -> None:
    for hours in (0.5, 2):
        expired = datetime.now(UTC) - timedelta(hours=hours)
        AssertionId.objects.create(client=signer, jti=str(hours), expires_at=expired)
    ask_signed(signed(claims_of(signer, jti="new"), key))
    assert set(AssertionId.objects.values_list("jti", flat=True)) == {"0.5", "new"}
