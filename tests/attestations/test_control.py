"""The control on the database: every cause by its own road, its life, its runs and its ends."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.test import Client as Browser

from attestations import clock, tasks
from attestations.models import (
    BackgroundTask,
    ControlPart,
    ControlRun,
    Cpas,
    FactChange,
    MissingAttestation,
    Person,
)
from attestations.overlap_filter import overlapping_between_cpas
from attestations.periods import add_months
from attestations.services import control_runs, missing_reports
from attestations.services.missing import control, note_told
from attestations.tickets import new_ticket
from benchmarks.claimed import fill
from partners.models import Organisation
from partners.services import subscriptions
from partners.services.draining import drain
from partners.services.routing import route_pending
from tests.delivery import KEY
from tests.processes import ROOT, environment

Rows = list[tuple[str, str]]
ON = date(2026, 6, 10)


def found(**among: Any) -> Rows:
    rows = MissingAttestation.objects.filter(**among).order_by("cause", "period")
    return [(row.cause, row.status) for row in rows]


@pytest.fixture
def claim(federal: Any, cpas: Any) -> Callable[..., None]:
    """Claims months of integration income for a person, for the first CPAS."""

    def make(ssin: str, *months: str) -> None:
        number = Cpas.objects.order_by("id")[0].enterprise_number
        common = {"enterpriseNumber": number, "ssin": ssin, "aidKind": "integrationIncome"}
        items = [common | {"month": month} for month in months]
        answer = federal.post("/subsidyClaims/batches", {"items": items})
        assert answer.json()["accepted"] == len(months)

    return make


def run(on: date = ON) -> None:
    control(on=on, ticket=new_ticket())


def test_aid_that_starts_and_is_stopped_in_mid_month_is_in_order(cpas, claim, decision, new_ssin):
    ssin = new_ssin()
    content = decision(ssin, startDate="2026-03-15", endDate=None, decidedOn="2026-03-17")
    made = cpas.post("/decisions", content)
    path = f"/decisions/{made.json()['decisionId']}/stop"
    cpas.post(path, {"endDate": "2026-05-10", "reason": "works"}, If_Match='"1"')
    claim(ssin, "2026-03", "2026-04", "2026-05")

    run()

    assert found() == [("late", "resolved")]


def test_aid_borne_wholly_by_the_cpas_has_no_claim_and_yields_no_finding(cpas, decision, new_ssin):
    for kind in ("otherSocialAid", "medicalCard"):
        cpas.post("/decisions", decision(new_ssin(), aidKind=kind, category=None))

    run()

    assert MissingAttestation.objects.exclude(cause="late").count() == 0


def test_aid_about_to_end_is_found_and_a_renewal_closes_it(cpas, decision, new_ssin):
    ssin = new_ssin()
    cpas.post("/decisions", decision(ssin, endDate="2026-06-30"))
    run()
    assert found(cause="endingWithoutRenewal") == [("endingWithoutRenewal", "open")]

    cpas.post("/decisions", decision(ssin, startDate="2026-07-01", endDate=None))

    assert found(cause="endingWithoutRenewal") == [("endingWithoutRenewal", "resolved")]


def test_a_number_replaced_before_the_sending_is_found(cpas, decision, new_ssin, federal):
    old, new = new_ssin(), new_ssin()
    replaced = {"ssin": old, "replacedBy": new, "date": "2026-03-01"}
    answer = federal.post("/ssinReplacements", replaced)
    if answer.status_code == 404:
        pytest.skip("numbers cannot be replaced yet")
    cpas.post("/decisions", decision(old))

    run()

    assert ("replacedSsin", "open") in found()


def test_what_a_merged_person_had_counts_for_the_one_it_is_known_as(
    cpas, claim, decision, new_ssin
):
    old, new = new_ssin(), new_ssin()
    cpas.post("/decisions", decision(old))
    claim(new, "2026-04")
    run()
    assert found(cause="neverSent") == [("neverSent", "open")]
    before, after = Person.objects.order_by("pk")
    Person.objects.filter(pk=before.pk).update(merged_into=after)

    run()

    assert found(cause="neverSent") == [("neverSent", "resolved")]


def test_a_justified_finding_stays_so_and_a_later_month_is_asked_about(cpas, claim, new_ssin):
    ssin = new_ssin()
    claim(ssin, "2026-03")
    run()
    finding = MissingAttestation.objects.get()
    answer = cpas.post(f"/missingAttestations/{finding.public_id}/feedback", {"code": "noAid"})
    assert answer.json()["status"] == "justified"

    claim(ssin, "2026-04")
    run()

    assert found() == [("neverSent", "justified"), ("neverSent", "open")]
    versions = FactChange.objects.filter(kind="missing").order_by("id")
    assert [change.version for change in versions] == [1, 2]


def test_late_is_counted_once_however_often_the_control_runs(cpas, decision, new_ssin):
    cpas.post("/decisions", decision(new_ssin()))
    run()
    run()
    assert found() == [("late", "resolved")]


def test_an_overlap_between_two_cpas_is_accepted_flagged_and_no_finding(
    cpas, other_cpas, decision, new_ssin
):
    ssin = new_ssin()
    made = cpas.post("/decisions", decision(ssin)).json()
    assert cpas.post("/decisions", decision(new_ssin())).status_code == 201
    assert not overlapping_between_cpas().exists()

    answer = other_cpas.post("/decisions", decision(ssin, startDate="2026-06-01", endDate=None))

    assert answer.status_code == 201
    flagged = overlapping_between_cpas().order_by("pk").values_list("number", flat=True)
    both = [one["attestations"][0]["attestationNumber"] for one in (made, answer.json())]
    assert list(flagged) == both
    run()
    assert MissingAttestation.objects.exclude(cause="late").count() == 0
    browser = Browser()
    browser.force_login(User.objects.create_superuser("admin", password="x"))
    page = browser.get("/admin/attestations/attestation/?overlap=yes")
    assert page.context["cl"].result_count == 2


def test_a_cpas_that_took_the_event_has_been_told(cpas, claim, new_ssin):
    claim(new_ssin(), "2026-03")
    run()
    finding = MissingAttestation.objects.get()
    other = Cpas.objects.create(enterprise_number="0987654394", names={"fr": "B"})

    note_told([finding.pk], cpas_id=other.pk, now=clock.database_now())
    assert found() == [("neverSent", "open")]

    note_told([finding.pk], cpas_id=finding.cpas_id, now=clock.database_now())
    assert found() == [("neverSent", "notified")]


def test_the_event_is_told_once_its_own_cpas_has_taken_it(claim, recipient_for, new_ssin, sink):
    recipient = recipient_for(
        "office", "bim", endpoint=sink.url, events=["rights", "missingAttestations"]
    )
    office = Cpas.objects.order_by("id")[0]
    Organisation.objects.filter(cpas=office).update(cpas=None)
    Organisation.objects.filter(pk=recipient.organisation.pk).update(cpas=office)
    subscription = recipient.organisation.subscriptions.get()
    subscriptions._store_secret(subscription, KEY)
    ssin = new_ssin()
    recipient.inscribe(ssin)
    claim(ssin, "2026-03")
    run()
    assert found() == [("neverSent", "open")]
    route_pending()

    drain(subscription.pk)

    assert [event["type"].rsplit(".", 1)[1] for event in sink.accepted] == ["found"]
    assert found() == [("neverSent", "notified")]


# --- Silence ---------------------------------------------------------------------------------


@pytest.fixture
def sent_monthly(db: None) -> Cpas:
    """A CPAS that sent an attestation in each of six months, until March 2026."""
    offices = [
        Cpas.objects.create(enterprise_number=number, names={"nl": "OCMW"})
        for number in ("0123456749",)
    ]
    for back in range(6):
        day = add_months(date(2026, 3, 3), -back)
        fill(
            [office.pk for office in offices],
            persons=2,
            months=1,
            start=day.replace(day=1),
            end=date(2028, 1, 1),
            decided_on=day,
        )
    return offices[0]


def test_a_cpas_that_fell_silent_is_found_without_a_person(sent_monthly, federal):
    run(date(2026, 5, 4))

    items = federal.get("/missingAttestations?cause=silence").json()["items"]

    assert [(item["startDate"], item["endDate"]) for item in items] == [
        ("2026-04-01", "2026-04-30")
    ]
    assert not {"ssin", "aidKind"} & items[0].keys()
    assert items[0]["dueDate"] == "2026-05-07"


def test_each_further_month_of_silence_is_a_finding_and_an_attestation_closes_all(sent_monthly):
    for day in (date(2026, 5, 4), date(2026, 5, 20), date(2026, 6, 4)):
        run(day)
    assert found(cause="silence") == [("silence", "open")] * 2

    fill(
        [sent_monthly.pk],
        persons=2,
        months=1,
        start=date(2026, 6, 1),
        end=date(2028, 1, 1),
        decided_on=date(2026, 6, 5),
    )
    run()

    assert found(cause="silence") == [("silence", "resolved")] * 2


def test_a_cpas_answers_for_its_silence(sent_monthly, cpas):
    run(date(2026, 5, 4))
    MissingAttestation.objects.filter(cause="silence").update(cpas=Cpas.objects.last())
    finding = MissingAttestation.objects.get(cause="silence")

    path = f"/missingAttestations/{finding.public_id}/feedback"
    answer = cpas.post(path, {"code": "willAttest"})

    assert answer.status_code == 200, answer.content
    assert answer.json()["status"] == "notified"


# --- Runs ------------------------------------------------------------------------------------


@pytest.fixture
def claimed(db: None, monkeypatch: pytest.MonkeyPatch) -> int:
    """Three hundred persons in parts of fifty; three of them lack their attestation."""
    monkeypatch.setattr(control_runs, "PART", 50)
    monkeypatch.setattr(missing_reports, "make_due", lambda **_: 0)  # their numbers are not sealed
    cpas = Cpas.objects.create(enterprise_number="0123456749", names={"fr": "CPAS"})
    fill(
        [cpas.pk],
        persons=300,
        months=2,
        start=date(2026, 3, 1),
        end=date(2028, 1, 1),
        decided_on=date(2026, 3, 5),
    )
    return 300


def test_a_run_is_cut_into_parts_and_says_how_far_it_is(claimed):
    task = BackgroundTask.objects.create(kind="control", owner="federal")
    current = control_runs.begin(on=ON, ticket=new_ticket())
    assert current.parts.count() == 6

    control_runs.work(current)
    control_runs.work(current)

    shown = control_runs.progress(current)
    assert (shown.total, shown.done) == (claimed, 100)
    assert shown.rate > 0
    assert shown.remaining is not None
    task.refresh_from_db()
    assert (task.status, task.total, task.accepted) == ("processing", claimed, 100)
    assert task.result["personsPerSecond"] > 0
    assert not control_runs.finish(current)

    while control_runs.work(current):
        pass
    assert control_runs.finish(current)

    task.refresh_from_db()
    assert (task.status, task.accepted, task.result) == (
        "done",
        claimed,
        {"opened": 3, "resolved": 0},
    )
    assert not ControlPart.objects.exists()
    assert not control_runs.finish(current)


def test_a_part_that_fails_is_left_for_others(claimed, monkeypatch):
    current = control_runs.begin(on=ON, ticket=new_ticket())
    with monkeypatch.context() as broken:
        broken.setattr(control_runs, "settle", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            control_runs.work(current)

    assert control_runs.progress(current).done == 0
    run()
    assert len(found(cause="neverSent")) == 3


def test_whoever_asks_during_a_run_joins_it_and_their_task_waits_for_the_next(claimed):
    first = control_runs.begin(on=ON, ticket=new_ticket())
    late = BackgroundTask.objects.create(kind="control", owner="federal")
    assert control_runs.begin(on=ON, ticket=new_ticket()) == first

    run()

    late.refresh_from_db()
    assert late.status == "processing"
    assert control_runs.asked_for()
    run()
    late.refresh_from_db()
    assert late.status == "done"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The tasks that would have been queued, in order."""
    queued: list[Any] = []
    for name in ("work_on_control", "report_missing_attestations", "control_missing_attestations"):
        task = getattr(tasks, name)
        monkeypatch.setattr(task, "delay", lambda *args, task=task: queued.append((task, args)))
    return queued


