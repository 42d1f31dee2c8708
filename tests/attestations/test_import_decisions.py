"""`manage.py import_decisions`: what it keeps, and what it names."""

from __future__ import annotations

from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attestations.models import Attestation, Decision, FileImport, Person
from attestations.services import imports
from attestations.services.import_lines import Source
from attestations.services.import_recording import shown_name
from attestations.services.imports import import_file
from tests.attestations.decision_files import NUMBER, body, run, write, write_csv
from tests.factories import CpasFactory


@pytest.fixture
def cpas(db):
    return CpasFactory(enterprise_number=NUMBER)


def test_every_sound_line_is_kept(cpas, tmp_path):
    household = [{"ssin": body(99)["ssin"], "relation": "child"}]
    path = write(tmp_path / "a.ndjson", body(1), "", body(2, household=household), body(3))

    out, err, refusal = run(path, "--cpas", NUMBER)

    assert (err, refusal) == ("", "")
    assert "3 decisions recorded, 0 lines refused." in out
    assert Attestation.objects.count() == 3
    assert Person.objects.count() == 4


def test_every_bad_line_is_named_with_its_number_and_reason(cpas, tmp_path):
    lines = [
        body(1),
        "{",
        "",
        body(1),
        body(2, aidKind="gold", startDate="soon"),
        body(3, decidedOn="2999-01-01"),
        body(4) | {str(body(4)["ssin"]): 1},
        body(5),
    ]
    path = write(tmp_path / "a.ndjson", *lines)

    _, err, refusal = run(path, "--cpas", NUMBER, "--chunk", "2")

    assert refusal == "2 decisions recorded, 5 lines refused."
    named = [line.partition(":")[0] for line in err.splitlines()]
    assert named == ["line 2", "line 4", "line 5", "line 5", "line 6", "line 7"]
    assert "line 2: body: The line is not valid JSON" in err
    assert "line 5: startDate: Write a day as yyyy-MM-dd." in err
    assert "line 7: ?: There is no such property here." in err
    assert str(body(4)["ssin"]) not in err
    assert Decision.objects.count() == 2


def test_within_one_transaction_the_line_in_the_way_is_named(cpas, tmp_path):
    path = write(tmp_path / "a.ndjson", body(1), "", body(1))

    _, err, _ = run(path, "--cpas", NUMBER)

    assert err.startswith("line 3: startDate: Line 1 already covers")


def test_all_or_nothing(cpas, tmp_path):
    path = write(tmp_path / "a.ndjson", body(1), body(2), body(2), body(3, aidKind="gold"))

    _, err, refusal = run(path, "--cpas", NUMBER, "--atomic")

    assert refusal == "2 lines refused: nothing was recorded, as asked."
    assert [line.partition(":")[0] for line in err.splitlines()] == ["line 3", "line 4"]
    assert not Decision.objects.exists()
    assert not Person.objects.exists()
    assert not FileImport.objects.exists()
    whole = write(tmp_path / "b.ndjson", body(1), body(2))
    assert run(whole, "--cpas", NUMBER, "--atomic")[2] == ""
    assert Decision.objects.count() == 2


def test_a_file_is_imported_once(cpas, tmp_path):
    path = write(tmp_path / "a.ndjson", body(1), "{")
    first = run(path, "--cpas", NUMBER)

    second = run(path, "--cpas", NUMBER)

    assert second[1:] == first[1:]
    assert Decision.objects.count() == 1


def test_after_many_lines_the_planner_knows_the_tables(cpas, tmp_path, monkeypatch):
    monkeypatch.setattr(imports, "MANY", 3)

    run(write(tmp_path / "a.ndjson", *(body(serial) for serial in range(3))), "--cpas", NUMBER)

    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'attestations_attestation'")
        assert cursor.fetchone() == (3,)


def test_lines_may_name_their_cpas(cpas, tmp_path):
    other = CpasFactory()
    path = write(
        tmp_path / "a.ndjson",
        body(1, enterpriseNumber=NUMBER),
        body(1, enterpriseNumber=other.enterprise_number),
        body(2),
        body(3, enterpriseNumber="0999999999"),
        "[]",
    )

    _, err, refusal = run(path)

    assert refusal == "2 decisions recorded, 3 lines refused."
    assert err.splitlines() == [
        "line 3: enterpriseNumber: This field is required.",
        "line 4: enterpriseNumber: No CPAS is registered under this number.",
        "line 5: body: This must be a JSON object.",
    ]
    senders = Decision.objects.order_by("id").values_list("cpas__enterprise_number", flat=True)
    assert list(senders) == [NUMBER, other.enterprise_number]


