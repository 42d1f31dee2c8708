"""A right that no text confirms reaches nobody until it is on, and is not called granted then."""

from __future__ import annotations

import pytest

from derived_rights.engine.catalogue import rights
from derived_rights.engine.right import Trust
from derived_rights.models import RightPeriod
from derived_rights.services import catalogue
from derived_rights.services.derivation_runs import derive_for_new_law
from derived_rights.services.deriving import derive_pending
from partners.services.routing import route_pending

pytestmark = pytest.mark.django_db
SIGNALS = sorted(code for code, right in rights().items() if right.trust is Trust.SIGNAL)
FACTUAL = [code for code in SIGNALS if not rights()[code].effect.is_favourable]
QUESTION = {"date": "2026-07-01"}


def run_the_stages() -> None:
    derive_pending()
    derive_for_new_law()
    route_pending()


def told(recipient) -> list[dict]:
    """The events about rights of the recipient's feed."""
    items = recipient.get("/events").json()["items"]
    return [event for event in items if ".rights." in event["type"]]


def test_signals_are_derived_for_nobody(cpas, decision, new_ssin):
    for kind in ("integrationIncome", "benefitAdvance", "equivalentIntegrationIncome"):
        cpas.post("/decisions", decision(new_ssin(), aidKind=kind))
    run_the_stages()
    derived = set(RightPeriod.objects.values_list("right", flat=True))
    assert derived
    assert derived.isdisjoint(SIGNALS)


def test_the_list_of_rights_says_that_they_are_signals_and_off(cpas):
    items = {item["code"]: item for item in cpas.get("/refData/rights").json()["items"]}
    for code, item in items.items():
        assert (item["trust"], item["active"]) == (
            ("signal", False) if code in SIGNALS else ("sourced", True)
        )


@pytest.mark.parametrize("code", FACTUAL)
def test_once_on_it_is_noted_and_not_granted(
    code, cpas, federal, recipient_for, decision, new_ssin
):
    recipient = recipient_for("recipient", code, effect=rights()[code].effect.value)
    ssin = new_ssin()
    recipient.inscribe(ssin)
    said = {"ssin": ssin, "source": "nationalRegister"}
    facts = [
        said | {"fact": "birthDate", "value": "1985-03-07"},
        said | {"fact": "residencePermit", "value": "F", "startDate": "2020-01-01"},
    ]
    assert federal.post("/personFacts/batches", {"items": facts}).status_code == 202
    kind = "benefitAdvance" if code == "dgphAdvanceOffset" else "integrationIncome"
    cpas.post("/decisions", decision(ssin, aidKind=kind))
    run_the_stages()
    assert told(recipient) == []
    assert recipient.ask_rights(ssin, code, **QUESTION)[0]["outcome"] == "notAvailable"

    catalogue.switch(code, active=True, by="somebody", reason="an authorisation names the text")
    run_the_stages()

    (event,) = told(recipient)
    assert event["type"].endswith("rights.notify.noted")
    assert event["data"]["effect"] == rights()[code].effect.value
    assert recipient.ask_rights(ssin, code, **QUESTION)[0]["outcome"] == "applies"
    question = {"legalContext": recipient.legal_context, "ssin": ssin, "right": code} | QUESTION
    for language in ("fr", "nl", "de", "en"):
        answer = recipient.post("/rights/explanation", question, Accept_Language=language)
        summary = answer.json()["summary"]
        assert rights()[code].label[language] in summary
        for word in ("droit existe", "recht bestaat", "Recht besteht", "right exists"):
            assert word not in summary
