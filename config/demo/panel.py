"""What the demonstration says on the terminal once it is up."""

from __future__ import annotations

import shlex
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text


def show(console: Console, demo: dict[str, Any], *, state: str) -> None:
    """Print addresses, the log-in and commands to paste; these stay plain, to be copied whole."""
    parts = [_addresses(demo, state)]
    if demo["clients"]:
        parts.append(_clients(demo))
    console.print(
        Panel(
            Group(*parts),
            title="Attestation registry: the demonstration is up",
            subtitle="Ctrl-C stops everything",
        )
    )
    for title, command in [*_commands(demo), _manage(state)]:
        console.print(Text(f"\n{title}", style="bold"))
        console.print(command, soft_wrap=True, markup=False)
    console.print()


def _manage(state: str) -> tuple[str, str]:
    folder = "" if state == "var" else f" STATE={shlex.quote(state)}"
    return "What an operator asks, in another terminal", f'make manage ARGS="doctor"{folder}'


def _addresses(demo: dict[str, Any], state: str) -> Table:
    table = Table.grid(padding=(0, 2))
    admin = demo["admin"]
    for name, value in (
        ("API", f"{demo['baseUrl']}/registry/v1"),
        ("API documentation", f"{demo['baseUrl']}/registry/v1/doc"),
        ("Administration", demo["adminUrl"]),
        ("User, password", f"{admin['username']}, {admin['password']}"),
        ("Recipient's view", demo["receiverUrl"]),
        ("Files and logs", state),
        ("For programs", f"{state}/demo.json"),
    ):
        table.add_row(Text(name, style="bold"), Text(value))
    return table


def _clients(demo: dict[str, Any]) -> Table:
    table = Table(box=None, padding=(0, 1))
    for title in ("client", "legal contexts", "rights, or role"):
        table.add_column(title, overflow="fold")
    for name, client in demo["clients"].items():
        contexts, rights = ", ".join(client["legalContexts"]), ", ".join(client["rights"])
        table.add_row(name, contexts, rights or client["role"])
    return table


def _commands(demo: dict[str, Any]) -> list[tuple[str, str]]:
    """Commands that work as they are printed, for the first CPAS and the first recipient."""
    api, clients = f"{demo['baseUrl']}/registry/v1", demo["clients"]
    commands = [("Is it well?", f"curl -s {api}/health")]
    cpas = next((each for each in clients.values() if each["role"] == "cpas"), None)
    recipient = next((each for each in clients.values() if each["rights"]), None)
    if cpas:
        body = (
            '{"ssin": "85710512369", "aidKind": "integrationIncome", "category": "single",'
            ' "decidedOn": "2026-03-17", "startDate": "2026-03-02", "reference": "2026/0412"}'
        )
        commands += [
            (
                "A token, as a CPAS asks for one",
                f"curl -s {demo['baseUrl']}/oauth/token -d grant_type=client_credentials"
                f" -u '{cpas['clientId']}:{cpas['clientSecret']}'",
            ),
            (
                "Record a decision",
                f"curl -s {api}/decisions -H 'Authorization: Bearer {cpas['token']}'"
                f" -H 'Content-Type: application/json' -d '{body}'",
            ),
        ]
    if recipient:
        bearer = f"-H 'Authorization: Bearer {recipient['token']}'"
        commands.append(
            ("Read a recipient's feed of events", f"curl -s '{api}/events?pageSize=5' {bearer}")
        )
    return commands
