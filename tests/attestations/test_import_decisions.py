"""`manage.py import_decisions`: what it keeps, what it names, and that it survives a kill."""

from __future__ import annotations

import csv
import io
import json
import random
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from attestations.models import Attestation, Decision, FactChange, FileImport, Person
from attestations.services import imports
from attestations.services.import_lines import Source
from attestations.services.imports import import_file, shown_name
from attestations.ssin import make_ssin
from tests import processes
from tests.factories import CpasFactory

NUMBER = "0123456749"


@pytest.fixture
def cpas(db):
    return CpasFactory(enterprise_number=NUMBER)


def body(serial: int, **changes: object) -> dict[str, object]:
    """The decision of the person of that number."""
    ssin = make_ssin(date(1950 + serial // 900, 4, 5), 1 + serial % 900).number
    return {
        "ssin": ssin,
        "aidKind": "integrationIncome",
        "category": "single",
        "decidedOn": "2026-03-17",
        "startDate": "2026-03-02",
        "endDate": "2027-03-01",
        "reference": f"2026/{serial}",
    } | changes


def write(path: Path, *lines: object) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts) + "\n")
    return path


def write_csv(path: Path, *rows: dict[str, object]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def run(path: Path, *arguments: str) -> tuple[str, str, str]:
    """What it printed, what it named, and how it refused ('' for exit code 0)."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_decisions", str(path), *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), str(error)
    return out.getvalue(), err.getvalue(), ""


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


def random_lines(seed: int) -> list[dict[str, object]]:
    """Decisions of a few persons, who return in chunk after chunk, with households among them."""
    chance = random.Random(seed)
    lines = []
    for _ in range(120):
        start = date(2026, 1, 1) + timedelta(days=chance.randint(0, 900))
        end = start + timedelta(days=chance.randint(0, 40))
        serial, other = chance.sample(range(1, 16), 2)
        line = body(serial, startDate=str(start), endDate=str(end), decidedOn="2026-03-01")
        if chance.random() < 0.3:
            line["household"] = [{"ssin": body(other)["ssin"], "relation": "child"}]
        lines.append(line)
    return lines


def first_come(lines: list[dict[str, object]]) -> list[int]:
    """The numbers of the lines that no earlier one of their person stands in the way of."""
    kept: list[int] = []
    for number, line in enumerate(lines, start=1):
        before = [lines[one - 1] for one in kept if lines[one - 1]["ssin"] == line["ssin"]]
        if not any(
            str(one["startDate"]) <= str(line["endDate"])
            and str(line["startDate"]) <= str(one["endDate"])
            for one in before
        ):
            kept.append(number)
    return kept


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(3))
def test_in_two_tracks_the_first_line_wins(tmp_path, seed):
    CpasFactory(enterprise_number=NUMBER)
    lines = random_lines(seed)
    kept = first_come(lines)

    _, err, _ = run(write(tmp_path / "a.ndjson", *lines), "--cpas", NUMBER, "--chunk", "4")

    refused = [int(line.split()[1].rstrip(":")) for line in err.splitlines()]
    assert 0 < len(kept) < len(lines)
    assert sorted(kept + refused) == list(range(1, len(lines) + 1))
    assert Attestation.objects.count() == Decision.objects.count() == len(kept)
    changes = FactChange.objects.filter(kind="attestation").order_by("recorded_at", "id")
    versions: dict[int, list[int]] = {}
    for change in changes:
        versions.setdefault(change.person_id, []).append(change.version)
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values())


@pytest.mark.django_db(transaction=True)
def test_where_it_fails_what_was_committed_is_the_beginning_of_the_file(tmp_path):
    cpas = CpasFactory(enterprise_number=NUMBER)
    path = write(tmp_path / "a.ndjson", *(body(serial) for serial in range(60)))
    source = Source(path, "ndjson", cpas.pk, {})

    def fail(found: FileImport, refused: object) -> None:
        if found.lines_done >= 25:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        import_file(source, report=fail, chunk=5)

    assert FileImport.objects.get().lines_done == Decision.objects.count() == 25
    done = import_file(source, report=lambda *_: None, chunk=5)
    assert (done.accepted, done.rejected, Decision.objects.count()) == (60, 0, 60)


def start(path: Path) -> subprocess.Popen[str]:
    """An import by a process of its own, in chunks of five lines."""
    command = [sys.executable, "manage.py", "import_decisions", str(path), "--cpas", NUMBER]
    return subprocess.Popen(
        [*command, "--chunk", "5"],
        cwd=processes.ROOT,
        env=processes.environment("redis://127.0.0.1:1/0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[str]) -> None:
    processes.kill(process)


def press_ctrl_c(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) != 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", [kill, press_ctrl_c])
def test_stopped_and_started_again_it_goes_on_without_doubling(tmp_path, end):
    CpasFactory(enterprise_number=NUMBER)
    lines = 900
    path = write(tmp_path / "a.ndjson", *(body(serial) for serial in range(lines)), "{")

    stopped = start(path)
    while not FileImport.objects.filter(accepted__gte=50).exists():
        assert stopped.poll() is None, "it ended before it could be stopped"
    end(stopped)
    again = start(path)  # at once: what the first one sent last may not be committed yet
    stopped.communicate()
    out, err = again.communicate(timeout=60)

    assert again.returncode == 1
    named = [line for line in err.splitlines() if line.startswith("line ")]
    assert [line.partition(": The")[0] for line in named] == [f"line {lines + 1}: body"]
    assert Decision.objects.count() == lines
    assert Attestation.objects.values("person").distinct().count() == lines
    done = FileImport.objects.get()
    assert (done.accepted, done.rejected, done.lines_done) == (lines, 1, lines + 1)
    begun_at = int(out.split()[0])
    assert 50 <= begun_at < lines
