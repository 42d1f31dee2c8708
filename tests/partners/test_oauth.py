"""Who gets a token, what it is worth, and when it is worth nothing any more."""

from __future__ import annotations

import base64
import logging
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from oauth2_provider.models import AccessToken

from tests.factories import SECRET, ClientFactory, OrganisationFactory
from tests.partners.token_endpoint import ask, call

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.partners.token_endpoint")]


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
