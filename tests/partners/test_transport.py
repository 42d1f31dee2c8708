"""The transport against recipients that misbehave, on real sockets."""

import asyncio
import gzip
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from partners.connections import open_session
from partners.retries import Outcome
from partners.transport import Failure, Limits, post
from tests.partners.misbehaving import (
    LOOPBACK,
    OK,
    hangs_up_after,
    listening,
    repeats,
    says,
    says_nothing,
)

# Long enough for a busy machine where an answer is expected, short where a timeout is.
PATIENT, HASTY = Limits(total=10), Limits(total=0.3)


def answer_of(behave, *, limits=PATIENT, path="/hook", headers=None):
    async def attempt():
        async with (
            listening(behave) as recipient,
            open_session(allowed_networks=LOOPBACK) as client,
        ):
            url = f"http://127.0.0.1:{recipient.port}{path}"
            answer = await post(client, url, b"{}", headers or {}, limits=limits)
            return answer, recipient

    return asyncio.run(attempt())


def test_a_delivery_arrives_byte_for_byte():
    answer, recipient = answer_of(says(OK), path="/a%2Fb?c=%20d", headers={"webhook-id": "m1"})
    head, body = recipient.requests[0]
    assert (answer.status, answer.error, answer.outcome) == (200, None, Outcome.DELIVERED)
    assert timedelta() < answer.duration < timedelta(seconds=10)
    assert answer.excerpt == ""
    assert body == b"{}"
    assert head.startswith(b"POST /a%2Fb?c=%20d HTTP/1.1\r\n")
    assert b"webhook-id: m1\r\n" in head
    assert b"Host: 127.0.0.1:%d\r\n" % recipient.port in head
    assert b"Content-Type: application/cloudevents+json" in head
    assert b"Accept-Encoding: identity\r\n" in head


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(204, Outcome.DELIVERED), (410, Outcome.GONE), (400, Outcome.FAILED), (503, Outcome.FAILED)],
)
def test_a_status_is_reported(status, outcome):
    answer, _ = answer_of(says(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status))
    assert (answer.status, answer.error, answer.outcome) == (status, None, outcome)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_an_inside_address_is_not_followed(status):
    async def attempt():
        async with (
            listening(says(OK)) as inside,
            open_session(allowed_networks=LOOPBACK) as client,
        ):
            place = b"http://127.0.0.1:%d/admin" % inside.port
            moved = b"HTTP/1.1 %d Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n"
            async with listening(says(moved % (status, place))) as outside:
                url = f"http://127.0.0.1:{outside.port}/"
                return await post(client, url, b"{}", {}), inside

    answer, inside = asyncio.run(attempt())
    assert (answer.status, answer.outcome) == (status, Outcome.FAILED)
    assert inside.connections == 0


@pytest.mark.parametrize(
    "behave",
    [
        says_nothing,
        repeats(b"HTTP/1.1 200 OK\r\nX: ", b"x", pause=0.02),
        repeats(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x", pause=0.02),
        repeats(b"", b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.002),
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"),
    ],
    ids=["silence", "slow headers", "slow body", "1xx flood", "unfinished chunk"],
)
def test_the_deadline_is_for_the_whole_answer(behave):
    answer, _ = answer_of(behave, limits=HASTY)
    assert (answer.error, answer.outcome) == (Failure.TIMEOUT, Outcome.FAILED)
    assert timedelta(seconds=0.3) <= answer.duration < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("behave", "error"),
    [
        (repeats(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 4096), Failure.PROTOCOL),
        (repeats(b"HTTP/1.1 200 ", b"x" * 4096), Failure.PROTOCOL),
        (repeats(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 100), Failure.PROTOCOL),
        (says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), Failure.PROTOCOL),
        (says(b"\x15\x03\x01\x00\x02\x02\x46"), Failure.PROTOCOL),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), Failure.PROTOCOL),
        (says(OK + b"and some more"), Failure.PROTOCOL),
        (hangs_up_after(), Failure.RESET),
        (hangs_up_after(b"HTTP/1.1 200 OK\r\nContent-"), Failure.RESET),
        (hangs_up_after(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), Failure.RESET),
    ],
    ids=["endless header", "endless status line", "endless headers", "ssh", "tls alert"]
    + ["negative length", "remains", "hang up", "cut in the headers", "cut in the body"],
)
def test_a_broken_answer_is_named_and_tried_again(behave, error):
    answer, _ = answer_of(behave)
    assert (answer.error, answer.outcome) == (error, Outcome.FAILED)


def test_of_a_gigabyte_only_the_beginning_is_read():
    sent = 0

    async def pours(writer):
        nonlocal sent
        writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            sent += 65536
            await writer.drain()

    answer, _ = answer_of(pours)
    assert (answer.status, answer.error) == (500, None)
    assert answer.excerpt == "x" * 200
    assert sent < 50_000_000  # What the buffers of both kernels hold, and no more.


def test_a_long_body_does_not_undo_a_delivery():
    answer, _ = answer_of(repeats(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536))
    assert (answer.status, answer.error, answer.outcome) == (200, None, Outcome.DELIVERED)


