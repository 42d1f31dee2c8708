"""The configuration file: what it makes, that it makes it once, and what it says of mistakes."""

from __future__ import annotations

import json
from datetime import date

import pytest
import yaml
from django.test import override_settings
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
from partners.services.configuration import Mistaken, Outcome, configure
from partners.services.configuration_export import export
from partners.signing import new_secret
from tests.factories import OrganisationFactory, enterprise_number
from tests.partners.configuration_file import FILE, KEY, WHSEC, changed

pytestmark = pytest.mark.django_db


def mistakes_in(text: str) -> list[str]:
    with pytest.raises(Mistaken) as refused:
        configure(text)
    return [str(mistake) for mistake in refused.value.mistakes]


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


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


# What is changed in the file, where the mistake must be found, and what must be said of it.
MISTAKES = [
    (
        '"0123456749"',
        '"0123456748"',
        '"0123456748"',
        "enterpriseNumber: expected an enterprise num",
    ),
    ('"0987654394"', '"0123456749"', "code: mutuality", "a second time"),
    ("kind: federalService", "kind: ministry", "ministry", "cpas, recipient, federalService"),
    ('municipalityCode: "92094"', 'municipalityCode: "99999"', "code: cpas-a", "the NIS code of a"),
    ("municipalityCode", "municipalityCod", "municipalityCod", "one of the keys code, enterprise"),
    ("names: {fr: SPP", "names: {it: SPP", "it: SPP", "fr, nl, de, en"),
    (
        ",\n     names: {fr: SPP, nl: POD}",
        "",
        "code: federal",
        "names: expected a value, found none",
    ),
    ("[socialTariff]", "[socialTarif]", "socialTarif", "inactiveRights: expected one of: "),
    (
        "rights: [bim], aid",
        "rights: [bom], aid",
        "bom",
        "authorisations[0].rights: expected one of",
    ),
    (
        "rights: [bim],\n",
        "rights: [socialTariff],\n",
        "rights: [socialT",
        "only rights that CSI-2026",
    ),
    ("[rights, att", "[right, att", "[right, att", "rights, attestations, missingAttestations"),
    ("endDate: 2030-12-31", "endDate: 2019-12-31", "endDate: 2019", "on or after the startDate"),
    ("endDate: 2030-12-31", "endDate: 2030-02-30", "endDate: 2030", "a day, as in"),
    ("effect: grant", "effect: given", "effect: given", "grant, reduceDue"),
    ("organisation: cpas-a, s", "organisation: cpas-b, s", "organisation: cpas-b", "'cpas-b'"),
    ('["registry:record"]', '["registry:write"]', "registry:write", "registry:record, "),
    ('["registry:consult"', '["registry:record"', 'scopes: ["registry:record", "', "for a CPAS"),
    (
        "legalContext: CSI-2026-0042, rights",
        "legalContext: X, rights",
        "t: X",
        "an authorisation of",
    ),
    ("http://127.0.0.1:9/hook", "ftp://127.0.0.1:9/", "ftp", "write the endpoint as https://"),
    ("http://127.0.0.1:9/hook", "http://10.0.0.1/", "http://10", "10.0.0.1 is not a public"),
    ("signature: v1,", "signature: v2,", "signature: v2", "one of: v1, v1a"),
    (WHSEC, "whsec_c2hvcnQ=", "whsec_", "24 to 64 bytes"),
    (WHSEC, "whatever", "whatever", "begins with whsec_"),
    ("name: minimum_months", "name: months", "name: months", "one of: minimum_months"),
    ("value: 3", "value: three", "value: three", "a whole number of months"),
    ("value: 3", "value: 3.5", "value: 3.5", "a whole number of months"),
    ("active: true", "active: maybe", "active: maybe", "true or false"),
    ("rights:\n", "- rights:\n", "- rights:", "YAML"),
    ("clients:\n", "customers:\n", "{name: cpas-a", "authorisations, clients, organisations"),
    ("kid: k1", "kid: k 1", "kid: k 1", "a key identifier"),
]


@pytest.mark.parametrize(("old", "new", "place", "says"), MISTAKES)
def test_a_mistake_is_named_with_its_line(old: str, new: str, place: str, says: str) -> None:
    text = changed(FILE, old, new)
    found = mistakes_in(text)
    assert any(
        mistake.startswith(f"line {line_of(text, place)}: ") and says in mistake
        for mistake in found
    ), found
    assert not Organisation.objects.exists()


