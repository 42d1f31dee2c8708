"""The service and its workers do not start with a mistake in them, and say what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.checks import check_households

ROOT = Path(__file__).parents[2]
WITH_ANOTHER_FOLDER = "import derived_rights.rights as r; r.__path__.append({folder!r}); "
PROGRAMS = {
    "service": "import config.wsgi",
    "worker": "from config.celery import app; app.worker_main(['worker', '--pool', 'solo'])",
}


def start(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "REGISTRY_MODE": "test"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_bound_under_which_no_household_could_be_stated_is_refused(settings) -> None:
    assert check_households() == []
    settings.HOUSEHOLDS_PER_MEMBER = 0

    (mistake,) = check_households()

    assert (mistake.id, "1 or more" in mistake.hint) == ("registry.E002", True)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_right_that_cannot_work_stops_the_start(program: str, tmp_path: Path) -> None:
    (tmp_path / "mistaken.py").write_text(
        "from derived_rights.engine.terms import Attested\nAttested('gift')\n"
    )
    started = start(WITH_ANOTHER_FOLDER.format(folder=str(tmp_path)) + PROGRAMS[program])
    assert started.returncode == 1, started.stderr
    assert "derived_rights.E002" in started.stderr
    assert "'gift' is not a kind of aid; use one of integrationIncome" in started.stderr


def test_without_one_the_service_starts() -> None:
    started = start(PROGRAMS["service"])
    assert (started.returncode, started.stdout) == (0, ""), started.stderr
