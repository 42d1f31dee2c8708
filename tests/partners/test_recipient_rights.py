"""A right paused for one recipient: nothing is told, and once resumed all is, in one message."""

from __future__ import annotations

import pytest

from attestations.errors import InvalidInput
from derived_rights.models import RuleAct
from derived_rights.services.deriving import derive_pending
from partners.models import FeedEntry, Refusal, Resumption
from partners.services import recipient_rights
from partners.services.routing import route_pending

pytestmark = pytest.mark.django_db

WHY = {"by": "admin", "reason": "their system is being replaced"}


def run_the_stages() -> None:
    derive_pending()
    route_pending()
    recipient_rights.bring_level()


def rights_told(recipient):
    return [
        event
        for event in recipient.get("/events").json()["items"]
        if ".rights.notify." in event["type"]
    ]


@pytest.fixture
def mutuality(recipient_for):
    return recipient_for("mutuality", "bim", events=["rights"])


@pytest.fixture
def aided(cpas, mutuality, decision, new_ssin):
    """Somebody of whom the recipient was told, and the decision that may be changed."""
    ssin = new_ssin()
    mutuality.inscribe(ssin)
    recorded = cpas.post("/decisions", decision(ssin)).json()
    run_the_stages()
    return ssin, recorded["decisionId"]


def stop(cpas, decision_id, day, version):
    answer = cpas.post(
        f"/decisions/{decision_id}/stop",
        {"endDate": day, "reason": "x"},
        If_Match=f'"{version}"',
    )
    assert answer.status_code == 200, answer.content


def test_nothing_is_told_while_it_is_paused(cpas, mutuality, aided):
    ssin, decision_id = aided
    assert recipient_rights.pause(mutuality.organisation, "bim", **WHY)

    stop(cpas, decision_id, "2026-12-31", 1)
    run_the_stages()

    (granted,) = rights_told(mutuality)
    assert granted["type"].endswith(".granted")
    assert Refusal.objects.get(right_change__right="bim").reason == "inactiveRight"
    (answer,) = mutuality.ask_rights(ssin, "bim", date="2026-07-01")
    assert answer["outcome"] == "notAvailable"


def test_what_changed_meanwhile_is_told_in_one_message(cpas, mutuality, aided):
    ssin, decision_id = aided
    (granted,) = rights_told(mutuality)
    recipient_rights.pause(mutuality.organisation, "bim", **WHY)
    for version, day in enumerate(("2026-12-31", "2026-11-30", "2025-12-31"), start=1):
        if day > "2026":
            stop(cpas, decision_id, day, version)
            run_the_stages()
    assert (
        cpas.post(
            f"/decisions/{decision_id}/cancellation", {"reason": "x"}, If_Match='"3"'
        ).status_code
        == 200
    )
    run_the_stages()

    assert recipient_rights.resume(mutuality.organisation, "bim", **WHY)
    run_the_stages()

    first, replaced = rights_told(mutuality)
    assert first == granted
    assert replaced["type"].endswith(".ended")
    assert replaced["data"]["periods"] == []
    assert replaced["data"]["previousPeriods"] == granted["data"]["periods"]
    (answer,) = mutuality.ask_rights(ssin, "bim", date="2026-07-01")
    assert replaced["data"]["version"] == answer["version"] > granted["data"]["version"]
    assert Resumption.objects.get().told == 1
    assert rights_told(mutuality)[1] == replaced  # the same bytes at every reading


def test_whoever_is_new_is_told_as_granted(cpas, mutuality, decision, new_ssin):
    recipient_rights.pause(mutuality.organisation, "bim", **WHY)
    ssin = new_ssin()
    mutuality.inscribe(ssin)
    recorded = cpas.post("/decisions", decision(ssin)).json()
    run_the_stages()
    stop(cpas, recorded["decisionId"], "2026-12-31", 1)
    run_the_stages()
    assert rights_told(mutuality) == []

    recipient_rights.resume(mutuality.organisation, "bim", **WHY)
    run_the_stages()

    (told,) = rights_told(mutuality)
    assert told["type"].endswith(".granted")
    assert told["data"]["previousPeriods"] == []


def test_what_came_and_went_meanwhile_is_no_news(cpas, mutuality, decision, new_ssin):
    recipient_rights.pause(mutuality.organisation, "bim", **WHY)
    ssin = new_ssin()
    mutuality.inscribe(ssin)
    recorded = cpas.post("/decisions", decision(ssin)).json()
    run_the_stages()
    cpas.post(f"/decisions/{recorded['decisionId']}/cancellation", {"reason": "x"}, If_Match='"1"')
    run_the_stages()

    recipient_rights.resume(mutuality.organisation, "bim", **WHY)
    run_the_stages()

    assert rights_told(mutuality) == []
    assert Resumption.objects.get().finished_at is not None


def test_resuming_goes_on_where_it_was_left(cpas, mutuality, decision, new_ssin, monkeypatch):
    recipient_rights.pause(mutuality.organisation, "bim", **WHY)
    for _ in range(5):
        ssin = new_ssin()
        mutuality.inscribe(ssin)
        cpas.post("/decisions", decision(ssin))
    run_the_stages()
    recipient_rights.resume(mutuality.organisation, "bim", **WHY)
    monkeypatch.setattr(recipient_rights, "BATCH", 2)

    recipient_rights._batch()
    assert FeedEntry.objects.count() == 2
    recipient_rights.bring_level()
    recipient_rights.bring_level()

    persons = FeedEntry.objects.values_list("person", flat=True)
    assert len(persons) == len(set(persons)) == 5


def test_another_recipient_and_another_right_go_on(
    cpas, mutuality, recipient_for, decision, new_ssin
):
    other = recipient_for("other", "bim", "socialTariff", events=["rights"])
    recipient_rights.pause(mutuality.organisation, "bim", **WHY)
    recipient_rights.pause(other.organisation, "bim", **WHY)
    ssin = new_ssin()
    for recipient in (mutuality, other):
        recipient.inscribe(ssin)
    cpas.post("/decisions", decision(ssin))
    run_the_stages()

    assert rights_told(mutuality) == []
    assert {event["data"]["right"] for event in rights_told(other)} == {"socialTariff"}


def test_both_acts_need_a_reason_and_are_kept(mutuality):
    for act in (recipient_rights.pause, recipient_rights.resume):
        with pytest.raises(InvalidInput):
            act(mutuality.organisation, "bim", by="admin", reason=" ")
        assert act(mutuality.organisation, "bim", **WHY)
        assert not act(mutuality.organisation, "bim", **WHY)
    acts = RuleAct.objects.order_by("id").values_list("act", "right", "subject", "actor", "reason")
    assert list(acts) == [
        ("paused", "bim", "mutuality", "admin", WHY["reason"]),
        ("resumed", "bim", "mutuality", "admin", WHY["reason"]),
    ]
