"""The page of the demonstration recipient: what arrived, in plain words, without JavaScript."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from typing import Any

REFRESH_SECONDS = 3

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem;
       color: #1b1b1b; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .35rem .75rem; vertical-align: top;
         border-bottom: 1px solid #ddd }
td.count { font-variant-numeric: tabular-nums; text-align: right } th.count { text-align: right }
.refused { color: #9c1c1c }
@media (prefers-color-scheme: dark) {
  body { color: #eee; background: #161616 } th, td { border-color: #444 }
  .refused { color: #ff9b9b }
}
"""

SENTENCES = {
    "rights.notify.granted": "{right} granted to {ssin}: {periods}",
    "rights.notify.extended": "{right} of {ssin} extended: {periods}",
    "rights.notify.reduced": "{right} of {ssin} reduced: {periods}",
    "rights.notify.ended": "{right} of {ssin} ended",
    "rights.notify.corrected": "{right} of {ssin} corrected: {periods}",
    "rights.notify.noted": "{right} noted for {ssin}: {periods}",
    "rights.notify.changed": "{right} changed for {ssin}: {periods}",
    "rights.notify.withdrawn": "{right} withdrawn for {ssin}",
    "rights.notify.undetermined": "{right} of {ssin} cannot be told: {missing} is missing",
    "attestations.notify.created": "{aidKind} attested for {ssin}: {period}",
    "attestations.notify.corrected": "Attestation of {aidKind} for {ssin} corrected: {period}",
    "attestations.notify.cancelled": "Attestation of {aidKind} for {ssin} cancelled",
    "missingAttestations.notify.found": "No attestation of {aidKind} for {ssin} {period} ({cause})",
    "missingAttestations.notify.resolved": "Attestation of {aidKind} for {ssin} no longer missing",
}

Counts = tuple[str, int, int, int]
Latest = tuple[datetime, str, dict[str, Any], int]


def page(counts: Sequence[Counts], latest: Iterable[Latest]) -> str:
    """The whole page. Counts: name, taken, repeated, refused. Latest: newest first; an empty event
    is a message that was refused."""
    count_rows = "".join(_count_row(*row) for row in counts) or _empty(4, "No recipient yet.")
    latest_rows = "".join(_latest_row(*row) for row in latest) or _empty(3, "Nothing yet.")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="{REFRESH_SECONDS}">
<title>Demonstration recipient</title>
<style>{STYLE}</style>
</head>
<body>
<h1>Demonstration recipient</h1>
<p>What the registry has pushed here. Every message's signature was verified. All persons are
fictitious.</p>
<h2>Per recipient</h2>
<table>
<tr><th>Recipient</th><th class="count">Events</th><th class="count">Repetitions</th>
<th class="count">Refused</th></tr>
{count_rows}</table>
<h2>Latest events</h2>
<table>
<tr><th>Time</th><th>Recipient</th><th>What happened</th></tr>
{latest_rows}</table>
</body>
</html>
"""


def sentence(event: dict[str, Any]) -> str:
    """What an event says, in plain words; its type where there are no words for it."""
    kind = str(event.get("type", ""))
    for ending, words in SENTENCES.items():
        if kind.endswith(f".{ending}"):
            return words.format_map(_Words(event.get("data") or {}))
    return kind or "A message without a type"


class _Words(dict[str, Any]):
    """The data of an event as text; what the authorisation cut out reads as "(not shown)"."""

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__(data)
        if "periods" in data:
            self["periods"] = ", ".join(map(_period, data["periods"])) or "no period"
        if "startDate" in data:
            self["period"] = _period(data)
        if "missing" in data:
            self["missing"] = ", ".join(str(lack.get("fact")) for lack in data["missing"])

    def __missing__(self, name: str) -> str:
        return "(not shown)"


def _period(dates: dict[str, Any]) -> str:
    end = dates.get("endDate")
    return f"from {dates['startDate']}" + (f" to {end}" if end else " on")


def _count_row(name: str, *numbers: int) -> str:
    cells = "".join(f'<td class="count">{number}</td>' for number in numbers)
    return f"<tr><td>{escape(name)}</td>{cells}</tr>\n"


def _latest_row(at: datetime, name: str, event: dict[str, Any], duplicates: int) -> str:
    if event:
        what = escape(sentence(event))
    else:
        what = '<span class="refused">A message was refused: its signature does not hold</span>'
    again = f" (and {duplicates} more times)" if duplicates else ""
    time = at.astimezone().strftime("%H:%M:%S")
    return f"<tr><td>{time}</td><td>{escape(name)}</td><td>{what}{again}</td></tr>\n"


def _empty(columns: int, text: str) -> str:
    return f'<tr><td colspan="{columns}">{text}</td></tr>\n'
