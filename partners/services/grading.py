"""Grading a recipient: everything that may come to its endpoint, sent, and its answers judged.

What only the recipient can see (whether it applied an event once, and the newest version) is judged
where it shows its state: a JSON object with `events`, how many it stored, and `held`, a list of
`{"ssin", "right", "version"}`.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.addresses import Network
from partners.connections import open_session
from partners.payloads import encode, encode_batch
from partners.sample_events import Samples, ssin
from partners.services.bench import Bench, Grade, Subject, described, took
from partners.services.probing import answers as gives_back
from partners.signing import new_secret, sign
from partners.transport import Answer, post

BATCH = 1_000
AT_ONCE = 16

Check = Callable[[Bench], Awaitable[None]]


def grade(
    subject: Subject,
    *,
    networks: Sequence[Network],
    service: str,
    source: str,
    progress: Callable[[Grade], None] = lambda grade: None,
) -> list[Grade]:
    """Send everything, and judge the answers, in order; `progress` gets each grade as it falls."""

    async def run() -> list[Grade]:
        async with open_session(allowed_networks=networks, concurrency=AT_ONCE) as session:
            bench = Bench(session, subject, Samples(service=service, source=source))
            for check in CHECKS:
                seen = len(bench.grades)
                await check(bench)
                for fallen in bench.grades[seen:]:
                    progress(fallen)
            return bench.grades

    return asyncio.run(run())


async def _takes_an_event(bench: Bench) -> None:
    answer = await bench.send(bench.sample())
    bench.note(_("takes a signed event with 2xx"), took(answer), described(answer))


async def _gives_the_challenge_back(bench: Bench) -> None:
    challenge = secrets.token_urlsafe(24)
    answer = await bench.send(bench.samples.notice("challenge", {"challenge": challenge}))
    holds = took(answer) and gives_back(answer.body, challenge)
    bench.note(_("gives a challenge back, and so proves its endpoint"), holds, described(answer))


async def _takes_every_type(bench: Bench) -> None:
    refused: list[str] = []
    events = [*bench.samples.every_type(), *bench.samples.others()]
    for event in events:
        if not took(await bench.send(event)):
            refused.append(str(event["type"]).partition(".v1.")[2])
    said = ", ".join(sorted(set(refused))[:5]) or _("%d events") % len(events)
    bench.note(_("takes every type of event of the catalogue"), not refused, said)


async def _takes_what_it_does_not_know(bench: Bench) -> None:
    event = bench.sample() | {"type": f"{bench.samples.service}.rights.notify.somethingNew"}
    event["laterProperty"] = event["data"]["laterProperty"] = {"a": [1]}
    answer = await bench.send(event)
    title = _("takes types and properties that it does not know yet")
    bench.note(title, took(answer), described(answer))


async def _takes_repetitions(bench: Bench) -> None:
    before = await bench.state()
    event = bench.sample(person=2)
    answers = [await bench.send(event) for _time in range(3)]
    after = await bench.state()
    failed = next((one for one in answers if not took(one)), answers[-1])
    bench.note(
        _("takes an event again that it has already"), all(map(took, answers)), described(failed)
    )
    stored = None
    if before is not None and after is not None:
        stored = after.get("events") == before.get("events", 0) + 1
    bench.note(_("stores an event once, however often it comes"), stored)


async def _orders_by_version(bench: Bench) -> None:
    events = [bench.sample(person=3, version=version) for version in (1, 3, 2)]
    answers = [await bench.send(event) for event in events]
    failed = next((one for one in answers if not took(one)), answers[-1])
    bench.note(
        _("takes an older version after a newer one"), all(map(took, answers)), described(failed)
    )
    shown = await bench.state()
    holds = None
    if shown is not None:
        held = [one for one in shown.get("held", []) if one.get("ssin") == ssin(3)]
        holds = [one.get("version") for one in held if one.get("right") == "bim"] == [3]
    bench.note(_("holds the newest version, whatever came last"), holds)


async def _takes_corrections(bench: Bench) -> None:
    kinds = (("granted", 1), ("reduced", 2), ("corrected", 3), ("ended", 4))
    answers = [
        await bench.send(
            bench.samples.right("bim", kind, effect="grant", person=4, version=version)
        )
        for kind, version in kinds
    ]
    failed = next((one for one in answers if not took(one)), answers[-1])
    bench.note(
        _("takes corrections of what it was told"), all(map(took, answers)), described(failed)
    )


async def _takes_many_at_once(bench: Bench) -> None:
    sent = [bench.send(bench.sample(person=person)) for person in range(10, 10 + 4 * AT_ONCE)]
    answers = await asyncio.gather(*sent)
    failed = [one for one in answers if not took(one)]
    said = described(failed[0]) if failed else _("%d events") % len(answers)
    bench.note(_("takes sixteen calls at a time"), not failed, said)


async def _takes_batches(bench: Bench) -> None:
    events = [encode(bench.sample(person=100 + number % 500)) for number in range(BATCH)]
    answer = await bench.send(encode_batch(events))
    bench.note(_("takes a batch of a thousand events"), took(answer), described(answer))


async def _refuses_forgeries(bench: Bench) -> None:
    event = bench.sample()
    stranger = new_secret("v1" if bench.subject.key.startswith("whsec_") else "v1a")

    def other_id(headers: dict[str, str]) -> None:
        headers["webhook-id"] = "00000000-0000-0000-0000-000000000000"

    def other_time(headers: dict[str, str]) -> None:
        headers["webhook-timestamp"] = str(int(headers["webhook-timestamp"]) - 1)

    def unsigned(headers: dict[str, str]) -> None:
        headers["webhook-signature"] = ""

    def without_headers(headers: dict[str, str]) -> None:
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
            del headers[name]

    answers = {
        _("another key"): await bench.send(event, keys=[stranger]),
        _("another id"): await bench.send(event, alter=other_id),
        _("another timestamp"): await bench.send(event, alter=other_time),
        _("no signature"): await bench.send(event, alter=unsigned),
        _("no headers at all"): await bench.send(event, alter=without_headers),
        _("another body"): await _changed_body(bench, event),
    }
    passed = [name for name, answer in answers.items() if took(answer)]
    bench.note(_("refuses what is not signed by us"), not passed, ", ".join(passed))


async def _changed_body(bench: Bench, event: dict[str, Any]) -> Answer:
    signed = sign(
        message_id=event["id"],
        timestamp=datetime.now(UTC),
        body=encode(event),
        keys=[bench.subject.key],
    )
    body = encode(event).replace(b'"bim"', b'"xyz"')
    return await post(bench.session, bench.subject.url, body, signed)


async def _refuses_what_is_old(bench: Bench) -> None:
    for minutes, title in (
        (10, _("refuses a message that was signed ten minutes ago")),
        (-10, _("refuses a message from ten minutes ahead")),
    ):
        answer = await bench.send(bench.sample(), age=timedelta(minutes=minutes))
        bench.note(title, not took(answer), described(answer))
    answer = await bench.send(bench.sample(), age=timedelta(minutes=3))
    bench.note(
        _("takes a message that was three minutes on its way"), took(answer), described(answer)
    )


async def _follows_a_rotation(bench: Bench) -> None:
    key = bench.subject.key
    other = new_secret("v1" if key.startswith("whsec_") else "v1a")

    def of_tomorrow(headers: dict[str, str]) -> None:
        headers["webhook-signature"] = f"v9,AAAA {headers['webhook-signature']}"

    answers = [
        await bench.send(bench.sample(), keys=[other, key]),
        await bench.send(bench.sample(), keys=[key, other]),
        await bench.send(bench.sample(), alter=of_tomorrow),
    ]
    failed = next((one for one in answers if not took(one)), answers[-1])
    title = _("looks for its own among several signatures, as during a rotation")
    bench.note(title, all(map(took, answers)), described(failed))
    if bench.subject.next_key is not None:
        answer = await bench.send(bench.sample(), keys=[bench.subject.next_key])
        bench.note(_("takes what is signed by the new key alone"), took(answer), described(answer))


CHECKS: tuple[Check, ...] = (
    _takes_an_event,
    _gives_the_challenge_back,
    _takes_every_type,
    _takes_what_it_does_not_know,
    _takes_repetitions,
    _orders_by_version,
    _takes_corrections,
    _takes_many_at_once,
    _takes_batches,
    _refuses_forgeries,
    _refuses_what_is_old,
    _follows_a_rotation,
)
NOT_SEEN = gettext_lazy("not seen: the recipient shows no state")
