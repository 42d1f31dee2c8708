"""The texts that people read are translated, and the tool that says so can be believed."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext, ngettext

from config import translations

CODE = 'from django.utils.translation import gettext as _\n\nTEXT = _("{text}")\n'
TEMPLATE = """{% load i18n %}
<div>
    <h1>{% translate "A title" %}</h1>
      {% blocktranslate trimmed %}
        A sentence, of {{ number }} lines.
      {% endblocktranslate %}
  {# {% translate "Not shown" %} #}
</div>
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small project with one text."""
    (tmp_path / "attestations" / "templates").mkdir(parents=True)
    write(tmp_path, "A text")
    return tmp_path


@pytest.fixture
def locale(tmp_path: Path, root: Path) -> Path:
    """Its catalogues, collected and translated."""
    folder = tmp_path / "locale"
    translations.update(folder, root)
    edit(folder, 'msgid "A text"\nmsgstr ""', 'msgid "A text"\nmsgstr "Un texte"')
    translations.update(folder, root)
    return folder


def write(root: Path, text: str) -> None:
    (root / "attestations" / "texts.py").write_text(CODE.format(text=text))


def edit(locale: Path, old: str, new: str) -> None:
    for path in locale.glob("*/LC_MESSAGES/django.po"):
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))


def in_every_language(problem: str) -> list[str]:
    return [f"{language}: {problem}" for language in translations.LANGUAGES]


def test_everything_is_translated() -> None:
    assert translations.check() == []


def test_the_languages_are_those_of_the_settings(settings) -> None:
    assert {*translations.LANGUAGES, "en"} == {code for code, _ in settings.LANGUAGES}


@pytest.mark.parametrize(
    ("language", "decision"), [("fr", "décision"), ("nl", "beslissing"), ("de", "Beschluss")]
)
def test_django_finds_the_translations(language: str, decision: str) -> None:
    with translation.override(language):
        assert gettext("decision") == decision
        assert (
            ngettext("%d subscription paused.", "%d subscriptions paused.", 2)
            != "%d subscriptions paused."
        )


def test_a_complete_catalogue_has_no_problem(locale: Path, root: Path) -> None:
    assert translations.check(locale, root) == []


def test_a_new_text_is_missing_and_the_old_one_stale(locale: Path, root: Path) -> None:
    write(root, "Another text")
    found = translations.check(locale, root)
    missing = in_every_language("missing: 'Another text' (attestations/texts.py)")
    stale = in_every_language("stale: 'A text' (attestations/texts.py)")
    assert {*missing, *stale} <= set(found)


def test_a_text_without_translation_is_missing(locale: Path, root: Path) -> None:
    edit(locale, "Un texte", "")
    found = translations.check(locale, root)
    assert set(in_every_language("missing: 'A text' (attestations/texts.py)")) <= set(found)


def test_a_doubtful_translation_is_named(locale: Path, root: Path) -> None:
    edit(locale, 'msgid "A text"', '#, fuzzy\nmsgid "A text"')
    found = translations.check(locale, root)
    assert set(in_every_language("fuzzy: 'A text' (attestations/texts.py)")) <= set(found)


def test_a_lost_placeholder_is_named(locale: Path, root: Path) -> None:
    write(root, "A text of %(person)s")
    translations.update(locale, root)
    wanted = 'msgid "A text of %(person)s"\nmsgstr "'
    edit(locale, wanted + '"', wanted + 'Un texte de %(personne)s"')
    translations.update(locale, root)
    name = "'A text of %(person)s' (attestations/texts.py)"
    assert translations.check(locale, root) == in_every_language(f"other placeholders: {name}")


def test_a_catalogue_that_was_not_compiled_again_is_out_of_date(locale: Path, root: Path) -> None:
    edit(locale, "Un texte", "Le texte")
    assert translations.check(locale, root) == in_every_language("out of date: django.mo")


def test_collecting_keeps_translations_and_drops_what_is_unused(locale: Path, root: Path) -> None:
    before = (locale / "fr" / "LC_MESSAGES" / "django.po").read_text()
    (root / "attestations" / "more.py").write_text(CODE.format(text="Yet another"))
    translations.update(locale, root)
    (root / "attestations" / "more.py").unlink()
    translations.update(locale, root)
    assert (locale / "fr" / "LC_MESSAGES" / "django.po").read_text() == before
    assert "Un texte" in before


def test_two_runs_write_the_same_bytes(locale: Path, root: Path) -> None:
    def content() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in locale.rglob("django.*")}

    first = content()
    assert len(first) == 2 * len(translations.LANGUAGES)
    translations.update(locale, root)
    assert content() == first


def test_templates_are_read_however_they_are_indented(root: Path) -> None:
    (root / "attestations" / "templates" / "page.html").write_text(TEMPLATE)
    found = {message.id: message.locations for message in translations.collected(root)}
    assert found.pop("A text") == [("attestations/texts.py", 3)]
    assert found == {
        "A title": [("attestations/templates/page.html", 3)],
        "A sentence, of %(number)s lines.": [("attestations/templates/page.html", 4)],
    }


@pytest.mark.parametrize(("found", "code"), [([], 0), (["fr: missing: 'A text'"], 1)])
def test_the_check_fails_on_a_problem_and_names_it(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    found: list[str],
    code: int,
) -> None:
    monkeypatch.setattr(translations, "check", lambda: found)
    assert translations.main(["--check"]) == code
    assert all(problem in capsys.readouterr().out for problem in found)
