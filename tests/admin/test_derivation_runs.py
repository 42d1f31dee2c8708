"""Deriving everyone from the admin: begun, watched without a script, cancelled and resumed."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from attestations.tickets import new_ticket
from derived_rights.models import DerivationRun
from derived_rights.services import chunk_work, derivation_runs
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
LIST = reverse("admin:derived_rights_derivationrun_changelist")


def page_of(run):
    return reverse("admin:derived_rights_derivationrun_change", args=[run.pk])


def press(browser, run, tool):
    return browser.post(page_of(run).replace("/change/", f"/actions/{tool}/"), follow=True)


def test_a_run_is_begun_watched_cancelled_and_resumed(browser, monkeypatch):
    monkeypatch.setattr(derivation_runs, "SIZE", 2)
    PersonFactory.create_batch(4)
    answer = browser.post(LIST + "actions/begin/", follow=True)
    run = DerivationRun.objects.get()
    assert answer.redirect_chain[-1][0] == page_of(run)

    chunk_work.work(run)
    page = browser.get(page_of(run))
    assert page["Refresh"] == "2"
    assert '<progress max="4" value="2"' in page.content.decode()
    assert "2 of 4 persons" in page.content.decode()

    assert "Refresh" not in press(browser, run, "cancel")
    run.refresh_from_db()
    assert run.cancelled_at
    assert press(browser, run, "resume")["Refresh"] == "2"
    while chunk_work.work(run):
        pass
    derivation_runs.finish(run)

    page = browser.get(page_of(run))
    assert "Refresh" not in page
    assert '<progress max="4" value="4"' in page.content.decode()
    said = list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True))
    assert said == ["begun", "cancelled", "resumed"]


def test_what_cannot_be_resumed_says_where_to_look(browser):
    run = derivation_runs.begin(ticket=new_ticket())
    derivation_runs.cancel(run)
    newer = derivation_runs.begin(ticket=new_ticket())

    answer = press(browser, run, "resume")

    assert page_of(newer) in answer.content.decode()
    run.refresh_from_db()
    assert run.cancelled_at


def test_who_may_only_look_presses_nothing(clerk):
    user = User.objects.get(username="clerk")
    user.user_permissions.add(Permission.objects.get(codename="view_derivationrun"))
    run = derivation_runs.begin(ticket=new_ticket())
    assert "actions/begin" not in clerk.get(LIST).content.decode()
    assert "actions/cancel" not in clerk.get(page_of(run)).content.decode()

    assert clerk.post(LIST + "actions/begin/").status_code in (403, 404)
    assert press(clerk, run, "cancel").status_code in (403, 404)

    run.refresh_from_db()
    assert run.cancelled_at is None
    assert DerivationRun.objects.count() == 1
