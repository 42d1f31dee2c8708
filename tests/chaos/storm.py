"""A registry under a storm: its processes are killed, stopped, restarted and emptied at random.

CPAS record decisions over HTTP all the while; three recipients are pushed to, one of which
misbehaves in twenty ways and one of which asks for batches. At the end: nothing lost, nothing
invented, first deliveries in order, repetitions bounded and equal.
"""

from __future__ import annotations

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Max, Q

from attestations import clock
from attestations.models import FactChange
from derived_rights.models import PersonDue, RightChange
from partners.models import DeliveryAttempt, FeedEntry, FeedHead, HeldLane, Subscription
from partners.services.pausing import resume
from partners.services.rounds import round_size
from tests.certificates import Authority
from tests.chaos import world
from tests.chaos.fleet import Fleet, disturbances
from tests.chaos.verdict import Ledger, Verdict, judge, table
from tests.chaos.waiting import say, wait_until
from tests.hostile import CERTIFICATES, DOUBTFUL, WAYS, open_hostile
from tests.sink import open_sink

ROUND_OF_DECISIONS = 3  # per person, one after the other: so there is an order to keep
WRITERS = 4
RECIPIENTS = ("calm", "hostile", "batches")
MEGABYTES = 50  # that a worker's process may grow by under the storm


