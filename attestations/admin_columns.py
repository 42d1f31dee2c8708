"""What a row shows in the admin: links, days and codes in the form that people read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Field, JSONField, ManyToOneRel, Model
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from attestations.codes import AidKind, CodeList
from attestations.languages import in_page_language
from attestations.periods import Span

Column = Callable[[Any], Any]


def link_to(row: Model | None) -> SafeString | str:
    """The row's name as a link to its page."""
    if row is None:
        return "–"
    meta = row._meta
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', url, row)


def linked(name: str, description: Any) -> Column:
    """A column with a link to a related row; the list must select that row."""

    @admin.display(description=description, ordering=name)
    def column(row: Any) -> SafeString | str:
        return link_to(getattr(row, name))

    return column


@admin.display(description=_("person"), ordering="person")
def person(row: Any) -> SafeString:
    """A column with a link to the person, by our own number: needs no query, shows no SSIN.

    A dash where the row is about nobody, as the silence of a CPAS is.
    """
    if row.person_id is None:
        return SafeString("–")
    url = reverse("admin:attestations_person_change", args=[row.person_id])
    return format_html('<a href="{}">#{}</a>', url, row.person_id)


@admin.display(description=_("period"), ordering="period")
def days(row: Any) -> str:
    """The first and the last day of the row's period, where it has one."""
    return "–" if row.period is None else shown_days(row.period)


@admin.display(description=_("identifier"), ordering="public_id")
def short_id(row: Any) -> SafeString:
    """The end of the public identifier, which tells most; the whole of it when pointed at."""
    # The joiner keeps the dots on the line of what they stand for.
    end = str(row.public_id)[-12:]
    return format_html('<span title="{}">…&#8288;{}</span>', row.public_id, end)


@admin.display(description=_("ticket"))
def ticket_link(row: Any) -> SafeString:
    """The end of the ticket, which tells most, with everything that carries it behind the link."""
    ticket = str(row.ticket)
    link = '<a href="{}?ticket={}" title="{}">…{}</a>'
    return format_html(link, reverse("admin:ticket"), ticket, ticket, ticket[-12:])


@admin.display(description=_("ticket"))
def whole_ticket(row: Any) -> SafeString:
    """The ticket in full, for the page of the row."""
    link = '<a href="{}?ticket={}">{}</a>'
    return format_html(link, reverse("admin:ticket"), row.ticket, row.ticket)


@admin.display(description=_("kind of aid"), ordering="aid_kind")
def aid(row: Any) -> str:
    return shown_code(AidKind, row.aid_kind)


@admin.display(description=_("attestations"))
def attestation_links(row: Any) -> SafeString:
    url = reverse("admin:attestations_attestation_changelist")
    numbers = ((url, number, number) for number in row.attestation_numbers)
    return format_html_join(", ", '<a href="{}?q={}">{}</a>', numbers)


@admin.display(description=_("see also"))
def related_lists(row: Model) -> SafeString:
    """Links to the lists of rows that point to this one."""
    links = []
    for relation in row._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ManyToOneRel):
            continue
        field, meta = relation.field, relation.related_model._meta
        try:
            url = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        except NoReverseMatch:
            continue
        query = f"{field.name}__{field.target_field.name}__exact"
        text = capfirst(str(meta.verbose_name_plural))
        if field.verbose_name != row._meta.verbose_name:
            text = f"{text} ({field.verbose_name})"
        links.append((url, query, row.pk, text))
    links.sort(key=lambda link: link[3])
    shown = format_html_join(" · ", '<a href="{}?{}={}">{}</a>', dict.fromkeys(links))
    return shown or SafeString("–")


# Fields that read better, or lead further, in another form.
SHOWN_AS: dict[str, Column] = {
    "period": days,
    "ticket": whole_ticket,
    "attestation_numbers": attestation_links,
    "aid_kind": aid,
}


def shown_field(field: Field[Any, Any]) -> str | Column:
    """The name of a field, or the function that shows it better."""
    if field.name in SHOWN_AS:
        return SHOWN_AS[field.name]
    if not isinstance(field, JSONField):
        return field.name

    @admin.display(description=field.verbose_name)
    def show(row: Any) -> SafeString:
        return shown_json(getattr(row, field.name))

    return show


def shown_days(span: Span) -> str:
    """Both days included, as people write periods; a line never begins with the dash."""
    first = date_format(span.start, "SHORT_DATE_FORMAT")
    if span.last_day is None:
        return f"{first}\N{NO-BREAK SPACE}–\N{NO-BREAK SPACE}…"
    last = date_format(span.last_day, "SHORT_DATE_FORMAT")
    return f"{first}\N{NO-BREAK SPACE}– {last}"


def shown_code(codes: type[CodeList], code: str) -> str:
    """The label of a code in the language of the page; a code that is no more, as it is."""
    try:
        labels = codes(code).labels
    except ValueError:
        return code
    return in_page_language(labels)


def shown_json(value: Any) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))