def test_all_mistakes_come_out_at_once_in_their_order() -> None:
    text = changed(FILE, '"0123456749"', '"1"')
    text = changed(text, "organisation: cpas-a, s", "organisation: nobody, s")
    text = changed(text, "active: true", "active: 1")
    found = mistakes_in(text)
    assert len(found) == 3
    assert [line.split(":")[1].strip() for line in found] == [
        "organisations[0].enterpriseNumber",
        "clients[0].organisation",
        "rights[0].active",
    ]


@pytest.mark.parametrize(
    "jwk",
    [
        KEY.export_private(),
        '{"kty": "oct", "k": "c2VjcmV0"}',
        '{"kty": "EC"}',
        "{}",
        JWK.generate(kty="RSA", size=1024).export_public(),
        JWK.generate(kty="EC", crv="secp256k1").export_public(),
    ],
)
def test_only_strong_public_keys_are_taken(jwk: str) -> None:
    found = mistakes_in(changed(FILE, KEY.export_public(), jwk))
    assert len(found) == 1
    assert "publicKeys[0].jwk" in found[0]
    private = json.loads(jwk).get("d") or json.loads(jwk).get("k")
    assert private is None or private not in found[0]


def test_secrets_are_refused_where_files_may_hold_none_and_never_shown() -> None:
    with override_settings(ALLOW_SECRETS_IN_FILES=False):
        found = mistakes_in(FILE)
    assert [line.split(":")[1].strip() for line in found] == [
        "clients[0].secret",
        "subscriptions[0].secret",
    ]
    assert not any("a-secret" in line or WHSEC in line for line in found)


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


def test_figures_are_refused_where_each_is_to_be_approved() -> None:
    configure(FILE)
    with override_settings(ALLOW_FIGURES_IN_FILES=False):
        assert configure(FILE).changed == []  # what holds may be repeated
        assert configure(export()).changed == []
        for old, new in (("value: 3", "value: 4"), ("from: 2014-01-01", "from: 2015-01-01")):
            (found,) = mistakes_in(changed(FILE, old, new))
            assert "ALLOW_FIGURES_IN_FILES is off here: propose it in the admin" in found
    assert ParameterValue.objects.get().value == 3


@pytest.mark.parametrize(
    ("effect", "rights"),
    [("grant", "[inastiFraudCheck]"), ("checkAdverse", "[bim]"), ("inform", "[bim, taxPrefill]")],
)
def test_an_authorisation_does_not_mix_effects(effect: str, rights: str) -> None:
    text = f"""\
organisations:
  - {{code: a, kind: recipient, enterpriseNumber: "0987654394", names: {{fr: A}}}}
authorisations:
  - {{organisation: a, legalContext: C, effect: {effect}, rights: {rights}, events: [rights],
      startDate: 2020-01-01}}
"""
    (found,) = mistakes_in(text)
    assert "authorisations[0].rights" in found
    assert "a legal context of its own" in found
    assert not Authorisation.objects.exists()


def test_what_is_recorded_is_not_turned_into_something_else() -> None:
    configure(FILE)
    other = OrganisationFactory(code="other", enterprise_number=enterprise_number(0))
    text = f"""\
organisations:
  - {{code: cpas-a, kind: recipient, enterpriseNumber: "0123456749", names: {{fr: x}}}}
  - {{code: new, kind: recipient, enterpriseNumber: "{other.enterprise_number}", names: {{fr: x}}}}
clients:
  - {{name: cpas-a, organisation: mutuality, scopes: []}}
"""
    found = mistakes_in(text)
    assert [line.split(":")[1].strip() for line in found] == [
        "organisations[0].kind",
        "organisations[1].enterpriseNumber",
        "clients[0].organisation",
    ]


def test_the_enterprise_number_of_a_cpas_stays() -> None:
    configure(FILE)
    (found,) = mistakes_in(changed(FILE, '"0123456749"', f'"{enterprise_number(0)}"'))
    assert "0123456749, which stays with a CPAS" in found


@pytest.mark.parametrize("section", ["organisations", "clients", "authorisations"])
def test_nothing_is_named_twice(section: str) -> None:
    content = yaml.safe_load(FILE)
    content[section].append(content[section][0])
    content["organisations"][2]["enterpriseNumber"] = "0111111124"
    assert any("a second time" in line for line in mistakes_in(yaml.safe_dump(content)))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1", 1),
        ("a: 1\na: 2\n", 2),
        ("[1]", 1),
        ("clients: 3", 1),
        ("clients:\n  - 3", 2),
        ("clients:\n  - {name: \x07}", 2),
        ("rights: &a\n  - *a", 1),
        ("rights: !!python/object/apply:os.system [x]", 1),
    ],
)
def test_what_is_not_a_configuration_is_refused_with_its_line(text: str, line: int) -> None:
    assert any(found.startswith(f"line {line}: ") for found in mistakes_in(text))
