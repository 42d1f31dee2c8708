"""No text that is stored holds the number of a person: it is refused, and says so.

Only the reason of a recipient's answer is masked instead, see test_feedback.
"""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from rest_framework import serializers

from attestations.api.inputs import StrictSerializer, TextField
from attestations.models import Cpas, DecisionVersion
from attestations.services.item_faults import HOLDS_SSIN
from attestations.ssin import stands_in
from config import urls  # noqa: F401  # loads every view

pytestmark = pytest.mark.django_db
# Compared with what is known, and never kept.
COMPARED = {"legalContext", "right", "enterpriseNumber", "reference", "eventId"}
MASKED = {"EventFeedbackInput.reason"}


def refused(answer, name):
    assert answer.status_code == 400, answer.content
    (issue,) = answer.json()["issues"]
    assert (issue["name"], issue["detail"]) == (name, HOLDS_SSIN)
    assert issue["type"].endswith(":rejectedInput")
    assert "value" not in issue


def spellings(ssin):
    dotted = f"{ssin[:2]}.{ssin[2:4]}.{ssin[4:6]}-{ssin[6:9]}.{ssin[9:]}"
    return [ssin, f"{ssin[:6]}-{ssin[6:]}", f"2026/{dotted}", dotted.replace(".", " ")]


def test_a_number_is_recognised_by_its_check_digits(new_ssin):
    ssin = new_ssin()
    assert all(map(stands_in, spellings(ssin)))
    wrong = f"{(int(ssin) + 1):011}"
    assert not any(
        map(stands_in, [wrong, f"1{ssin}", f"{ssin}0", "2026/0412", "", "26/85 710 512"])
    )


@pytest.mark.parametrize("form", range(4))
def test_a_reference_names_nobody(cpas, decision, new_ssin, form):
    ssin = new_ssin()
    body = decision(ssin, reference=spellings(new_ssin())[form])
    refused(cpas.post("/decisions", body), "reference")
    refused(cpas.post("/decisions/preview", body), "reference")
    batch = cpas.post("/decisions/batches", {"items": [body, decision(ssin)]}).json()
    assert (batch["accepted"], batch["rejected"]) == (1, 1)
    (issue,) = batch["issues"][0]["issues"]
    assert (issue["name"], issue["detail"]) == ("reference", HOLDS_SSIN)
    assert DecisionVersion.objects.count() == 1


def test_the_file_number_of_a_system_may_happen_to_have_the_check_digits_of_a_person():
    assert stands_in("20262700015")
    assert not stands_in("2026/2700015")


def test_neither_does_what_is_said_of_a_change(cpas, decision, new_ssin):
    made = cpas.post("/decisions", decision(new_ssin())).json()
    path, number = f"/decisions/{made['decisionId']}", new_ssin()
    content = decision("", reason="x")
    del content["ssin"]
    for call, body, name in (
        ("revisions", content | {"reason": f"see {number}"}, "reason"),
        ("revisions", content | {"reference": number}, "reference"),
        ("stop", {"endDate": "2026-09-30", "reason": number}, "reason"),
        ("cancellation", {"reason": number}, "reason"),
    ):
        refused(cpas.post(f"{path}/{call}", body, If_Match='"1"'), name)


def test_nor_does_what_a_recipient_says(recipient_for, new_ssin):
    mutuality = recipient_for("mutualities", "bim")
    ssin = new_ssin()
    body = {"ssin": ssin, "qualityCode": ssin, "startDate": "2026-01-01"}
    refused(mutuality.post("/inscriptions", body), "qualityCode")
    asked = {"legalContext": mutuality.legal_context, "endpoint": f"https://a.example/{ssin}"}
    refused(mutuality.post("/subscriptions", asked), "endpoint")


def test_nor_a_line_of_a_file(cpas, decision, tmp_path, new_ssin):
    number = new_ssin()
    path = tmp_path / "a.csv"
    path.write_text(
        "ssin,aidKind,decidedOn,startDate,reference\n"
        f"{new_ssin()},integrationIncome,2026-03-02,2026-03-02,{number}\n"
    )
    err = io.StringIO()
    with pytest.raises(CommandError):
        call_command(
            "import_decisions", str(path), "--cpas", Cpas.objects.get().enterprise_number,
            stdout=io.StringIO(), stderr=err,
        )  # fmt: skip
    assert f"line 2: reference: {HOLDS_SSIN}" in err.getvalue()
    assert number not in err.getvalue()


@pytest.mark.parametrize("mark", ["\x00", "\x1b", "\x7f", "\x9b", "\u202e", "\u2066"], ids=ascii)
def test_what_does_not_show_is_no_text(cpas, recipient_for, decision, new_ssin, mark):
    """It would act on a terminal, or show another text than the one that is stored."""
    body = decision(new_ssin(), reference=f"2026/{mark}0412")
    assert cpas.post("/decisions", body).json()["issues"][0]["name"] == "reference"
    batch = cpas.post("/decisions/batches", {"items": [body]}).json()
    assert batch["issues"][0]["issues"][0]["name"] == "reference"
    inscription = {"ssin": new_ssin(), "qualityCode": f"1{mark}1", "startDate": "2026-01-01"}
    answer = recipient_for("mutualities", "bim").post("/inscriptions", inscription)
    assert answer.json()["issues"][0]["name"] == "qualityCode"


def test_a_text_may_have_lines_and_every_script(cpas, decision, new_ssin):
    text = "2026/0412\r\n\tà l’unanimité, ß, €, العربية, \U0001f600"
    answer = cpas.post("/decisions", decision(new_ssin(), reference=text))
    assert answer.json()["reference"] == text
    batch = {"items": [decision(new_ssin(), reference=text)]}
    assert cpas.post("/decisions/batches", batch).json()["accepted"] == 1


def kinds(cls):
    for one in cls.__subclasses__():
        yield one
        yield from kinds(one)


def test_every_text_that_is_kept_is_looked_at():
    found = set()
    for shape in {*kinds(StrictSerializer)}:
        for name, field in shape().fields.items():
            inner = field.child if isinstance(field, serializers.ListField) else field
            is_kept = type(inner) is TextField and (inner.max_length or 99) >= 11
            if is_kept and name not in COMPARED | {"rights"}:
                found.add(f"{shape.__name__}.{name}")
    assert found == MASKED
