"""Connections that are used again, or must not be: what aiohttp's client session would decide.

The transport does without that session, so each of these is ours to get right; they are also what
a new version of aiohttp is judged by.
"""

import asyncio
import socket
import threading
import uuid
from datetime import UTC, datetime

import pytest

from partners.connections import open_session
from partners.models import Subscription
from partners.retries import Outcome
from partners.services.feed_rows import Entry
from partners.services.rounds import Item, Round
from partners.services.sending import send_round
from partners.signing import Signer, new_secret
from partners.transport import Failure, post
from tests.partners.misbehaving import LOOPBACK, OK, hangs_up_after, listening, says

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
LARGE = bytes(40_000_000)  # More than the buffers of both kernels hold.


def in_turn(*behaviours):
    """One behaviour for each request; the last one stays."""
    left = list(behaviours)

    async def behave(writer):
        await (left.pop(0) if len(left) > 1 else left[0])(writer)

    return behave


def posted(behave, *, times=2, between=None):
    """The answers to posts one after the other on one session, and who gave them."""

    async def attempts():
        async with (
            listening(behave) as recipient,
            open_session(allowed_networks=LOOPBACK) as session,
        ):
            url = f"http://127.0.0.1:{recipient.port}/"
            answers = [await post(session, url, b"{}", {})]
            for _ in range(times - 1):
                if between is not None:
                    await between(session)
                answers.append(await post(session, url, b"{}", {}))
            return answers, recipient

    return asyncio.run(attempts())


async def until(condition):
    """Let both sides go on until it holds; a test that waits for good is ended by its limit."""
    while not condition():
        await asyncio.sleep(0)


def idle(session):
    """The connections that wait to be used again."""
    return [one.protocol for route in session.routes.values() for one, _ in route.idle]


def test_an_answer_in_pieces_is_put_together():
    async def spells(writer):
        for byte in b"HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n":
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)

    answers, recipient = posted(spells)
    assert [(answer.status, answer.error, answer.excerpt) for answer in answers] == [
        (500, None, "abc")
    ] * 2
    assert recipient.connections == 1


@pytest.mark.parametrize(
    ("last", "connections"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 1),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 1),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 1),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 2),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 2),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", 1),
        (OK + OK, 2),
    ],
    ids=["length", "chunked", "no content", "close", "1.0", "1.0 kept", "two answers"],
)
def test_a_connection_is_used_again_only_where_the_answer_leaves_it_clean(last, connections):
    # The recipient holds every connection open: whether to go on with it is ours to see.
    answers, recipient = posted(in_turn(says(last), says(ACCEPTED)))
    assert answers[0].outcome is Outcome.DELIVERED
    assert (answers[1].status, answers[1].error) == (202, None)
    assert recipient.connections == connections


def test_what_came_while_a_connection_was_idle_answers_nothing():
    speak = asyncio.Event()

    async def speaks_later(writer):
        await says(OK)(writer)
        asyncio.get_running_loop().create_task(adds(writer))

    async def adds(writer):
        await speak.wait()
        writer.write(OK)

    async def unasked(session):
        speak.set()
        (protocol,) = idle(session)
        await until(lambda: protocol.should_close)

    refuses = says(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
    answers, recipient = posted(in_turn(speaks_later, refuses), between=unasked)
    assert [answer.status for answer in answers] == [200, 503]
    assert recipient.connections == 2


def test_a_connection_that_was_idle_too_long_is_not_used_again(monkeypatch):
    monkeypatch.setattr("partners.connections.KEEP_ALIVE_SECONDS", 0)
    answers, recipient = posted(says(ACCEPTED))
    assert [answer.status for answer in answers] == [202, 202]
    assert recipient.connections == 2


def test_a_connection_that_was_closed_while_idle_is_replaced():
    async def seen(session):
        await until(lambda: not any(protocol.is_connected() for protocol in idle(session)))

    answers, recipient = posted(hangs_up_after(OK), between=seen)
    assert [(answer.status, answer.error) for answer in answers] == [(200, None)] * 2
    assert recipient.connections == 2


class Restarting(threading.Thread):
    """A recipient beside our event loop: one request a connection, which it closes when told."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        self.close, self.closed = threading.Semaphore(0), threading.Semaphore(0)

    def run(self):
        with self.listener:
            for _ in range(2):
                connection, _ = self.listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(OK)
                    self.close.acquire()
                self.closed.release()


def a_round():
    about = dict.fromkeys(Entry.__struct_fields__) | {"person_id": 1, "event_id": uuid.uuid4()}
    signer = Signer([new_secret()])
    return Round([Item(Entry(**about), body=b"{}")], 1, datetime.now(UTC), signer)


@pytest.mark.parametrize("batch_size", [1, 100])
def test_a_connection_that_was_closed_between_two_rounds_is_replaced(batch_size):
    recipient = Restarting()
    recipient.start()
    subscription = Subscription(endpoint=recipient.url, batch_size=batch_size, failures=0)
    rounds = [a_round(), a_round()]
    with asyncio.Runner() as runner:
        opened = open_session(allowed_networks=LOOPBACK)
        session = runner.run(opened.__aenter__())
        runner.run(send_round(session, subscription, rounds[0]))
        recipient.close.release()
        recipient.closed.acquire()  # The loop stands still meanwhile, as while a round is written.
        runner.run(send_round(session, subscription, rounds[1]))
        runner.run(opened.__aexit__(None, None, None))
    recipient.close.release()
    recipient.join(5)
    answers = [item.answer for round_ in rounds for item in round_.items]
    assert [(answer.status, answer.error) for answer in answers] == [(200, None)] * 2


def test_a_connection_closed_as_the_request_is_written_is_a_failure_and_not_asked_twice():
    async def hangs_up(writer):
        writer.close()

    # The recipient may have taken the event before it left, so the schedule repeats it: with the
    # same id, and not here.
    answers, recipient = posted(in_turn(says(OK), hangs_up, says(ACCEPTED)), times=3)
    assert [(answer.status, answer.error) for answer in answers] == [
        (200, None),
        (None, Failure.RESET),
        (202, None),
    ]
    assert len(recipient.requests) == 3
    assert recipient.connections == 2


def test_what_is_said_before_the_answer_is_passed_over():
    before = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    answers, recipient = posted(says(before, ACCEPTED))
    assert [(answer.status, answer.error) for answer in answers] == [(202, None)] * 2
    assert recipient.connections == 1


def test_a_change_of_protocol_that_nobody_asked_for_is_a_failure():
    switches = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
    answers, recipient = posted(in_turn(says(switches, OK), says(ACCEPTED)))
    assert answers[0].outcome is Outcome.FAILED
    assert answers[1].status == 202
    assert recipient.connections == 2


def test_an_answer_before_the_body_is_read_counts_and_ends_the_connection():
    writers = []

    async def answers_early(reader, writer):
        writers.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")

    async def attempts():
        server = await asyncio.start_server(answers_early, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with server, open_session(allowed_networks=LOOPBACK) as session:
            early = [await post(session, url, LARGE, {}) for _ in range(2)]
            assert idle(session) == []
            for writer in writers:
                writer.transport.abort()
            return early

    answers = asyncio.run(attempts())
    assert [(answer.status, answer.error) for answer in answers] == [(413, None)] * 2
    assert len(writers) == 2
