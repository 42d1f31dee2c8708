"""Files of decisions, and what `manage.py import_decisions` makes of them."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

from django.core.management import CommandError, call_command

from attestations.ssin import make_ssin

NUMBER = "0123456749"


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
