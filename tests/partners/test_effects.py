"""What is checked against a person, or set off, stands apart: context, events and words."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from attestations import clock
from attestations.errors import InvalidInput
from attestations.periods import Span
from derived_rights.engine.catalogue import rights
from derived_rights.engine.right import Effect
from derived_rights.transitions import TRANSITIONS, WORDS
from partners.changes import Days, RightsChange, instant
from partners.documents import document
from partners.models import Authorisation
from partners.payloads import Envelope, cloud_event, event_type
from partners.services.authorising import Terms, authorise
from tests.factories import OrganisationFactory

FAVOURABLE = {"grant", "reduceDue", "presume"}
EVERY_RIGHT = sorted(rights())


def change_of(code: str, transition: str) -> RightsChange:
    return RightsChange(
        event_id="e",
        person_ssin="s",
        right=code,
        effect=rights()[code].effect.value,
        transition=transition,
        version=1,
        periods=[Days(start_date=date(2026, 1, 1))],
        previous_periods=[],
        ticket="t",
        occurred_at=instant(datetime(2026, 1, 1, tzinfo=UTC)),
    )


@pytest.mark.parametrize("code", EVERY_RIGHT)
def test_only_a_favour_is_granted(code):
    said = {event_type(change_of(code, one)).rsplit(".", 1)[1] for one in TRANSITIONS}
    if rights()[code].effect.value in FAVOURABLE:
        assert said == set(TRANSITIONS)
    else:
        assert said == {"noted", "changed", "withdrawn", "undetermined"}


@pytest.mark.parametrize("code", EVERY_RIGHT)
def test_the_payload_says_the_effect(code):
    envelope = Envelope(service="x", source="y", position=1, epoch="z")
    event = document(cloud_event(change_of(code, "granted"), frozenset(), envelope))
    assert event["data"]["effect"] == rights()[code].effect.value
    if rights()[code].effect.value not in FAVOURABLE:
        assert "grant" not in str(event)


def test_every_effect_has_words():
    assert set(WORDS) == {effect.value for effect in Effect}


def authorised(effect: str, *codes: str) -> Authorisation | None:
    terms = Terms(
        purpose={},
        effect=effect,
        rights=codes,
        aid_kinds=(),
        events=("rights",),
        fields=(),
        period=Span(date(2020, 1, 1)),
    )
    return authorise(
        organisation_id=OrganisationFactory().pk,
        legal_context="C",
        terms=terms,
        now=clock.database_now(),
    )


@pytest.mark.django_db
@pytest.mark.parametrize("code", EVERY_RIGHT)
@pytest.mark.parametrize("effect", list(Effect))
def test_an_authorisation_opens_only_rights_of_its_own_effect(code, effect):
    alike = rights()[code].effect is effect or {rights()[code].effect, effect} <= FAVOURABLE
    if alike:
        assert authorised(effect, code)
    else:
        with pytest.raises(InvalidInput) as refused:
            authorised(effect, code)
        assert refused.value.field_name == "rights"
        assert not Authorisation.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("code", EVERY_RIGHT)
def test_without_an_effect_the_rights_are_all_alike(code):
    assert authorised("", code)
    if not rights()[code].effect.is_favourable:
        with pytest.raises(InvalidInput):
            authorised("", code, "bim")
