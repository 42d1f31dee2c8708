"""Whether a change goes to an organisation, and if not, why not. Pure.

A change is forwarded only if an authorisation for the matter is valid that day, and the
organisation holds a file on the person during at least one day of the change, and one of its
subscriptions asks for it. The first condition that fails is the reason given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from attestations.periods import Span, Timeline

RIGHTS, ATTESTATIONS, MISSING = "rights", "attestations", "missingAttestations"
TOPICS = (RIGHTS, ATTESTATIONS, MISSING)


class Reason(StrEnum):
    """Why a change was not forwarded."""

    NO_AUTHORISATION = "noAuthorisation"
    AUTHORISATION_ENDED = "authorisationEnded"
    INACTIVE_RIGHT = "inactiveRight"
    NO_INSCRIPTION = "noInscription"
    NO_SUBSCRIPTION = "noSubscription"


@dataclass(frozen=True)
class Matter:
    """What a change is about: a topic, and a right (for rights) or a kind of aid (otherwise)."""

    topic: str
    code: str
    days: Timeline


@dataclass(frozen=True)
class Permission:
    """An authorisation, as far as routing looks at it. No kind of aid named means every kind."""

    key: int
    legal_context: str
    topics: frozenset[str]
    rights: frozenset[str]
    aid_kinds: frozenset[str]
    span: Span

    def covers(self, matter: Matter) -> bool:
        """Whether it is about this matter at all, on whatever day."""
        if matter.topic not in self.topics:
            return False
        if matter.topic == RIGHTS:
            return matter.code in self.rights
        return not self.aid_kinds or matter.code in self.aid_kinds


@dataclass(frozen=True)
class Wish:
    """A subscription, as far as routing looks at it. Empty sets ask for all that is authorised."""

    legal_context: str
    topics: frozenset[str]
    rights: frozenset[str]

    def asks_for(self, matter: Matter) -> bool:
        if self.topics and matter.topic not in self.topics:
            return False
        return matter.topic != RIGHTS or not self.rights or matter.code in self.rights


@dataclass(frozen=True)
class Recipient:
    """An organisation with all that routing needs to know of it."""

    organisation: int
    code: str
    permissions: tuple[Permission, ...]
    wishes: tuple[Wish, ...]
    inactive_rights: frozenset[str]

    def is_addressee(self, matter: Matter, declared: str) -> bool:
        """Whether this organisation is to be considered, and a refusal worth telling, at all."""
        return self.code == declared or any(one.covers(matter) for one in self.permissions)


def decide(
    recipient: Recipient, matter: Matter, files: Sequence[Span], *, on: date
) -> list[Permission] | Reason:
    """The permissions under which the change is forwarded, one per legal context; or the reason.

    `files` are the periods for which the organisation holds a file on the person.
    """
    covering = [one for one in recipient.permissions if one.covers(matter)]
    valid = [one for one in covering if on in one.span]
    if not valid:
        ended = any(one.span.end <= on for one in covering)
        return Reason.AUTHORISATION_ENDED if ended else Reason.NO_AUTHORISATION
    if matter.topic == RIGHTS and matter.code in recipient.inactive_rights:
        return Reason.INACTIVE_RIGHT
    if not Timeline(files) & matter.days:
        return Reason.NO_INSCRIPTION
    asked = [
        one
        for one in valid
        if any(
            wish.legal_context == one.legal_context and wish.asks_for(matter)
            for wish in recipient.wishes
        )
    ]
    return asked or Reason.NO_SUBSCRIPTION
