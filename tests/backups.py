"""Backups of the database of a test, taken and restored as an operator does."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
from django.db import connection

from config.wheels import postgres_binaries


def take(path: Path) -> Path:
    """Dump the database into this file."""
    _run("pg_dump", "--format=custom", f"--file={path}", _url(connection.settings_dict["NAME"]))
    return path


class Restored:
    """A database of its own; the connection leads there from `restore` until `end`."""

    def __init__(self) -> None:
        self.original: str = connection.settings_dict["NAME"]
        self.name = f"restored_{self.original}"

    def restore(self, backup: Path) -> None:
        connection.close()
        _administer(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
        _administer(f"CREATE DATABASE {self.name}")
        _run("pg_restore", f"--dbname={_url(self.name)}", str(backup))
        connection.settings_dict["NAME"] = self.name

    def end(self) -> None:
        connection.close()
        connection.settings_dict["NAME"] = self.original
        _administer(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


def _url(name: str) -> str:
    found = connection.settings_dict
    return (
        f"postgresql://{found['USER']}:{found['PASSWORD']}@{found['HOST']}:{found['PORT']}/{name}"
    )


def _run(program: str, *words: str) -> None:
    subprocess.run([postgres_binaries() / program, *words], check=True, capture_output=True)


def _administer(statement: str) -> None:
    with psycopg.connect(_url("postgres"), autocommit=True) as link:
        link.execute(statement)
