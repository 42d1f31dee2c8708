"""The feed, the subscriptions and the deliveries, as the contract says they answer."""

from __future__ import annotations

import uuid

import pytest

from attestations.models import Person
from derived_rights.services.deriving import derive_pending
from partners.models import FeedHead
from partners.services.routing import route_pending
from tests.api.conftest import issues_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def recipient(recipient_for):
    return recipient_for("recipient", "bim")


@pytest.fixture
def told(recipient, cpas, decision, new_ssin):
    """The recipient, with four events: two persons attested, and entitled."""
    for _ in range(2):
        ssin = new_ssin()
        recipient.inscribe(ssin)
        cpas.post("/decisions", decision(ssin))
    derive_pending()
    route_pending()
    return recipient


def test_the_feed_is_read_by_cursor_to_its_end(told):
    first = told.get("/events?pageSize=3").json()
    second = told.get(first["next"].removeprefix("/registry/v1")).json()
    rest = told.get(f"/events?after={second['cursor']}").json()

    assert [event["position"] for event in first["items"] + second["items"]] == [1, 2, 3, 4]
    assert "next" not in second
    assert (rest["items"], rest["cursor"]) == ([], second["cursor"])


def test_a_full_last_page_of_the_feed_has_no_next(told):
    assert "next" not in told.get("/events?pageSize=4").json()


def test_no_event_shows_a_ssin_outside_its_data(told):
    for event in told.get("/events").json()["items"]:
        ssin = event.pop("data")["ssin"]
        assert ssin not in str(event)


def test_the_feed_of_another_is_another_feed(told, recipient_for):
    other = recipient_for("other", "bim")

    assert other.get("/events").json()["items"] == []


def test_a_cursor_of_an_epoch_that_never_was_has_nothing_in_common(told):
    answer = told.get(f"/events?after={uuid.uuid4()}.99")

    assert answer.status_code == 410
    body = answer.json()
    assert body["type"] == "urn:problem-type:registry:streamEpochChanged"
    assert body["epoch"] == told.get("/events").json()["cursor"].split(".")[0]
    assert body["lastCommonPosition"] == 0


def test_a_cursor_beyond_the_feed_is_a_problem_and_no_empty_page(told):
    """Positions are never taken back: a database that lacks one has lost it."""
    epoch = told.get("/events").json()["cursor"].split(".")[0]

    answer = told.get(f"/events?after={epoch}.5")

    assert answer.status_code == 410
    assert (answer.json()["epoch"], answer.json()["lastCommonPosition"]) == (epoch, 4)


@pytest.mark.parametrize("cursor", ["1", "x.y", ".1", "e.-1", "e." + "9" * 30, "%00.1"])
def test_a_cursor_that_is_none_is_refused(told, cursor):
    assert issues_of(told.get(f"/events?after={cursor}")) == [("schemaViolation", "query", "after")]


@pytest.mark.parametrize("seconds", ["-1", "x", "1.5", "99999"])
def test_a_wait_is_a_number_of_seconds(told, seconds):
    assert issues_of(told.get(f"/events?wait={seconds}")) == [("schemaViolation", "query", "wait")]


def test_a_wait_ends_at_once_when_there_is_something(told):
    assert len(told.get("/events?wait=20").json()["items"]) == 4


def subscription(recipient, **changes):
    body = {"legalContext": recipient.legal_context, "rights": ["bim"], "events": ["rights"]}
    return body | changes


def test_a_subscription_shows_its_secret_once(recipient):
    made = recipient.post("/subscriptions", subscription(recipient))
    path = made["Location"].removeprefix("/registry/v1")

    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    again = recipient.get(path).json()
    assert "secret" not in again
    assert again == {name: value for name, value in made.json().items() if name != "secret"}