def test_the_connection_of_an_unread_answer_is_not_used_again():
    async def attempts():
        big = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n"
        async with (
            listening(says(big, bytes(9_000_000))) as recipient,
            open_session(allowed_networks=LOOPBACK) as client,
        ):
            url = f"http://127.0.0.1:{recipient.port}/"
            limits = Limits(answer_bytes=100)
            return [await post(client, url, b"{}", {}, limits=limits) for _ in range(3)], recipient

    answers, recipient = asyncio.run(attempts())
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert recipient.connections == 3


def test_a_gzip_bomb_is_not_opened():
    bomb = gzip.compress(b"0" * 10_000_000)
    head = b"HTTP/1.1 500 X\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    answer, _ = answer_of(says(head, bomb))
    assert (answer.status, answer.error) == (500, None)
    assert "0000" not in answer.excerpt


def test_http_1_0_is_understood():
    answer, _ = answer_of(hangs_up_after(b"HTTP/1.0 202 Accepted\r\n\r\nfine"))
    assert (answer.status, answer.outcome) == (202, Outcome.DELIVERED)


def test_retry_after_is_read():
    for value, least, most in (
        ("7", 7, 7),
        (format_datetime(datetime.now(UTC) + timedelta(minutes=9), usegmt=True), 500, 540),
    ):
        head = f"HTTP/1.1 429 Slow down\r\nRetry-After: {value}\r\nContent-Length: 0\r\n\r\n"
        answer, _ = answer_of(says(head.encode()))
        assert timedelta(seconds=least) <= answer.retry_after <= timedelta(seconds=most)


def test_no_number_that_could_be_an_ssin_is_kept_from_the_answer():
    body = b"unknown 85710512369, 85.71.05-123.69, 85 71 05 123 69\r\n\x00 code 4711 \xff"
    head = b"HTTP/1.1 422 No\r\nContent-Length: %d\r\n\r\n" % len(body)
    answer, _ = answer_of(says(head, body))
    assert answer.excerpt == "unknown ..., ..., ...  code 4711"


def test_nobody_listening_is_refused():
    async def attempt():
        async with listening(says(OK)) as recipient:
            port = recipient.port
        async with open_session(allowed_networks=LOOPBACK) as client:
            return await post(client, f"http://127.0.0.1:{port}/", b"{}", {})

    assert asyncio.run(attempt()).error is Failure.REFUSED


def test_cookies_and_proxies_are_ignored(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async def attempts():
        baked = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
        async with (
            listening(says(baked)) as recipient,
            open_session(allowed_networks=LOOPBACK) as client,
        ):
            for _ in range(2):
                await post(client, f"http://127.0.0.1:{recipient.port}/", b"{}", {})
            return recipient

    recipient = asyncio.run(attempts())
    assert len(recipient.requests) == 2
    assert recipient.connections == 1  # Kept alive between the two.
    assert b"cookie" not in recipient.requests[1][0].lower()


def test_as_many_attempts_at_a_time_as_slots_and_no_more():
    at_once = most = 0
    three = asyncio.Barrier(3)

    async def counts(writer):
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await three.wait()
        at_once -= 1
        await says(OK)(writer)

    async def attempts():
        async with (
            listening(counts) as recipient,
            open_session(allowed_networks=LOOPBACK, concurrency=3) as client,
        ):
            url = f"http://127.0.0.1:{recipient.port}/"
            return await asyncio.gather(*(post(client, url, b"{}", {}) for _ in range(30)))

    answers = asyncio.run(attempts())
    assert {answer.error for answer in answers} == {None}
    assert most == 3


def test_waiting_for_a_slot_is_not_taken_for_slowness(monkeypatch):
    async def attempt():
        loop, later = asyncio.get_running_loop(), 0
        clock = loop.time
        monkeypatch.setattr(loop, "time", lambda: clock() + later)
        async with (
            listening(says(OK)) as recipient,
            open_session(allowed_networks=LOOPBACK, concurrency=1) as client,
        ):
            await client.slots.acquire()
            url = f"http://127.0.0.1:{recipient.port}/"
            waiting = asyncio.create_task(post(client, url, b"{}", {}, limits=PATIENT))
            await asyncio.sleep(0)  # Lets it begin.
            later += PATIENT.total + 1
            client.slots.release()
            return await waiting

    assert asyncio.run(attempt()).error is None


def test_a_line_break_in_a_header_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="control character"):
        answer_of(says(OK), headers={"webhook-id": "m1\r\nHost: elsewhere.example"})


@pytest.mark.parametrize("path", ["/a\r\nX: y", "/a b", "/a\x00", "/é"])
def test_a_url_cannot_end_the_line_that_it_stands_in(path):
    answer, recipient = answer_of(says(OK), path=path)
    assert answer.error is Failure.FORBIDDEN_ADDRESS
    assert recipient.connections == 0


@pytest.mark.parametrize("value", ["m1\r\nX: y", "m1\nX: y", "m1\x00", "m1\x7f", "mé"])
def test_a_header_that_is_no_plain_text_is_not_sent(value):
    async def attempt():
        async with (
            listening(says(OK)) as recipient,
            open_session(allowed_networks=LOOPBACK) as session,
        ):
            with pytest.raises(ValueError, match="control character|ascii"):
                await post(
                    session, f"http://127.0.0.1:{recipient.port}/", b"{}", {"webhook-id": value}
                )
            return recipient

    assert asyncio.run(attempt()).connections == 0
