"""A configuration file with one of everything, how to change it, and what is said of it."""

from __future__ import annotations

import pytest
from jwcrypto.jwk import JWK

from partners.services.configuration import Mistaken, configure

WHSEC = "whsec_" + "c2VjcmV0LW9mLWEtdGVzdC1vbmx5LTEyMw=="
KEY = JWK.generate(kty="EC", crv="P-256")

FILE = f"""\
organisations:
  - {{code: cpas-a, kind: cpas, enterpriseNumber: "0123456749", municipalityCode: "92094",
     names: {{fr: CPAS A, nl: OCMW A}}}}
  - {{code: mutuality, kind: recipient, enterpriseNumber: "0987654394",
     names: {{fr: Mutualité, nl: Ziekenfonds}}, inactiveRights: [socialTariff]}}
  - {{code: federal, kind: federalService, enterpriseNumber: 0111111124,
     names: {{fr: SPP, nl: POD}}}}
clients:
  - {{name: cpas-a, organisation: cpas-a, scopes: ["registry:record"], secret: a-secret-of-a-test}}
  - name: mutuality
    organisation: mutuality
    scopes: ["registry:consult", "registry:subscribe"]
    publicKeys: [{{kid: k1, jwk: {KEY.export_public()}}}]
authorisations:
  - {{legalContext: CSI-2026-0042, organisation: mutuality, purpose: {{fr: but, nl: doel}},
     effect: grant, rights: [bim], aidKinds: [integrationIncome, equivalentIntegrationIncome],
     events: [rights, attestations], fields: [periods, aidKind, cpas, attestationNumber],
     startDate: 2020-01-01, endDate: 2030-12-31}}
subscriptions:
  - {{organisation: mutuality, legalContext: CSI-2026-0042, rights: [bim],
     endpoint: "http://127.0.0.1:9/hook", signature: v1, secret: {WHSEC}}}
rights:
  - code: bim
    active: true
    parameters: [{{name: minimum_months, from: 2014-01-01, value: 3, reference: a text}}]
"""


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


def mistakes_in(text: str) -> list[str]:
    """What is said of a file that is refused."""
    with pytest.raises(Mistaken) as refused:
        configure(text)
    return [str(mistake) for mistake in refused.value.mistakes]


def line_of(text: str, part: str) -> int:
    """The line in which this part of a file stands."""
    return text[: text.index(part)].count("\n") + 1
