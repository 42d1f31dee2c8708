"""The configuration file: what stands in each section, read and checked by itself. Pure.

What an entry refers to (its organisation, its authorisation) is resolved by the service, against
the file and the database together. An entry with a mistake has None where the value would be.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from jwcrypto.common import JWException
from jwcrypto.jwk import JWK
from stdnum.be import vat
from stdnum.exceptions import ValidationError
from yaml.nodes import Node

from attestations.codes import LANGUAGES, AidKind
from attestations.errors import InvalidInput
from attestations.periods import Span
from derived_rights.engine.figures import InvalidRight, Parameter
from derived_rights.engine.right import AUTHORISED_FIELDS, Effect, Right
from partners import marked_yaml as read
from partners.addresses import Network, check_url
from partners.marked_yaml import Item, Mistake, Unexpected
from partners.routing import TOPICS
from partners.signing import PRIVATE, SHARED, InvalidKey, check_key

KINDS = ("cpas", "recipient", "federalService")
SIGNATURES = {"v1": SHARED, "v1a": PRIVATE}
SECTIONS = ("organisations", "clients", "authorisations", "subscriptions", "rights")
MAX_BATCH = 1_000
NOT_SHOWN = "something that is not shown here"

code = read.matching(r"[A-Za-z0-9_-]{1,64}", "a code of letters, digits, - and _")
client_name = read.matching(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", "a name of letters, digits, ., - and _"
)
context = read.matching(r"[\x21-\x7e]{1,64}", "the code of a deliberation, without spaces")
municipality = read.matching(r"[0-9]{5}", "a NIS code of 5 digits")
kid = read.matching(r"[\x21-\x7e]{1,64}", "a key identifier without spaces")
labels = read.texts_by(LANGUAGES)


@dataclass(frozen=True)
class Vocabulary:
    """What a file may name here: the catalogue of rights, the scopes, secrets or not, networks."""

    rights: Mapping[str, Right]
    scopes: Collection[str]
    allow_secrets: bool
    allowed_networks: Sequence[Network] = ()


@dataclass(frozen=True)
class OrganisationEntry:
    """`inactive_rights` is None where the file does not say, and then nothing changes."""

    item: Item
    code: str | None
    kind: str | None
    enterprise_number: str | None
    names: dict[str, str] | None
    municipality_code: str
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
    item: Item
    organisation: str | None
    legal_context: str | None
    purpose: dict[str, str]
    effect: str
    rights: list[str]
    aid_kinds: list[str]
    events: list[str] | None
    fields: list[str]
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
        code=item.required("code", code),
        kind=item.required("kind", read.one_of(KINDS)),
        enterprise_number=item.required("enterpriseNumber", _enterprise_number),
        names=item.required("names", labels),
        municipality_code=item.optional("municipalityCode", municipality, ""),
        inactive_rights=item.optional("inactiveRights", _rights(known), None),
    )
    if entry.kind == "cpas" and "municipalityCode" not in item:
        item.mistake("municipalityCode", "the NIS code of the CPAS's municipality", "none")
    elif entry.kind not in (None, "cpas") and "municipalityCode" in item:
        item.mistake("municipalityCode", "none, as only a CPAS has one", "one")
    item.refuse_others()
    return entry


def _client(item: Item, known: Vocabulary) -> ClientEntry:
    keys: dict[str, dict[str, Any]] | None = None
    if "publicKeys" in item:
        keys = {}
        for inner in item.items("publicKeys"):
            name, jwk = inner.required("kid", kid), inner.required("jwk", _public_key)
            inner.refuse_others()
            if name in keys:
                inner.mistake("kid", "each key identifier once", "it a second time")
            if name is not None and jwk is not None:
                keys[name] = jwk
    entry = ClientEntry(
        item=item,
        name=item.required("name", client_name),
        organisation=item.required("organisation", code),
        scopes=item.required("scopes", read.list_of(read.one_of(known.scopes))),
        secret=item.optional("secret", _secret(known), None),
        public_keys=keys,
    )
    item.refuse_others()
    return entry


def _authorisation(item: Item, known: Vocabulary) -> AuthorisationEntry:
    entry = AuthorisationEntry(
        item=item,
        organisation=item.required("organisation", code),
        legal_context=item.required("legalContext", context),
        purpose=item.optional("purpose", labels, {}),
        effect=item.optional("effect", read.one_of(Effect), ""),
        rights=item.optional("rights", _rights(known), []),
        aid_kinds=item.optional("aidKinds", read.list_of(read.one_of(AidKind)), []),
        events=item.required("events", read.list_of(read.one_of(TOPICS))),
        fields=item.optional("fields", read.list_of(read.one_of(sorted(AUTHORISED_FIELDS))), []),
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
    signature = item.optional("signature", read.one_of(SIGNATURES), "v1")
    entry = SubscriptionEntry(
        item=item,
        organisation=item.required("organisation", code),
        legal_context=item.required("legalContext", context),
        rights=item.optional("rights", _rights(known), []),
        events=item.optional("events", read.list_of(read.one_of(TOPICS)), []),
        endpoint=item.optional("endpoint", _endpoint(known), ""),
        signature=signature,
        batch_size=item.optional("batchSize", read.whole_number(1, MAX_BATCH), 1),
        thin=item.optional("thin", read.boolean, False),
        secret=item.optional("secret", _signing_secret(known, signature), None),
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
    if declared is not None and not _fits(declared[name], valid_from, value):
        item.mistake("value", _taken_by(declared[name]), repr(value))
        return None
    return ParameterEntry(name, valid_from, value, reference)


def _fits(parameter: Parameter, valid_from: date, value: Any) -> bool:
    try:
        parameter.overridden({valid_from: parameter.read(value)})
    except InvalidRight:
        return False
    return True


def _taken_by(parameter: Parameter) -> str:
    if parameter.choices:
        return f"one of: {', '.join(parameter.choices)}"
    first = next(iter(parameter.values.values()))
    return "an amount" if isinstance(first, Decimal) else f"a whole number of {parameter.unit}"


def _rights(known: Vocabulary) -> read.Reader[list[str]]:
    return read.list_of(read.one_of(known.rights))


def _enterprise_number(node: Node) -> str:
    found = read.text(node)
    try:
        # Only the plain form: the number is also what programs compare.
        if len(found) == 10 and found.isascii() and found.isdigit():
            return str(vat.validate(found))
    except ValidationError:
        pass
    raise Unexpected("an enterprise number: 10 digits with the right check digits", node)


def _public_key(node: Node) -> dict[str, Any]:
    jwk = read.mapping(node)
    try:
        key = JWK(**jwk)
    except (JWException, TypeError, ValueError):
        raise Unexpected("a public key as a JWK", node, found="what is no key") from None
    if key.has_private or key.is_symmetric:
        raise Unexpected("a public key as a JWK", node, found="a private or shared one")
    strong = {
        "EC": jwk.get("crv") in ("P-256", "P-384"),
        "OKP": jwk.get("crv") == "Ed25519",
        "RSA": key["kty"] == "RSA" and key.get_op_key("verify").key_size >= 2048,
    }
    if not strong.get(key["kty"], False):
        raise Unexpected("P-256, P-384, Ed25519, or RSA of 2048 bits or more", node)
    return jwk


def _secret(known: Vocabulary) -> read.Reader[str | None]:
    def take(node: Node) -> str | None:
        if not known.allow_secrets:
            expected = "no secret, as ALLOW_SECRETS_IN_FILES is off here"
            raise Unexpected(expected, node, found="one")
        try:
            return read.text(node)
        except Unexpected as error:
            raise Unexpected("a secret", node, found=NOT_SHOWN) from error

    return take


def _signing_secret(known: Vocabulary, signature: str) -> read.Reader[str | None]:
    def take(node: Node) -> str | None:
        secret = _secret(known)(node)
        prefix = SIGNATURES[signature]
        try:
            if secret is None or not secret.startswith(prefix):
                raise InvalidKey(f"a key for {signature} begins with {prefix}")
            check_key(secret)
        except InvalidKey as error:
            expected = f"a signing secret for {signature} ({error})"
            raise Unexpected(expected, node, found=NOT_SHOWN) from error
        return secret

    return take


def _endpoint(known: Vocabulary) -> read.Reader[str]:
    def take(node: Node) -> str:
        url = read.text(node)
        try:
            check_url(url, allowed_networks=known.allowed_networks)
        except InvalidInput as error:
            raise Unexpected(f"an address to push to ({error.detail})", node) from error
        return url

    return take
