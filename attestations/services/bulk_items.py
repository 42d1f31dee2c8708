"""Items of a batch, one by one: from what was sent to what a decision says, or to what is wrong.

The rules and the words are those of `POST /decisions`. Sound items, which are nearly all, pass
through one typed decoding; only the others are taken apart, to say everything that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, TypeAlias

import msgspec
from django.conf import settings
from django.utils.translation import gettext as framework_text  # not collected: its own texts

from attestations.codes import AidKind, Category, CodeList, HouseholdRelation
from attestations.errors import DomainError
from attestations.periods import Span
from attestations.services.decisions import Content, Member
from attestations.ssin import InvalidSsin, Ssin

MAX_REFERENCE = 64
MAX_MEMBERS = 50
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Issue:
    """One thing that is wrong: the problem's code, the property, and the sentence.

    `value` is what was sent, for those who may show it; it may hold a SSIN, `extra` does not.
    """

    code: str
    name: str
    detail: str
    value: Any = None
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Read:
    """A sound item."""

    ssin: Ssin
    content: Content


class Unacceptable(Exception):
    """An item that cannot be recorded as it was sent."""

    def __init__(self, *issues: Issue) -> None:
        super().__init__("; ".join(issue.name for issue in issues))
        self.issues = issues


class _Member(msgspec.Struct, forbid_unknown_fields=True):
    ssin: str
    relation: HouseholdRelation


class _Item(msgspec.Struct, forbid_unknown_fields=True):
    ssin: str
    aidKind: AidKind
    decidedOn: date
    startDate: date
    endDate: date | msgspec.UnsetType = msgspec.UNSET
    category: Category | msgspec.UnsetType = msgspec.UNSET
    reference: str | msgspec.UnsetType = msgspec.UNSET
    household: list[_Member] | msgspec.UnsetType = msgspec.UNSET


_decoder = msgspec.json.Decoder(_Item)


def read_line(line: bytes, *, on: date) -> Read:
    """A line of JSON as a decision that can be recorded on day `on`; Unacceptable otherwise."""
    try:
        return _sound(_decoder.decode(line), on)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError):
        pass
    return read_item(json_of(line), on=on)


def json_of(line: bytes) -> Any:
    """What a line of JSON holds; Unacceptable if it is none."""
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        detail = f"The line is not valid JSON: {error}"
        raise Unacceptable(Issue("schemaViolation", "body", detail)) from None


def read_item(item: Any, *, on: date) -> Read:
    """The same for an item that is decoded already."""
    try:
        return _sound(msgspec.convert(item, _Item), on)
    except (msgspec.ValidationError, ValueError):
        pass
    issues = list(_faults(item))
    if issues:
        raise Unacceptable(*issues)
    return _sound(msgspec.convert(_trimmed(item), _Item), on)


def _sound(item: _Item, on: date) -> Read:
    """ValueError for what needs a closer look, Unacceptable for what the rules refuse."""
    ssin = _ssin(item.ssin)
    reference = "" if item.reference is msgspec.UNSET else item.reference
    if item.reference is not msgspec.UNSET and _text_fault(reference):
        raise ValueError
    if reference != reference.strip() or date.max in (item.startDate, item.decidedOn):
        raise ValueError
    last_day = None if item.endDate is msgspec.UNSET else item.endDate
    if last_day is not None and last_day < item.startDate:
        raise ValueError
    if item.household is msgspec.UNSET:
        household = None
    elif len(item.household) > MAX_MEMBERS:
        raise ValueError
    else:
        household = tuple(Member(_ssin(one.ssin), one.relation) for one in item.household)
    content = Content(
        aid_kind=item.aidKind,
        category=None if item.category is msgspec.UNSET else item.category,
        decided_on=item.decidedOn,
        span=Span.inclusive(item.startDate, last_day),
        reference=reference,
        household=household,
    )
    try:
        content.check(on=on, ssin=ssin)
    except DomainError as error:
        raise Unacceptable(domain_issue(error)) from None
    return Read(ssin, content)


def domain_issue(error: DomainError) -> Issue:
    """What a rule of the registry refuses, as an issue."""
    return Issue(error.code, error.field_name or "body", error.detail, extra=error.extra)


def _ssin(text: str) -> Ssin:
    if len(text) != 11:
        raise ValueError
    return Ssin.parse(text, allow_test=settings.ALLOW_TEST_SSIN)


def _trimmed(item: dict[str, Any]) -> dict[str, Any]:
    return item | ({"reference": item["reference"].strip()} if "reference" in item else {})


@dataclass(frozen=True)
class _Fault:
    detail: str
    code: str = "schemaViolation"


Check: TypeAlias = Callable[[Any], _Fault | None]


# --- What is wrong, in the order and the words of the API's serializers -------------------------


def _faults(item: Any) -> Iterator[Issue]:
    unreadable = _no_object(item, "body") or list(_unknown(item, _Item, ""))
    if unreadable:
        yield from unreadable
        return
    found: list[Issue] = []
    for name, check in PROPERTIES.items():
        if name == "household" and isinstance(item.get(name), list):
            found += _household_faults(item[name])
        else:
            found += _property_faults(item, name, check, required=name in REQUIRED)
    yield from found
    # Without a fault both are days; those compare as they are written.
    if not found and item.get("endDate", "9999") < item["startDate"]:
        yield Issue(
            "ext/invalidPeriod", "endDate", "The end lies before the start.", item["endDate"]
        )


def _no_object(item: Any, name: str) -> list[Issue]:
    if isinstance(item, dict):
        return []
    detail = framework_text("Invalid data. Expected a dictionary, but got {datatype}.")
    if item is None:
        detail = framework_text("This field may not be null.")
    return [Issue("schemaViolation", name, detail.format(datatype=type(item).__name__), item)]


def _unknown(item: dict[str, Any], shape: type[msgspec.Struct], prefix: str) -> Iterator[Issue]:
    for name in item:
        if name not in shape.__struct_fields__:
            detail = "There is no such property here."
            yield Issue("unknownInput", f"{prefix}{name}" or "body", detail, item[name])


def _property_faults(
    holder: dict[str, Any], name: str, check: Check, *, required: bool
) -> Iterator[Issue]:
    if name not in holder:
        if required:
            yield Issue("schemaViolation", name, framework_text("This field is required."))
    elif holder[name] is None:
        yield Issue("schemaViolation", name, framework_text("This field may not be null."))
    elif fault := check(holder[name]):
        yield Issue(fault.code, name, fault.detail, holder[name])


def _household_faults(members: list[Any]) -> Iterator[Issue]:
    if len(members) > MAX_MEMBERS:
        detail = framework_text("Ensure this field has no more than {max_length} elements.")
        yield Issue("schemaViolation", "household", detail.format(max_length=MAX_MEMBERS))
        return
    for position, member in enumerate(members):
        yield from _member_faults(member, f"household[{position}]")


def _member_faults(member: Any, name: str) -> Iterator[Issue]:
    unreadable = _no_object(member, name) or list(_unknown(member, _Member, f"{name}."))
    if unreadable:
        yield from unreadable
        return
    for inner, check in MEMBER_PROPERTIES.items():
        for found in _property_faults(member, inner, check, required=True):
            yield Issue(found.code, f"{name}.{found.name}", found.detail, found.value)


def _no_list(value: Any) -> _Fault:
    detail = framework_text('Expected a list of items but got type "{input_type}".')
    return _Fault(detail.format(input_type=type(value).__name__))


def _ssin_fault(value: Any) -> _Fault | None:
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) != 11:
        return _Fault("A SSIN is written as 11 digits, without punctuation.")
    try:
        _ssin(value)
    except InvalidSsin as error:
        return _Fault(str(error), "invalidInput")
    return None


def _code_fault(codes: type[CodeList], value: Any) -> _Fault | None:
    if isinstance(value, str) and value in codes.__members__.values():
        return None
    return _Fault(f"Use one of: {', '.join(codes)}.")


def _day_fault(value: Any, *, begins: bool = True) -> _Fault | None:
    if not isinstance(value, str) or not DAY.fullmatch(value):
        return _Fault("Write a day as yyyy-MM-dd.")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        detail = framework_text(
            "Date has wrong format. Use one of these formats instead: {format}."
        )
        return _Fault(detail.format(format="YYYY-MM-DD"))
    if day == date.max and begins:
        return _Fault("No period begins so late.", "ext/outOfRange")
    return None


def _last_day_fault(value: Any) -> _Fault | None:
    return _day_fault(value, begins=False)


def _reference_fault(value: Any) -> _Fault | None:
    if not isinstance(value, str):
        return _Fault("This must be a string.")
    detail = _text_fault(value.strip())
    return _Fault(detail) if detail else None


def _text_fault(text: str) -> str | None:
    if not text:
        return framework_text("This field may not be blank.")
    if len(text) > MAX_REFERENCE:
        detail = framework_text("Ensure this field has no more than {max_length} characters.")
        return detail.format(max_length=MAX_REFERENCE)
    if "\x00" in text:
        return framework_text("Null characters are not allowed.")
    if surrogate := SURROGATE.search(text):
        detail = framework_text("Surrogate characters are not allowed: U+{code_point:X}.")
        return detail.format(code_point=ord(surrogate[0]))
    return None


REQUIRED = frozenset({"ssin", "aidKind", "decidedOn", "startDate"})
# In the order in which the API judges them.
PROPERTIES: dict[str, Check] = {
    "startDate": _day_fault,
    "endDate": _last_day_fault,
    "aidKind": partial(_code_fault, AidKind),
    "category": partial(_code_fault, Category),
    "decidedOn": _day_fault,
    "reference": _reference_fault,
    "household": _no_list,
    "ssin": _ssin_fault,
}
MEMBER_PROPERTIES: dict[str, Check] = {
    "ssin": _ssin_fault,
    "relation": partial(_code_fault, HouseholdRelation),
}
