"""`make manage ARGS="doctor"`: a command of manage.py, on the demonstration that is running.

The addresses and secrets of the demonstration become the environment that the command reads. They
go before what the environment says of the same; the rest of it is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from partners.signing import SHARED


class NotRunning(RuntimeError):
    """No demonstration runs in the folder."""


def environment(state: Path, words: list[str]) -> dict[str, str]:
    """What manage.py needs to find the demonstration of this folder. NotRunning if there is none.

    Of the secrets only those that the registry itself reads, and the key by which an endpoint of
    the demonstration recipient knows us, where one is named.
    """
    try:
        demo = json.loads((state / "demo.json").read_text())
    except FileNotFoundError:
        raise NotRunning(
            f"No demonstration is running in {state}: start one with `make demo`, or name its"
            " folder with STATE=DIR."
        ) from None
    secrets = json.loads((state / "secrets.json").read_text())
    found = {
        "REGISTRY_MODE": "demo",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "BASE_URL": demo["baseUrl"],
        "DATABASE_URL": demo["databaseUrl"],
        "REDIS_URL": demo["redisUrl"],
        "SECRET_KEY": secrets["SECRET_KEY"],
        "SSIN_KEYS": secrets["SSIN_KEYS"],
    }
    if "today" in demo:
        found["TODAY"] = demo["today"]
    key = _recipient_key(state, demo["receiverUrl"], words)
    return found | ({"RECIPIENT_KEY": key} if key else {})


def _recipient_key(state: Path, receiver_url: str, words: list[str]) -> str | None:
    """The shared key of the endpoint of the demonstration recipient that stands in the command."""
    named = [urlsplit(one).path for one in words if one.startswith(f"{receiver_url}/hooks/")]
    if not named:
        return None
    known: Mapping[str, list[str]] = json.loads((state / "recipient.json").read_text())["secrets"]
    keys = known.get(named[0].rsplit("/", 1)[1], [])
    return next((key for key in keys if key.startswith(SHARED)), None)


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="make manage",
        description="Run a command of manage.py on the running demonstration.",
        usage='make manage ARGS="COMMAND ..." [STATE=DIR]',
    )
    parser.add_argument("--state", type=Path, default=Path("var"), metavar="DIR")
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND ...")
    options = parser.parse_args(words)
    if not options.words:
        parser.error('name a command, as in make manage ARGS="doctor"')
    try:
        found = environment(options.state, options.words)
    except NotRunning as error:
        sys.stderr.write(f"{error}\n")
        return 1
    script = Path(__file__).resolve().parents[2] / "manage.py"
    command = [sys.executable, str(script), *options.words]
    return subprocess.run(command, env={**os.environ, **found}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