def test_a_subscription_is_replaced_and_ended(recipient):
    made = recipient.post("/subscriptions", subscription(recipient, thin=True)).json()
    path = f"/subscriptions/{made['subscriptionId']}"

    changed = recipient.put(path, subscription(recipient, batchSize=50))
    ended = recipient.delete(path)

    assert (changed.json()["batchSize"], changed.json()["thin"]) == (50, False)
    assert ended.status_code == 204
    assert recipient.get(path).status_code == recipient.delete(path).status_code == 404


def test_a_rotation_gives_a_new_secret_and_says_how_long_the_old_one_lives(recipient):
    made = recipient.post("/subscriptions", subscription(recipient)).json()

    rotated = recipient.post(f"/subscriptions/{made['subscriptionId']}/rotation", {})

    assert rotated.status_code == 200
    assert rotated.json()["secret"] != made["secret"]
    assert rotated.json()["validUntil"]


def test_a_new_kind_of_signature_comes_with_its_secret(recipient):
    made = recipient.post("/subscriptions", subscription(recipient)).json()
    path = f"/subscriptions/{made['subscriptionId']}"

    changed = recipient.put(path, subscription(recipient, signature="v1a")).json()

    assert changed["signature"] == "v1a"
    assert changed["secret"].startswith("whpk_")
    assert "secret" not in recipient.put(path, subscription(recipient, signature="v1a")).json()


@pytest.mark.parametrize(
    ("changes", "issue"),
    [
        ({"rights": ["unheardOf"]}, ("referencedResourceNotFound", "body", "rights[0]")),
        ({"rights": "bim"}, ("schemaViolation", "body", "rights")),
        ({"events": ["weather"]}, ("schemaViolation", "body", "events[0]")),
        ({"events": ["missingAttestations"]}, ("rejectedInput", "body", "events[0]")),
        ({"signature": "v2"}, ("schemaViolation", "body", "signature")),
        ({"batchSize": 0}, ("schemaViolation", "body", "batchSize")),
        ({"batchSize": "5"}, ("schemaViolation", "body", "batchSize")),
        ({"thin": "yes"}, ("schemaViolation", "body", "thin")),
        ({"endpoint": "https://10.0.0.1/x"}, ("rejectedInput", "body", "endpoint")),
        ({"endpoint": "https://169.254.169.254/"}, ("rejectedInput", "body", "endpoint")),
        ({"endpoint": "not an address"}, ("rejectedInput", "body", "endpoint")),
        ({"secret": "whsec_x"}, ("unknownInput", "body", "secret")),
    ],
    ids=str,
)
def test_a_wish_that_cannot_be_met_is_named(recipient, changes, issue):
    answer = recipient.post("/subscriptions", subscription(recipient, **changes))

    assert issues_of(answer) == [issue]


@pytest.mark.parametrize("endpoint", ["http://hooks.example.be/x", "https://127.0.0.1/x"])
def test_outside_a_demonstration_targets_are_public_and_https(recipient, settings, endpoint):
    settings.WEBHOOK_ALLOWED_NETWORKS = []

    answer = recipient.post("/subscriptions", subscription(recipient, endpoint=endpoint))

    assert issues_of(answer) == [("rejectedInput", "body", "endpoint")]


def test_a_right_outside_the_authorisation_is_refused(recipient):
    answer = recipient.post("/subscriptions", subscription(recipient, rights=["socialTariff"]))

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:problem-type:belgif:missingPermission"


def test_deliveries_are_filtered_by_status_and_subscription(recipient):
    assert (
        recipient.get(f"/deliveries?status=failed&subscriptionId={uuid.uuid4()}").json()["items"]
        == []
    )
    assert issues_of(recipient.get("/deliveries?status=lost")) == [
        ("schemaViolation", "query", "status")
    ]
    assert issues_of(recipient.get("/deliveries?subscriptionId=1")) == [
        ("schemaViolation", "query", "subscriptionId")
    ]


def test_polling_alone_makes_no_person_and_no_feed(recipient):
    recipient.get("/events")

    assert not Person.objects.exists()
    assert not FeedHead.objects.exists()
