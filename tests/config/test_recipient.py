"""The demonstration recipient, spoken to over HTTP as the registry does."""

import asyncio
import json
import os
import re
from datetime import UTC, date, datetime, timedelta

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from config.demo import recipient
from config.demo.recipient import application
from config.demo.recipient_page import sentence
from config.demo.recipient_words import LANGUAGES, SENTENCES, TEXTS
from partners.addresses import parse_networks
from partners.changes import Days, RightsChange, instant
from partners.connections import open_session
from partners.documents import document
from partners.payloads import FIELDS, Envelope, cloud_event, encode, encode_batch
from partners.retries import Outcome
from partners.signing import new_secret, public_key, sign
from partners.transport import post

SECRET, OTHER = new_secret(), new_secret()
NOW = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)


def event(number=1, *, transition="granted", fields=FIELDS):
    change = RightsChange(
        event_id=f"0197-{number}",
        person_ssin="85710512369",
        right="bim",
        effect="grant",
        transition=transition,
        version=number,
        periods=[Days(start_date=date(2026, 6, 2), end_date=date(2028, 12, 31))],
        previous_periods=[],
        ticket="5e0f",
        occurred_at=instant(NOW),
    )
    envelope = Envelope("be.example.v1", "/registry", number, "5f2c")
    return document(cloud_event(change, fields, envelope))


class Visit:
    """A running recipient, and the calls that its tests make."""

    def __init__(self, server, browser, pushes):
        self.server, self.browser, self.pushes = server, browser, pushes

    async def push(self, body, *, message_id="0197-1", name="mutuality", keys=(SECRET,), at=None):
        headers = sign(
            message_id=message_id, timestamp=at or datetime.now(UTC), body=body, keys=keys
        )
        return await post(self.pushes, str(self.server.make_url(f"/hooks/{name}")), body, headers)

    async def received(self, **query):
        async with self.browser.get(self.server.make_url("/received"), params=query) as answer:
            return (await answer.json())["items"]

    async def behaviour(self, **wish):
        async with self.browser.post(self.server.make_url("/behaviour"), json=wish) as answer:
            return answer.status

    async def page(self, *, query="", accepted="en"):
        said, address = {"Accept-Language": accepted}, f"{self.server.make_url('/')}{query}"
        async with self.browser.get(address, headers=said) as answer:
            assert answer.status == 200
            assert answer.content_type == "text/html"
            return await answer.text()


@pytest.fixture
def secrets(tmp_path):
    """Writes what the recipient is to know, as the demonstration does: whole or not at all."""

    def write(**keys):
        fresh = tmp_path / "fresh"
        fresh.write_text(json.dumps({"secrets": keys}))
        fresh.replace(tmp_path / "recipient.json")

    write(mutuality=SECRET, energy=OTHER)
    return write


@pytest.fixture
def visiting(tmp_path, secrets):
    def run(story):
        async def told():
            async with (
                TestServer(application(tmp_path), host="127.0.0.1") as server,
                aiohttp.ClientSession() as browser,
                open_session(allowed_networks=parse_networks(["127.0.0.0/8"])) as pushes,
            ):
                await story(Visit(server, browser, pushes))

        asyncio.run(told())

    return run


def test_an_event_is_verified_kept_and_shown(visiting):
    async def story(visit):
        assert (await visit.push(encode(event()))).status == 204
        (item,) = await visit.received(name="mutuality")
        assert item.pop("receivedAt").endswith("+00:00")
        assert item == {
            "id": "0197-1",
            "type": "be.example.v1.rights.notify.granted",
            "name": "mutuality",
            "verified": True,
            "duplicates": 0,
            "event": event(),
        }
        assert await visit.received(name="energy") == []
        assert (
            "Increased intervention granted to 85710512369: from 2 June 2026 to 31 December 2028"
            in await visit.page()
        )

    visiting(story)


def test_a_repetition_is_counted_and_not_kept_twice(visiting):
    async def story(visit):
        for _ in range(3):
            assert (await visit.push(encode(event()))).outcome is Outcome.DELIVERED
        (item,) = await visit.received()
        assert item["duplicates"] == 2
        assert "(and 2 more times)" in await visit.page()

    visiting(story)


@pytest.mark.parametrize(
    "wrong",
    [{"keys": [OTHER]}, {"at": datetime.now(UTC) - timedelta(hours=1)}, {"name": "energy"}],
    ids=["another key", "too old", "meant for another"],
)
def test_a_message_that_does_not_verify_is_refused(visiting, wrong):
    async def story(visit):
        assert (await visit.push(encode(event()), **wrong)).status == 401
        (item,) = await visit.received()
        assert item["verified"] is False
        assert "event" not in item
        assert "A message was refused" in await visit.page()
        # The true message of that id is new nevertheless.
        assert (await visit.push(encode(event()))).status == 204
        assert [item["duplicates"] for item in await visit.received()] == [0, 0]

    visiting(story)


def test_a_changed_body_is_refused(visiting):
    async def story(visit):
        body = encode(event())
        headers = sign(message_id="m", timestamp=datetime.now(UTC), body=body, keys=[SECRET])
        url = str(visit.server.make_url("/hooks/mutuality"))
        answer = await post(visit.pushes, url, body.replace(b"bim", b"bam"), headers)
        assert answer.status == 401

    visiting(story)


def test_an_unknown_name_is_not_found(visiting):
    async def story(visit):
        assert (await visit.push(encode(event()), name="nobody")).status == 404
        assert await visit.received() == []

    visiting(story)


