"""Texts that are kept by language, read in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import get_language

from attestations.codes import LANGUAGES


def in_page_language(texts: Mapping[str, str]) -> str:
    """The text in the language of the page; if there is none, in the first that has one, or ""."""
    language = (get_language() or "en")[:2]
    others = (texts[other] for other in LANGUAGES if texts.get(other))
    return str(texts.get(language) or next(others, ""))
