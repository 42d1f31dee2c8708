"""Refusals are told in the language of the caller, and none of their sentences is forgotten."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

from attestations.api import error_texts
from attestations.api.problem_labels import LABELS

ROOT = Path(__file__).parents[2]
# Where an answer of the API may come from; what the admin says is marked for itself.
ROOMS = (
    "attestations/errors.py",
    "attestations/ssin.py",
    "attestations/api",
    "attestations/services",
    "partners/addresses.py",
    "partners/api",
    "partners/services",
)
RAISED = {
    "AuthenticationFailed", "ErrorDetail", "ForbiddenTarget", "InvalidInput", "InvalidPeriod",
    "InvalidSsin", "Issue", "NotFound", "NotPermitted", "OutOfRange", "ParseError",
    "PayloadTooLarge", "PermissionDenied", "Problem", "RefusedReplacement", "Rejected",
    "StaleVersion", "UnknownReference", "ValidationError", "_Fault", "cls", "issue",
    "input_error", "problem_body", "query_error",
}  # fmt: skip
# Not of the API: what commands say.
ELSEWHERE = {
    "attestations/services/granting.py",
    "attestations/services/import_lines.py",
}


def texts_of(node: ast.AST) -> Iterator[str]:
    """The sentences that an expression may be, with a word for each thing that is filled in."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(
                str(one.value) if isinstance(one, ast.Constant) else "something" for one in parts
            )
        case ast.IfExp(body=one, orelse=other):
            yield from (*texts_of(one), *texts_of(other))


