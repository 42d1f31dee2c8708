"""Celery application: tasks carry ids only, and may be lost, repeated or late."""

import os
from typing import Any

from celery import Celery
from celery.app.amqp import AMQP
from celery.signals import (
    celeryd_init,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_process_init,
)
from celery.states import SUCCESS

from attestations.garbage import leave_the_program_alone
from config.signs import Signs, a_task_is_begun

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

BROKER_SECONDS = 2


class SteadyConnection(AMQP.Connection):
    """Looks every 2 seconds whether a broker that is away is back.

    Kombu waits longer each time, up to half a minute, in which a broker that is back stands idle.
    """

    def ensure_connection(self, *args: Any, **options: Any) -> Any:
        steady = {"interval_start": BROKER_SECONDS, "interval_step": 0}
        return super().ensure_connection(*args, **(steady | options))


class SteadyAMQP(AMQP):
    Connection = SteadyConnection


app = Celery("registry", amqp=SteadyAMQP)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["consumer"].add(Signs)


@setup_logging.connect
def keep_our_logging(**_kwargs: object) -> None:
    """Settings have already configured logging; Celery must not replace it."""


@celeryd_init.connect
def refuse_mistakes_of_a_worker(**_signal: Any) -> None:
    """Celery itself runs the checks of Django too, and does not look at what they say."""
    from config.starting import refuse_mistakes  # noqa: PLC0415  (Django is ready only now)

    refuse_mistakes()


@worker_process_init.connect
def leave_what_stays_alone(**_signal: Any) -> None:
    """The garbage collector need not look through the program itself."""
    leave_the_program_alone()


@task_prerun.connect
def look_at_the_connection(task: Any = None, **_signal: Any) -> None:
    """As at the beginning of a request: what broke meanwhile, or is old, is made anew."""
    from django.db import close_old_connections  # noqa: PLC0415  (Django is ready only now)

    if not task.request.is_eager:
        close_old_connections()
        a_task_is_begun(task.request.hostname)


@task_postrun.connect
def keep_nothing_of_a_failure(task: Any = None, state: str | None = None, **_signal: Any) -> None:
    """A task that was cut off may have left its connection with locks, or amid a transaction."""
    from django.db import connections  # noqa: PLC0415  (Django is ready only now)

    if state != SUCCESS and not task.request.is_eager:
        connections.close_all()
