"""The page of the demonstration recipient: what arrived, in plain words, without JavaScript."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any

from attestations.codes import AidKind, Cause, CodeList
from config.demo.recipient_words import LANGUAGES, SENTENCES, TEXTS, words
from derived_rights.engine.catalogue import rights
from derived_rights.engine.fact_kinds import FactKind
from derived_rights.engine.reasons import day_text

REFRESH_SECONDS = 3

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem;
       color: #1b1b1b; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .35rem .75rem; vertical-align: top;
         border-bottom: 1px solid #ddd }
td.count { font-variant-numeric: tabular-nums; text-align: right } th.count { text-align: right }
.refused { color: #9c1c1c } nav { display: flex; gap: 1rem }
@media (max-width: 40rem) {
  body { margin: 1rem auto } h1 { font-size: 1.25rem; overflow-wrap: anywhere }
  table { display: block; overflow-x: auto } th, td { padding: .35rem .4rem }
}
@media (prefers-color-scheme: dark) {
  body { color: #eee; background: #161616 } th, td { border-color: #444 }
  .refused { color: #ff9b9b } a { color: #9cc9ff }
}
"""

Counts = tuple[str, int, int, int]
Latest = tuple[datetime, str, dict[str, Any], int]


def page(counts: Sequence[Counts], latest: Iterable[Latest], *, language: str = "en") -> str:
    """The whole page. Counts: name, taken, repeated, refused. Latest: newest first; an empty event
    is a message that was refused."""
    said = Words(language)
    count_rows = "".join(_count_row(*row) for row in counts) or _empty(4, said["nobody"])
    latest_rows = "".join(_latest_row(said, *row) for row in latest) or _empty(3, said["nothing"])
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="{REFRESH_SECONDS}">
<title>{said["title"]}</title>
<style>{STYLE}</style>
</head>
<body>
<nav>{_languages(language)}</nav>
<h1>{said["title"]}</h1>
<p>{said["lead"]}</p>
<h2>{said["perRecipient"]}</h2>
<table>
<tr><th>{said["recipient"]}</th><th class="count">{said["events"]}</th>
<th class="count">{said["repetitions"]}</th><th class="count">{said["refused"]}</th></tr>
{count_rows}</table>
<h2>{said["latest"]}</h2>
<table>
<tr><th>{said["time"]}</th><th>{said["recipient"]}</th><th>{said["what"]}</th></tr>
{latest_rows}</table>
</body>
</html>
"""


def sentence(event: dict[str, Any], *, language: str = "en") -> str:
    """What an event says, in plain words; its type where there are no words for it."""
    kind = str(event.get("type", ""))
    for ending in SENTENCES:
        if kind.endswith(f".{ending}"):
            return words(SENTENCES, ending, language).format_map(
                _Named(event.get("data") or {}, Words(language))
            )
    return kind or Words(language)["untyped"]


@dataclass(frozen=True)
class Words:
    """The texts of the page in one language."""

    language: str

    def __getitem__(self, key: str) -> str:
        return words(TEXTS, key, self.language)

    def of(self, labels: Mapping[str, str]) -> str:
        return labels[self.language]

    def code(self, codes: type[CodeList], code: Any) -> str:
        """The name of a code; a code that this page does not know, as it is."""
        known = {one.value: one for one in codes}
        return self.of(known[code].labels) if code in known else str(code)

    def period(self, dates: Mapping[str, Any]) -> str:
        start, end = dates["startDate"], dates.get("endDate")
        return self["closed" if end else "open"].format(start=self.day(start), end=self.day(end))

    def day(self, text: Any) -> str:
        """A day as it is written in the language; what is none, as it came."""
        try:
            return day_text(date.fromisoformat(text), self.language)
        except (TypeError, ValueError):
            return str(text)


class _Named(dict[str, Any]):
    """The data of an event with names for codes; what the authorisation cut out is said so."""

    def __init__(self, data: dict[str, Any], said: Words) -> None:
        super().__init__(data)
        self.said = said
        if data.get("right") in rights():
            self["right"] = said.of(rights()[data["right"]].label)
        for name, codes in (("aidKind", AidKind), ("cause", Cause)):
            if name in data:
                self[name] = said.code(codes, data[name])
        if "periods" in data:
            self["periods"] = ", ".join(map(said.period, data["periods"])) or said["noPeriod"]
        if "startDate" in data:
            self["period"] = said.period(data)
        if "missing" in data:
            facts = [said.code(FactKind, lack.get("fact")) for lack in data["missing"]]
            self["missing"] = ", ".join(facts)

    def __missing__(self, name: str) -> str:
        return self.said["cut"]


def _languages(shown: str) -> str:
    return " ".join(
        f'<a href="?lang={code}" lang="{code}"{current}>{name}</a>'
        for code, name in LANGUAGES.items()
        for current in [' aria-current="true"' if code == shown else ""]
    )


def _count_row(name: str, *numbers: int) -> str:
    cells = "".join(f'<td class="count">{number}</td>' for number in numbers)
    return f"<tr><td>{escape(name)}</td>{cells}</tr>\n"


def _latest_row(
    said: Words, at: datetime, name: str, event: dict[str, Any], duplicates: int
) -> str:
    if event:
        what = escape(sentence(event, language=said.language))
    else:
        what = f'<span class="refused">{said["refusal"]}</span>'
    again = said["again"].format(times=duplicates) if duplicates else ""
    time = at.astimezone().strftime("%H:%M:%S")
    return f"<tr><td>{time}</td><td>{escape(name)}</td><td>{what}{again}</td></tr>\n"


def _empty(columns: int, text: str) -> str:
    return f'<tr><td colspan="{columns}">{text}</td></tr>\n'
