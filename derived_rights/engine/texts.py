"""A text that also knows how it reads in the other languages. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self


class Text(str):
    """An English text with its French, Dutch and German ones.

    Of a legal source each language has the citation under which the text is officially known
    there, as far as that is certain; otherwise a description with the same number and date.
    """

    by_language: Mapping[str, str]

    def __new__(cls, english: str, *, fr: str, nl: str, de: str) -> Self:
        text = super().__new__(cls, english)
        text.by_language = {"fr": fr, "nl": nl, "de": de, "en": english}
        return text


def in_language(text: str, language: str) -> str:
    """How the text reads in a language; one that was written in a single language, as it is."""
    return text.by_language.get(language, str(text)) if isinstance(text, Text) else text