def test_csv_has_the_same_columns(cpas, tmp_path):
    rows = [body(1), body(2, endDate="", category=""), body(3, startDate="2028-01-01"), body(4)]
    path = write_csv(tmp_path / "a.csv", *rows)
    with path.open("a") as file:
        file.write("one cell\n")

    _, err, refusal = run(path, "--cpas", NUMBER)

    assert refusal == "3 decisions recorded, 2 lines refused."
    assert err.splitlines() == [
        "line 4: endDate: The end lies before the start.",
        "line 6: body: The row has 1 cells, and not as many as there are columns.",
    ]
    periods = [row.period for row in Attestation.objects.order_by("id")]
    assert [period.is_open for period in periods] == [False, True, False]


@pytest.mark.parametrize("ending", ["csv", "ndjson"])
def test_a_line_that_is_too_long_is_refused_alone(cpas, tmp_path, ending):
    rows = [body(1), body(2, reference="x" * 140_000), body(3), body(4)]
    make = write_csv if ending == "csv" else lambda path, *lines: write(path, *lines)

    _, err, refusal = run(make(tmp_path / f"a.{ending}", *rows), "--cpas", NUMBER)

    assert refusal == "3 decisions recorded, 1 line refused."
    line = 3 if ending == "csv" else 2
    assert err == (
        f"line {line}: body: This is longer than 16,384 characters, and no decision is.\n"
    )


def test_what_a_quotation_mark_swallows_is_no_row(cpas, tmp_path):
    """Its content may look like rows; the next row is the one behind the end of the cell."""
    inside = [body(serial) for serial in range(10, 310)]
    path = write_csv(tmp_path / "a.csv", body(1), *inside, body(2))
    lines = path.read_text().splitlines()
    lines[1] += ',"'
    lines[-2] += '"'
    path.write_text("\n".join(lines) + "\n")

    _, err, refusal = run(path, "--cpas", NUMBER)

    assert refusal == "1 decision recorded, 1 line refused."
    assert err.startswith("line 2: body: This is longer than")
    assert "goes on to line 302: look for a quotation mark" in err


def test_ndjson_and_csv_leave_the_same(cpas, tmp_path):
    other = CpasFactory()
    rows = [body(serial) for serial in range(5)]
    run(write(tmp_path / "a.ndjson", *rows), "--cpas", NUMBER)
    run(write_csv(tmp_path / "a.txt", *rows), "--cpas", other.enterprise_number, "--format", "csv")

    def said(sender):
        names = ("person", "aid_kind", "period", "decided_on", "decision_version__reference")
        return list(sender.attestations.order_by("id").values(*names))

    assert len(said(cpas)) == 5
    assert said(cpas) == said(other)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "ssin,household\n", "Households need NDJSON"),
        ("a.csv", "", "must name the columns"),
        ("a.csv", "ssin,ssin\n", "each once"),
        ("none.ndjson", None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(cpas, tmp_path, name, content, said):
    path = tmp_path / name
    if content is not None:
        path.write_text(content)

    assert said in run(path, "--cpas", NUMBER)[2]
    assert not FileImport.objects.exists()


def test_an_unknown_cpas_is_refused(db, tmp_path):
    assert "No CPAS" in run(write(tmp_path / "a.ndjson", body(1)), "--cpas", NUMBER)[2]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("household[3].ssin", "household[3].ssin"), ("85710512369", "?"), ("a b", "?"), ("", "?")],
)
def test_only_names_are_repeated(name, shown):
    assert shown_name(name) == shown


def test_a_part_writes_no_more_for_all_the_lines_refused_before_it(cpas, tmp_path):
    lines = [body(serial, ssin="85710512300") for serial in range(300)]
    source = Source(write(tmp_path / "spoilt.ndjson", *lines), "ndjson", cpas.pk, {})
    written: list[int] = []

    with CaptureQueriesContext(connection) as captured:
        done = import_file(
            source,
            report=lambda *_: written.append(
                sum(len(query["sql"] or "") for query in captured.captured_queries)
            ),
            chunk=20,
        )

    assert [one.line for one in done.refused.all()] == list(range(1, 301))
    of_parts = [after - before for before, after in pairwise(written)][:15]
    assert max(of_parts) < 2 * min(of_parts)
