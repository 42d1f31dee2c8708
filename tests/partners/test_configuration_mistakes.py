"""What a configuration file may not say, and that each mistake is named with its line."""

from __future__ import annotations

import json

import pytest
import yaml
from django.test import override_settings
from jwcrypto.jwk import JWK

from derived_rights.models import ParameterValue
from partners.models import (
    Authorisation,
    Organisation,
)
from partners.services.configuration import configure
from partners.services.configuration_export import export
from tests.factories import OrganisationFactory, enterprise_number
from tests.partners.configuration_file import FILE, KEY, WHSEC, changed, line_of, mistakes_in

pytestmark = pytest.mark.django_db


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
