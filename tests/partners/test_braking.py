"""Who guesses a secret is slowed down, and whoever proves itself is not."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.db.models import F
from django.test import Client as Browser
from jwcrypto.jwk import JWK

from partners.models import FailedProof
from partners.services.braking import FAILURES, WINDOW
from tests.factories import SECRET, ClientFactory
from tests.partners.token_endpoint import ask, ask_signed, claims_of, signed

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.partners.token_endpoint")]


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
