"""Celery tasks of stage 1: thin, repeatable, and safe to lose."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from attestations import clock
from attestations.locks import session_lock
from attestations.models import BackgroundTask
from attestations.services import missing
from attestations.tickets import new_ticket

log = structlog.get_logger(__name__)


@shared_task(time_limit=1800, soft_time_limit=1700)
def control_missing_attestations() -> None:
    """Run the missing-attestation control; a run that is still going on makes this one needless."""
    with session_lock("missing-attestations") as free:
        if not free:
            return
        asked = list(
            BackgroundTask.objects.filter(
                kind="control", status=BackgroundTask.Status.PROCESSING
            ).values_list("pk", flat=True)
        )
        result = missing.control(on=clock.today(), ticket=new_ticket())
        BackgroundTask.objects.filter(pk__in=asked).update(
            status=BackgroundTask.Status.DONE,
            total=result.persons,
            accepted=result.persons,
            result={"opened": result.opened, "resolved": result.resolved},
            finished_at=timezone.now(),
        )
    if result.opened or result.resolved:
        log.info("missing_attestations", opened=result.opened, resolved=result.resolved)
