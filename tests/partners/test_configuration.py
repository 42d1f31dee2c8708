"""The configuration file: what it makes, that it makes it once, and what it says of mistakes."""

from __future__ import annotations

from datetime import date

import pytest
import yaml
from jwcrypto.jwk import JWK

from attestations.models import Cpas
from attestations.periods import Span
from attestations.services.persons import keyring
from derived_rights.engine.catalogue import rights
from derived_rights.models import ParameterValue, RightSetting, RuleAct
from partners.models import (
    Authorisation,
    Client,
    ClientKey,
    FeedHead,
    Organisation,
    RecipientRight,
    Subscription,
)
from partners.services.clients import takes_secret
from partners.services.configuration import Outcome, configure
from partners.services.configuration_export import export
from partners.signing import new_secret
from tests.factories import OrganisationFactory
from tests.partners.configuration_file import FILE, KEY, WHSEC, changed, mistakes_in

pytestmark = pytest.mark.django_db


def test_a_file_makes_what_it_names() -> None:
    outcome = configure(FILE)
    assert len(outcome.changed) == 9
    cpas = Organisation.objects.get(code="cpas-a")
    assert cpas.cpas == Cpas.objects.get(enterprise_number="0123456749")
    assert cpas.cpas is not None
    assert (cpas.cpas.municipality_code, cpas.cpas.names["nl"]) == ("92094", "OCMW A")
    assert Organisation.objects.get(code="federal").enterprise_number == "0111111124"
    off = RecipientRight.objects.get(organisation__code="mutuality")
    assert (off.right, off.active) == ("socialTariff", False)

    client = Client.objects.get(name="cpas-a")
    assert client.client_id == "cpas-a"
    assert takes_secret(client, "a-secret-of-a-test")
    signer = Client.objects.get(name="mutuality")
    assert not signer.secret_allowed
    assert ClientKey.objects.get(client=signer).jwk == KEY.export_public(as_dict=True)

    authorisation = Authorisation.objects.get()
    assert authorisation.period == Span(date(2020, 1, 1), date(2031, 1, 1))
    assert authorisation.version == 1
    subscription = Subscription.objects.get()
    assert keyring().open(subscription.secrets.get().sealed) == WHSEC
    assert RightSetting.objects.get(right="bim").active
    assert ParameterValue.objects.get().value == 3


def test_running_it_twice_changes_nothing() -> None:
    configure(FILE)
    before = export()
    outcome = configure(FILE)
    assert outcome == Outcome(changed=[], unchanged=9, secrets={})
    assert export() == before


def fields_of_the_authorisation() -> list[str]:
    return Authorisation.objects.get(superseded_at=None).fields


def test_the_fields_that_rights_propose_are_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = changed(FILE, "fields: [periods, aidKind, cpas, attestationNumber]", "fields: default")
    configure(text)
    proposed = sorted(rights()["bim"].fields)
    assert fields_of_the_authorisation() == proposed
    assert "fields: [aidKind, attestationNumber, periods]" in export()

    # A release whose rights need more opens nothing by itself.
    monkeypatch.setattr(rights()["bim"], "fields", (*proposed, "household"))
    assert configure(text).changed == []
    assert fields_of_the_authorisation() == proposed

    # Other rights are another decision.
    configure(changed(text, "rights: [bim], aidKinds", "rights: [bim, socialTariff], aidKinds"))
    assert fields_of_the_authorisation() == ["periods"]


def test_fields_left_out_are_not_opened() -> None:
    configure(changed(FILE, ", fields: [periods, aidKind, cpas, attestationNumber]", ""))
    assert fields_of_the_authorisation() == []


def test_no_other_word_stands_for_fields() -> None:
    text = changed(FILE, "fields: [periods, aidKind, cpas, attestationNumber]", "fields: all")
    (mistake,) = mistakes_in(text)
    assert "a list of fields, or default" in mistake


def test_what_it_exports_it_reads_again_without_a_change() -> None:
    configure(FILE)
    text = export()
    assert configure(text).changed == []
    assert 'enterpriseNumber: "0123456749"' in text
    for secret in ("a-secret-of-a-test", WHSEC, "client_secret"):
        assert secret not in text


def test_an_export_configures_an_empty_registry() -> None:
    configure(FILE)
    exported = yaml.safe_load(export())
    original = yaml.safe_load(FILE)
    original["clients"][0].pop("secret")
    original["subscriptions"][0].pop("secret")
    original["subscriptions"][0] |= {"batchSize": 1, "thin": False}
    original["organisations"].sort(key=lambda one: one["code"])
    assert exported["organisations"][1]["enterpriseNumber"] == "0111111124"
    original["organisations"][1]["enterpriseNumber"] = "0111111124"
    assert exported == original


def test_an_empty_file_and_empty_sections_change_nothing() -> None:
    for text in ("", "# only a remark\n", "clients:\nrights: []\n", "{}"):
        assert configure(text) == Outcome([], 0, {})


def test_a_check_says_what_would_be_done_and_does_nothing() -> None:
    assert len(configure(FILE, check_only=True).changed) == 9
    assert not Organisation.objects.exists()


