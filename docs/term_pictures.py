"""Draws each term of the vocabulary on a time line, from what the interpreter really makes of it.

    python -m docs.term_pictures

writes `docs/img/terms/`; a test draws them again and compares, so that no picture can lie.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from attestations.periods import FOREVER, Span, Timeline, add_months
from derived_rights.engine.one import Derivation
from docs.term_examples import EXAMPLES, RIGHTS, Example

FOLDER = Path(__file__).parent / "img" / "terms"

WIDTH, MARGIN, ROW, BAR = 720, 16, 46, 16
GIVEN, RESULT, INK, GRID = "#5b7ea6", "#2f7d4f", "#222222", "#dddddd"


def draw_all(folder: Path) -> None:
    """Write the picture of every example into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for example in EXAMPLES:
        (folder / f"{example.name}.svg").write_text(picture(example), encoding="utf-8")


def picture(example: Example) -> str:
    """The SVG of one example: what is given above, what the term makes of it below."""
    rows = list(_evaluated(example))
    height = MARGIN + ROW * len(rows) + 34
    svg = Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {height}",
        width=str(WIDTH),
        height=str(height),
        role="img",
    )
    SubElement(svg, "title").text = example.name
    SubElement(svg, "desc").text = " ".join(_told(*row) for row in rows)
    _hatch(svg)
    SubElement(svg, "rect", width=str(WIDTH), height=str(height), fill="#ffffff")
    _grid(svg, example, MARGIN + ROW * len(rows))
    for place, (label, sure, possible) in enumerate(rows):
        top = MARGIN + ROW * place
        of_term = place == len(rows) - 1
        colour = RESULT if of_term else GIVEN
        _text(svg, MARGIN, top + 12, label, bold=of_term)
        for span in possible - sure:
            _bar(svg, example.shown, span, top + 20, "url(#doubt)", colour)
        for span in sure:
            _bar(svg, example.shown, span, top + 20, colour, colour)
    ElementTree.indent(svg)
    return ElementTree.tostring(svg, encoding="unicode") + "\n"


def _evaluated(example: Example) -> Iterator[tuple[str, Timeline, Timeline]]:
    """Each row with the days that it surely and possibly holds."""
    derivation = Derivation(example.facts, RIGHTS)
    for row in example.rows:
        if isinstance(row.what, Timeline):
            yield row.label, row.what, row.what
            continue
        belief = derivation.belief(row.person, row.what)
        yield (
            row.label,
            Timeline(piece.span for piece in belief.sure),
            Timeline(piece.span for piece in belief.possible),
        )


def _told(label: str, sure: Timeline, possible: Timeline) -> str:
    """A row in words, for who does not see it."""
    parts = [("", sure), ("perhaps ", possible - sure)]
    told = [f"{how}{span}" for how, days in parts for span in days]
    return f"{label}: {', '.join(told) or 'never'}."


def _hatch(svg: Element) -> None:
    """The fill of days in doubt."""
    pattern = SubElement(
        SubElement(svg, "defs"),
        "pattern",
        id="doubt",
        width="6",
        height="6",
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )
    SubElement(pattern, "rect", width="6", height="6", fill="#ffffff")
    SubElement(pattern, "rect", width="2", height="6", fill=RESULT)


def _grid(svg: Element, example: Example, bottom: int) -> None:
    """A line and a date at the start of each month, quarter or year that is shown."""
    day = example.shown.start
    while day <= example.shown.end:
        x = f"{_x(example.shown, day):.1f}"
        SubElement(svg, "line", x1=x, x2=x, y1=str(MARGIN), y2=str(bottom), stroke=GRID)
        after = add_months(day, example.tick_months)
        if after <= example.shown.end:
            written = f"{day:%b}" if example.tick_months == 1 else f"{day:%b %Y}"
            _text(svg, float(x) + 3, bottom + 16, written)
        day = after


def _bar(svg: Element, shown: Span, span: Span, top: int, fill: str, stroke: str) -> None:
    """The part of a span that is shown; where it goes on, it ends in a point."""
    part = span & shown
    if part is None:
        return
    left, right = _x(shown, part.start), _x(shown, part.end)
    middle, low = top + BAR / 2, top + BAR
    points: list[tuple[float, float]] = [(left, top), (right, top), (right, low), (left, low)]
    if span.end > shown.end:
        points[1:3] = [(right, top), (right + 8, middle), (right, low)]
    if span.start < shown.start:
        points.append((left - 8, middle))
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    SubElement(svg, "polygon", points=corners, fill=fill, stroke=stroke)


def _text(svg: Element, x: float, y: float, text: str, *, bold: bool = False) -> None:
    SubElement(
        svg,
        "text",
        {
            "font-family": "monospace",
            "font-size": "12",
            "font-weight": "bold" if bold else "normal",
        },
        x=f"{x:.0f}",
        y=f"{y:.0f}",
        fill=INK,
    ).text = text


def _x(shown: Span, day: date) -> float:
    """Where a day begins; the days shown fill the width but for its margins."""
    whole = (min(shown.end, FOREVER) - shown.start).days
    return MARGIN + (day - shown.start).days / whole * (WIDTH - 2 * MARGIN)


if __name__ == "__main__":
    draw_all(FOLDER)
