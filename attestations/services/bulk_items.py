"""Items of a batch, one by one: from what was sent to what a decision says, or to what is wrong.

The rules and the words are those of `POST /decisions`, which reads its body here too. Sound items,
which are nearly all, pass through one typed decoding; only the others are taken apart, to say
everything that is wrong (`item_faults`).
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any

import msgspec
from django.utils.translation import override
from msgspec import UNSET

from attestations.errors import DomainError
from attestations.json_faults import NOT_JSON, fault_of
from attestations.periods import Span
from attestations.services.decisions import Content, Member
from attestations.services.item_faults import (
    MAX_ISSUES,
    MAX_MEMBERS,
    Issue,
    ItemShape,
    MemberShape,
    faults_of,
    ssin_of,
    text_fault,
)
from attestations.ssin import Ssin, stands_in


class Read(msgspec.Struct, frozen=True, gc=False):
    """A sound item."""

    ssin: Ssin
    content: Content


class Unacceptable(Exception):
    """An item that cannot be recorded as it was sent."""

    def __init__(self, *issues: Issue) -> None:
        super().__init__("; ".join(issue.name for issue in issues))
        self.issues = issues


_decoder = msgspec.json.Decoder(ItemShape)
# The periods of many decisions are few.
_span = lru_cache(maxsize=8_192)(Span.inclusive)


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
    except NOT_JSON as error:
        detail = f"The line is not valid JSON: {fault_of(error)}"
        raise Unacceptable(Issue("schemaViolation", "body", detail)) from None


def read_item(item: Any, *, on: date) -> Read:
    """The same for an item that is decoded already."""
    try:
        return _sound(msgspec.convert(item, ItemShape), on)
    except (msgspec.ValidationError, ValueError):
        pass
    with override("en"):  # as fates are kept; the framework's own sentences are among them
        issues = list(islice(faults_of(item), MAX_ISSUES))
    if issues:
        raise Unacceptable(*issues)
    return _sound(msgspec.convert(_trimmed(item), ItemShape), on)


def _sound(item: ItemShape, on: date) -> Read:
    """ValueError for what needs a closer look, Unacceptable for what the rules refuse."""
    ssin = ssin_of(item.ssin)
    start = item.startDate
    last_day = None if item.endDate is UNSET else item.endDate
    if last_day is not None and last_day < start:
        raise ValueError
    if start == date.max or item.decidedOn == date.max:
        raise ValueError
    content = Content(
        aid_kind=item.aidKind,
        decided_on=item.decidedOn,
        span=_span(start, last_day),
        category=None if item.category is UNSET else item.category,
        reference="" if item.reference is UNSET else _reference(item.reference),
        household=None if item.household is UNSET else _household(item.household),
    )
    try:
        content.check(on=on, ssin=ssin)
    except DomainError as error:
        raise Unacceptable(domain_issue(error)) from None
    return Read(ssin, content)


def _reference(text: str) -> str:
    if text_fault(text) or stands_in(text) or text != text.strip():
        raise ValueError
    return text


def _household(members: list[MemberShape]) -> tuple[Member, ...]:
    if len(members) > MAX_MEMBERS:
        raise ValueError
    return tuple(Member(ssin_of(one.ssin), one.relation) for one in members)


def domain_issue(error: DomainError) -> Issue:
    """What a rule of the registry refuses, as an issue."""
    return Issue(error.code, error.field_name or "body", error.detail, extra=error.extra)


def _trimmed(item: dict[str, Any]) -> dict[str, Any]:
    return item | ({"reference": item["reference"].strip()} if "reference" in item else {})
