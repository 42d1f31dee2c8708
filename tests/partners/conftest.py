"""Who signs, who proposes and approves, and a country where a rehearsal finds something."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from jwcrypto.jwk import JWK

from partners.models import ClientKey
from partners.services import recipient_rights
from tests.factories import (
    AuthorisationFactory,
    ClientFactory,
    OrganisationFactory,
    SubscriptionFactory,
)
from tests.partners.rehearsals import run_the_stages


@pytest.fixture
def key() -> JWK:
    return JWK.generate(kty="EC", crv="P-256")


@pytest.fixture
def signer(key: JWK) -> Any:
    """A client that may not use its secret, only its key."""
    client = ClientFactory(secret_allowed=False)
    ClientKey.objects.create(client=client, kid="k1", jwk=key.export_public(as_dict=True))
    return client


@pytest.fixture
def author(db: None) -> User:
    return User.objects.create_superuser("author")


@pytest.fixture
def approver(db: None) -> User:
    return User.objects.create_superuser("approver")


@pytest.fixture
def country(cpas, other_cpas, recipient_for, decision, new_ssin) -> dict[str, Any]:
    """Aided persons alone and in households, and recipients of every sort.

    One holds a file on everybody, one on some, one is paused, one authorised without subscription,
    one subscribed to other rights only, and one was authorised once.
    """
    recipients = {
        "everybody": recipient_for("everybody", "bim", "walloonFamilySupplement"),
        "some": recipient_for("some", "bim", "socialTariff", endpoint="https://some.example/hook"),
        "paused": recipient_for("paused", "bim"),
        "other": recipient_for("other", "socialTariff"),
    }
    again = AuthorisationFactory(
        organisation=recipients["everybody"].organisation, rights=["bim"], legal_context="AGAIN"
    )
    SubscriptionFactory(organisation=again.organisation, legal_context=again.legal_context)
    AuthorisationFactory(organisation=OrganisationFactory(code="silent"), rights=["bim"])
    persons = []
    for place, (months, sender) in enumerate(
        [(3, cpas), (4, cpas), (5, other_cpas), (8, cpas), (12, other_cpas), (2, cpas)]
    ):
        ssin, partner = new_ssin(), new_ssin()
        household = [{"ssin": partner, "relation": "partner"}] if place % 2 else None
        last = f"2026-{3 + months:02}-28" if months < 9 else "2027-02-28"
        body = decision(ssin, startDate="2026-03-01", endDate=last, household=household)
        assert sender.post("/decisions", body).status_code == 201
        persons += [ssin, partner] if place % 2 else [ssin]
    for place, ssin in enumerate(persons):
        recipients["everybody"].inscribe(ssin)
        recipients["paused"].inscribe(ssin)
        if place % 3:
            recipients["some"].inscribe(ssin)
    run_the_stages()
    recipient_rights.pause(recipients["paused"].organisation, "bim", by="somebody", reason="a test")
    return recipients
