"""What is wrong with an item of a batch, in the order and the words of the API's serializers."""

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

from attestations import ssin
from attestations.codes import AidKind, Category, CodeList, HouseholdRelation
from attestations.ssin import InvalidSsin, Ssin

NO_OBJECT = "This must be a JSON object."
# What is stored as it is holds no number of a person.
HOLDS_SSIN = (
    "This holds the number of a person: a SSIN stands in ssin only. Write something else here."
)
UNSHOWN = "This holds characters that do not show: write it without them."
# Controls other than tabs and ends of lines, and what turns the direction of a text.
_HIDDEN = "\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
_SURROGATES = "\ud800-\udfff"
DOES_NOT_SHOW = re.compile(f"[{_HIDDEN}]")
SURROGATE = re.compile(f"[{_SURROGATES}]")
MAX_REFERENCE = 64
SOUND_REFERENCE = re.compile(f"[^\x00{_HIDDEN}{_SURROGATES}]{{1,{MAX_REFERENCE}}}")
MAX_MEMBERS = 50
# What is told at most: an item can be wrong in a million ways, and a batch has 10,000 items.
MAX_ISSUES, MAX_ISSUES_IN_BATCH = 100, 10
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


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


class MemberShape(msgspec.Struct, forbid_unknown_fields=True):
    """A member of the household, as it is sent."""

    ssin: str
    relation: HouseholdRelation


class ItemShape(msgspec.Struct, forbid_unknown_fields=True):
    """A decision, as it is sent."""

    ssin: str
    aidKind: AidKind
    decidedOn: date
    startDate: date
    endDate: date | msgspec.UnsetType = msgspec.UNSET
    category: Category | msgspec.UnsetType = msgspec.UNSET
    reference: str | msgspec.UnsetType = msgspec.UNSET
    household: list[MemberShape] | msgspec.UnsetType = msgspec.UNSET


def ssin_of(text: str) -> Ssin:
    """The number as it is sent: 11 digits. ValueError for anything else."""
    if len(text) != 11:
        raise ValueError
    return Ssin.parse(text, allow_test=settings.ALLOW_TEST_SSIN)


@dataclass(frozen=True)
class _Fault:
    detail: str
    code: str = "schemaViolation"


Check: TypeAlias = Callable[[Any], _Fault | None]


def faults_of(item: Any) -> Iterator[Issue]:
    """Everything that is wrong with an item; nothing if it can be read."""
    unreadable = _no_object(item, "body") or list(_unknown(item, ItemShape, ""))
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
    detail = framework_text("This field may not be null.") if item is None else NO_OBJECT
    return [Issue("schemaViolation", name, detail, item)]


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
    unreadable = _no_object(member, name) or list(_unknown(member, MemberShape, f"{name}."))
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
        ssin_of(value)
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
    text = value.strip()
    if ssin.stands_in(text) and not DOES_NOT_SHOW.search(text):
        return _Fault(HOLDS_SSIN, "ext/rejectedInput")
    detail = text_fault(text)
    return _Fault(detail) if detail else None


def text_fault(text: str) -> str | None:
    """What is wrong with a reference, or None."""
    if SOUND_REFERENCE.fullmatch(text):
        return None  # nearly always: one look instead of five
    if not text:
        return framework_text("This field may not be blank.")
    if DOES_NOT_SHOW.search(text):
        return UNSHOWN
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
