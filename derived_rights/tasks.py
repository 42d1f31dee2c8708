"""Celery tasks of stage 2: thin, repeatable, safe to lose."""

from __future__ import annotations

from celery import shared_task

from attestations.locks import session_lock
from attestations.rung import RungTask
from derived_rights.services import deriving, proposing


@shared_task(base=RungTask)
def derive_pending() -> None:
    """Derive the rights of every person whose facts have changed."""
    deriving.derive_pending()


@shared_task(base=RungTask, time_limit=3600, soft_time_limit=3500)
def derive_for_new_law() -> None:
    """Derive everyone, if the law, a figure or a switch has changed."""
    with session_lock("derive-everyone") as free:
        if free:
            deriving.derive_for_new_law()


@shared_task(base=RungTask)
def enact_due() -> None:
    """Take approved figures into the law whose hour has come."""
    proposing.enact_due()
