"""The values of a configuration file: what each kind may look like. Pure.

Nothing that may be a secret is ever shown in a message.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from stdnum.be import vat
from stdnum.exceptions import ValidationError
from yaml.nodes import Node, ScalarNode

from attestations import municipalities
from attestations.codes import LANGUAGES
from attestations.errors import InvalidInput
from derived_rights.engine.figures import InvalidRight, Parameter
from derived_rights.engine.right import AUTHORISED_FIELDS, Right
from partners import marked_yaml as read
from partners.addresses import Network, check_url
from partners.assertions import UnfitKey, check_public_key
from partners.marked_yaml import Unexpected
from partners.signing import PRIVATE, SHARED, InvalidKey, check_key

SIGNATURES = {"v1": SHARED, "v1a": PRIVATE}
DEFAULT = "default"
NOT_SHOWN = "something that is not shown here"

code = read.matching(r"[A-Za-z0-9_-]{1,64}", "a code of letters, digits, - and _")
client_name = read.matching(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", "a name of letters, digits, ., - and _"
)
context = read.matching(r"[\x21-\x7e]{1,64}", "the code of a deliberation, without spaces")
kid = read.matching(r"[\x21-\x7e]{1,64}", "a key identifier without spaces")
labels = read.texts_by(LANGUAGES)


@dataclass(frozen=True)
class Vocabulary:
    """What a file may name here: the catalogue of rights, the scopes, secrets or not, networks."""

    rights: Mapping[str, Right]
    scopes: Collection[str]
    allow_secrets: bool
    allowed_networks: Sequence[Network] = ()


def municipality(node: Node) -> str:
    """The NIS code of a municipality, in force or ended by a merger."""
    found = read.matching(r"[0-9]{5}", "a NIS code of 5 digits")(node)
    try:
        return municipalities.get(found).code
    except municipalities.UnknownMunicipality:
        raise Unexpected("the NIS code of a municipality", node) from None


def fits(parameter: Parameter, valid_from: date, value: Any) -> bool:
    """Whether the parameter can have this value from that day on."""
    try:
        parameter.overridden({valid_from: parameter.read(value)})
    except InvalidRight:
        return False
    return True


def taken_by(parameter: Parameter) -> str:
    """What values the parameter takes, in words."""
    if parameter.choices:
        return f"one of: {', '.join(parameter.choices)}"
    first = next(iter(parameter.values.values()))
    return "an amount" if isinstance(first, Decimal) else f"a whole number of {parameter.unit}"


def rights(known: Vocabulary) -> read.Reader[list[str]]:
    """Codes of rights of the catalogue."""
    return read.list_of(read.one_of(known.rights))


def fields(node: Node) -> list[str] | None:
    """Fields that an authorisation opens; None for the word `default`."""
    if isinstance(node, ScalarNode):
        if node.value == DEFAULT:
            return None
        raise Unexpected(f"a list of fields, or {DEFAULT}: what the rights propose", node)
    return read.list_of(read.one_of(sorted(AUTHORISED_FIELDS)))(node)


def enterprise_number(node: Node) -> str:
    """10 digits, of which the last two check the others."""
    found = read.text(node)
    try:
        # Only the plain form: the number is also what programs compare.
        if len(found) == 10 and found.isascii() and found.isdigit():
            return str(vat.validate(found))
    except ValidationError:
        pass
    raise Unexpected("an enterprise number: 10 digits with the right check digits", node)


def public_key(node: Node) -> dict[str, Any]:
    """A public JWK with which one of the accepted algorithms can be checked."""
    jwk = read.mapping(node)
    try:
        check_public_key(jwk)
    except UnfitKey as error:
        raise Unexpected("a public key as a JWK", node, found=str(error)) from None
    return jwk


def secret(known: Vocabulary) -> read.Reader[str | None]:
    """A client's secret, where secrets may stand in files at all."""

    def take(node: Node) -> str | None:
        if not known.allow_secrets:
            expected = "no secret, as ALLOW_SECRETS_IN_FILES is off here"
            raise Unexpected(expected, node, found="one")
        try:
            return read.text(node)
        except Unexpected as error:
            raise Unexpected("a secret", node, found=NOT_SHOWN) from error

    return take


def signing_secret(known: Vocabulary, signature: str) -> read.Reader[str | None]:
    """A secret to sign pushes with, of the kind that the signature needs."""

    def take(node: Node) -> str | None:
        found = secret(known)(node)
        prefix = SIGNATURES[signature]
        try:
            if found is None or not found.startswith(prefix):
                raise InvalidKey(f"a key for {signature} begins with {prefix}")
            check_key(found)
        except InvalidKey as error:
            expected = f"a signing secret for {signature} ({error})"
            raise Unexpected(expected, node, found=NOT_SHOWN) from error
        return found

    return take


def endpoint(known: Vocabulary) -> read.Reader[str]:
    """A URL to which may be pushed here."""

    def take(node: Node) -> str:
        url = read.text(node)
        try:
            check_url(url, allowed_networks=known.allowed_networks)
        except InvalidInput as error:
            raise Unexpected(f"an address to push to ({error.detail})", node) from error
        return url

    return take
