"""Tasks go to our Celery application, with the settings on which nothing being lost depends."""

from __future__ import annotations

import threading

import pytest
from celery import current_app
from celery.states import FAILURE, RETRY, SUCCESS
from django.db import connection

from config.celery import keep_nothing_of_a_failure
from derived_rights.tasks import derive_pending


def test_tasks_of_every_process_go_to_our_broker(settings):
    assert current_app.main == "registry"
    assert derive_pending.app.conf.broker_url == settings.CELERY_BROKER_URL


def test_a_task_is_given_to_another_worker_when_its_own_is_killed():
    conf = current_app.conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert conf.broker_transport_options["visibility_timeout"] == 60
    assert conf.broker_transport_options["socket_timeout"] == 2


def test_every_task_has_a_time_limit_and_none_a_result():
    conf = current_app.conf
    assert conf.task_time_limit
    assert conf.task_ignore_result
    assert conf.accept_content == ["json"]


def test_what_beat_sends_expires_before_the_next():
    for entry in current_app.conf.beat_schedule.values():
        assert entry["options"]["expires"] <= max(entry["schedule"], 30)
        assert current_app.tasks[entry["task"]]


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "kept"), [(SUCCESS, True), (FAILURE, False), (RETRY, False)])
def test_a_task_that_failed_leaves_no_connection_behind(state, kept):
    found = []

    def end_a_task():
        connection.ensure_connection()
        keep_nothing_of_a_failure(task=derive_pending, state=state)
        found.append(connection.connection is not None)
        connection.close()

    thread = threading.Thread(target=end_a_task)
    thread.start()
    thread.join()
    assert found == [kept]
