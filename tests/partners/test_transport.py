"""The transport against recipients that misbehave, on real sockets."""

import asyncio
import gzip
import logging
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from partners.addresses import parse_networks
from partners.retries import Outcome
from partners.transport import Failure, Limits, open_session, post, system_lookup

LOOPBACK = parse_networks(["127.0.0.0/8"])
# Long enough for a busy machine where an answer is expected, short where a timeout is.
PATIENT, HASTY = Limits(total=10), Limits(total=0.3)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Recipient:
    """A TCP server that reads each request whole and then does what it was told."""

    def __init__(self, behave):
        self.behave = behave
        self.requests = []
        self.connections = 0

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.requests.append((head, await reader.readexactly(length)))
                await self.behave(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # The other side has had enough.
        finally:
            writer.close()


def says(*parts):
    async def behave(writer):
        for part in parts:
            writer.write(part)
        await writer.drain()

    return behave


def hangs_up_after(*parts):
    async def behave(writer):
        await says(*parts)(writer)
        writer.close()

    return behave


def repeats(start, part, *, pause=0.0):
    """Says `part` again and again after `start`, as long as anybody listens."""

    async def behave(writer):
        writer.write(start)
        while True:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return behave


async def says_nothing(writer):
    await writer.wait_closed()


@asynccontextmanager
async def listening(behave, *, tls=None):
    recipient = Recipient(behave)
    server = await asyncio.start_server(recipient.serve, "127.0.0.1", 0, ssl=tls)
    recipient.port = server.sockets[0].getsockname()[1]
    try:
        yield recipient
    finally:
        server.close()


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
        (hangs_up_after(), Failure.RESET),
        (hangs_up_after(b"HTTP/1.1 200 OK\r\nContent-"), Failure.RESET),
        (hangs_up_after(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), Failure.RESET),
    ],
    ids=["endless header", "endless status line", "endless headers", "ssh", "tls alert"]
    + ["negative length", "hang up", "cut in the headers", "cut in the body"],
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


class Rebinding:
    """A name server that answers differently each time it is asked."""

    def __init__(self, *answers):
        self.answers = list(answers)

    async def __call__(self, host, port):
        return self.answers.pop(0)


def attempt_by_name(lookup, *, times=1, networks=LOOPBACK, behave=None):
    async def attempts():
        async with (
            listening(behave or says(OK)) as recipient,
            open_session(allowed_networks=networks, lookup=lookup) as client,
        ):
            url = f"http://hooks.example.be:{recipient.port}/"
            return [await post(client, url, b"{}", {}) for _ in range(times)], recipient

    return asyncio.run(attempts())


def test_a_name_is_resolved_once_and_its_host_header_kept():
    rebinding = Rebinding(["127.0.0.1"], ["10.0.0.1"])
    answers, recipient = attempt_by_name(rebinding, times=2)
    assert [answer.status for answer in answers] == [200, 200]
    assert rebinding.answers == [["10.0.0.1"]]
    assert b"Host: hooks.example.be:%d\r\n" % recipient.port in recipient.requests[0][0]


@pytest.mark.parametrize(
    "addresses",
    [["10.0.0.1"], ["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["::ffff:127.0.0.1"]]
    + [["8.8.8.8"], ["169.254.169.254"], ["fe80::1%eth0"]],
)
def test_one_forbidden_address_forbids_the_name(addresses):
    (answer,), recipient = attempt_by_name(Rebinding(addresses))
    assert (answer.error, answer.outcome) == (Failure.FORBIDDEN_ADDRESS, Outcome.FAILED)
    assert recipient.connections == 0


def test_a_connection_that_was_closed_is_resolved_and_checked_anew(monkeypatch):
    monkeypatch.setattr("partners.transport.DNS_SECONDS", 0)
    closing = hangs_up_after(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    rebinding = Rebinding(["127.0.0.1"], ["10.0.0.1"])
    answers, recipient = attempt_by_name(rebinding, times=2, behave=closing)
    assert [answer.error for answer in answers] == [None, Failure.FORBIDDEN_ADDRESS]
    assert recipient.connections == 1


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://2130706433/", "http://u@127.0.0.1/"])
def test_a_forbidden_url_is_reported_without_a_connection(url):
    async def attempt():
        async with open_session(allowed_networks=LOOPBACK) as client:
            return await post(client, url, b"{}", {}, limits=HASTY)

    assert asyncio.run(attempt()).error is Failure.FORBIDDEN_ADDRESS


def test_an_unknown_name_is_a_dns_failure():
    async def unknown(host, port):
        raise OSError(-2, "Name or service not known")

    for lookup in (unknown, Rebinding([])):
        (answer,), _ = attempt_by_name(lookup)
        assert answer.error is Failure.DNS


def test_the_system_resolves_this_machine():
    addresses = asyncio.run(system_lookup("localhost", 80))
    assert all(ip_address(address).is_loopback for address in addresses)
    assert addresses


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A function that makes server contexts with a certificate for a name, and a client's trust."""
    folder = tmp_path_factory.mktemp("authority")
    key = ec.generate_private_key(ec.SECP256R1())

    def server(name, *, until=timedelta(days=1)):
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=2))
            .not_valid_after(now + until)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(key, SHA256())
        )
        path = folder / f"{name}-{until.days}.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        trust = ssl.create_default_context(cafile=str(path))
        return context, trust

    return server


@pytest.mark.parametrize(
    ("name", "until", "trusted", "error"),
    [
        ("hooks.example.be", timedelta(days=1), True, None),
        ("hooks.example.be", timedelta(days=1), False, Failure.TLS),
        ("hooks.example.be", timedelta(days=-1), True, Failure.TLS),
        ("other.example.be", timedelta(days=1), True, Failure.TLS),
    ],
    ids=["good", "unknown authority", "expired", "wrong host"],
)
def test_the_certificate_must_be_the_names(authority, caplog, name, until, trusted, error):
    caplog.set_level(logging.CRITICAL, "asyncio")  # The server complains of the broken handshake.
    context, trust = authority(name, until=until)
    seen = []
    context.sni_callback = lambda connection, asked, _: seen.append(asked)

    async def attempt():
        async with (
            listening(says(OK), tls=context) as recipient,
            open_session(
                allowed_networks=LOOPBACK,
                lookup=Rebinding(["127.0.0.1"]),
                tls=trust if trusted else None,
            ) as client,
        ):
            url = f"https://hooks.example.be:{recipient.port}/"
            return await post(client, url, b"{}", {})

    answer = asyncio.run(attempt())
    assert answer.error is error
    assert seen == ["hooks.example.be"]


def test_plain_http_behind_https_is_a_tls_failure():
    async def attempt():
        async def shouts(reader, writer):
            await reader.read(1)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(shouts, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, open_session(allowed_networks=LOOPBACK) as client:
            return await post(client, f"https://127.0.0.1:{port}/", b"{}", {})

    assert asyncio.run(attempt()).error is Failure.TLS