def run(
    fleet: Fleet,
    authority: Authority,
    *,
    events: int,
    count: int,
    outage: int,
    patient: bool,
    random: Random,
) -> int:
    """The exit code: 0 if nothing was lost, invented, disordered or repeated beyond the bound."""
    # An event for each attestation and one for each right, to each recipient.
    persons = -(-events // (2 * len(RECIPIENTS) * ROUND_OF_DECISIONS))
    with ExitStack() as stack:
        storm = Storm(fleet, authority, random, stack, patient=patient)
        storm.prepare(persons)
        storm.rage(disturbances(count, random))
        storm.settle()
        if outage:
            storm.fail_all(outage)
        return storm.judge()


class Storm:
    """The registry, those who write to it, those it tells, and what is done to it."""

    def __init__(
        self,
        fleet: Fleet,
        authority: Authority,
        random: Random,
        stack: ExitStack,
        *,
        patient: bool,
    ) -> None:
        self.fleet, self.random, self.patient = fleet, random, patient
        self.began = time.monotonic()
        self.hostile = stack.enter_context(open_hostile(authority, Random(random.random())))
        self.calm = stack.enter_context(open_sink())
        self.batches = stack.enter_context(open_sink())
        # Both draw from generators of their own: calls come in any order.
        drawn = Random(random.random())
        self.batches.answer = lambda _: 500 if drawn.random() < self.unruly else 204
        self.unruly = 0.1
        self.allowance = threading.Semaphore(0)
        self.acknowledged: set[tuple[str, str]] = set()
        self.ledgers = {name: Ledger() for name in RECIPIENTS}
        self.read = dict.fromkeys(RECIPIENTS, 0)
        self.harm = 0  # disturbances after which what was sent may not have been written down

    def prepare(self, persons: int) -> None:
        """Tables, a CPAS, three recipients with a file on everybody, and all processes."""
        call_command("migrate", verbosity=0)
        urls = {
            "calm": self.calm.url,
            "hostile": self.hostile.url,
            "batches": self.batches.url,
        }
        self.token, self.ssins = world.make(urls, persons=persons)
        self.fleet.start()
        self.hostile.misbehaves = 0.0
        self.record(self.ssins[0], 0)
        wait_until(lambda: len(self.calm.accepted) == 2, "the first events are delivered")
        self.fleet.weigh()
        self.weight = self.fleet.heaviest
        self.hostile.misbehaves = 0.4
        say(f"{persons} persons, {ROUND_OF_DECISIONS} decisions each, {len(urls)} recipients")

    def record(self, ssin: str, number: int) -> None:
        """Have a decision acknowledged, whatever it takes; the same call is repeated."""
        start = f"{2026 + number}-03-02"
        decision = {
            "ssin": ssin,
            "aidKind": "integrationIncome",
            "category": "single",
            "decidedOn": "2026-03-17",
            "startDate": start,
            "endDate": f"{2027 + number}-03-01",
        }
        attempt = partial(world.acknowledged, self.fleet.port, self.token, decision, uuid.uuid4())
        wait_until(attempt, "a decision is acknowledged")
        self.acknowledged.add((ssin, start))

    def rage(self, plan: list[str]) -> None:
        """Disturb, while the writers go on by their share after each disturbance."""
        work = [(ssin, number) for number in range(ROUND_OF_DECISIONS) for ssin in self.ssins]
        work = work[1:]  # the first one is recorded
        share = -(-len(work) // len(plan))
        lock, todo = threading.Lock(), iter(work)

        def write() -> None:
            while True:
                self.allowance.acquire()
                with lock:
                    found = next(todo, None)
                if found is None:
                    return
                self.record(*found)

        with ThreadPoolExecutor(WRITERS) as pool:
            writers = [pool.submit(write) for _ in range(WRITERS)]
            try:
                for step, kind in enumerate(plan, start=1):
                    before = len(self.calm.calls)
                    self.allowance.release(share)
                    say(f"{step}/{len(plan)} {self._disturb(kind)}; {self._progress()}")
                    self.fleet.weigh()
                    self._resume()
                    self._let_go_on(before + share)
            finally:
                self.allowance.release(len(work) + WRITERS)
            for writer in writers:
                writer.result()
        say(f"all {len(self.acknowledged)} decisions are acknowledged")

    def _let_go_on(self, calls: int) -> None:
        """Wait a little for deliveries, so that the next disturbance finds some going on."""
        with suppress(TimeoutError):
            wait_until(lambda: len(self.calm.calls) > calls, "deliveries", 4.0)

    def _progress(self) -> str:
        sinks = (self.calm, self.hostile, self.batches)
        calls = sum(len(sink.calls) for sink in sinks)
        return f"{len(self.acknowledged)} decisions acknowledged, {calls} calls received"

    def _disturb(self, kind: str) -> str:
        fleet = self.fleet
        match kind:
            case "worker" | "web" | "beat":
                self.harm += kind == "worker"
                return fleet.kill(kind)
            case "child":
                self.harm += 1
                return fleet.kill_child()
            case "postgres":
                self.harm += 1
                done = fleet.restart_postgres()
                connection.close()  # ours went with it
                return done
            case "valkey":
                return fleet.kill_valkey()
            case "flush":
                return fleet.flush_valkey()
            case "freeze":
                return fleet.freeze_valkey(lambda: time.sleep(3))
            case "stop":
                self.harm += 1
                return fleet.stop_worker(self._outlive_leases)
        raise ValueError(kind)

    def _outlive_leases(self) -> None:
        """Let every lease run out, by the clock or as if it had gone on, and others take over."""
        before = len(self.calm.calls)
        leased = Subscription.objects.filter(lease__isnull=False)
        if self.patient:
            until = leased.aggregate(last=Max("leased_until"))["last"] or clock.database_now()
            wait_until(lambda: clock.database_now() > until, "the leases run out", 60.0)
        else:
            # One that the stopped worker is just writing down is out of reach until it wakes.
            with transaction.atomic():
                free = list(leased.select_for_update(skip_locked=True).values_list("pk", flat=True))
                over = clock.database_now() - timedelta(seconds=1)
                Subscription.objects.filter(pk__in=free).update(leased_until=over)
        with suppress(TimeoutError):
            wait_until(lambda: len(self.calm.calls) > before, "", 4.0)

    def _resume(self) -> None:
        """What an administrator does after a 410."""
        for subscription in Subscription.objects.filter(status="suspended"):
            resume(subscription)

    def settle(self) -> None:
        """Let everything be delivered."""
        wait_until(lambda: not self.hostile.unseen, "every way to misbehave has come")
        self.hostile.misbehaves, self.unruly = 0.0, 0.0
        wait_until(self._all_delivered, "everything is delivered")
        say("everything is delivered")

    def fail_all(self, seconds: int) -> None:
        """Every recipient is down for so long; then all comes by itself, by the waits it has."""
        self.hostile.down = True
        self.calm.answer = self.batches.answer = lambda _: 503
        for ssin in self.ssins[:50]:
            self.record(ssin, ROUND_OF_DECISIONS)
        say(f"every recipient is down for {seconds} s, with {len(self.ssins[:50])} decisions new")
        for left in range(seconds, 0, -30):
            time.sleep(min(30, left))
            say(f"  {max(0, left - 30)} s of the outage left; {self._progress()}")
        self.hostile.down = False
        self.calm.answer = self.batches.answer = lambda _: 204
        back = time.monotonic()
        wait_until(self._everything_came, "what waited is delivered by itself")
        given_up = HeldLane.objects.filter(parked_at__isnull=False).count()
        say(f"all came {time.monotonic() - back:.0f} s after the outage; given up: {given_up}")

    def judge(self) -> int:
        """Say what was lost and what was repeated; the exit code."""
        drawn = self.hostile.drawn
        say("misbehaved: " + ", ".join(f"{drawn[name]} {name}" for name in sorted(drawn)))
        weight = (self.fleet.heaviest - self.weight) / 2**20
        led_inside = self.hostile.inside.connections
        missed = len(WAYS) + len(CERTIFICATES) - len(drawn)
        given_up = HeldLane.objects.filter(parked_at__isnull=False).count()
        verdicts = {name: self._judge(name) for name in RECIPIENTS}
        say(f"{len(self.acknowledged)} decisions, {self.harm} times cut off; in all")
        for line in table(verdicts):
            say(line)
        say(f"given up: {given_up}; led to an inside address: {led_inside}")
        say(f"a worker's process grew by {weight:.0f} MB at most")
        sound = all(verdict.holds for verdict in verdicts.values())
        failed = not sound or led_inside or missed or given_up or weight >= MEGABYTES
        minutes = (time.monotonic() - self.began) / 60
        say(f"{'FAILED' if failed else 'all held'} after {minutes:.1f} minutes")
        return 1 if failed else 0

    def _everything_came(self) -> bool:
        """Nothing waits between the stages, and each recipient has all that its feed holds."""
        self._read()
        facts = FactChange.objects.filter(Q(derived_at=None) | Q(routed_at=None))
        if facts.exists() or PersonDue.objects.exists():
            return False
        if RightChange.objects.filter(routed_at=None).exists():
            return False
        heads = dict(FeedHead.objects.values_list("organisation__code", "position"))
        return all(len(ledger.first) >= heads[name] for name, ledger in self.ledgers.items())

    def _all_delivered(self) -> bool:
        self._resume()
        now = clock.database_now()
        # As if the database's clock went on: the waits grow to an hour.
        Subscription.objects.filter(retry_at__gt=now).update(retry_at=now)
        HeldLane.objects.filter(retry_at__gt=now).update(retry_at=now)
        return self._everything_came() and not HeldLane.objects.exists()

    def _read(self) -> None:
        """Bring the ledgers up to date with what came in."""
        for name, sink in (("calm", self.calm), ("batches", self.batches)):
            for call in self._new(name, sink.calls):
                self.ledgers[name].take(call.body, taken=200 <= call.status < 300)
        for call in self._new("hostile", self.hostile.calls):
            self.ledgers["hostile"].take(call.body, taken=call.taken)

    def _new(self, name: str, calls: list[Any]) -> list[Any]:
        found = calls[self.read[name] :]
        self.read[name] += len(found)
        return found

    def _judge(self, name: str) -> Verdict:
        doubtful = sum(self.hostile.drawn[way] for way in DOUBTFUL) if name == "hostile" else 0
        feed = FeedEntry.objects.filter(organisation__code=name)
        attempts = DeliveryAttempt.objects.filter(entry__in=feed).count()
        say(f"{name}: {feed.count()} events, {attempts} attempts")
        ids = [str(event) for event in feed.values_list("event_id", flat=True)]
        subscription = Subscription.objects.get(organisation__code=name)
        allowed = doubtful + self.harm * round_size(subscription)
        return judge(self.ledgers[name], self.acknowledged, ids, allowed=allowed)
