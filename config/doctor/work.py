"""Whether the work is done: who does it, what waits, and what has been given up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attestations import clock
from config.doctor.finding import Finding, error, warning
from config.doctor.servers import clocks, tasks_waiting
from config.signs import BEAT, TASKS, WORKER
from partners.models import Authorisation, Subscription
from partners.services import workload

SILENT = 60.0  # seconds without a sign of life
MANY_WAIT = 100  # what beat sends in more than half a minute
LATE = {"derive": 60.0, "route": 60.0}
STAGES = {"derive": "rights to be derived", "route": "changes to be told"}
LONG_DUE = 3600.0  # seconds that persons set aside may wait before somebody looks at the data


def programs() -> Iterator[Finding]:
    """A worker and a beat must have given a sign of life lately, by a clock that is right."""
    signs = workload.signs_of_life()
    for kind, missing in (
        (
            WORKER,
            "Start one: celery -A config.celery worker. If one runs, it hangs, or reaches Redis or "
            "the database no more: see its log.",
        ),
        (
            BEAT,
            "Start one: celery -A config.celery beat --scheduler celery.beat:Scheduler. If one "
            "runs, it hangs, reaches the database no more, or found no Redis when it began: see "
            "its log. Meanwhile retries and lost rings wait.",
        ),
    ):
        age = _last(signs, kind)
        if age is None or age > SILENT:
            yield error(
                f"{kind}Silent", f"No {kind} has given a sign of life {_since(age)}.", missing
            )
    yield from _busy(signs)
    for name, (age, ahead) in signs.items():
        if age <= SILENT and not name.startswith(f"{TASKS} "):
            yield from clocks(ahead, f"The machine of {name}")


def _busy(signs: Mapping[str, tuple[float, float]]) -> Iterator[Finding]:
    """Workers that run do not leave many tasks waiting, nor any for long."""
    worker = _last(signs, WORKER)
    waiting = tasks_waiting()
    if worker is None or worker > SILENT or not waiting:
        return  # that is said already; or nothing waits
    begun = _last(signs, TASKS)
    if begun is None or begun > SILENT:
        yield error(
            "workersBusy",
            f"Workers run, but have begun no task {_since(begun)}; {waiting} wait.",
            "Every process of theirs is at a task that does not end: see their log. What hangs is "
            "ended after a minute. Nothing is lost.",
        )
    elif waiting > MANY_WAIT:
        yield warning(
            "tasksWait",
            f"{waiting} tasks wait for the workers, which began one {begun:.0f} s ago.",
            "The workers are busy: start more of them, or with more processes (--concurrency), if "
            "it stays so. Nothing is lost.",
        )


def _last(signs: Mapping[str, tuple[float, float]], kind: str) -> float | None:
    """Seconds since the last sign of any program of that kind."""
    ages = [age for name, (age, _) in signs.items() if name.startswith(f"{kind} ")]
    return min(ages, default=None)


def _since(age: float | None) -> str:
    return "ever, or for more than a day" if age is None else f"for {age:.0f} s"


def pending() -> Iterator[Finding]:
    """Nothing waits between the stages for longer than a minute."""
    for stage in workload.stages():
        if stage.oldest > LATE.get(stage.name, float("inf")):
            yield error(
                "workWaits",
                f"{stage.pending} {STAGES[stage.name]} wait, the oldest for {stage.oldest:.0f} s.",
                "See that workers run and that their log shows no error; add workers if they are "
                "busy.",
            )


def set_aside() -> Iterator[Finding]:
    """Whoever is derived apart, as too many live around, is derived in the end."""
    for stage in workload.stages():
        if stage.name == "due" and stage.oldest > LONG_DUE:
            yield warning(
                "personsDue",
                f"{stage.pending} persons are still to be derived apart from others, the oldest "
                f"for {stage.oldest:.0f} s: they live, by what is stated, with very many.",
                "Nobody else waits for them. See in the admin, Persons to be derived, whose number "
                "stands in so many households, a placeholder or a test, and have it corrected by "
                "those who state it.",
            )


def pushes() -> Iterator[Finding]:
    """What each recipient is not getting."""
    for one in workload.pushes():
        name = f"{one.organisation} (subscription {one.subscription})"
        if one.parked:
            yield error(
                "eventsParked",
                f"The events of {one.parked} persons for {name} were given up after 7 days.",
                "Ask the recipient why it refuses them, then send them again from the admin: "
                "held lanes, Send again.",
            )
        if one.status == Subscription.Status.SUSPENDED:
            yield error(
                "subscriptionSuspended",
                f"{name} answered 410 and is suspended; {one.behind} events wait for it.",
                "Ask the recipient, then resume the subscription in the admin.",
            )
        elif one.is_open:
            yield warning(
                "recipientDown",
                f"{name} has failed {one.failures} times in a row; {one.behind} events wait.",
                "Tell the recipient. Tries go on by themselves, at least once an hour.",
            )


def authorisations() -> Iterator[Finding]:
    """A subscription under an authorisation that is over gets nothing any more."""
    today = clock.today()
    current = {
        (row.organisation_id, row.legal_context): row.period
        for row in Authorisation.objects.filter(superseded_at=None)
    }
    live = Subscription.objects.filter(removed_at=None).select_related("organisation")
    for subscription in live:
        period = current.get((subscription.organisation_id, subscription.legal_context))
        if period is None or (period.end is not None and period.end <= today):
            yield warning(
                "authorisationEnded",
                f"{subscription.organisation} subscribes under {subscription.legal_context}, "
                "which is over or does not exist.",
                "Prolong the authorisation if the deliberation was, or remove the subscription.",
            )
