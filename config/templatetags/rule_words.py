"""Filters for the pages about rules: names in the place of codes."""

from __future__ import annotations

from django import template

from derived_rights.wording import (
    effect_text,
    fact_text,
    named,
    parameter_text,
    subject_text,
    value_text,
)

register = template.Library()
register.filter("parameter_in_words", parameter_text)
register.filter("value_in_words", value_text)
register.filter("fact_in_words", fact_text)
register.filter("subject_in_words", subject_text)
register.filter("effect_in_words", effect_text)
register.filter("named", named)
