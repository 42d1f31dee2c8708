"""One recipient that hangs keeps nobody else waiting, even with a single worker process."""

from __future__ import annotations

import threading

import pytest

from config.embedded import Valkey
from partners.models import DeliveryAttempt
from partners.services import subscriptions
from tests import processes
from tests.delivery import KEY
from tests.sink import open_sink

PERSONS = 6


@pytest.mark.django_db(transaction=True)
def test_nine_recipients_are_told_while_the_tenth_never_answers(
    tmp_path, recipient_for, new_ssin, cpas, decision
):
    ssins = [new_ssin() for _ in range(PERSONS)]
    told, called = threading.Event(), threading.Event()

    def hang(_event):
        """Answer only once the others have been told everything."""
        called.set()
        told.wait(60)
        return 503

    with open_sink() as well, open_sink() as hanging:
        hanging.answer = hang
        for number in range(10):
            url = hanging.url if number == 0 else f"{well.url}/{number}"
            recipient = recipient_for(f"recipient-{number}", "bim", endpoint=url)
            subscriptions._store_secret(recipient.organisation.subscriptions.get(), KEY)
            for ssin in ssins:
                recipient.inscribe(ssin)
        valkey = Valkey(tmp_path / "valkey", durable=False)
        try:
            with processes.worker(valkey.start(), tmp_path, concurrency=1):
                cpas.post("/decisions", decision(ssins[0]))
                assert called.wait(60), "the hanging recipient was never called"
                for ssin in ssins[1:]:
                    assert cpas.post("/decisions", decision(ssin)).status_code == 201
                well.wait_for(lambda got: len(got.accepted) == 9 * 2 * PERSONS)
                answered = DeliveryAttempt.objects.exclude(outcome="delivered")
                assert not answered.exists(), "the call to the hanging one had ended before"
        finally:
            told.set()
            valkey.stop()


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_asked_to_end_repeats_nothing(tmp_path, record, sink, mutuality):
    """A restart in good order waits for what is being sent and writes it down."""
    record(200)
    unhurried = threading.Event()

    def answer(_event):
        """Take a while each time, so that the end comes amid the deliveries."""
        unhurried.wait(0.2)
        return 204

    sink.answer = answer
    valkey = Valkey(tmp_path / "valkey", durable=False)
    url = valkey.start()
    try:
        with processes.worker(url, tmp_path) as first:
            sink.wait_for(lambda got: len(got.calls) >= 50)
            first.terminate()
            first.wait(timeout=60)
        before = len(sink.accepted)
        assert before < 400, "all was delivered before the end: nothing shown"
        unhurried.set()
        with processes.worker(url, tmp_path):
            sink.wait_for(lambda got: len({e["id"] for e in got.accepted}) == 400)
    finally:
        valkey.stop()
    assert len(sink.calls) == 400
