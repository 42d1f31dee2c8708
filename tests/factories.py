"""Rows to test with, one factory per model; each row is as plain as its constraints allow."""

from __future__ import annotations

from datetime import date

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from attestations.models import Cpas, Person
from attestations.periods import Span
from partners.models import Authorisation, Client, Organisation, Subscription

SECRET = "a secret of a test"
SINCE_2020 = Span(date(2020, 1, 1))


def enterprise_number(sequence: int) -> str:
    """The nth of some enterprise numbers with right check digits."""
    body = 2_000_000 + sequence
    return f"{body:08d}{97 - body % 97:02d}"


class CpasFactory(DjangoModelFactory[Cpas]):
    class Meta:
        model = Cpas

    enterprise_number = factory.Sequence(enterprise_number)
    municipality_code = "92094"
    names = {"fr": "CPAS", "nl": "OCMW"}


class PersonFactory(DjangoModelFactory[Person]):
    class Meta:
        model = Person


class OrganisationFactory(DjangoModelFactory[Organisation]):
    """A recipient; with `is_cpas=True` a CPAS that may record."""

    class Meta:
        model = Organisation

    class Params:
        is_cpas = factory.Trait(
            kind=Organisation.Kind.CPAS,
            cpas=factory.SubFactory(
                CpasFactory, enterprise_number=factory.SelfAttribute("..enterprise_number")
            ),
        )

    code = factory.Sequence(lambda n: f"organisation-{n}")
    kind = Organisation.Kind.RECIPIENT
    enterprise_number = factory.Sequence(lambda n: enterprise_number(500_000 + n))
    names = {"fr": "Organisation", "nl": "Organisatie"}


class ClientFactory(DjangoModelFactory[Client]):
    """A client that may use SECRET."""

    class Meta:
        model = Client

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence(lambda n: f"client-{n}")
    client_id = factory.SelfAttribute("name")
    client_secret = SECRET
    client_type = Client.CLIENT_CONFIDENTIAL
    authorization_grant_type = Client.GRANT_CLIENT_CREDENTIALS
    allowed_scopes = ["registry:consult", "registry:subscribe"]
    secret_allowed = True


class AuthorisationFactory(DjangoModelFactory[Authorisation]):
    class Meta:
        model = Authorisation

    organisation = factory.SubFactory(OrganisationFactory)
    legal_context = factory.Sequence(lambda n: f"TEST-{n:04d}")
    effect = "grant"
    rights = ["bim"]
    events = ["rights", "attestations"]
    fields = ["periods"]
    period = SINCE_2020


class SubscriptionFactory(DjangoModelFactory[Subscription]):
    class Meta:
        model = Subscription

    organisation = factory.SubFactory(OrganisationFactory)
    legal_context = "TEST-0001"
    endpoint = "https://recipient.example/hook"
    proved_at = factory.LazyFunction(timezone.now)