def test_a_changed_authorisation_is_a_new_version() -> None:
    configure(FILE)
    outcome = configure(changed(FILE, "endDate: 2030-12-31", "endDate: 2031-12-31"))
    assert outcome.changed == ["changed authorisation mutuality CSI-2026-0042"]
    old, new = Authorisation.objects.order_by("version")
    assert old.superseded_at is not None
    assert old.period.last_day == date(2030, 12, 31)
    assert (new.version, new.superseded_at) == (2, None)
    assert new.period.last_day == date(2031, 12, 31)


def test_an_authorisation_without_an_end_is_open() -> None:
    configure(changed(FILE, ", endDate: 2030-12-31", ""))
    assert Authorisation.objects.get().period.is_open


def test_what_a_file_does_not_name_stays() -> None:
    configure(FILE)
    other = OrganisationFactory()
    assert configure("rights:\n  - {code: bim, active: false}\n").changed == ["changed right bim"]
    assert not RightSetting.objects.get(right="bim").active
    assert ParameterValue.objects.count() == 1
    assert Organisation.objects.filter(pk=other.pk).exists()


def test_names_follow_the_file_into_the_cpas() -> None:
    configure(FILE)
    outcome = configure(changed(FILE, "fr: CPAS A", "fr: CPAS de A"))
    assert outcome.changed == ["changed organisation cpas-a"]
    assert Cpas.objects.get().names["fr"] == "CPAS de A"


def test_a_cpas_that_has_sent_already_is_linked() -> None:
    known = Cpas.objects.create(enterprise_number="0123456749")
    configure(FILE)
    assert Organisation.objects.get(code="cpas-a").cpas == known


def test_rights_are_switched_off_and_on_for_a_recipient() -> None:
    configure(FILE)
    configure(changed(FILE, "inactiveRights: [socialTariff]", "inactiveRights: [bim]"))
    states = dict(RecipientRight.objects.values_list("right", "active"))
    assert states == {"socialTariff": True, "bim": False}


def test_a_secret_is_changed_and_keys_are_replaced() -> None:
    configure(FILE)
    other = JWK.generate(kty="OKP", crv="Ed25519")
    text = changed(FILE, "a-secret-of-a-test", "another-secret")
    text = changed(
        text,
        f"{{kid: k1, jwk: {KEY.export_public()}}}",
        f"{{kid: k2, jwk: {other.export_public()}}}",
    )
    assert configure(text).changed == ["changed client cpas-a", "changed client mutuality"]
    client = Client.objects.get(name="cpas-a")
    assert takes_secret(client, "another-secret")
    assert not takes_secret(client, "a-secret-of-a-test")
    assert list(ClientKey.objects.values_list("kid", flat=True)) == ["k2"]


def test_a_new_signing_secret_leaves_the_old_one_a_while() -> None:
    configure(FILE)
    secret = new_secret()
    configure(changed(FILE, WHSEC, secret))
    new, old = Subscription.objects.get().secrets.order_by("-id")
    assert keyring().open(new.sealed) == secret
    assert new.valid_until is None
    assert old.valid_until is not None
    assert configure(changed(FILE, WHSEC, secret)).changed == []


def test_a_signing_secret_that_is_not_given_is_made_and_shown_once() -> None:
    text = changed(FILE, f", secret: {WHSEC}", "")
    shown = configure(text).secrets
    (secret,) = shown.values()
    assert keyring().open(Subscription.objects.get().secrets.get().sealed) == secret
    assert configure(text).secrets == {}


def test_a_new_kind_of_signature_gets_a_secret_of_that_kind() -> None:
    text = changed(FILE, f", secret: {WHSEC}", "")
    configure(text)
    (secret,) = configure(changed(text, "signature: v1}", "signature: v1a}")).secrets.values()
    assert secret.startswith("whsk_")


def test_a_subscription_begins_at_the_present_end_of_the_feed() -> None:
    configure(changed(FILE, FILE[FILE.index("subscriptions:") : FILE.index("rights:\n")], ""))
    FeedHead.objects.create(organisation=Organisation.objects.get(code="mutuality"), position=7)
    configure(FILE)
    assert Subscription.objects.get().cursor == 7


def test_switches_and_figures_are_kept_as_acts() -> None:
    configure(FILE, by="installation")
    configure(FILE, by="installation")
    acts = set(RuleAct.objects.values_list("actor", "act", "right", "subject"))
    assert (
        "installation",
        "fromFile",
        "bim",
        "minimum_months = 3 from 2014-01-01 (a text)",
    ) in acts
    assert {act for _actor, act, *_ in acts} == {"fromFile", "paused", "switchedOn"}
    assert RuleAct.objects.count() == len(acts)
    changed_file = changed(FILE, "value: 3", "value: 4")
    configure(changed_file)
    rows = ParameterValue.objects.order_by("id")
    assert [(row.value, row.superseded_at is None) for row in rows] == [(3, False), (4, True)]
    assert RuleAct.objects.latest("id").actor == "manage.py configure"
