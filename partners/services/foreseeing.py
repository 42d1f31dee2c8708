"""What a proposed value would change for some persons, and who would be told: found and noted.

The comparison that writes differences finds them here too, and the routing that fills the feeds
says who would be told; nothing is written but the rehearsal's own rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeAlias

from attestations import clock
from attestations.models import Attestation, PersonFact
from attestations.models.fields import timeline_to_json
from attestations.services import identities, known_facts
from derived_rights.columns import Range
from derived_rights.households import REGISTER
from derived_rights.models import ParameterProposal, Rehearsal, RehearsedChange, RightChange
from derived_rights.services import scanning, unsettled
from derived_rights.services.applied_law import current_law
from derived_rights.services.comparing import Difference, differences
from derived_rights.services.together import law_with
from derived_rights.transitions import transition
from partners.models import RehearsedMessage
from partners.routing import Reason
from partners.services.feeding import verdicts
from partners.services.recipients import load_recipients
from partners.services.routables import right_routable

Proposals: TypeAlias = Sequence[ParameterProposal]


def who_may_differ(persons: Range, *, proposals: Proposals) -> list[int]:
    """Those of these whole households to look at one by one: nobody who differs is left out."""
    present = current_law()
    found = set(scanning.differing(persons, law=law_with(proposals)))
    if unsettled.anything():
        found |= set(scanning.differing(persons, law=present))
    return sorted(found)


def differences_under(persons: Sequence[int], *, proposals: Proposals) -> list[Difference]:
    """What the values change together, apart from what pending facts change as the law is now."""
    present = current_law()
    found = {_key(one): one for one in differences(persons, law=law_with(proposals))}
    if not unsettled.anything():
        return list(found.values())
    coming = {_key(one): one for one in differences(persons, law=present)}
    beyond = (_beyond(found.get(key), coming.get(key)) for key in dict.fromkeys([*found, *coming]))
    return [one for one in beyond if one is not None]


def _beyond(found: Difference | None, coming: Difference | None) -> Difference | None:
    """From what will be stored once pending facts are derived, to what the value would make."""
    if found is None or coming is None:
        one = found or _undone(coming)
    else:
        one = replace(found, before=coming.after, undetermined_before=coming.undetermined_after)
    if one is None:
        return None
    word = transition(one.before, one.after, one.undetermined_before, one.undetermined_after)
    return replace(one, transition=word) if word else None


def _undone(coming: Difference | None) -> Difference | None:
    """With the value all stays as it is stored, though pending facts are about to change it."""
    return coming and replace(
        coming,
        before=coming.after,
        after=coming.before,
        undetermined_before=coming.undetermined_after,
        undetermined_after=coming.undetermined_before,
    )


def _key(one: Difference) -> tuple[int, str]:
    return one.person, one.right


def write(rehearsal: Rehearsal, found: Sequence[Difference]) -> None:
    """Note the changes, and the messages that they would become."""
    municipalities = _municipalities({one.person for one in found}, on=clock.today())
    rows = RehearsedChange.objects.bulk_create(
        RehearsedChange(
            rehearsal=rehearsal,
            person_id=one.person,
            right=one.right,
            transition=one.transition,
            municipality_code=municipalities.get(one.person, ""),
        )
        for one in found
    )
    changes = {(row.person_id, row.right): row for row in rows}
    routables = [right_routable(_as_change(one)) for one in found]
    told = verdicts(routables, load_recipients(), on=clock.today())
    RehearsedMessage.objects.bulk_create(
        (
            RehearsedMessage(
                change=changes[routable.change.person_id, routable.matter.code],
                organisation_id=recipient.organisation,
                legal_context=permission.legal_context,
            )
            for routable, recipient, verdict in told
            if not isinstance(verdict, Reason)
            for permission in verdict
        ),
        batch_size=2_000,
    )


def _as_change(found: Difference) -> RightChange:
    """The change as it would be recorded; never saved."""
    return RightChange(
        person_id=found.person,
        right=found.right,
        transition=found.transition,
        periods=timeline_to_json(found.after),
        previous_periods=timeline_to_json(found.before),
        undetermined_periods=timeline_to_json(found.undetermined_after),
    )


def _municipalities(persons: Iterable[int], *, on: date) -> dict[int, str]:
    """Where each lives that day, as far as a source says; else where the CPAS is that attests."""
    found: dict[int, str] = {}
    same = identities.known(persons)
    attested = Attestation.objects.filter(
        person_id__in=same.ids(persons), superseded_at=None
    ).exclude(nature=Attestation.Nature.CANCELLATION)
    for person, code in attested.order_by("period", "id").values_list(
        "person_id", "cpas__municipality_code"
    ):
        found[same.root(person)] = code
    residences = known_facts.about(persons, kinds=[PersonFact.Kind.RESIDENCE])
    for person, stated in residences.items():
        for fact in sorted(stated, key=lambda one: one.source == REGISTER):
            if fact.span is not None and on in fact.span:
                found[person] = str(fact.value["municipalityCode"])
    return found
