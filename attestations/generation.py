"""From a decision to the attestations it must have: the rules, without a database.

A sent attestation is never changed. What a decision now says is compared with what its chain of
attestations says last, and the difference is a new attestation that points to the former one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from attestations.codes import AidKind, AttestationType, Nature
from attestations.periods import Span

# Which kind of aid yields which attestation. Only the A036 is an official message; the other types
# are OURS, so that every kind that rights need is attested.
ATTESTATION_TYPES: Mapping[AidKind, AttestationType] = MappingProxyType(
    {
        AidKind.INTEGRATION_INCOME: AttestationType.A036,
        AidKind.EQUIVALENT_INTEGRATION_INCOME: AttestationType.A036,
        AidKind.OTHER_SOCIAL_AID: AttestationType.A036,
        AidKind.ARTICLE_60_EMPLOYMENT: AttestationType.EMPLOYMENT,
        AidKind.ARTICLE_61_EMPLOYMENT: AttestationType.EMPLOYMENT,
        AidKind.BENEFIT_ADVANCE: AttestationType.ADVANCE,
        AidKind.STATE_CHARGED_AID: AttestationType.STATE_CHARGED_AID,
        AidKind.LOCAL_RECEPTION_STAY: AttestationType.RECEPTION,
        AidKind.HEATING_ALLOWANCE: AttestationType.HEATING,
        AidKind.MEDICAL_CARD: AttestationType.MEDICAL_CARD,
    }
)

# The kind of aid as the A036 codes it. Whether 9 is still sent today is not confirmed.
A036_AID_CODES: Mapping[AidKind, int] = MappingProxyType(
    {
        AidKind.INTEGRATION_INCOME: 7,
        AidKind.EQUIVALENT_INTEGRATION_INCOME: 8,
        AidKind.OTHER_SOCIAL_AID: 9,
    }
)


@dataclass(frozen=True, slots=True)
class DecisionContent:
    """What a decision in force grants. `aid_kind` is a code of AidKind."""

    aid_kind: str
    span: Span


@dataclass(frozen=True, slots=True)
class Issued:
    """The attestation made last for the decision: the end of its chain, cancelled or not."""

    number: str
    aid_kind: str
    span: Span
    nature: Nature


@dataclass(frozen=True, slots=True)
class Draft:
    """An attestation to be numbered and sent. `previous` is the number it replaces, if any."""

    nature: Nature
    attestation_type: str
    aid_kind: str
    span: Span
    previous: str | None


def drafts_for(content: DecisionContent | None, issued: Issued | None) -> tuple[Draft, ...]:
    """The attestations still to be made, in the order in which they must be numbered.

    `content` is None when the decision is cancelled; `issued` is None when nothing was attested.
    A correction states the whole new content and a cancellation the content it takes back. A kind
    of another attestation type cannot continue the chain: the old one is cancelled and a new one
    begins, as it does when a cancelled decision gets content again. Unknown kind: ValueError.

    | attested last         | the decision says | drafts                   |
    | --------------------- | ----------------- | ------------------------ |
    | nothing, cancellation | nothing           | none                     |
    | nothing, cancellation | something         | original                 |
    | something             | the same          | none                     |
    | something             | nothing           | cancellation             |
    | something             | same type         | correction               |
    | something             | another type      | cancellation, original   |
    """
    standing = None if issued is None or issued.nature is Nature.CANCELLATION else issued
    if standing is None:
        return () if content is None else (_original(content),)
    if content is None:
        return (_cancellation(standing),)
    if (content.aid_kind, content.span) == (standing.aid_kind, standing.span):
        return ()
    if _type(content.aid_kind) == _type(standing.aid_kind):
        return (_draft(Nature.CORRECTION, content, previous=standing.number),)
    return _cancellation(standing), _original(content)


def attestation_number(year: int, sequence: int) -> str:
    """The number of the `sequence`-th attestation (from 1) of a year: 15 characters.

    The A036 has room for 15; two digits name the year, so only 2000 to 2099 are told apart. A year
    or a sequence that would not fit is a ValueError.

    >>> attestation_number(2026, 123)
    '26C000000000123'
    """
    if not 2000 <= year <= 2099:
        raise ValueError(f"two digits cannot tell the year {year} from another")
    if not 1 <= sequence < 10**12:
        raise ValueError(f"the sequence {sequence} does not fit in 12 digits from 1")
    return f"{year % 100:02}C{sequence:012}"


def _type(aid_kind: str) -> AttestationType:
    return ATTESTATION_TYPES[AidKind(aid_kind)]


def _draft(nature: Nature, content: DecisionContent | Issued, *, previous: str | None) -> Draft:
    return Draft(nature, _type(content.aid_kind), content.aid_kind, content.span, previous)


def _original(content: DecisionContent) -> Draft:
    return _draft(Nature.ORIGINAL, content, previous=None)


def _cancellation(standing: Issued) -> Draft:
    return _draft(Nature.CANCELLATION, standing, previous=standing.number)
