"""Who gets a token, what it is worth, and when it is worth nothing any more."""

from __future__ import annotations

import base64
import json
import logging
import re
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import F
from django.test import Client as Browser
from django.test import override_settings
from django.urls import include, path
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from oauth2_provider.models import AccessToken
from rest_framework.response import Response
from rest_framework.views import APIView

from partners import assertions
from partners.models import AssertionId, ClientKey, FailedProof
from partners.services.braking import FAILURES, WINDOW
from tests.factories import SECRET, ClientFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


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


@pytest.fixture(autouse=True)
def _addresses() -> Any:
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def key() -> JWK:
    return JWK.generate(kty="EC", crv="P-256")


@pytest.fixture
def signer(key: JWK) -> Any:
    """A client that may not use its secret, only its key."""
    client = ClientFactory(secret_allowed=False)
    ClientKey.objects.create(client=client, kid="k1", jwk=key.export_public(as_dict=True))
    return client


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


def test_a_secret_in_the_body_opens_a_session_with_all_scopes() -> None:
    client = ClientFactory()
    answer = ask(client_id=client.client_id, client_secret=SECRET)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert body["scope"].split() == client.allowed_scopes
    assert "refresh_token" not in body
    assert call(body["access_token"]).json() == {
        "organisation": client.organisation.code,
        "scopes": sorted(client.allowed_scopes),
    }


def test_a_secret_in_the_header_does_too() -> None:
    client = ClientFactory()
    pair = base64.b64encode(f"{client.client_id}:{SECRET}".encode()).decode()
    answer = ask(headers={"HTTP_AUTHORIZATION": f"Basic {pair}"})
    assert answer.status_code == 200


def test_a_secret_does_not_open_where_it_is_not_allowed() -> None:
    client = ClientFactory(secret_allowed=False)
    answer = ask(client_id=client.client_id, client_secret=SECRET)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert answer["WWW-Authenticate"].startswith("Basic")
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("client_id", "secret"), [("client", "wrong"), ("nobody", SECRET), ("\x00", SECRET), ("", "")]
)
def test_wrong_credentials_are_all_answered_alike(client_id: str, secret: str) -> None:
    ClientFactory(name="client")
    answer = ask(client_id=client_id, client_secret=secret)
    unknown = ask(client_id="unknown", client_secret="x")
    assert (answer.status_code, answer.json()) == (401, unknown.json())
    assert answer.json()["error"] == "invalid_client"


def test_fewer_scopes_may_be_asked_for_but_no_others() -> None:
    client = ClientFactory(allowed_scopes=["registry:consult", "registry:subscribe"])
    fewer = ask(client_id=client.client_id, client_secret=SECRET, scope="registry:consult")
    other = ask(client_id=client.client_id, client_secret=SECRET, scope="registry:record")
    assert fewer.json()["scope"] == "registry:consult"
    assert (other.status_code, other.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize("grant", ["password", "authorization_code", "refresh_token", "x", None])
def test_only_client_credentials_are_granted(grant: str | None) -> None:
    client = ClientFactory()
    body = {"client_id": client.client_id, "client_secret": SECRET}
    answer = Browser().post("/oauth/token", body | ({"grant_type": grant} if grant else {}))
    assert answer.status_code == 400
    expected = "unsupported_grant_type" if grant else "invalid_request"
    assert answer.json()["error"] == expected


def test_a_parameter_given_twice_is_refused() -> None:
    body = {"grant_type": "client_credentials", "client_id": ["a", "b"]}
    answer = Browser().post("/oauth/token", body)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


WRONG = {
    "invalid_request": {"grant_type": ""},
    "invalid_client": {"client_secret": "wrong"},
    "invalid_scope": {"scope": "registry:everything"},
    "unsupported_grant_type": {"grant_type": "password"},
}


@pytest.mark.parametrize("error", sorted(WRONG))
def test_what_is_wrong_is_said_in_the_language_of_the_caller(error: str) -> None:
    client = ClientFactory()
    told = {}
    for language in ("fr", "nl", "de", "en"):
        body = {"client_id": client.client_id, "client_secret": SECRET} | WRONG[error]
        answer = ask(**body, headers={"headers": {"Accept-Language": f"{language}-BE"}})
        assert answer.json()["error"] == error
        assert answer["Content-Language"] == language
        # RFC 6749, 5.2: printable ASCII without quotation mark and backslash.
        assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+", answer.json()["error_description"])
        told[language] = answer.json()["detail"]
    assert told["en"] == answer.json()["error_description"]
    assert len(set(told.values())) == 4


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("&".join(f"a{number}=1" for number in range(2_000)), "application/x-www-form-urlencoded"),
        ("x", "multipart/form-data"),
        ('{"grant_type": "client_credentials"}', "application/json"),
    ],
    ids=["too many parameters", "parts without a boundary", "no form"],
)
def test_a_body_that_cannot_be_read_is_refused_as_the_standard_has_it(body: str, kind: str) -> None:
    answer = Browser().post("/oauth/token", body, content_type=kind)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer["Content-Type"] == "application/json"


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


