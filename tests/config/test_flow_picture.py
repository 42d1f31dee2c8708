"""The picture on the first page speaks the reader's language, and its words fit their boxes."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils.translation import override

from config.flow_picture import picture

TITLES = {"fr": "Décision", "nl": "Beslissing", "de": "Beschluss", "en": "Decision"}


@pytest.mark.parametrize("language", sorted(TITLES))
def test_it_is_drawn_in_the_readers_language(client: Client, language: str) -> None:
    text = client.get("/", headers={"Accept-Language": language}).content.decode()
    assert f">{TITLES[language]}</text>" in text
    assert "style=" not in text


@pytest.mark.parametrize("language", sorted(TITLES))
def test_the_words_fit(language: str) -> None:
    with override(language):
        found = picture()
    for box in found["boxes"]:
        assert len(box.title) <= 15
        assert len(box.words.lines) <= 3, box
        assert max(map(len, box.words.lines)) <= 21, box
    assert len(found["check"].title) <= 36
    assert len(found["check"].words.lines) <= 2
    assert len(found["flagged"].lines) <= 4
