"""`manage.py configure` and `demo_credentials`: what they print, and what they refuse."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.test import override_settings

from tests.partners.configuration_file import FILE, WHSEC, changed

pytestmark = pytest.mark.django_db

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `configure` with some content of a file and returns what it printed."""

    def call(content: str | None, *options: str) -> str:
        arguments = list(options)
        if content is not None:
            (tmp_path / "file.yaml").write_text(content)
            arguments.insert(0, str(tmp_path / "file.yaml"))
        printed = io.StringIO()
        call_command("configure", *arguments, stdout=printed)
        return printed.getvalue()

    return call


def test_the_command_tells_what_it_did(run: Run) -> None:
    assert run(FILE, "--check").endswith("9 would be changed, 0 unchanged.\n")
    assert "created organisation cpas-a\n" in run(FILE)
    assert run(FILE) == "0 changed, 9 unchanged.\n"
    assert run(run(None, "--export")) == "0 changed, 9 unchanged.\n"


def test_the_command_shows_a_secret_that_it_made(run: Run) -> None:
    assert "shown this once: whsec_" in run(changed(FILE, f", secret: {WHSEC}", ""))


def test_the_command_names_file_and_line_of_a_mistake(run: Run) -> None:
    with pytest.raises(CommandError, match=r"file\.yaml: line \d+: .*\n1 mistake; nothing was cha"):
        run(changed(FILE, "active: true", "active: maybe"))


@pytest.mark.parametrize("options", [[], ["x.yaml", "--export"], ["/does/not/exist.yaml"]])
def test_the_command_refuses_what_it_cannot_read(options: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("configure", *options)


def credentials(*files: str) -> Any:
    printed = io.StringIO()
    call_command("demo_credentials", *files, stdout=printed)
    return json.loads(printed.getvalue())


def test_credentials_of_a_demonstration_open_sessions(tmp_path: Path, run: Run) -> None:
    run(FILE)
    found = credentials(str(tmp_path / "file.yaml"))
    assert (
        found["cpas-a"].items()
        >= {
            "role": "cpas",
            "enterpriseNumber": "0123456749",
            "clientId": "cpas-a",
            "clientSecret": "a-secret-of-a-test",
            "legalContexts": [],
            "rights": [],
        }.items()
    )
    assert found["mutuality"]["legalContexts"] == ["CSI-2026-0042"]
    assert found["mutuality"]["rights"] == ["bim"]
    with override_settings(ROOT_URLCONF="partners.oauth_urls"):
        for one in found.values():
            body = {
                "grant_type": "client_credentials",
                "client_id": one["clientId"],
                "client_secret": one["clientSecret"],
            }
            assert Browser().post("/oauth/token", body).status_code == 200


def test_credentials_are_refused_in_production() -> None:
    with override_settings(PRODUCTION=True), pytest.raises(CommandError, match="Refused"):
        call_command("demo_credentials")
