"""From the entries of a checked configuration file to rows; what is right is left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attestations.services.persons import keyring
from derived_rights.engine.catalogue import rights
from derived_rights.engine.right import fields_named_by_all
from derived_rights.services import catalogue
from partners.configuration import (
    AuthorisationEntry,
    ClientEntry,
    Document,
    OrganisationEntry,
    RightEntry,
    SubscriptionEntry,
)
from partners.models import (
    Authorisation,
    Client,
    ClientKey,
    Organisation,
    Subscription,
    SubscriptionSecret,
)
from partners.services import clients, organisations, recipient_rights, subscriptions
from partners.services.authorising import Terms, authorise
from partners.services.organisations import update_differing

FROM_FILE = "configuration file"


class Writing:
    """Writes a document within the caller's transaction, and keeps account of it."""

    def __init__(self, *, now: datetime, by: str) -> None:
        self.now = now
        self.by = by
        self.changed: list[str] = []
        self.unchanged = 0
        self.secrets: dict[str, str] = {}

    def write(self, document: Document) -> None:
        """Organisations first, as everything else refers to them."""
        for organisation in document.organisations:
            self._organisation(organisation)
        ids: dict[str | None, int] = dict(Organisation.objects.values_list("code", "pk"))
        for client in document.clients:
            self._client(client, ids[client.organisation])
        for authorisation in document.authorisations:
            self._authorisation(authorisation, ids[authorisation.organisation])
        for subscription in document.subscriptions:
            self._subscription(subscription, ids[subscription.organisation])
        for right in document.rights:
            self._right(right)

    def _note(self, thing: str, *, made: bool, changed: bool) -> None:
        if made or changed:
            self.changed.append(f"{'created' if made else 'changed'} {thing}")
        else:
            self.unchanged += 1

    def _organisation(self, entry: OrganisationEntry) -> None:
        profile = organisations.Profile(
            code=entry.code or "",
            kind=entry.kind or "",
            enterprise_number=entry.enterprise_number or "",
            names=entry.names or {},
            municipality_code=entry.municipality_code,
            language=entry.language,
        )
        row, made, moved = organisations.save(profile)
        if entry.inactive_rights is not None:
            moved |= recipient_rights.pause_exactly(
                row, set(entry.inactive_rights), by=self.by, reason=FROM_FILE
            )
        self._note(f"organisation {entry.code}", made=made, changed=moved)

    def _client(self, entry: ClientEntry, organisation_id: int) -> None:
        name, scopes = entry.name or "", entry.scopes or []
        row = Client.objects.filter(name=name).first()
        made = row is None
        if row is None:
            row = clients.new_client(name=name, organisation_id=organisation_id, scopes=scopes)
        moved = False
        if set(row.allowed_scopes) != set(scopes):
            moved = update_differing(row, {"allowed_scopes": scopes})
        if entry.secret is not None and not clients.takes_secret(row, entry.secret):
            clients.set_secret(row, entry.secret)
            moved = True
        if entry.public_keys is not None:
            moved |= _set_keys(row, entry.public_keys)
        self._note(f"client {name}", made=made, changed=moved)

    def _authorisation(self, entry: AuthorisationEntry, organisation_id: int) -> None:
        assert entry.legal_context is not None
        assert entry.period is not None
        terms = Terms(
            purpose=entry.purpose,
            effect=entry.effect,
            rights=entry.rights,
            aid_kinds=entry.aid_kinds,
            events=entry.events or [],
            fields=_fields(entry, organisation_id),
            period=entry.period,
        )
        version = authorise(
            organisation_id=organisation_id,
            legal_context=entry.legal_context,
            terms=terms,
            now=self.now,
        )
        thing = f"authorisation {entry.organisation} {entry.legal_context}"
        made = version is not None and version.version == 1
        self._note(thing, made=made, changed=version is not None)

    def _subscription(self, entry: SubscriptionEntry, organisation_id: int) -> None:
        wanted = subscriptions.Wanted(
            legal_context=entry.legal_context or "",
            rights=entry.rights,
            events=entry.events,
            endpoint=entry.endpoint,
            signature=entry.signature,
            batch_size=entry.batch_size,
            thin=entry.thin,
        )
        thing = f"subscription {entry.organisation} {entry.legal_context} {entry.endpoint}".strip()
        row = Subscription.objects.filter(
            organisation_id=organisation_id,
            legal_context=wanted.legal_context,
            endpoint=wanted.endpoint,
            removed_at=None,
        ).first()
        if row is None:
            _, secret = subscriptions.subscribe(
                organisation_id=organisation_id, wanted=wanted, secret=entry.secret, vouched=True
            )
            if entry.secret is None and entry.endpoint:
                self.secrets[thing] = secret
            self._note(thing, made=True, changed=True)
            return
        moved = not _asks_the_same(row, wanted)
        if moved:
            subscriptions.change(row, wanted, vouched=True)
            if row.signature != wanted.signature and entry.secret is None:
                self.secrets[thing] = _newest_secret(row) or ""
        if entry.endpoint:
            moved |= subscriptions.vouch(row)
        if entry.secret is not None and _newest_secret(row) != entry.secret:
            self._replace_secret(row, entry.secret)
            moved = True
        self._note(thing, made=False, changed=moved)

    def _replace_secret(self, row: Subscription, secret: str) -> None:
        """The old one goes on signing for a while, so that the recipient can change over."""
        until = self.now + subscriptions.OVERLAP
        row.secrets.filter(valid_until=None).update(valid_until=until)
        SubscriptionSecret.objects.create(subscription=row, sealed=keyring().seal(secret))

    def _right(self, entry: RightEntry) -> None:
        """Switches and figures of a file need nobody's approval, and stand in the log as acts."""
        code = entry.code or ""
        if entry.active is not None:
            moved = catalogue.switch(code, active=entry.active, by=self.by, reason=FROM_FILE)
            self._note(f"right {code}", made=False, changed=moved)
        for parameter in entry.parameters:
            moved = catalogue.set_from_file(
                right=code,
                name=parameter.name,
                valid_from=parameter.valid_from,
                value=parameter.value,
                reference=parameter.reference,
                by=self.by,
            )
            thing = f"parameter {code}.{parameter.name} from {parameter.valid_from}"
            self._note(thing, made=False, changed=moved)