def test_a_batch_is_taken_event_by_event(visiting):
    async def story(visit):
        batch = encode_batch(encode(event(number)) for number in (1, 2, 3))
        assert (await visit.push(encode(event(2)), message_id="0197-2")).status == 204
        assert (await visit.push(batch, message_id="batch-1")).status == 204
        found = {item["id"]: item["duplicates"] for item in await visit.received()}
        assert found == {"0197-2": 1, "0197-1": 0, "0197-3": 0}

    visiting(story)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"nonsense", b'{"items": [1]}', b'{"id": 1}'])
def test_what_is_no_event_is_a_bad_request(visiting, body):
    async def story(visit):
        assert (await visit.push(body)).status == 400
        assert await visit.received() == []

    visiting(story)


def test_it_misbehaves_on_demand_and_behaves_again(visiting):
    async def story(visit):
        assert await visit.behaviour(name="mutuality", status=503, retryAfter=7) == 200
        answer = await visit.push(encode(event()))
        assert (answer.status, answer.retry_after) == (503, timedelta(seconds=7))
        assert "mutuality (told to answer 503)" in await visit.page()
        assert await visit.received() == []
        assert (await visit.push(encode(event()), name="energy", keys=[OTHER])).status == 204
        assert await visit.behaviour(name="mutuality") == 200
        assert (await visit.push(encode(event()))).status == 204

    visiting(story)


def test_it_misbehaves_a_number_of_times(visiting):
    async def story(visit):
        await visit.behaviour(name="mutuality", status=500, times=2)
        statuses = [(await visit.push(encode(event()))).status for _ in range(3)]
        assert statuses == [500, 500, 204]

    visiting(story)


@pytest.mark.parametrize("wish", [{}, {"status": 503}, {"name": "mutuality", "status": 7}])
def test_a_wish_that_makes_no_sense_is_refused(visiting, wish):
    async def story(visit):
        assert await visit.behaviour(**wish) == 400

    visiting(story)


def test_new_keys_are_read_while_it_runs(visiting, secrets, tmp_path):
    private = new_secret("v1a")

    async def story(visit):
        secrets(mutuality=[public_key(private), OTHER])
        assert (await visit.push(encode(event()), keys=[SECRET])).status == 401
        assert (await visit.push(encode(event()), keys=[OTHER])).status == 204
        assert (await visit.push(encode(event()), keys=[private])).status == 204
        # A file being written, or gone, changes nothing.
        (tmp_path / "recipient.json").write_text('{"secr')
        assert (await visit.push(encode(event()), keys=[OTHER])).status == 204
        os.remove(tmp_path / "recipient.json")
        assert (await visit.push(encode(event()), keys=[OTHER])).status == 204

    visiting(story)


def test_the_oldest_are_forgotten_and_still_counted(visiting, monkeypatch):
    monkeypatch.setattr(recipient, "MAX_KEPT", 2)

    async def story(visit):
        for number in (1, 2, 3):
            await visit.push(encode(event(number)), message_id=f"0197-{number}")
        assert [item["id"] for item in await visit.received()] == ["0197-2", "0197-3"]
        assert '<td>mutuality</td><td class="count">3</td>' in await visit.page()

    visiting(story)


def test_the_page_works_without_a_script_and_escapes_what_it_shows(visiting, secrets):
    secrets(**{"<b>bold</b>": SECRET, "mutuality": SECRET})

    async def story(visit):
        shown = event() | {"type": "<script>alert(1)</script>"}
        await visit.push(encode(shown))
        page = await visit.page()
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<b>bold" not in page
        assert '<meta http-equiv="refresh"' in page

    visiting(story)


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (event(transition="ended"), "Increased intervention of 85710512369 ended"),
        (event(fields=frozenset()), "Increased intervention granted to 85710512369: (not shown)"),
        ({"type": "be.example.v1.test"}, "be.example.v1.test"),
        ({}, "A message without a type"),
        (
            {
                "type": "be.example.v1.missingAttestations.notify.found",
                "data": {"ssin": "1", "aidKind": "x", "startDate": "2026-03-02", "cause": "late"},
            },
            "No attestation of x for 1 from 2 March 2026 on (Late)",
        ),
        (
            {
                "type": "be.example.v1.rights.notify.undetermined",
                "data": {"ssin": "1", "right": "bim", "missing": [{"fact": "household"}]},
            },
            "Increased intervention of 1 cannot be told:"
            " the composition of the household is missing",
        ),
    ],
)
def test_events_in_plain_words(shown, said):
    assert sentence(shown) == said


def test_the_page_is_in_the_language_of_whoever_looks(visiting, tmp_path):
    told = {"secrets": {"mutuality": SECRET}, "names": {"mutuality": {"nl": "Ziekenfondsen"}}}
    (tmp_path / "recipient.json").write_text(json.dumps(told))

    async def story(visit):
        await visit.push(encode(event()))
        wished = await visit.page(query="?lang=nl", accepted="fr-BE")
        assert "<td>Ziekenfondsen</td>" in wished
        assert (
            "Verhoogde tegemoetkoming: toegekend aan 85710512369,"
            " van 2 juni 2026 tot en met 31 december 2028" in wished
        )
        assert '<html lang="fr">' in await visit.page(accepted="es, fr-BE;q=0.8")
        assert '<html lang="en">' in await visit.page(query="?lang=<b>", accepted="es")

    visiting(story)


def test_each_text_fits_every_language():
    for texts in (TEXTS, SENTENCES):
        for each in texts.values():
            assert len(each) == len(LANGUAGES)
            assert len({tuple(sorted(re.findall(r"{\w+}", one))) for one in each}) == 1, each
