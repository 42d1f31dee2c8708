"""Nothing is pushed before the endpoint has shown whose it is; tests take the same way."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from derived_rights.services.deriving import derive_pending
from partners.models import EndpointProbe, FeedEntry, Subscription
from partners.services.draining import drain
from partners.services.leasing import due_subscriptions
from partners.services.probing import answers, probe_due
from partners.services.routing import route_pending
from partners.services.subscriptions import Wanted, subscribe
from partners.signing import verify
from tests.delivery import KEY

pytestmark = pytest.mark.django_db(transaction=True)


def make_due() -> None:
    EndpointProbe.objects.update(retry_at=timezone.now() - timedelta(seconds=1))


@pytest.fixture
def registered(recipient_for, sink, settings):
    """A recipient that has registered the sink as its endpoint through the API, unproved."""
    settings.WEBHOOK_PROVE_INSIDE = True
    recipient = recipient_for("fund", "bim")
    recipient.organisation.subscriptions.all().delete()
    body = {"legalContext": recipient.legal_context, "rights": ["bim"], "endpoint": sink.url}
    answer = recipient.post("/subscriptions", body)
    assert answer.status_code == 201
    recipient.secret = answer.json()["secret"]
    recipient.path = f"/subscriptions/{answer.json()['subscriptionId']}"
    recipient.first_answer = answer.json()
    return recipient


@pytest.fixture
def told(registered, cpas, decision, new_ssin):
    """The same, with two events waiting."""
    ssin = new_ssin()
    registered.inscribe(ssin)
    cpas.post("/decisions", decision(ssin))
    derive_pending()
    route_pending()
    return registered


def gives_back(event):
    """What an endpoint does that is its owner's."""
    challenge = event["data"].get("challenge")
    return (200, json.dumps({"challenge": challenge}).encode()) if challenge else 204


def test_registration_waits_for_nobody_and_the_state_is_shown(registered, sink):
    assert sink.calls == []
    assert registered.first_answer["endpointStatus"] == "pending"
    assert registered.get(registered.path).json()["endpointStatus"] == "pending"


def test_nothing_is_pushed_to_an_endpoint_that_does_not_prove_itself(told, sink):
    sink.answer = lambda event: (200, b"welcome")
    for _ in range(3):
        probe_due()
        make_due()

    assert due_subscriptions() == []
    drain(Subscription.objects.get().pk)

    kinds = {call.event["type"].rpartition(".v1.")[2] for call in sink.calls}
    assert kinds == {"subscriptions.notify.challenge"}
    probe = EndpointProbe.objects.get()
    assert (probe.status, probe.error, probe.attempts) == ("waiting", "notProved", 3)
    assert FeedEntry.objects.count() == 2  # kept, and polled meanwhile


def test_an_endpoint_that_gives_the_challenge_back_is_pushed_to(told, sink):
    sink.answer = gives_back

    assert probe_due() == 1

    assert told.get(told.path).json()["endpointStatus"] == "proved"
    drain(Subscription.objects.get().pk)
    assert [event.get("position") for event in sink.accepted] == [None, 1, 2]


def test_a_challenge_is_signed_and_holds_no_person(told, sink):
    probe_due()

    (call,) = sink.calls
    assert verify(call.body, call.headers, keys=[told.secret], now=timezone.now())
    assert set(call.event["data"]) == {"subscriptionId", "challenge", "ticket"}


def test_each_attempt_asks_something_else(registered, sink):
    for _ in range(3):
        probe_due()
        make_due()

    assert len({call.event["data"]["challenge"] for call in sink.calls}) == 3


def test_a_server_that_repeats_what_it_is_sent_proves_nothing(registered, sink):
    sink.answer = lambda event: (200, json.dumps(event).encode())

    probe_due()

    assert registered.get(registered.path).json()["endpointStatus"] == "pending"


@pytest.mark.parametrize(
    ("body", "good"),
    [
        (b"abc", True),
        (b" abc\n", True),
        (b'{"challenge": "abc"}', True),
        (b'{"challenge":"abc"}', True),
        (b"", False),
        (b"abcd", False),
        (b'"abc"', False),
        (b'{"challenge":"abc","x":1}', False),
        (b'{"challenge":["abc"]}', False),
        (b"[[[", False),
        (b"\xff", False),
    ],
)
def test_only_the_very_challenge_answers_it(body, good):
    assert answers(body, "abc") is good


