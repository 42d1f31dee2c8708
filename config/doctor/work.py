"""Whether the work is done: who does it, what waits, and what has been given up."""

from __future__ import annotations

from collections.abc import Iterator

from attestations import clock
from config.doctor.finding import Finding, error, warning
from config.doctor.servers import clocks
from partners.models import Authorisation, Subscription
from partners.services import workload

SILENT = 60.0  # seconds without a sign of life
LATE = {"derive": 60.0, "route": 60.0}
STAGES = {"derive": "rights to be derived", "route": "changes to be told"}
LONG_DUE = 3600.0  # seconds that persons set aside may wait before somebody looks at the data


def programs() -> Iterator[Finding]:
    """A worker and a beat must have given a sign of life lately, by a clock that is right."""
    signs = workload.signs_of_life()
    for kind, missing in (
        (
            "worker",
            "Start one: celery -A config.celery worker. If one runs, it hangs, cannot reach "
            "Redis, or has nothing to do because beat does not run: see its log.",
        ),
        (
            "beat",
            "Start one: celery -A config.celery beat --scheduler celery.beat:Scheduler. "
            "Meanwhile retries and lost rings wait.",
        ),
    ):
        ages = [age for name, (age, _) in signs.items() if name.startswith(f"{kind} ")]
        if not ages or min(ages) > SILENT:
            since = f"for {min(ages):.0f} s" if ages else "ever, or for more than a day"
            yield error(f"{kind}Silent", f"No {kind} has given a sign of life {since}.", missing)
    for name, (age, ahead) in signs.items():
        if age <= SILENT:
            yield from clocks(ahead, f"The machine of {name}")


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
