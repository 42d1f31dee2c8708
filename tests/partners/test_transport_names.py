"""Names, addresses and certificates: who the transport agrees to speak to."""

import asyncio
import errno
import logging
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from partners.connections import open_session
from partners.resolving import system_lookup
from partners.retries import Outcome
from partners.transport import Failure, post
from tests.partners.misbehaving import LOOPBACK, OK, hangs_up_after, listening, says


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
    monkeypatch.setattr("partners.connections.DNS_SECONDS", 0)
    closing = hangs_up_after(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    rebinding = Rebinding(["127.0.0.1"], ["10.0.0.1"])
    answers, recipient = attempt_by_name(rebinding, times=2, behave=closing)
    assert [answer.error for answer in answers] == [None, Failure.FORBIDDEN_ADDRESS]
    assert recipient.connections == 1


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://2130706433/", "http://u@127.0.0.1/"])
def test_a_forbidden_url_is_reported_without_a_connection(url):
    async def attempt():
        async with open_session(allowed_networks=LOOPBACK) as client:
            return await post(client, url, b"{}", {})

    assert asyncio.run(attempt()).error is Failure.FORBIDDEN_ADDRESS


def test_an_unknown_name_is_a_dns_failure():
    async def unknown(host, port):
        raise OSError(-2, "Name or service not known")

    for lookup in (unknown, Rebinding([])):
        (answer,), _ = attempt_by_name(lookup)
        assert answer.error is Failure.DNS


def test_an_address_without_a_way_to_it_is_unreachable(monkeypatch):
    async def no_route(*_, **__):
        raise OSError(errno.EHOSTUNREACH, "No route to host")

    monkeypatch.setattr("aiohappyeyeballs.start_connection", no_route)
    (answer,), _ = attempt_by_name(Rebinding(["127.0.0.1"]))
    assert (answer.error, answer.outcome) == (Failure.UNREACHABLE, Outcome.FAILED)


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