def test_a_challenge_is_given_up_after_seven_days_and_begun_again_when_asked(registered, sink):
    sink.answer = lambda event: 404
    EndpointProbe.objects.update(asked_at=timezone.now() - timedelta(days=8))
    probe_due()
    assert registered.get(registered.path).json()["endpointStatus"] == "failed"

    sink.answer = gives_back
    body = {"legalContext": registered.legal_context, "endpoint": sink.url}
    assert registered.put(registered.path, body).json()["endpointStatus"] == "pending"
    probe_due()

    assert registered.get(registered.path).json()["endpointStatus"] == "proved"


def test_another_endpoint_is_proved_anew(registered, sink):
    sink.answer = gives_back
    probe_due()
    body = {"legalContext": registered.legal_context, "endpoint": sink.url + "/elsewhere"}

    assert registered.put(registered.path, body).json()["endpointStatus"] == "pending"
    assert registered.put(registered.path, body).json()["endpointStatus"] == "pending"
    assert EndpointProbe.objects.filter(status="waiting").count() == 1


def test_an_answer_that_comes_after_the_endpoint_was_changed_proves_nothing(registered, sink):
    def changed_meanwhile(event):
        Subscription.objects.update(endpoint=sink.url + "/elsewhere")
        connection.close()  # this is the sink's thread
        return gives_back(event)

    sink.answer = changed_meanwhile
    probe_due()

    assert Subscription.objects.get().proved_at is None


def test_an_administrator_vouches_for_what_he_lists_or_configures(recipient_for, sink, settings):
    organisation = recipient_for("fund", "bim").organisation
    wanted = Wanted("TEST-1", ["bim"], [], endpoint=sink.url)
    inside, _ = subscribe(organisation_id=organisation.pk, wanted=wanted)
    settings.WEBHOOK_PROVE_INSIDE = True
    configured, _ = subscribe(organisation_id=organisation.pk, wanted=wanted, vouched=True)
    unproved, _ = subscribe(organisation_id=organisation.pk, wanted=wanted)

    assert inside.proved_at
    assert configured.proved_at
    assert unproved.proved_at is None
    assert EndpointProbe.objects.count() == 1


def test_a_public_name_is_never_vouched_for_by_a_list(recipient_for):
    organisation = recipient_for("fund", "bim").organisation
    wanted = Wanted("TEST-1", ["bim"], [], endpoint="https://hooks.example.be/registry")

    subscription, _ = subscribe(organisation_id=organisation.pk, wanted=wanted)

    assert subscription.proved_at is None


def test_a_test_event_takes_the_same_way(record, sink, mutuality):
    path = f"/subscriptions/{mutuality.get('/subscriptions').json()['items'][0]['subscriptionId']}"

    asked = mutuality.post(f"{path}/test")
    again = mutuality.post(f"{path}/test")
    probe_due()

    assert asked.status_code == again.status_code == 202
    assert asked.json()["eventId"] == again.json()["eventId"]  # one waits at a time
    (call,) = sink.calls
    assert call.event["type"].endswith(".v1.subscriptions.notify.test")
    assert verify(call.body, call.headers, keys=[KEY], now=timezone.now()) == call.event["id"]
    assert call.event["id"] == asked.json()["eventId"]
    last = mutuality.get(path).json()["lastTest"]
    assert (last["status"], last["httpStatus"]) == ("delivered", 204)
    assert mutuality.get("/events").json()["items"] == []


def test_a_test_event_comes_in_the_form_that_the_subscription_asks_for(record, sink, mutuality):
    Subscription.objects.update(batch_size=10)
    subscription = mutuality.get("/subscriptions").json()["items"][0]["subscriptionId"]

    mutuality.post(f"/subscriptions/{subscription}/test")
    probe_due()

    (call,) = sink.calls
    assert call.headers["content-type"] == "application/json"
    (event,) = call.event["items"]
    assert event["type"].endswith("subscriptions.notify.test")


def test_a_test_that_fails_says_why_and_is_not_repeated(record, sink, mutuality):
    sink.answer = lambda event: 500
    subscription = mutuality.get("/subscriptions").json()["items"][0]["subscriptionId"]
    mutuality.post(f"/subscriptions/{subscription}/test")

    probe_due()
    make_due()
    assert probe_due() == 0

    last = mutuality.get(f"/subscriptions/{subscription}").json()["lastTest"]
    assert (last["status"], last["httpStatus"]) == ("failed", 500)


def test_an_unproved_endpoint_gets_its_challenge_instead_of_a_test(registered, sink):
    assert registered.post(f"{registered.path}/test").json()["kind"] == "challenge"
    probe_due()

    assert len(sink.calls) == 1


def test_a_hanging_or_forbidden_endpoint_holds_nothing_up(registered, sink, settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = []

    probe_due()

    assert sink.calls == []
    assert EndpointProbe.objects.get().error == "forbiddenAddress"
