"""OAuth 2.0 as the registry does it: client credentials, by signed assertion or by secret."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes

from partners import assertions
from partners.models import AssertionId, Client

log = structlog.get_logger("oauth")

# At the level DEBUG oauthlib writes the tokens that it issues.
logging.getLogger("oauthlib").setLevel(logging.INFO)

TOKEN_PATH = "/oauth/token"
# Where the token endpoint leaves, for the validator, the address it was called at.
CALLED_AT = "registry.token_url"
# Ids outlive their assertions by this much, as the clocks of two servers may differ.
KEPT_AFTER_EXPIRY = timedelta(hours=1)


class ClientScopes(BaseScopes):
    """The scopes that an administrator allows a client; it gets all of them unless it asks less."""

    def get_all_scopes(self) -> dict[str, str]:
        return dict(settings.OAUTH2_PROVIDER["SCOPES"])

    def get_available_scopes(
        self, application: Client | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return [] if application is None else list(application.allowed_scopes)

    def get_default_scopes(
        self, application: Client | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return self.get_available_scopes(application)


class ClientValidator(OAuth2Validator):
    """Lets a client in by its signed assertion, or by a secret where that is allowed to it."""

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        assertion = getattr(request, "client_assertion", None)
        kind = getattr(request, "client_assertion_type", None)
        if assertion or kind:
            return kind == assertions.TYPE and self._by_assertion(request, assertion or "")
        if not super().authenticate_client(request, *args, **kwargs):
            return False
        if not request.client.secret_allowed:
            log.warning("client.refused", client=request.client.name, reason="secretNotAllowed")
            return False
        return True

    def _by_assertion(self, request: Any, text: str) -> bool:
        """Find the client that signed `text` and set it on the request; False if none did."""
        now = timezone.now()
        try:
            client = self._load_application(assertions.claimed_issuer(text), request)
            if client is None or request.client_id not in (None, client.client_id):
                return False
            assertion = assertions.verify(
                text,
                client_id=client.client_id,
                keys={key.kid: key.jwk for key in client.keys.all()},
                audiences=_audiences(request),
                now=now,
            )
        except assertions.Refused as refusal:
            name = request.client.name if request.client else "(unknown)"
            log.warning("client.refused", client=name, reason=refusal.code)
            return False
        if not _used_first_time(client, assertion):
            log.warning("client.refused", client=client.name, reason="usedBefore")
            return False
        AssertionId.objects.filter(expires_at__lt=now - KEPT_AFTER_EXPIRY).delete()
        return True

    def _load_application(self, client_id: str | None, request: Any) -> Client | None:
        # PostgreSQL has no text with a null character, and no client has one in its name.
        if not client_id or "\x00" in client_id:
            return None
        return super()._load_application(client_id, request)


def _audiences(request: Any) -> set[str]:
    """What an assertion may name as the one it is meant for: the token endpoint, or the service."""
    base = settings.BASE_URL.rstrip("/")
    return {base, base + "/", base + TOKEN_PATH, request.headers.get(CALLED_AT, base)}


def _used_first_time(client: Client, assertion: assertions.Assertion) -> bool:
    try:
        with transaction.atomic():
            AssertionId.objects.create(
                client=client, jti=assertion.jti, expires_at=assertion.expires_at
            )
    except IntegrityError:
        return False
    return True
