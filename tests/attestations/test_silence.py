"""The silence of a CPAS is a finding like the others: owned, due, shown, answered, and closed."""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.urls import reverse

from attestations import clock
from attestations.models import Cpas, FactChange, MissingAttestation, MissingReport
from attestations.periods import add_months
from attestations.services import missing_reports
from attestations.services.settling import settle_silence
from benchmarks.claimed import fill
from tests.conftest import Caller

pytestmark = pytest.mark.django_db
ON = date(2026, 5, 4)


def send(cpas: Cpas, on: date) -> None:
    """Have the CPAS send attestations on a day."""
    fill(
        [cpas.pk], persons=2, months=1, start=on.replace(day=1), end=date(2028, 1, 1), decided_on=on
    )


def look(on: date) -> None:
    settle_silence(on=on, now=clock.database_now(), ticket=uuid.uuid4())


@pytest.fixture
def silent(cpas: Caller) -> MissingAttestation:
    """The caller's CPAS sent in six months, until March 2026, and nothing since."""
    office = Cpas.objects.get()  # the caller's
    for back in range(6):
        send(office, add_months(date(2026, 3, 3), -back))
    look(ON)
    return MissingAttestation.objects.get(cause="silence")


@pytest.fixture
def browser(db: None) -> Browser:
    browser = Browser()
    browser.force_login(User.objects.create_superuser("admin", password="x"))
    return browser


def text_of(browser: Browser, url: str) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def test_it_has_an_owner_a_deadline_and_no_person(cpas, silent):
    (item,) = cpas.get("/missingAttestations?cause=silence").json()["items"]

    assert item["enterpriseNumber"] == silent.cpas.enterprise_number
    assert (item["status"], item["dueDate"]) == ("open", "2026-05-07")
    assert not {"ssin", "aidKind"} & item.keys()
    # Events tell of persons: it is told by the list and the report.
    assert not FactChange.objects.filter(kind=FactChange.Kind.MISSING).exists()


def revise(cpas, decision, new_ssin):
    made = cpas.post("/decisions", decision(new_ssin())).json()
    # As if the silence had begun since.
    MissingAttestation.objects.filter(cause="silence").update(status="open", resolved_at=None)
    body = {"endDate": "2026-09-30", "reason": "works"}
    return cpas.post(f"/decisions/{made['decisionId']}/stop", body, If_Match='"1"')


SENDINGS = {
    "one": lambda cpas, decision, new_ssin: cpas.post("/decisions", decision(new_ssin())),
    "many": lambda cpas, decision, new_ssin: cpas.post(
        "/decisions/batches", {"items": [decision(new_ssin()) for _ in range(2)]}
    ),
    "a change": revise,
}


@pytest.mark.parametrize("way", sorted(SENDINGS))
def test_it_is_over_as_soon_as_the_cpas_sends_again(
    cpas, silent, other_cpas, decision, new_ssin, way
):
    assert other_cpas.post("/decisions", decision(new_ssin())).status_code == 201
    silent.refresh_from_db()
    assert silent.status == "open"

    assert SENDINGS[way](cpas, decision, new_ssin).status_code < 300

    silent.refresh_from_db()
    assert silent.status == "resolved"
    assert silent.resolved_at is not None
    assert not FactChange.objects.filter(missing=silent).exists()


def test_what_is_refused_does_not_break_the_silence(cpas, silent, decision, new_ssin):
    refused = cpas.post("/decisions", decision(new_ssin(), endDate="2020-01-01"))
    batch = cpas.post("/decisions/batches", {"items": [decision("1234")]})
    assert (refused.status_code, batch.json()["accepted"]) == (400, 0)
    silent.refresh_from_db()
    assert silent.status == "open"


def test_the_report_names_it_and_so_tells_the_cpas(silent):
    made = missing_reports.make(
        cpas=silent.cpas, month=date(2026, 4, 1), on=ON, ticket=uuid.uuid4()
    )

    assert made
    assert MissingReport.objects.get().findings == 1
    silent.refresh_from_db()
    assert silent.status == "notified"
    assert isinstance(silent.notified_at, datetime)


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_the_admin_shows_it_in_the_list_and_on_its_page(browser, silent, language):
    browser.post(reverse("set_language"), {"language": language, "next": "/"})
    listed = text_of(browser, reverse("admin:attestations_missingattestation_changelist"))
    page = reverse("admin:attestations_missingattestation_change", args=[silent.pk])

    assert f'href="{page}' in listed
    assert "#None" not in listed
    assert re.search(r'<td class="field-person">–</td>', listed)
    shown = text_of(browser, page)
    if language == "en":
        assert silent.get_cause_display() in shown
    cpas = reverse("admin:attestations_cpas_change", args=[silent.cpas_id])
    assert cpas in shown
    assert text_of(browser, cpas)
    assert str(silent.public_id) in text_of(
        browser, f"{reverse('admin:ticket')}?ticket={silent.ticket}"
    )


def answer(cpas: Caller, finding: MissingAttestation, code: str) -> Any:
    path = f"/missingAttestations/{finding.public_id}/feedback"
    found = cpas.post(path, {"code": code, "comment": "our software changed"})
    assert found.status_code == 200, found.content
    return found.json()


@pytest.mark.parametrize(("code", "status"), [("willAttest", "notified"), ("other", "justified")])
def test_it_is_answered_and_closes_itself_when_something_is_sent(cpas, silent, code, status):
    assert answer(cpas, silent, code)["status"] == status
    look(date(2026, 5, 20))
    silent.refresh_from_db()
    assert (silent.status, silent.feedback_code) == (status, code)

    send(silent.cpas, date(2026, 5, 21))
    look(date(2026, 5, 21))

    silent.refresh_from_db()
    assert silent.status == "resolved"
    assert silent.resolved_at is not None
    assert cpas.get("/missingAttestations?cause=silence").json()["items"] == []
    done = cpas.get("/missingAttestations?cause=silence&status=resolved").json()["items"]
    assert [one["missingAttestationId"] for one in done] == [str(silent.public_id)]