def _fields(entry: AuthorisationEntry, organisation_id: int) -> Sequence[str]:
    """What the file says; by default what its rights propose, decided once for the same rights.

    So a release whose rights name other fields opens nothing by itself.
    """
    if entry.fields is not None:
        return entry.fields
    current = Authorisation.objects.filter(
        organisation_id=organisation_id, legal_context=entry.legal_context, superseded_at=None
    ).first()
    if current is not None and set(current.rights) == set(entry.rights):
        return current.fields
    return fields_named_by_all(rights()[code] for code in entry.rights)


def _set_keys(client: Client, keys: Mapping[str, Mapping[str, Any]]) -> bool:
    """Make exactly these the client's public keys."""
    present = {row.kid: row.jwk for row in client.keys.all()}
    if present == keys:
        return False
    client.keys.exclude(kid__in=keys).delete()
    for kid, jwk in keys.items():
        ClientKey.objects.update_or_create(client=client, kid=kid, defaults={"jwk": dict(jwk)})
    return True


def _asks_the_same(row: Subscription, wanted: subscriptions.Wanted) -> bool:
    return (
        set(row.rights) == set(wanted.rights)
        and set(row.events) == set(wanted.events)
        and row.signature == wanted.signature
        and row.batch_size == wanted.batch_size
        and row.thin == wanted.thin
    )


def _newest_secret(row: Subscription) -> str | None:
    """The secret that signs, and will go on to."""
    newest = row.secrets.filter(valid_until=None).order_by("-id").first()
    return None if newest is None else keyring().open(bytes(newest.sealed))
