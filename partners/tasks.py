"""Celery tasks of stage 3: thin, repeatable, safe to lose; they carry ids only."""

from __future__ import annotations

from celery import shared_task

from attestations.rung import RungTask
from partners.services import draining, routing


@shared_task(base=RungTask)
def route_pending() -> None:
    """Bring the changes of both ledgers into the feeds."""
    routing.route_pending()


@shared_task(base=RungTask)
def deliver_due() -> None:
    """Wake a drain for each subscription that has something to deliver."""
    for subscription_id in draining.due_subscriptions():
        drain_subscription.delay(subscription_id)


@shared_task
def drain_subscription(subscription_id: int) -> None:
    """Deliver to one subscription for a while; the next wake-up goes on where this one ends."""
    if draining.drain(subscription_id):
        drain_subscription.delay(subscription_id)