def sentences(path: Path) -> Iterator[str]:
    """What is raised in a module: in the call, or in a name `detail` that is handed to one."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        given: list[ast.AST] = []
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
            given = [*node.args] if name in RAISED else []
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "detail":
            given = [node.value]
        for one in given:
            # A code or the name of a field is one word.
            yield from (text for text in texts_of(one) if re.search(r"\w \w", text))


def modules() -> list[Path]:
    found = [ROOT / room for room in ROOMS]
    files = [path for one in found for path in ([one] if one.is_file() else one.rglob("*.py"))]
    return [path for path in files if str(path.relative_to(ROOT)) not in ELSEWHERE]


def test_every_sentence_of_a_refusal_can_be_told_in_every_language() -> None:
    raised = {text: path.name for path in modules() for text in sentences(path)}
    assert len(raised) > 80
    assert {text: name for text, name in raised.items() if not error_texts.is_listed(text)} == {}


def test_what_is_filled_in_stays_what_it_was() -> None:
    sentence = (
        "Attestation 26C000000000123 of your CPAS already covers this kind of aid from 2026-03-02"
        " to an open end: revise or stop its decision first."
    )
    with override("nl"):
        assert error_texts.told(sentence) == (
            "Attest 26C000000000123 van uw OCMW dekt dit soort steun al van 2026-03-02 tot een open"
            " einde: herzie of stop eerst de beslissing."
        )
        assert error_texts.told("Something nobody listed.") == "Something nobody listed."
    with override("en"):
        assert error_texts.told(sentence) == sentence


FAULTS = {
    "fr": ("Requête incorrecte", "La fin précède le début.", "Un NISS s"),
    "nl": ("Onjuist verzoek", "Het einde ligt vóór het begin.", "Een INSZ bestaat"),
    "de": ("Fehlerhafte Anfrage", "Das Ende liegt vor dem Anfang.", "Eine ENSS besteht"),
    "en": ("Bad Request", "The end lies before the start.", "A SSIN is written"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("language", sorted(FAULTS))
def test_a_refusal_speaks_the_callers_language(cpas, decision, new_ssin, language):
    title, period, number = FAULTS[language]
    body = decision(new_ssin(), startDate="2026-03-02", endDate="2026-03-01")
    answer = cpas.post("/decisions", body, Accept_Language=f"{language}-BE")

    assert answer["Content-Language"] == language
    assert "Accept-Language" in answer["Vary"]
    problem = answer.json()
    (issue,) = problem["issues"]
    assert (problem["title"], issue["detail"]) == (title, period)
    assert issue["type"] == "urn:problem-type:belgif-ext:input-validation:invalidPeriod"

    answer = cpas.post("/decisions", decision("1234"), Accept_Language=language)
    assert answer.json()["issues"][0]["detail"].startswith(number)
    gone = cpas.get("/nothing", Accept_Language=language).json()
    expected = "Resource Not Found" if language == "en" else LABELS["resourceNotFound"][language]
    assert gone["title"] == expected


# Words of English that are words of another language too.
SHARED = {"byte", "object"}
# What is no JSON.
NO_JSON = [
    '{"ssin": ',
    '{"ssin": x}',
    '{"ssin": 01}',
    '{"ssin": 1} {',
    '{"ssin": [1,]}',
    '{"ssin": 1,}',
    "{7: 1}",
    '{"ssin" 1}',
    '{"ssin": [1 2]}',
    '{"ssin": 1 "x": 2}',
    '{"ssin": "\\x"}',
    '{"ssin": "\\u12g4"}',
    '{"ssin": "\\udc00 and more"}',
    '{"ssin": "\\ud83d and more"}',
    '{"ssin": NaN}',
    '{"ssin": 1e999}',
    '{"ssin": ' + "[" * 100_000,
    b'{"ssin": "\xff"}',
    "[]",
    "null",
]


@pytest.mark.django_db
@pytest.mark.parametrize("body", NO_JSON, ids=lambda body: str(body)[:20])
def test_what_is_no_json_is_said_in_the_language_of_the_caller(cpas, body):
    details = {}
    for language in ("fr", "nl", "de", "en"):
        answer = cpas.post("/decisions", body, Accept_Language=language)
        assert answer.status_code == 400, answer.content
        details[language] = answer.json()["detail"]
    assert len(set(details.values())) == 4
    english = {word for word in re.findall(r"[a-z]{4,}", details["en"]) if word not in SHARED}
    for language in ("fr", "nl", "de"):
        assert not english & set(re.findall(r"[a-z]{4,}", details[language])), details


@pytest.mark.django_db
def test_a_line_that_is_no_json_is_told_so_too(cpas, recipient_for):
    lines = b'{"ssin": NaN}\n'
    task = cpas.post_lines("/decisions/batches", lines, Accept_Language="nl").json()
    (issue,) = task["issues"][0]["issues"]
    assert issue["detail"] == "De regel is geen geldige JSON: onverwacht teken (byte 9)"
    mutuality = recipient_for("mutualities", "bim")
    for first, detail in (
        (b"[]\n", "De eerste regel moet de vraag zijn, een JSON-object."),
        (b"{\n", "De eerste regel is geen geldige JSON: de tekst breekt te vroeg af"),
    ):
        answer = mutuality.post_lines("/rights/query/batches", first + lines, Accept_Language="nl")
        assert (answer.status_code, answer.json()["detail"]) == (400, detail)


@pytest.mark.django_db
@pytest.mark.parametrize("call", ["/decisions/batches", "/personFacts/batches"])
def test_the_fate_of_an_item_is_told_in_the_language_of_who_reads_it(cpas, federal, new_ssin, call):
    caller = cpas if call == "/decisions/batches" else federal
    told = {}
    body = {"items": [{"ssin": new_ssin(), "fact": "birthDate"}]}
    answer = caller.post(call, body, Accept_Language="de")
    assert answer.status_code == 202, answer.content
    for language in ("de", "fr", "en"):
        task = caller.get(f"/tasks/{answer.json()['taskId']}", Accept_Language=language).json()
        told[language] = {one["detail"] for one in task["issues"][0]["issues"]}
    assert told["de"] == {one["detail"] for one in answer.json()["issues"][0]["issues"]}
    assert len({frozenset(one) for one in told.values()}) == 3
    assert told["en"] & {"There is no such property here.", "This field is required."}
