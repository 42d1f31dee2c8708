"""The configuration file: what stands in each section, read and checked by itself. Pure.

What an entry refers to (its organisation, its authorisation) is resolved by the service, against
the file and the database together. An entry with a mistake has None where the value would be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from attestations.codes import AidKind
from attestations.periods import Span
from derived_rights.engine.figures import Parameter
from derived_rights.engine.right import Effect
from partners import configuration_values as values
from partners import marked_yaml as read
from partners.configuration_values import Vocabulary
from partners.marked_yaml import Item, Mistake
from partners.routing import TOPICS

KINDS = ("cpas", "recipient", "federalService")
LANGUAGES = ("fr", "nl", "de")
MAX_BATCH = 1_000


@dataclass(frozen=True)
class OrganisationEntry:
    """`inactive_rights` is None where the file does not say, and then nothing changes."""

    item: Item
    code: str | None
    kind: str | None
    enterprise_number: str | None
    names: dict[str, str] | None
    municipality_code: str
    language: str
    inactive_rights: list[str] | None


@dataclass(frozen=True)
class ClientEntry:
    """`secret` and `public_keys` (JWKs by kid) are None where the file does not say."""

    item: Item
    name: str | None
    organisation: str | None
    scopes: list[str] | None
    secret: str | None
    public_keys: dict[str, dict[str, Any]] | None


@dataclass(frozen=True)
class AuthorisationEntry:
    """`fields` is None where the file says `default`: those that its rights propose."""

    item: Item
    organisation: str | None
    legal_context: str | None
    purpose: dict[str, str]
    effect: str
    rights: list[str]
    aid_kinds: list[str]
    events: list[str] | None
    fields: list[str] | None
    period: Span | None


@dataclass(frozen=True)
class SubscriptionEntry:
    """`secret` is None where the file does not give one."""

    item: Item
    organisation: str | None
    legal_context: str | None
    rights: list[str]
    events: list[str]
    endpoint: str
    signature: str
    batch_size: int
    thin: bool
    secret: str | None


@dataclass(frozen=True)
class ParameterEntry:
    name: str
    valid_from: date
    value: Any
    reference: str


@dataclass(frozen=True)
class RightEntry:
    """`active` is None where the file does not say."""

    item: Item
    code: str | None
    active: bool | None
    parameters: tuple[ParameterEntry, ...]


@dataclass(frozen=True)
class Document:
    """The whole file, and all that is wrong with it so far."""

    organisations: tuple[OrganisationEntry, ...]
    clients: tuple[ClientEntry, ...]
    authorisations: tuple[AuthorisationEntry, ...]
    subscriptions: tuple[SubscriptionEntry, ...]
    rights: tuple[RightEntry, ...]
    mistakes: list[Mistake]


def read_document(text: str, known: Vocabulary) -> Document:
    """Read the file; sections that are absent are empty, what is wrong stands in `mistakes`."""
    mistakes: list[Mistake] = []
    top = read.parse(text, mistakes)
    if top is None:
        return Document((), (), (), (), (), mistakes)
    document = Document(
        tuple(_organisation(item, known) for item in top.items("organisations")),
        tuple(_client(item, known) for item in top.items("clients")),
        tuple(_authorisation(item, known) for item in top.items("authorisations")),
        tuple(_subscription(item, known) for item in top.items("subscriptions")),
        tuple(_right(item, known) for item in top.items("rights")),
        mistakes,
    )
    top.refuse_others()
    return document


def _organisation(item: Item, known: Vocabulary) -> OrganisationEntry:
    entry = OrganisationEntry(
        item=item,
        code=item.required("code", values.code),
        kind=item.required("kind", read.one_of(KINDS)),
        enterprise_number=item.required("enterpriseNumber", values.enterprise_number),
        names=item.required("names", values.labels),
        municipality_code=item.optional("municipalityCode", values.municipality, ""),
        language=item.optional("language", read.one_of(LANGUAGES), ""),
        inactive_rights=item.optional("inactiveRights", values.rights(known), None),
    )
    if entry.kind == "cpas" and "municipalityCode" not in item:
        item.mistake("municipalityCode", "the NIS code of the CPAS's municipality", "none")
    elif entry.kind not in (None, "cpas") and "municipalityCode" in item:
        item.mistake("municipalityCode", "none, as only a CPAS has one", "one")
    if entry.kind not in (None, "cpas") and "language" in item:
        item.mistake("language", "none, as only a CPAS is sent reports", "one")
    item.refuse_others()
    return entry


def _client(item: Item, known: Vocabulary) -> ClientEntry:
    keys: dict[str, dict[str, Any]] | None = None
    if "publicKeys" in item:
        keys = {}
        for inner in item.items("publicKeys"):
            name, jwk = inner.required("kid", values.kid), inner.required("jwk", values.public_key)
            inner.refuse_others()
            if name in keys:
                inner.mistake("kid", "each key identifier once", "it a second time")
            if name is not None and jwk is not None:
                keys[name] = jwk
    entry = ClientEntry(
        item=item,
        name=item.required("name", values.client_name),
        organisation=item.required("organisation", values.code),
        scopes=item.required("scopes", read.list_of(read.one_of(known.scopes))),
        secret=item.optional("secret", values.secret(known), None),
        public_keys=keys,
    )
    item.refuse_others()
    return entry


def _authorisation(item: Item, known: Vocabulary) -> AuthorisationEntry:
    none_opened: list[str] | None = []
    entry = AuthorisationEntry(
        item=item,
        organisation=item.required("organisation", values.code),
        legal_context=item.required("legalContext", values.context),
        purpose=item.optional("purpose", values.labels, {}),
        effect=item.optional("effect", read.one_of(Effect), ""),
        rights=item.optional("rights", values.rights(known), []),
        aid_kinds=item.optional("aidKinds", read.list_of(read.one_of(AidKind)), []),
        events=item.required("events", read.list_of(read.one_of(TOPICS))),
        fields=item.optional("fields", values.fields, none_opened),
        period=_period(item),
    )
    item.refuse_others()
    return entry


def _period(item: Item) -> Span | None:
    first = item.required("startDate", read.day)
    last = item.optional("endDate", read.day, None)
    if first is None:
        return None
    if last is not None and last < first:
        item.mistake("endDate", f"a day on or after the startDate, {first}", str(last))
        return None
    return Span.inclusive(first, last)


def _subscription(item: Item, known: Vocabulary) -> SubscriptionEntry:
    signature = item.optional("signature", read.one_of(values.SIGNATURES), "v1")
    entry = SubscriptionEntry(
        item=item,
        organisation=item.required("organisation", values.code),
        legal_context=item.required("legalContext", values.context),
        rights=item.optional("rights", values.rights(known), []),
        events=item.optional("events", read.list_of(read.one_of(TOPICS)), []),
        endpoint=item.optional("endpoint", values.endpoint(known), ""),
        signature=signature,
        batch_size=item.optional("batchSize", read.whole_number(1, MAX_BATCH), 1),
        thin=item.optional("thin", read.boolean, False),
        secret=item.optional("secret", values.signing_secret(known, signature), None),
    )
    item.refuse_others()
    return entry


def _right(item: Item, known: Vocabulary) -> RightEntry:
    name = item.required("code", read.one_of(known.rights))
    right = known.rights.get(name or "")
    parameters = {parameter.name: parameter for parameter in right.parameters} if right else None
    read_ones = [_parameter(inner, parameters) for inner in item.items("parameters")]
    entry = RightEntry(
        item=item,
        code=name,
        active=item.optional("active", read.boolean, None),
        parameters=tuple(one for one in read_ones if one is not None),
    )
    item.refuse_others()
    return entry


def _parameter(item: Item, declared: Mapping[str, Parameter] | None) -> ParameterEntry | None:
    """One dated figure; `declared` is None when the right itself could not be read."""
    name_reader = read.text if declared is None else read.one_of(declared)
    name = item.required("name", name_reader)
    valid_from = item.required("from", read.day)
    value = item.required("value", read.plain)
    reference = item.required("reference", read.text)
    item.refuse_others()
    if name is None or valid_from is None or value is None or reference is None:
        return None
    if declared is not None and not values.fits(declared[name], valid_from, value):
        item.mistake("value", values.taken_by(declared[name]), repr(value))
        return None
    return ParameterEntry(name, valid_from, value, reference)
