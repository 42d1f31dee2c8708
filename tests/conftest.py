"""What most tests share: callers of the API with real tokens, and fictitious persons."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client as HttpClient
from django.utils import timezone, translation
from hypothesis import HealthCheck
from hypothesis import settings as of_properties
from oauth2_provider.models import AccessToken
from whitenoise.middleware import WhiteNoiseMiddleware

from attestations.bell import Bell
from attestations.ssin import make_ssin
from tests.factories import (
    AuthorisationFactory,
    ClientFactory,
    OrganisationFactory,
    SubscriptionFactory,
)

PREFIX = "/registry/v1"
pytest_plugins = [
    "tests.database",
    "tests.delivery",
    "tests.every_table",
    "tests.sample_rights",
    "tests.sharing",
]

# No test says how long anything may take: a machine may be busy.
of_properties.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
of_properties.load_profile("patient")


@dataclass
class Caller:
    """A program that calls the API with its own token."""

    token: str
    http: HttpClient = field(default_factory=lambda: HttpClient(raise_request_exception=False))

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self._call("post", path, body, headers)

    def post_lines(self, path: str, lines: bytes, **headers: str) -> HttpResponse:
        """The same with a body of lines of JSON."""
        return self.http.post(
            PREFIX + path,
            lines,
            content_type="application/x-ndjson",
            headers=self._headers(headers),
        )

    def put(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self._call("put", path, body, headers)

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.http.get(PREFIX + path, headers=self._headers(headers))

    def delete(self, path: str, **headers: str) -> HttpResponse:
        return self.http.delete(PREFIX + path, headers=self._headers(headers))

    def _call(self, verb: str, path: str, body: Any, headers: dict[str, str]) -> HttpResponse:
        data = body if isinstance(body, str | bytes) else json.dumps(body or {})
        return getattr(self.http, verb)(
            PREFIX + path, data, content_type="application/json", headers=self._headers(headers)
        )

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return {"Authorization": f"Bearer {self.token}"} | named


@pytest.fixture
def new_ssin() -> Callable[[], str]:
    """Fictitious SSINs, each another."""
    serials = itertools.count(1)
    return lambda: make_ssin(date(1985, 3, 7), next(serials)).number


@pytest.fixture
def caller_for() -> Callable[..., Caller]:
    """A caller of an organisation with these scopes."""
    numbers = itertools.count()

    def make(organisation: Any, *scopes: str) -> Caller:
        client = ClientFactory(organisation=organisation, allowed_scopes=list(scopes))
        token = AccessToken.objects.create(
            application=client,
            token=f"token-{organisation.code}-{next(numbers)}",
            scope=" ".join(scopes),
            expires=timezone.now() + timedelta(hours=1),
        )
        return Caller(token.token)

    return make


@pytest.fixture
def cpas(db: None, caller_for: Callable[..., Caller]) -> Caller:
    """A CPAS that records."""
    return caller_for(OrganisationFactory(code="cpas-a", is_cpas=True), "registry:record")


@pytest.fixture
def other_cpas(db: None, caller_for: Callable[..., Caller]) -> Caller:
    """Another CPAS, which must see nothing of the first one's."""
    return caller_for(OrganisationFactory(code="cpas-b", is_cpas=True), "registry:record")


@pytest.fixture
def federal(db: None, caller_for: Callable[..., Caller]) -> Caller:
    """The federal service that delivers subsidy claims."""
    organisation = OrganisationFactory(code="federal", kind="federalService")
    return caller_for(organisation, "registry:claims")


@dataclass
class RecipientCaller(Caller):
    """A recipient with an authorisation, named in every question."""

    organisation: Any = None
    legal_context: str = ""

    def inscribe(self, ssin: str, since: str = "2000-01-01") -> None:
        answer = self.post("/inscriptions", {"ssin": ssin, "qualityCode": "1", "startDate": since})
        assert answer.status_code == 201, answer.content

    def ask_rights(self, ssin: str, *rights: str, **question: Any) -> list[dict[str, Any]]:
        body = {"legalContext": self.legal_context, "ssin": ssin, "rights": list(rights)}
        answer = self.post("/rights/query", body | question)
        assert answer.status_code == 200, answer.content
        return answer.json()["items"]


@pytest.fixture
def recipient_for(db: None, caller_for: Callable[..., Caller]) -> Callable[..., RecipientCaller]:
    """A recipient with an authorisation for these rights, and a subscription to them."""

    def make(
        code: str, *rights: str, endpoint: str = "", secret: str | None = None, **authorisation: Any
    ) -> RecipientCaller:
        organisation = OrganisationFactory(code=code)
        granted = AuthorisationFactory(
            organisation=organisation,
            rights=list(rights),
            fields=authorisation.pop("fields", ["periods", "attestationNumber", "aidKind", "cpas"]),
            **authorisation,
        )
        SubscriptionFactory(
            organisation=organisation,
            legal_context=granted.legal_context,
            rights=list(rights),
            endpoint=endpoint,
        )
        caller = caller_for(organisation, "registry:consult", "registry:subscribe")
        return RecipientCaller(
            caller.token, organisation=organisation, legal_context=granted.legal_context
        )

    return make


@pytest.fixture
def decision() -> Callable[..., dict[str, Any]]:
    """The body of a decision: a year of integration income, unless said otherwise."""

    def make(ssin: str, **changes: Any) -> dict[str, Any]:
        body = {
            "ssin": ssin,
            "aidKind": "integrationIncome",
            "category": "single",
            "decidedOn": "2026-03-17",
            "startDate": "2026-03-02",
            "endDate": "2027-03-01",
            "reference": "2026/0412",
        } | changes
        return {name: value for name, value in body.items() if value is not None}

    return make


@pytest.fixture(autouse=True)
def language_is_the_default() -> Iterator[None]:
    """What a page spoke stays with its thread, here that of all tests."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(autouse=True, scope="session")
def static_files_are_listed_once() -> Iterator[None]:
    """Every test client loads the middleware anew, and that would list the same files again."""
    plain = WhiteNoiseMiddleware.add_files_from_finders
    listed: dict[str, Any] = {}

    def add(self: WhiteNoiseMiddleware) -> None:
        if not listed:
            plain(self)
            listed.update(self.files)
        self.files.update(listed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add)
        yield


@pytest.fixture(autouse=True)
def bells_are_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No ring leaves the process: tests that need the stages below call them, or run a worker."""
    monkeypatch.setattr(Bell, "ring", lambda self: None)