def test_the_workers_share_a_run_and_the_last_one_finishes_it(claimed, sent):
    tasks.control_missing_attestations()
    assert len(sent) == tasks.LANES

    while sent:
        task, args = sent.pop(0)
        task(*args)

    assert ControlRun.objects.get().finished_at is not None
    assert len(found(cause="neverSent")) == 3


def test_a_run_that_lost_its_workers_is_taken_up_again(claimed, sent, monkeypatch):
    current = control_runs.begin(on=ON, ticket=new_ticket())
    control_runs.work(current)
    tasks.resume_control()
    assert sent == []

    monkeypatch.setattr(tasks, "STALLED", timedelta(0))
    tasks.resume_control()

    assert [args for _, args in sent] == [(current.pk,)] * tasks.LANES


def test_a_run_that_was_asked_for_and_not_heard_is_begun(claimed, sent):
    tasks.resume_control()
    assert sent == []
    BackgroundTask.objects.create(kind="control", owner="federal")

    tasks.resume_control()

    assert len(sent) == tasks.LANES


def test_the_command_tells_how_far_it_is(claimed):
    out = io.StringIO()
    options = ("--on", "2026-06-10", "--no-reports")
    call_command("control_missing_attestations", *options, stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("50 of 300 persons, ")
    assert lines[0].endswith(" s to go")
    assert lines[-1].endswith("; 3 opened, 0 resolved.")


@pytest.mark.django_db(transaction=True)
def test_a_run_that_was_killed_goes_on_where_it_was():
    cpas = Cpas.objects.create(enterprise_number="0123456749", names={"fr": "CPAS"})
    fill(
        [cpas.pk],
        persons=20_000,
        months=2,
        start=date(2026, 3, 1),
        end=date(2028, 1, 1),
        decided_on=date(2026, 3, 5),
    )
    options = ("--on", "2026-06-10", "--no-reports")
    command = [sys.executable, "manage.py", "control_missing_attestations", *options]
    started = {"cwd": ROOT, "env": environment("redis://127.0.0.1:1/0"), "text": True}
    with subprocess.Popen(command, stdout=subprocess.PIPE, **started) as process:
        assert process.stdout is not None
        process.stdout.readline()  # the first tenth is done
        process.kill()
    before = set(ControlPart.objects.exclude(done_at=None).values_list("pk", "done_at"))
    assert 0 < len(before) < 20

    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **started)

    run = ControlRun.objects.get()
    assert run.finished_at is not None
    assert (run.persons, run.opened) == (20_000, 200)
    assert MissingAttestation.objects.filter(cause="neverSent").count() == 200
