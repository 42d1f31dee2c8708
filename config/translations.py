"""The texts that people read: collected from the code, kept in .po files, compiled to .mo files.

`python -m config.translations` does all three; `--check` changes nothing and names everything that
is missing, in doubt or out of date. Pure Python, so that nothing needs to be installed for it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = Path(__file__).resolve().parent / "locale"
SOURCES = ("attestations", "derived_rights", "partners", "config")
LANGUAGES = ("fr", "nl", "de")

KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")


class Texts(Catalog):
    """A catalogue whose header says nothing that changes from one run to the next."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", str(self.locale)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def collected(root: Path = ROOT) -> list[Message]:
    """Every text of the code once, in order of file and line, with the files that use it."""
    found = Catalog()
    for path in _files(root):
        name = path.relative_to(root).as_posix()
        source = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            # As Python, with all else blanked out; without its indentation, which means nothing.
            source = "\n".join(line.lstrip() for line in templatize(source).splitlines())
        for line, text, _, context in extract("python", BytesIO(source.encode()), KEYWORDS):
            found.add(text, locations=[(name, line)], context=context)
    return [message for message in found if message.id]


def merged(texts: Iterable[Message], held: Catalog, language: str) -> Texts:
    """The texts with the translations that are held; what is no longer used is left behind."""
    result = Texts(locale=language, fuzzy=False)
    result.header_comment = f"# The texts of the attestation registry in: {language}."
    for text in texts:
        known = held.get(text.id, text.context)
        result.add(
            text.id,
            known.string if known else None,
            locations=text.locations,
            flags=known.flags if known else (),
            context=text.context,
        )
    return result


def problems(texts: list[Message], held: Catalog, language: str) -> Iterator[str]:
    """What stands between the .po file of a language and a complete one, a sentence each."""
    wanted = {(text.id, text.context) for text in texts}
    for text in texts:
        known = held.get(text.id, text.context)
        if known is None or not _complete(known):
            yield f"{language}: missing: {_shown(text)}"
        elif known.fuzzy:
            yield f"{language}: fuzzy: {_shown(text)}"
        elif any(_placeholders(part) != _placeholders(text.id) for part in _parts(known.string)):
            yield f"{language}: other placeholders: {_shown(text)}"
    for message in held:
        if message.id and (message.id, message.context) not in wanted:
            yield f"{language}: stale: {_shown(message)}"


def update(locale: Path = LOCALE, root: Path = ROOT) -> None:
    """Bring the .po files up to the code, and the .mo files up to them."""
    texts = collected(root)
    for language in LANGUAGES:
        path = _po(locale, language)
        path.parent.mkdir(parents=True, exist_ok=True)
        catalog = merged(texts, _read(path, language), language)
        path.write_bytes(_as_po(catalog))
        path.with_suffix(".mo").write_bytes(_as_mo(catalog))


def check(locale: Path = LOCALE, root: Path = ROOT) -> list[str]:
    """Every problem of every language; none means that all is translated and compiled."""
    texts = collected(root)
    found: list[str] = []
    for language in LANGUAGES:
        path = _po(locale, language)
        held = _read(path, language)
        found += problems(texts, held, language)
        compiled, current = path.with_suffix(".mo"), _as_mo(merged(texts, held, language))
        if not compiled.exists() or compiled.read_bytes() != current:
            found.append(f"{language}: out of date: {compiled.name}")
    return found


def _files(root: Path) -> list[Path]:
    """The Python files and the templates; migrations repeat the texts of the models."""
    return sorted(
        path
        for source in SOURCES
        for path in (root / source).rglob("*")
        if (path.suffix == ".py" and "migrations" not in path.parts)
        or (path.suffix in {".html", ".txt"} and "templates" in path.parts)
    )


def _po(locale: Path, language: str) -> Path:
    return locale / language / "LC_MESSAGES" / "django.po"


def _read(path: Path, language: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _as_po(catalog: Texts) -> bytes:
    buffer = BytesIO()
    write_po(buffer, catalog, width=100, include_lineno=False)
    return buffer.getvalue()


def _as_mo(catalog: Texts) -> bytes:
    buffer = BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def _parts(text: Any) -> tuple[str, ...]:
    """The singular and the plurals of a text."""
    return (text,) if isinstance(text, str) else tuple(text or ())


def _complete(message: Message) -> bool:
    parts = _parts(message.string)
    return bool(parts) and all(parts)


def _placeholders(text: Any) -> set[str]:
    return {found for part in _parts(text) for found in PLACEHOLDER.findall(part)}


def _shown(message: Message) -> str:
    files = ", ".join(dict.fromkeys(name for name, _ in message.locations))
    return f"{_parts(message.id)[0]!r}" + (f" ({files})" if files else "")


def main(words: list[str]) -> int:
    if words not in ([], ["--check"]):
        sys.stderr.write("usage: python -m config.translations [--check]\n")
        return 2
    if not words:
        update()
    found = check()
    for problem in found:
        sys.stdout.write(f"{problem}\n")
    sys.stdout.write(f"{len(found)} problems in the translations.\n" if found else "")
    # Collecting succeeds whatever is left to translate.
    return int(bool(found)) if words else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