def token_for(client: Any) -> str:
    answer = ask(client_id=client.client_id, client_secret=SECRET)
    return str(answer.json()["access_token"])


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_without_a_token_the_caller_is_nobody() -> None:
    answer = Browser().get("/registry/v1/whoAmI")
    assert problem(answer) == (401, "noAccessToken")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("token", ["", "unknown", "two words", "\xe9"])
def test_an_unknown_token_is_invalid(token: str) -> None:
    assert problem(call(token)) == (401, "invalidAccessToken")


def test_a_token_ends() -> None:
    token = token_for(ClientFactory())
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=13), tick=False):
        assert problem(call(token)) == (401, "expiredAccessToken")


def test_a_token_is_revoked_at_once_with_its_row_or_its_client() -> None:
    client = ClientFactory()
    first, second = token_for(client), token_for(client)
    AccessToken.objects.first().delete()
    assert sorted(call(token).status_code for token in (first, second)) == [200, 401]
    client.delete()
    assert problem(call(first)) == problem(call(second)) == (401, "invalidAccessToken")


def test_a_scope_taken_away_is_gone_from_living_tokens() -> None:
    client = ClientFactory()
    token = token_for(client)
    client.allowed_scopes = ["registry:subscribe"]
    client.save()
    assert problem(call(token)) == (403, "missingScope")


def test_the_caller_is_found_in_one_query(django_assert_num_queries: Any) -> None:
    token = token_for(ClientFactory(organisation=OrganisationFactory(is_cpas=True)))
    with django_assert_num_queries(1):
        assert call(token).status_code == 200


def test_no_token_and_no_secret_is_stored_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = ClientFactory()
    token = token_for(client)
    ask(client_id=client.client_id, client_secret="a wrong one")
    call(token)
    stored = AccessToken.objects.get()
    client.refresh_from_db()
    assert stored.token == ""
    assert SECRET not in client.client_secret
    for text in (token, SECRET, "a wrong one"):
        assert text not in caplog.text


def test_guessing_a_secret_is_braked_and_told_so() -> None:
    client = ClientFactory()
    for _ in range(FAILURES):
        assert ask(client_id=client.client_id, client_secret="wrong").status_code == 401

    answer = ask(client_id=client.client_id, client_secret=SECRET)

    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert 0 < int(answer["Retry-After"]) <= 900
    assert answer.json()["type"] == "urn:problem-type:belgif:tooManyFailedRequests"
    assert answer.json()["retryAfterSec"] == int(answer["Retry-After"])
    other = ClientFactory()
    assert ask(client_id=other.client_id, client_secret=SECRET).status_code == 200
    elsewhere = Browser(REMOTE_ADDR="192.0.2.9").post(
        "/oauth/token",
        {
            "grant_type": "client_credentials",
            "client_id": client.client_id,
            "client_secret": SECRET,
        },
    )
    assert elsewhere.status_code == 200


def test_the_brake_lets_go_after_a_while() -> None:
    client = ClientFactory()
    for _ in range(FAILURES):
        ask(client_id=client.client_id, client_secret="wrong")
    FailedProof.objects.update(since=F("since") - WINDOW)
    assert ask(client_id=client.client_id, client_secret=SECRET).status_code == 200
    assert ask(client_id=client.client_id, client_secret="wrong").status_code == 401
    assert FailedProof.objects.get().failures == 1


def test_a_pair_in_the_header_is_counted_as_one_in_the_body() -> None:
    client = ClientFactory()
    pair = base64.b64encode(f"{client.client_id}:wrong".encode()).decode()
    for _ in range(FAILURES):
        ask(headers={"HTTP_AUTHORIZATION": f"Basic {pair}"})
    assert ask(client_id=client.client_id, client_secret=SECRET).status_code == 429


def test_a_signature_that_holds_passes_the_brake(signer: Any, key: JWK) -> None:
    for _ in range(FAILURES):
        ask_signed(signed(claims_of(signer, aud="elsewhere"), key))
    assert ask_signed(signed(claims_of(signer, aud="elsewhere"), key)).status_code == 429
    assert ask_signed(signed(claims_of(signer), key)).status_code == 200
    assert not FailedProof.objects.exists()
