"""Time lines as SVG pictures: lanes of segments over the years. Pure.

A picture is shown as an image, so that no style stands in the page. It draws on white, in the light
and in the dark theme. What it shows also stands in a table beside it.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from xml.etree import ElementTree as Xml

from attestations.periods import ONE_DAY, Span

WIDTH, MARGIN, LABELS, LANE, TOP = 960, 12, 190, 34, 34
# Kind of segment to its colours (fill, edge, text), which contrast by 4.5 to 1 with each other.
COLOURS = {
    "law": ("#1f4e6f", "#16384f", "#ffffff"),
    "decided": ("#2d6a4f", "#1b4332", "#ffffff"),
    "attested": ("#f4d9a0", "#8a5a00", "#3d2800"),
    "proposed": ("#ffffff", "#2d6a4f", "#1b4332"),
    "doubtful": ("#ffffff", "#8a5a00", "#5c3c00"),
}
DASHED = ("proposed", "doubtful")
LETTER = 6.7  # width of a letter of 12 px, on average
FEW_YEARS = 14


@dataclass(frozen=True, slots=True)
class Segment:
    """Days with one text; `kind` is a key of COLOURS."""

    span: Span
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of the picture; segments are drawn in their order."""

    label: str
    segments: Sequence[Segment]


def drawn(lanes: Sequence[Lane], *, shown: Span, mark: date, mark_text: str) -> str:
    """The picture as the address of an image (`data:`), of the days of `shown`.

    What lies outside is cut off. `mark` is a day with a line through all lanes, and a text on it.
    """
    height = TOP + LANE * len(lanes) + 30
    root = Xml.Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {height}",
        width=str(WIDTH),
        height=str(height),
    )
    root.set("font-family", "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif")
    root.set("font-size", "12")
    frame = {"fill": "#ffffff", "stroke": "#c9d4dc", "rx": "6"}
    _rect(root, 0.5, 0.5, WIDTH - 1, height - 1, frame)
    _axis(root, shown, height)
    for place, lane in enumerate(lanes):
        _lane(root, lane, TOP + LANE * place, shown)
    if mark in shown:
        _mark(root, _x(mark, shown), mark_text, height)
    image = base64.b64encode(Xml.tostring(root, encoding="utf-8")).decode()
    return f"data:image/svg+xml;base64,{image}"


def around(spans: Sequence[Span], *, mark: date) -> Span:
    """The whole years that hold the mark and every end of the spans that is known.

    A year is added after the last of them, so that what goes on is seen to go on.
    """
    years = {mark.year}
    for span in spans:
        if span.start != date.min:
            years.add(span.start.year)
        if span.last_day is not None:
            years.add(span.last_day.year)
    return Span(date(min(years), 1, 1), date(max(years) + 2, 1, 1))


def _x(day: date, shown: Span) -> float:
    left, right = MARGIN + LABELS, WIDTH - MARGIN
    part = (min(max(day, shown.start), shown.end) - shown.start) / (shown.end - shown.start)
    return round(left + part * (right - left), 1)


def _axis(root: Xml.Element, shown: Span, height: int) -> None:
    years = range(shown.start.year, (shown.end - ONE_DAY).year + 1)
    step = 1 if len(years) <= FEW_YEARS else -(-len(years) // FEW_YEARS)
    for year in years:
        x = _x(date(year, 1, 1), shown)
        line = {"stroke": "#e3e9ed", "stroke-width": "1"}
        _line(root, x, TOP - 8, height - 26, line)
        if (year - years.start) % step == 0:
            _text(root, x + 3, TOP - 12, str(year), fill="#4a5a66")


def _lane(root: Xml.Element, lane: Lane, top: float, shown: Span) -> None:
    _text(root, MARGIN, top + 21, _cut(lane.label, LABELS - 8), fill="#1d2a33")
    for segment in lane.segments:
        if not segment.span.overlaps(shown):
            continue
        x, end = _x(segment.span.start, shown), _x(segment.span.end, shown)
        fill, edge, letters = COLOURS[segment.kind]
        style = {"fill": fill, "stroke": edge, "rx": "3"}
        if segment.kind in DASHED:
            style |= {"stroke-dasharray": "5 3", "stroke-width": "1.5"}
        _rect(root, x, top + 4, max(end - x, 2), LANE - 10, style)
        text = _cut(segment.text, end - x - 10)
        if text:
            _text(root, x + 6, top + 20, text, fill=letters)


def _mark(root: Xml.Element, x: float, text: str, height: int) -> None:
    style = {"stroke": "#b3261e", "stroke-width": "1.5", "stroke-dasharray": "3 3"}
    _line(root, x, TOP - 6, height - 22, style)
    near_end = x > WIDTH - MARGIN - len(text) * LETTER
    anchor = {"text-anchor": "end" if near_end else "start"}
    _text(root, x - 4 if near_end else x + 4, height - 9, text, fill="#8c1d18", **anchor)


def _cut(text: str, width: float) -> str:
    """As much of the text as there is room for; nothing, where there is too little."""
    letters = int(width / LETTER)
    if len(text) <= letters:
        return text
    return f"{text[: letters - 1]}…" if letters > 2 else ""


def _rect(
    root: Xml.Element, x: float, y: float, width: float, height: float, style: dict[str, str]
) -> None:
    box = {"x": f"{x:g}", "y": f"{y:g}", "width": f"{width:g}", "height": f"{height:g}"}
    Xml.SubElement(root, "rect", box | style)


def _line(root: Xml.Element, x: float, top: float, bottom: float, style: dict[str, str]) -> None:
    ends = {"x1": f"{x:g}", "x2": f"{x:g}", "y1": f"{top:g}", "y2": f"{bottom:g}"}
    Xml.SubElement(root, "line", ends | style)


def _text(root: Xml.Element, x: float, y: float, text: str, **style: str) -> None:
    Xml.SubElement(root, "text", {"x": f"{x:g}", "y": f"{y:g}"} | style).text = text
