"""The short storm of every change; `make chaos` is the long one."""

from __future__ import annotations

import subprocess
import sys

from tests.processes import ROOT


def test_a_storm_loses_invents_and_disorders_nothing():
    """2,000 events while 20 processes are killed, and PostgreSQL and Valkey twice each."""
    storm = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--events", "2000", "--disturbances", "28"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert storm.returncode == 0, storm.stdout
