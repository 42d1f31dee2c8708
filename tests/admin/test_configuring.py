"""What an administrator may change, and that the services' rules hold there too."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client as Browser
from django.urls import reverse
from jwcrypto.jwk import JWK

from attestations.models import Cpas
from derived_rights.engine.catalogue import rights
from derived_rights.models import RuleAct
from partners.models import (
    Authorisation,
    Client,
    ClientKey,
    DeliveryAttempt,
    FeedEntry,
    HeldLane,
    Organisation,
    RecipientRight,
    Resend,
    Subscription,
)
from partners.services.clients import takes_secret
from tests.factories import (
    SECRET,
    AuthorisationFactory,
    ClientFactory,
    OrganisationFactory,
    SubscriptionFactory,
    enterprise_number,
)

pytestmark = pytest.mark.django_db


def add_page(model: str) -> str:
    return reverse(f"admin:partners_{model}_add")


def page_of(row: Any) -> str:
    return reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_change", args=[row.pk])


def tool_of(row: Any, tool: str) -> str:
    return page_of(row).replace("/change/", f"/actions/{tool}/")


def names(fr: str = "", nl: str = "") -> dict[str, str]:
    return {"names_fr": fr, "names_nl": nl, "names_de": "", "names_en": ""}


def errors_in(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.headers
    return dict(answer.context["adminform"].form.errors)


def organisation(**changes: str) -> dict[str, str]:
    return (
        {
            "code": "cpas-x",
            "kind": "cpas",
            "enterprise_number": enterprise_number(7),
            "municipality_code": "92094",
        }
        | names("CPAS X", "OCMW X")
        | changes
    )


def test_a_cpas_is_added_with_the_sender_that_it_is(browser: Browser) -> None:
    answer = browser.post(add_page("organisation"), organisation())
    assert answer.status_code == 302
    row = Organisation.objects.get(code="cpas-x")
    assert row.cpas == Cpas.objects.get(enterprise_number=enterprise_number(7))
    assert row.names == {"fr": "CPAS X", "nl": "OCMW X"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"enterprise_number": "0123456748"}, "enterprise_number"),
        ({"enterprise_number": "123"}, "enterprise_number"),
        ({"municipality_code": ""}, "municipality_code"),
        ({"municipality_code": "9209"}, "municipality_code"),
        (names(), "names"),
    ],
)
def test_a_mistaken_organisation_is_refused(
    browser: Browser, changes: dict[str, str], field: str
) -> None:
    answer = browser.post(add_page("organisation"), organisation(**changes))
    assert field in errors_in(answer)
    assert not Organisation.objects.exists()


def test_a_cpas_keeps_its_number_and_changes_its_name(browser: Browser) -> None:
    row = OrganisationFactory(is_cpas=True)
    number = row.enterprise_number
    answer = browser.post(
        page_of(row), organisation(**names("Autre")) | {"municipality_code": "92140"}
    )
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.enterprise_number, row.names) == (number, {"fr": "Autre"})
    assert (row.cpas.municipality_code, row.cpas.names) == ("92140", {"fr": "Autre"})


def test_rights_are_switched_off_and_on_for_one_recipient(browser: Browser) -> None:
    row = OrganisationFactory()
    body = names("x") | {"enterprise_number": row.enterprise_number}
    off = body | {"inactive_rights": ["bim"]}
    assert "reason" in errors_in(browser.post(page_of(row), off))
    browser.post(page_of(row), off | {"reason": "asked for by the recipient"})
    assert RecipientRight.objects.get().active is False
    text = browser.get(page_of(row)).content.decode()
    assert re.search(r'value="bim"[^>]*checked', text)
    browser.post(page_of(row), body | {"reason": "they are ready again"})
    assert RecipientRight.objects.get().active is True
    acts = RuleAct.objects.order_by("id").values_list("actor", "act", "subject", "reason")
    assert list(acts) == [
        ("admin", "paused", row.code, "asked for by the recipient"),
        ("admin", "resumed", row.code, "they are ready again"),
    ]


def test_a_configured_organisation_is_not_deleted(browser: Browser) -> None:
    row = OrganisationFactory()
    url = reverse("admin:partners_organisation_delete", args=[row.pk])
    assert browser.post(url, {"post": "yes"}).status_code == 403


def terms(**changes: Any) -> dict[str, Any]:
    return {
        "purpose_fr": "but",
        "purpose_nl": "",
        "purpose_de": "",
        "purpose_en": "",
        "effect": "grant",
        "rights": ["bim"],
        "aid_kinds": ["integrationIncome"],
        "events": ["rights"],
        "fields_opened": ["periods"],
        "first_day": "2020-01-01",
        "last_day": "2030-12-31",
    } | changes


def test_an_authorisation_is_added(browser: Browser) -> None:
    recipient = OrganisationFactory()
    body = terms(organisation=recipient.pk, legal_context="CSI-1")
    answer = browser.post(add_page("authorisation"), body)
    assert answer.status_code == 302, errors_in(answer)
    row = Authorisation.objects.get()
    assert (row.version, row.rights, row.fields) == (1, ["bim"], ["periods"])
    assert str(row.period.last_day) == "2030-12-31"
    assert row.purpose == {"fr": "but"}


def proposed_for(browser: Browser, *codes: str) -> tuple[Any, str]:
    """The initial values and the text of the form that follows the choice of these rights."""
    answer = browser.get(add_page("authorisation"), {"chosen": "1", "rights": list(codes)})
    return answer.context["adminform"].form.initial, answer.content.decode()


def test_the_chosen_rights_propose_what_is_opened(browser: Browser) -> None:
    first = browser.get(add_page("authorisation")).content.decode()
    assert '<form method="get">' in first
    assert 'value="socialTariff"' in first

    bim, text = proposed_for(browser, "bim")
    assert bim["fields_opened"] == sorted(rights()["bim"].fields)
    assert (bim["rights"], bim["effect"], bim["events"]) == (["bim"], "grant", ["rights"])
    assert re.search(r'name="fields_opened" value="aidKind"[^>]*checked', text)

    # What only one of two needs is named beside the field, and left to the administrator.
    both, text = proposed_for(browser, "bim", "socialTariff")
    assert both["fields_opened"] == ["periods"]
    (label,) = re.findall(r'value="aidKind"[^>]*>([^<]+)', text)
    assert "named by" in label
    assert rights()["bim"].label["en"] in label

    none, _text = proposed_for(browser)
    assert (none["rights"], none["fields_opened"]) == ([], [])


def test_what_is_ticked_is_opened_and_nothing_more(browser: Browser) -> None:
    body = terms(organisation=OrganisationFactory().pk, legal_context="CSI-1", fields_opened=[])
    page = add_page("authorisation") + "?chosen=1&rights=bim"
    assert browser.post(page, body).status_code == 302
    assert Authorisation.objects.get().fields == []


def test_who_may_only_look_is_not_asked_which_rights(clerk: Browser) -> None:
    user = User.objects.get(username="clerk")
    user.user_permissions.add(Permission.objects.get(codename="view_authorisation"))
    assert clerk.get(add_page("authorisation")).status_code == 403


def test_saving_an_authorisation_adds_a_version(browser: Browser) -> None:
    first = AuthorisationFactory()
    answer = browser.post(
        page_of(first), terms(rights=["bim", "socialTariff"]) | {"_continue": "1"}
    )
    second = Authorisation.objects.get(version=2)
    assert answer["Location"] == page_of(second)
    first.refresh_from_db()
    assert first.rights == ["bim"]
    assert first.superseded_at is not None
    assert second.rights == ["bim", "socialTariff"]
    assert second.superseded_at is None
    browser.post(page_of(second), terms(rights=["bim", "socialTariff"]))
    assert Authorisation.objects.count() == 2


def test_a_closed_version_is_only_looked_at(browser: Browser) -> None:
    first = AuthorisationFactory()
    browser.post(page_of(first), terms())
    assert browser.get(page_of(first)).status_code == 200
    assert browser.post(page_of(first), terms(rights=[])).status_code == 403


def test_the_days_of_an_authorisation_are_checked(browser: Browser) -> None:
    body = terms(organisation=OrganisationFactory().pk, legal_context="X", last_day="2019-01-01")
    assert "last_day" in errors_in(browser.post(add_page("authorisation"), body))


def keys(*jwks: str, existing: int = 0) -> dict[str, Any]:
    form = {"keys-TOTAL_FORMS": len(jwks), "keys-INITIAL_FORMS": existing}
    for index, jwk in enumerate(jwks):
        form |= {f"keys-{index}-kid": f"k{index}", f"keys-{index}-jwk": jwk}
    return form


def client(**changes: Any) -> dict[str, Any]:
    owner = OrganisationFactory().pk
    return {
        "name": "new-client",
        "organisation": owner,
        "allowed_scopes": ["registry:consult"],
    } | changes


def test_a_client_is_added_with_a_public_key(browser: Browser) -> None:
    key = JWK.generate(kty="EC", crv="P-256").export_public()
    answer = browser.post(add_page("client"), client() | keys(key))
    assert answer.status_code == 302, errors_in(answer)
    row = Client.objects.get()
    assert (row.client_id, row.allowed_scopes) == ("new-client", ["registry:consult"])
    assert row.authorization_grant_type == Client.GRANT_CLIENT_CREDENTIALS
    assert not row.secret_allowed
    assert ClientKey.objects.get(client=row).jwk == json.loads(key)


@pytest.mark.parametrize(
    "jwk", [JWK.generate(kty="EC", crv="P-256").export_private(), "{}", "[]", "3", '{"kty": "x"}']
)
def test_a_client_takes_public_keys_only(browser: Browser, jwk: str) -> None:
    answer = browser.post(add_page("client"), client() | keys(jwk))
    assert answer.status_code == 200
    assert not Client.objects.exists()


def test_only_a_cpas_gets_a_client_that_records(browser: Browser) -> None:
    body = client(allowed_scopes=["registry:record"]) | keys()
    assert "allowed_scopes" in errors_in(browser.post(add_page("client"), body))


def test_a_name_is_also_a_client_id(browser: Browser) -> None:
    body = client(name="not: a name") | keys()
    assert "name" in errors_in(browser.post(add_page("client"), body))


def test_scopes_are_changed_and_the_rest_stays(browser: Browser) -> None:
    row = ClientFactory()
    body = {"allowed_scopes": ["registry:subscribe"], "secret_allowed": "on", "name": "other"}
    assert browser.post(page_of(row), body | keys()).status_code == 302
    row.refresh_from_db()
    assert row.allowed_scopes == ["registry:subscribe"]
    assert row.name != "other"
    assert takes_secret(row, SECRET)


def test_a_new_secret_is_shown_once(browser: Browser) -> None:
    row = ClientFactory(secret_allowed=False)
    assert browser.get(tool_of(row, "new_secret")).status_code == 405
    answer = browser.post(tool_of(row, "new_secret"))
    (secret,) = re.findall(r'<code class="secret">([^<]+)</code>', answer.content.decode())
    row.refresh_from_db()
    assert takes_secret(row, secret)
    assert "no-store" in answer["Cache-Control"]
    text = browser.get(page_of(row)).content.decode()
    assert secret not in text
    assert row.client_secret not in text
    assert LogEntry.objects.get().change_message == "new secret"


def test_who_may_only_look_switches_nothing(clerk: Browser) -> None:
    user = User.objects.get(username="clerk")
    wanted = ["view_rightsetting", "view_subscription", "view_feedentry", "view_client"]
    user.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    switch = reverse("admin:rule-switch", args=["bim"])
    assert clerk.post(switch, {"active": "false", "reason": "x"}).status_code == 403
    text = clerk.get(reverse("admin:rule", args=["bim"])).content.decode()
    assert "Switch off" not in text
    row = SubscriptionFactory()
    assert clerk.post(tool_of(row, "pause")).status_code == 403
    assert clerk.post(tool_of(ClientFactory(), "new_secret")).status_code == 403
    assert Subscription.objects.get().status == "active"


def test_a_subscription_is_paused_and_resumed(browser: Browser) -> None:
    row = SubscriptionFactory(failures=9)
    assert browser.get(tool_of(row, "pause")).status_code == 405
    for tool, status in (("pause", "paused"), ("resume", "active")):
        assert browser.post(tool_of(row, tool))["Location"] == page_of(row)
        row.refresh_from_db()
        assert row.status == status
    assert row.failures == 0


def test_several_subscriptions_are_paused_at_once(browser: Browser) -> None:
    rows = [SubscriptionFactory() for _ in range(2)]
    body = {"action": "pause_all", "_selected_action": [row.pk for row in rows]}
    browser.post(reverse("admin:partners_subscription_changelist"), body)
    assert set(Subscription.objects.values_list("status", flat=True)) == {"paused"}


Choose = Callable[[Any, str], Any]


@pytest.fixture
def choose(browser: Browser) -> Choose:
    """Ticks a row in its list and carries out an action."""

    def act(row: Any, action: str) -> Any:
        url = page_of(row).rsplit("/", 3)[0] + "/"
        return browser.post(url, {"action": action, "_selected_action": row.pk})

    return act


def test_an_event_is_sent_again(grow: Any, choose: Choose) -> None:
    grow()
    Resend.objects.all().delete()
    entry = FeedEntry.objects.latest("id")
    assert choose(entry, "send_again").status_code == 302
    waiting = Resend.objects.get()
    assert (waiting.entry, waiting.subscription) == (entry, Subscription.objects.get())
    choose(entry, "send_again")
    assert Resend.objects.get().retry_at > waiting.retry_at


def test_a_delivery_is_tried_again(grow: Any, choose: Choose) -> None:
    grow()
    Resend.objects.all().delete()
    attempt = DeliveryAttempt.objects.get()
    choose(attempt, "send_again")
    assert Resend.objects.get().entry == attempt.entry


def test_a_parked_lane_is_tried_again(grow: Any, choose: Choose) -> None:
    grow()
    lane = HeldLane.objects.get()
    HeldLane.objects.update(parked_at=lane.since)
    choose(lane, "try_now")
    freed = HeldLane.objects.get()
    assert freed.parked_at is None
    assert freed.retry_at > lane.retry_at


def test_sending_again_needs_a_permission(grow: Any, clerk: Browser) -> None:
    grow()
    Resend.objects.all().delete()
    user = User.objects.get(username="clerk")
    user.user_permissions.add(Permission.objects.get(codename="view_feedentry"))
    entry = FeedEntry.objects.latest("id")
    body = {"action": "send_again", "_selected_action": entry.pk}
    url = reverse("admin:partners_feedentry_changelist")
    assert clerk.post(url, body).status_code == 403
    assert not Resend.objects.exists()
