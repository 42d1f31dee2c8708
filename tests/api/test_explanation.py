"""Why a right applies: as far as the recipient may know, in its language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from attestations.codes import AidKind
from attestations.models import AccessLogEntry
from derived_rights.engine.terms import Aged, Attested, HeldInHousehold, PaidAtLeast
from derived_rights.models import RightSetting

pytestmark = pytest.mark.django_db

EVERYTHING = ["periods", "aidKind", "attestationNumber", "cpas", "household"]
MEMBER = "This rests on the situation of a member of the household."


def explain(recipient, ssin: str, right: str, *, language: str = "en", on: str = "2026-07-01"):
    body = {
        "legalContext": recipient.legal_context,
        "ssin": ssin,
        "right": right,
        "date": on,
    }
    answer = recipient.post("/rights/explanation", body, Accept_Language=language)
    assert answer.status_code == 200, answer.content
    return answer.json()


def steps_of(explanation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    def walk(steps):
        for step in steps:
            yield step
            yield from walk(step.get("steps", ()))

    return walk(explanation["steps"])


@pytest.fixture
def bim(recipient_for):
    return recipient_for("mutuality", "bim", fields=EVERYTHING)


@pytest.fixture
def energy(recipient_for):
    return recipient_for("energy", "socialTariff", fields=EVERYTHING)


def test_it_leads_from_the_law_to_the_attestation(cpas, bim, decision, new_ssin):
    ssin = new_ssin()
    bim.inscribe(ssin)
    number = cpas.post("/decisions", decision(ssin)).json()["attestations"][0]["attestationNumber"]

    explanation = explain(bim, ssin, "bim")

    assert explanation["outcome"] == "applies"
    assert explanation["summary"].endswith("from 2 June 2026 to 31 December 2028.")
    assert explanation["receipt"]["right"] == "bim"
    steps = list(steps_of(explanation))
    assert steps[0]["text"].startswith("The rule applied has been in force since")
    attested = steps[-1]
    assert attested == {
        "text": "An aid is attested from 2 March 2026 to 1 March 2027: Integration income.",
        "holds": True,
        "startDate": "2026-03-02",
        "endDate": "2027-03-01",
        "attestationNumbers": [number],
    }
    months = next(step["parameter"] for step in steps if "parameter" in step)
    assert months["unit"]
    assert months["reference"]


@pytest.mark.parametrize(
    ("language", "begins", "source"),
    [
        ("fr-BE", "Intervention majorée", "Arrêté royal du 15 janvier 2014"),
        ("nl", "Verhoogde tegemoetkoming", "Koninklijk besluit van 15 januari 2014"),
        ("de", "Erhöhte Kostenbeteiligung", "Königlicher Erlass vom 15. Januar 2014"),
    ],
)
def test_it_speaks_the_callers_language(cpas, bim, decision, new_ssin, language, begins, source):
    ssin = new_ssin()
    bim.inscribe(ssin)
    cpas.post("/decisions", decision(ssin))

    explanation = explain(bim, ssin, "bim", language=language)

    assert explanation["language"] == language[:2]
    assert explanation["summary"].casefold().startswith(begins.casefold())
    steps = list(steps_of(explanation))
    assert {one["parameter"]["reference"] for one in steps if "parameter" in one} == {source}
    assert source.casefold() in steps[0]["text"].casefold()


def test_it_says_why_not(bim, new_ssin):
    ssin = new_ssin()
    bim.inscribe(ssin)

    explanation = explain(bim, ssin, "bim")

    assert explanation["outcome"] == "doesNotApply"
    assert not any(step["holds"] for step in steps_of(explanation) if "rule" not in step["text"])


def test_it_uses_only_the_fields_of_the_authorisation(cpas, recipient_for, decision, new_ssin):
    narrow, ssin = recipient_for("narrow", "bim", fields=[]), new_ssin()
    narrow.inscribe(ssin)
    number = cpas.post("/decisions", decision(ssin)).json()["attestations"][0]["attestationNumber"]

    explanation = explain(narrow, ssin, "bim")

    assert explanation["outcome"] == "applies"
    assert explanation["summary"].endswith(": the right exists on 1 July 2026.")
    text = str({name: explanation[name] for name in ("summary", "steps")})
    for secret in (number, "2026-03", "March", "2028", AidKind.INTEGRATION_INCOME.labels["en"]):
        assert secret not in text


def test_a_member_of_the_household_stays_unknown(cpas, energy, decision, new_ssin):
    ssin, partner = new_ssin(), new_ssin()
    energy.inscribe(ssin)
    body = decision(partner, household=[{"ssin": ssin, "relation": "partner"}])
    number = cpas.post("/decisions", body).json()["attestations"][0]["attestationNumber"]

    explanation = explain(energy, ssin, "socialTariff")

    assert explanation["outcome"] == "applies"
    assert MEMBER in [step["text"] for step in steps_of(explanation)]
    text = str(explanation)
    for secret in (number, partner, "2026-03-02", "2 March 2026", "partner"):
        assert secret not in text


def test_a_member_whom_the_recipient_may_see_is_explained(cpas, energy, decision, new_ssin):
    ssin, partner = new_ssin(), new_ssin()
    energy.inscribe(ssin)
    energy.inscribe(partner)
    body = decision(partner, household=[{"ssin": ssin, "relation": "partner"}])
    number = cpas.post("/decisions", body).json()["attestations"][0]["attestationNumber"]

    explanation = explain(energy, ssin, "socialTariff")

    assert MEMBER not in [step["text"] for step in steps_of(explanation)]
    assert [number] in [step.get("attestationNumbers") for step in steps_of(explanation)]


def test_a_fact_that_only_a_source_reports_of_a_member_stays_unknown_too(
    cpas, federal, energy, decision, new_ssin
):
    ssin, child = new_ssin(), new_ssin()
    energy.inscribe(ssin)
    facts = [
        {
            "ssin": ssin,
            "fact": "household",
            "source": "nationalRegister",
            "members": [{"ssin": child, "relation": "child"}],
            "startDate": "2015-01-01",
        },
        {
            "ssin": child,
            "fact": "increasedIntervention",
            "source": "mutuality",
            "startDate": "2021-03-05",
            "endDate": "2021-11-19",
        },
    ]
    assert federal.post("/personFacts/batches", {"items": facts}).status_code == 202
    body = decision(
        child,
        startDate="2020-03-05",
        endDate="2020-11-19",
        decidedOn="2020-03-05",
        category="single",
    )
    assert cpas.post("/decisions", body).status_code == 201

    explanation = explain(energy, ssin, "socialTariff", on="2021-09-01")

    assert explanation["outcome"] == "applies"
    assert MEMBER in [step["text"] for step in steps_of(explanation)]
    text = str(explanation["steps"])
    for secret in ("5 March", "19 November", "2020-03-05", "2021-03-05", child, "child"):
        assert secret not in text


def test_a_household_is_not_told_of_without_the_field(cpas, recipient_for, decision, new_ssin):
    energy = recipient_for("energy", "socialTariff", fields=["periods", "aidKind"])
    ssin, partner = new_ssin(), new_ssin()
    energy.inscribe(ssin)
    energy.inscribe(partner)
    cpas.post("/decisions", decision(partner, household=[{"ssin": ssin, "relation": "partner"}]))

    explanation = explain(energy, ssin, "socialTariff")

    assert explanation["outcome"] == "applies"
    text = str(explanation["steps"])
    assert MEMBER in text
    assert "lives" not in text
    assert "2 March" not in text
    assert AccessLogEntry.objects.filter(operation="explainRight", served=True).count() == 1


@pytest.mark.parametrize("fields", [EVERYTHING, []])
def test_what_is_no_favour_is_not_explained_as_a_right(
    cpas, recipient_for, decision, new_ssin, fields
):
    RightSetting.objects.create(right="inastiFraudCheck", active=True)
    inasti, ssin = recipient_for("inasti", "inastiFraudCheck", fields=fields), new_ssin()
    inasti.inscribe(ssin)
    cpas.post("/decisions", decision(ssin))

    for language, forbidden in (
        ("en", ("right exists", "granted")),
        ("fr", ("le droit existe", "octroyé")),
        ("nl", ("het recht bestaat", "toegekend")),
        ("de", ("Das Recht besteht", "gewährt")),
    ):
        explanation = explain(inasti, ssin, "inastiFraudCheck", language=language)
        assert explanation["outcome"] == "applies"
        for words in forbidden:
            assert words not in str(explanation)


def test_the_reading_of_a_member_is_logged_too(cpas, energy, decision, new_ssin):
    ssin, partner = new_ssin(), new_ssin()
    energy.inscribe(ssin)
    energy.inscribe(partner)
    cpas.post("/decisions", decision(partner, household=[{"ssin": ssin, "relation": "partner"}]))

    explain(energy, ssin, "socialTariff")

    assert AccessLogEntry.objects.filter(operation="explainRight", served=True).count() == 2


def test_a_right_that_is_off_is_not_explained(cpas, bim, decision, new_ssin):
    ssin = new_ssin()
    bim.inscribe(ssin)
    cpas.post("/decisions", decision(ssin))
    RightSetting.objects.create(right="bim", active=False)

    explanation = explain(bim, ssin, "bim")

    assert explanation == {
        "ssin": ssin,
        "right": "bim",
        "date": "2026-07-01",
        "outcome": "notAvailable",
    }


WITHHELD = "A condition is met; your authorisation does not open its details."
income = Attested("integrationIncome")


@pytest.fixture
def state(federal):
    """State facts, which must all be accepted."""

    def make(*items):
        items = [{"source": "nationalRegister"} | item for item in items]
        answer = federal.post("/personFacts/batches", {"items": items})
        assert answer.json()["rejected"] == 0, answer.content

    return make


@pytest.mark.parametrize("seen", [False, True])
def test_the_age_of_a_child_is_not_told_to_who_may_not_see_the_child(
    add_rights, recipient_for, cpas, decision, new_ssin, state, seen
):
    """Not even by the days on which a condition holds, which end on a birthday."""
    add_rights(sample=(income & HeldInHousehold(Aged(below=18), ("parent",))).to_end_of("month"))
    reader = recipient_for("mutualities", "sample", fields=EVERYTHING)
    parent, child = new_ssin(), new_ssin()
    reader.inscribe(parent)
    if seen:
        reader.inscribe(child)
    household = [{"ssin": child, "relation": "child"}]
    cpas.post("/decisions", decision(parent, household=household))
    state({"ssin": child, "fact": "birthDate", "value": "2008-09-16"})

    explanation = explain(reader, parent, "sample")

    assert explanation["outcome"] == "applies"
    text = str(explanation)
    assert ("15 September 2026" in text, "2026-09-15" in text) == (seen, seen)
    assert (MEMBER in text) is not seen
    assert (child in text) is False


def test_what_is_missing_of_a_member_is_said_without_the_days_that_tell_of_them(
    add_rights, recipient_for, cpas, decision, new_ssin
):
    add_rights(sample=income & HeldInHousehold(Aged(below=18), ("parent",)))
    reader = recipient_for("mutualities", "sample", fields=EVERYTHING)
    parent, child = new_ssin(), new_ssin()
    reader.inscribe(parent)
    household = [{"ssin": child, "relation": "child"}]
    cpas.post("/decisions", decision(parent, household=household))

    explanation = explain(reader, parent, "sample")

    assert explanation["outcome"] == "undetermined"
    assert explanation["summary"].endswith("the date of birth (the National Register).")
    doubt = next(step for step in steps_of(explanation) if step["text"] == MEMBER)
    assert {"startDate", "endDate"}.isdisjoint(doubt)


@pytest.mark.parametrize("fields", [EVERYTHING, [*EVERYTHING, "amounts"]])
def test_amounts_are_told_to_whom_they_are_opened(
    add_rights, recipient_for, cpas, decision, new_ssin, state, fields
):
    add_rights(sample=PaidAtLeast(("integrationIncome",), 100_000, "month"))
    reader, ssin = recipient_for("mutualities", "sample", fields=fields), new_ssin()
    reader.inscribe(ssin)
    cpas.post("/decisions", decision(ssin))
    paid = {"aidKind": "integrationIncome", "month": "2026-07", "amountEuroCent": 131_409}
    state({"ssin": ssin, "fact": "paidAmount", **paid})

    said = [step["text"] for step in steps_of(explain(reader, ssin, "sample"))][-1]

    assert said == (
        "At least €1,000.00 was paid per month (Integration income) from 1 July 2026 to"
        " 31 July 2026."
        if "amounts" in fields
        else WITHHELD
    )
    assert "1,314.09" not in str(explain(reader, ssin, "sample"))
