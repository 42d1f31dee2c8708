"""What measurements of delivery share: partners, decisions, a worker and a recipient."""

from __future__ import annotations

import base64
import itertools
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from attestations.codes import AidKind
from attestations.models import Cpas
from attestations.periods import Span
from attestations.services import persons, recording
from attestations.services.decisions import Content
from attestations.ssin import Ssin, make_ssin
from attestations.tickets import new_ticket
from partners.models import Authorisation, Inscription, Organisation, Subscription
from partners.services import subscriptions
from partners.services.subscriptions import Wanted

STALLED_SECONDS = 60.0

_serials = itertools.count(1)


def a_cpas() -> Cpas:
    number = "0123456749"
    return Cpas.objects.get_or_create(enterprise_number=number, defaults={"names": {"fr": "C"}})[0]


def a_recipient(endpoint: str, *, batch_size: int = 1) -> Organisation:
    """An organisation that is pushed `bim` and attestations; its endpoint counts as proved."""
    serial = 2_000_000 + Organisation.objects.count()
    organisation = Organisation.objects.create(
        code=f"recipient-{serial}",
        kind="recipient",
        enterprise_number=f"{serial:08d}{97 - serial % 97:02d}",
        names={"fr": "R"},
    )
    context = f"BENCH-{serial}"
    Authorisation.objects.create(
        organisation=organisation,
        legal_context=context,
        rights=["bim"],
        events=["rights", "attestations"],
        fields=["periods", "attestationNumber"],
        period=Span(date(2020, 1, 1)),
    )
    wanted = Wanted(context, ["bim"], [], endpoint=endpoint)
    subscriptions.subscribe(organisation_id=organisation.pk, wanted=wanted)
    Subscription.objects.filter(organisation=organisation).update(
        proved_at=timezone.now(), batch_size=batch_size
    )
    return organisation


def inscribed(organisations: list[Organisation], number: int) -> list[Ssin]:
    """So many persons never seen before, on whom all these organisations hold a file.

    The files are written straight into their table: nobody has a past that would have to be
    offered to anybody.
    """
    serials = list(itertools.islice(_serials, number))
    ssins = [
        make_ssin(date(1950 + serial // 900, 5, 1 + serial // 30 % 28), 1 + serial % 900)
        for serial in serials
    ]
    with transaction.atomic():
        numbers = persons.register_all(ssins)
    Inscription.objects.bulk_create(
        Inscription(
            organisation=organisation,
            person_id=stored.person_id,
            quality_code="1",
            period=Span(date(2000, 1, 1)),
            ticket=new_ticket(),
            recorded_at=timezone.now(),
        )
        for stored in numbers.values()
        for organisation in organisations
    )
    return ssins


def record(cpas: Cpas, ssin: Ssin) -> str:
    """Record a decision; its ticket."""
    ticket = new_ticket()
    recording.record(
        cpas=cpas,
        ssin=ssin,
        content=Content(
            aid_kind=AidKind.INTEGRATION_INCOME,
            decided_on=date(2026, 3, 17),
            span=Span(date(2026, 3, 2), date(2027, 3, 2)),
        ),
        ticket=ticket,
    )
    return str(ticket)


def record_at_pace(cpas: Cpas, ssins: list[Ssin], pace: float) -> dict[str, float]:
    """Record one after the other at a steady pace; when each was committed, by its ticket."""
    committed: dict[str, float] = {}
    started = time.monotonic()
    for number, ssin in enumerate(ssins):
        time.sleep(max(0.0, started + number / pace - time.monotonic()))
        ticket = record(cpas, ssin)
        committed[ticket] = time.time()
    return committed


@contextmanager
def worker(folder: Path, *, redis_url: str | None = None) -> Iterator[None]:
    """A Celery worker with two processes and its timer."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--beat"),
            *("--concurrency", "2", "--loglevel", "ERROR"),
            *("--schedule", str(folder / "beat"), "--without-gossip", "--without-mingle"),
        ],
        env=os.environ | ({"REDIS_URL": redis_url} if redis_url else {}),
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


class Recipient:
    """The sink of `benchmarks.sink`, in a process of its own."""

    def __init__(self, url: str) -> None:
        self.url = url

    def count(self) -> int:
        return int(json.loads(self._call("/count"))["count"])

    def seen(self) -> dict[str, float]:
        """When each event came, by its id, in seconds since the epoch."""
        found: dict[str, float] = json.loads(self._call("/seen"))
        return found

    def reset(self) -> None:
        self._call("/reset", post=True)

    def wait_for(self, events: int) -> None:
        """Return when so many have come; TimeoutError when none has for a minute."""
        seen, at = -1, time.monotonic()
        while (count := self.count()) < events:
            if count != seen:
                seen, at = count, time.monotonic()
            if time.monotonic() - at > STALLED_SECONDS:
                raise TimeoutError(f"{count} of {events} events came, and no more")
            time.sleep(0.05)

    def sample(self) -> list[tuple[bytes, bytes]]:
        """Every hundredth request: its head and its body."""
        found = json.loads(self._call("/sample"))
        return [(base64.b64decode(head), base64.b64decode(body)) for head, body in found]

    def _call(self, path: str, *, post: bool = False) -> bytes:
        request = urllib.request.Request(self.url + path, data=b"" if post else None)
        with urllib.request.urlopen(request) as answer:
            return bytes(answer.read())


@contextmanager
def a_sink() -> Iterator[Recipient]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.sink", str(port)], env=os.environ)
    recipient = Recipient(f"http://127.0.0.1:{port}")
    try:
        while True:
            try:
                recipient.count()
                break
            except OSError:
                time.sleep(0.05)
        yield recipient
    finally:
        process.terminate()
        process.wait()
