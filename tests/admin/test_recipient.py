"""One page about one recipient: what it may know, what it asks for, how it is served."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attestations import clock
from partners.models import DeliveryAttempt, FeedEntry, HeldLane, Organisation, Subscription
from partners.recipient_page import BASE, HEIGHT, bars
from partners.services import health
from partners.services.draining import drain
from tests.admin.test_pages import INLINE

pytestmark = pytest.mark.django_db(transaction=True)


def address(organisation: Organisation) -> str:
    return reverse("admin:partners_organisation_recipient", args=[organisation.pk])


def look(browser: Browser, organisation: Organisation) -> str:
    answer = browser.get(address(organisation))
    assert answer.status_code == 200
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    return answer.content.decode()


def test_it_shows_everything_about_the_recipient_and_no_number(
    browser: Browser, record: Any, sink: Any, mutuality: Any
) -> None:
    unlucky, *others = record(3)
    sink.answer = lambda event: 500 if event["data"]["ssin"] == unlucky else 204
    drain(mutuality.subscription)

    text = look(browser, mutuality.organisation)

    assert mutuality.legal_context in text
    assert re.search(r"<strong>4</strong>\s+delivered", text)
    assert re.search(r"<strong>1</strong>\s+failed attempts", text)
    assert re.search(r"<strong>1</strong>\s+persons waiting for a retry", text)
    assert 'role="img"' in text
    assert text.count("<rect") == 2
    assert "Half of the events took up to" in text
    assert "99 % within 5 minutes" in text
    assert re.search(r'<th scope="row">1</th><td>3</td>', text), "three files of quality 1"
    assert sink.url in text
    for ssin in (unlucky, *others):
        assert ssin not in text
    assert INLINE.search(text) is None


def test_the_picture_has_its_figures_in_a_table(
    browser: Browser, record: Any, sink: Any, mutuality: Any
) -> None:
    record(2)
    drain(mutuality.subscription)
    text = look(browser, mutuality.organisation)
    rows = re.findall(r"<td>(\d+)</td><td>(\d+)</td></tr>", text)
    assert len(rows) == 24
    assert rows[-1] == ("4", "0")


def test_the_fullest_hour_fills_the_height() -> None:
    now = clock.database_now()
    hours = [health.Hour(now, 3, 1), health.Hour(now, 0, 0), health.Hour(now, 1, 1)]
    full, empty, half = bars(hours)
    assert full.delivered_height + full.failed_height == HEIGHT
    assert full.failed_y == BASE - HEIGHT
    assert empty.delivered_height == empty.failed_height == 0
    assert half.delivered_height + half.failed_height == HEIGHT / 2
    assert not [bar for bar in bars([health.Hour(now, 0, 0)]) if bar.delivered_height]


def test_lateness_uses_up_the_objective(record: Any, sink: Any, mutuality: Any) -> None:
    record(5)
    drain(mutuality.subscription)
    organisation, now = mutuality.organisation.pk, clock.database_now()

    def burn(within: timedelta) -> health.Freshness:
        found = health.latency(organisation, now=now, within=within)
        return health.freshness(organisation, found, now=now, within=within, target=0.99)

    assert (burn(timedelta(minutes=5)).late, burn(timedelta(minutes=5)).burn) == (0, 0)
    assert burn(timedelta(minutes=5)).is_met
    late = burn(timedelta(0))
    assert (late.events, late.late, late.is_met) == (10, 10, False)
    assert late.burn == pytest.approx(100)
    Subscription.objects.update(cursor=8)  # two wait, and have for too long
    assert burn(timedelta(0)).events == 12


def test_what_is_sent_again_is_not_late(record: Any, sink: Any, mutuality: Any) -> None:
    record(1)
    drain(mutuality.subscription)
    entry = FeedEntry.objects.latest("id")
    now = clock.database_now()
    DeliveryAttempt.objects.create(
        subscription_id=mutuality.subscription,
        entry=entry,
        number=2,
        outcome="delivered",
        milliseconds=1,
        ticket=entry.ticket,
        at=now,
    )
    found = health.latency(
        mutuality.organisation.pk, now=now + timedelta(seconds=1), within=timedelta(minutes=5)
    )
    assert found.events == 2


def test_what_was_given_up_is_sent_again_from_the_page(
    browser: Browser, record: Any, sink: Any, mutuality: Any
) -> None:
    record(1)
    sink.answer = lambda event: 500
    drain(mutuality.subscription)
    HeldLane.objects.update(parked_at=clock.database_now())
    sink.answer = lambda event: 204

    answer = browser.post(address(mutuality.organisation), follow=True)

    assert "1 delivery is on its way again" in answer.content.decode()
    drain(mutuality.subscription)
    assert not HeldLane.objects.exists()


def test_pausing_and_resuming_is_one_button_away(
    browser: Browser, record: Any, sink: Any, mutuality: Any
) -> None:
    for action, status in (("pause", "paused"), ("resume", "active")):
        text = look(browser, mutuality.organisation)
        (url,) = re.findall(rf'action="([^"]*/{action}/)"', text)
        assert browser.post(url).status_code in (200, 302)
        assert Subscription.objects.get().status == status


def test_a_clerk_sees_and_does_only_what_a_clerk_may(
    clerk: Browser, record: Any, sink: Any, mutuality: Any
) -> None:
    assert clerk.get(address(mutuality.organisation)).status_code == 403
    user = User.objects.get(username="clerk")
    user.user_permissions.add(Permission.objects.get(codename="view_organisation"))
    text = look(clerk, mutuality.organisation)
    assert sink.url not in text
    assert mutuality.legal_context not in text
    assert clerk.post(address(mutuality.organisation)).status_code == 403


def test_the_page_costs_the_same_however_much_there_is(
    browser: Browser, record: Any, sink: Any, mutuality: Any
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            look(browser, mutuality.organisation)
        return len(found)

    record(1)
    drain(mutuality.subscription)
    few = queries()
    record(5)
    drain(mutuality.subscription)
    assert queries() == few <= 16
