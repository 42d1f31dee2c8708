"""Texts that are kept by language, read in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import get_language


def in_page_language(texts: Mapping[str, str]) -> str:
    """The text in the language of the page; the first one where that is missing, "" for none."""
    language = (get_language() or "en")[:2]
    return str(texts.get(language) or next(iter(texts.values()), ""))
