"""The report to a CPAS: its words, its two forms, who may have it, and what it changes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.urls import reverse
from django.utils.translation import override

from attestations.codes import Cause
from attestations.missing_report import COLUMNS, Missing, Report
from attestations.models import AccessLogEntry, Cpas, MissingAttestation, MissingReport
from attestations.periods import Span
from attestations.report_texts import TEXTS
from attestations.services import missing_reports, persons
from attestations.services.missing import control
from attestations.tickets import new_ticket
from partners.services.configuration import Mistaken, configure
from partners.services.configuration_export import export
from tests.factories import CpasFactory

ON, MAY = date(2026, 6, 10), date(2026, 5, 1)
SSIN = "85710512369"


def report(language: str = "fr", *causes: Cause, period: Span | None = None) -> Report:
    missing = tuple(
        Missing(
            finding_id="0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b",
            ssin=None if cause == Cause.SILENCE else SSIN,
            aid_kind=None if cause == Cause.SILENCE else "integrationIncome",
            period=period or Span.inclusive(date(2026, 3, 1), date(2026, 3, 31)),
            cause=cause,
            due_on=date(2026, 4, 7),
            status="open",
        )
        for cause in causes or tuple(Cause)
    )
    return Report("CPAS <A>", language, MAY, ON, missing)


@pytest.mark.parametrize("language", TEXTS)
def test_every_cause_has_its_own_words_in_every_language(language: str) -> None:
    texts = TEXTS[language]
    assert list(texts.causes) == list(Cause)
    said = [words for advice in texts.causes.values() for words in (advice.seen, advice.to_do)]
    assert all(said)
    assert len(set(said)) == len(said)
    assert len(texts.headings) == 6
    assert len(set(texts.months)) == 12


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("fr", "Attestations manquantes: mai 2026"),
        ("nl", "Ontbrekende attesten: mei 2026"),
        ("de", "Fehlende Bescheinigungen: Mai 2026"),
    ],
)
def test_the_page_needs_nothing_else_and_can_be_read_aloud(language: str, title: str) -> None:
    page = Page(missing_reports.as_html(report(language)))
    assert title in page.text
    assert "CPAS <A>" in page.text
    assert "85.71.05-123.69" in page.text
    assert {"script", "link", "img", "iframe"}.isdisjoint(page.tags)
    assert {"src", "href", "onclick"}.isdisjoint(dict(page.attributes))
    assert ("lang", language) in page.attributes
    assert page.tags.count("h1") == 1
    assert page.attributes.count(("scope", "col")) == 6
    assert page.attributes.count(("scope", "row")) == len(Cause)
    assert TEXTS[language].overdue in page.text


def test_a_report_on_nothing_says_so() -> None:
    empty = Report("CPAS", "de", MAY, ON, ())
    page = Page(missing_reports.as_html(empty))
    assert "Es fehlt nichts." in page.text
    assert "table" not in page.tags


def test_the_csv_is_for_spreadsheets_and_programs() -> None:
    text = report("nl", Cause.NEVER_SENT, Cause.SILENCE).csv()
    assert text.startswith("\N{BYTE ORDER MARK}")
    rows = list(csv.DictReader(io.StringIO(text[1:]), delimiter=";"))
    assert tuple(rows[0]) == COLUMNS
    by_cause = {row["cause"]: row for row in rows}
    assert by_cause["neverSent"]["ssin"] == "85.71.05-123.69"
    assert by_cause["neverSent"]["endDate"] == "2026-03-31"
    assert by_cause["neverSent"]["toDo"] == TEXTS["nl"].causes[Cause.NEVER_SENT].to_do
    assert (by_cause["silence"]["ssin"], by_cause["silence"]["aidKind"]) == ("", "")


def test_a_period_without_end_is_said_in_words() -> None:
    (line,) = report("fr", Cause.LATE, period=Span(date(2026, 3, 1))).lines
    assert line.period == "01/03/2026 – sans date de fin"


# --- Made, kept and handed out ---------------------------------------------------------------


@pytest.fixture
def lacking(cpas: Any, federal: Any, new_ssin: Any) -> Callable[[], str]:
    """Claims a month of a new person that nobody attests; returns the SSIN."""

    def make() -> str:
        ssin = new_ssin()
        number = Cpas.objects.order_by("id")[0].enterprise_number
        common = {"enterpriseNumber": number, "aidKind": "integrationIncome", "month": "2026-04"}
        federal.post("/subsidyClaims/batches", {"items": [common | {"ssin": ssin}]})
        control(on=ON, ticket=new_ticket())
        return ssin

    return make


def test_a_cpas_is_written_to_in_its_language() -> None:
    assert Cpas(names={"nl": "OCMW", "fr": "CPAS"}, language="nl").writes_in == "nl"
    assert Cpas(names={"nl": "OCMW", "de": "ÖSHZ"}).writes_in == "nl"
    assert Cpas(names={"en": "Centre", "de": "ÖSHZ"}).writes_in == "de"
    assert Cpas(names={"en": "Centre"}).writes_in == "fr"


@pytest.mark.django_db
def test_in_which_language_is_not_for_the_database_to_choose() -> None:
    """It keeps the names in an order of its own, German first."""
    names = {"fr": "CPAS", "nl": "OCMW", "de": "ÖSHZ", "en": "Centre"}
    kept = CpasFactory(names=names)
    kept.refresh_from_db()
    assert kept.writes_in == "fr"
    with override("es"):
        assert str(kept).startswith("CPAS ")


def test_the_monthly_report_is_made_once_sealed_and_tells_the_cpas(lacking) -> None:
    ssin = lacking()

    made = [missing_reports.make_due(on=ON, ticket=new_ticket()) for _ in range(2)]

    assert made == [1, 0]
    kept = MissingReport.objects.get()
    assert (kept.month, kept.findings, kept.language) == (MAY, 1, "fr")
    assert ssin[-5:-2].encode() not in bytes(kept.sealed_csv)
    assert ssin[6:9] in persons.keyring().open(kept.sealed_csv)
    finding = MissingAttestation.objects.get()
    assert finding.status == "notified"
    assert finding.notified_at is not None


def test_what_is_justified_or_of_a_later_month_is_not_reported(cpas, lacking) -> None:
    lacking()
    finding = MissingAttestation.objects.get()
    cpas.post(f"/missingAttestations/{finding.public_id}/feedback", {"code": "noAid"})
    assert missing_reports.make_due(on=ON, ticket=new_ticket()) == 0
    lacking()
    assert missing_reports.make_due(on=date(2026, 4, 20), ticket=new_ticket()) == 0


def test_the_command_writes_both_forms_for_the_owner_only(lacking, tmp_path) -> None:
    ssin = lacking()
    number = Cpas.objects.order_by("id")[0].enterprise_number
    out = io.StringIO()

    options = ("--month", "2026-05", "--output", str(tmp_path))
    call_command("report_missing_attestations", number, *options, stdout=out)

    written = sorted(tmp_path.iterdir())
    assert [path.suffix for path in written] == [".csv", ".html"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in written)
    assert all(ssin[6:9] in path.read_text(encoding="utf-8") for path in written)
    assert AccessLogEntry.objects.filter(operation="reportMissingAttestations").count() == 1
    assert MissingAttestation.objects.get().status == "notified"


@pytest.mark.parametrize(
    ("cpas", "month", "said"), [("0", "2026-05", "No CPAS"), ("0", "May", "YYYY-MM")]
)
@pytest.mark.django_db
def test_the_command_says_what_it_expects(cpas: str, month: str, said: str, tmp_path: Any) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("report_missing_attestations", cpas, month=month, output=tmp_path)


@pytest.mark.parametrize("form", ["html", "csv"])
def test_an_administrator_downloads_it_and_is_noted(lacking, form: str) -> None:
    ssin = lacking()
    missing_reports.make_due(on=ON, ticket=new_ticket())
    kept = MissingReport.objects.get()
    browser = Browser()
    browser.force_login(User.objects.create_superuser("admin", password="x"))

    url = reverse("admin:attestations_missingreport_actions", args=[kept.pk, f"download_{form}"])
    answer = browser.post(url)

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert f".{form}" in answer["Content-Disposition"]
    assert ssin[6:9] in answer.content.decode()
    (entry,) = AccessLogEntry.objects.filter(operation="admin.missingReport")
    assert (entry.client, entry.person_id) == ("admin", kept.person_ids[0])


def test_who_may_not_see_reports_downloads_none(lacking) -> None:
    lacking()
    missing_reports.make_due(on=ON, ticket=new_ticket())
    browser = Browser()
    browser.force_login(User.objects.create_user("clerk", password="x", is_staff=True))

    pk = MissingReport.objects.get().pk
    url = reverse("admin:attestations_missingreport_actions", args=[pk, "download_csv"])

    assert browser.post(url).status_code == 403
    assert not AccessLogEntry.objects.filter(operation="admin.missingReport").exists()


# --- The language in the configuration file --------------------------------------------------

DOCUMENT = """
organisations:
  - {code: a, kind: cpas, enterpriseNumber: "0123456749", municipalityCode: "92094",
     names: {fr: CPAS A, nl: OCMW A}, language: nl}
"""


@pytest.mark.django_db
def test_the_configuration_says_in_which_language_a_cpas_is_written_to() -> None:
    configure(DOCUMENT)
    assert Cpas.objects.get().writes_in == "nl"
    assert "language: nl" in export()
    assert configure(export()).changed == []

    configure(DOCUMENT.replace(", language: nl", ""))
    assert Cpas.objects.get().writes_in == "fr"


@pytest.mark.parametrize(
    ("before", "after"), [("language: nl", "language: en"), ("kind: cpas", "kind: recipient")]
)
@pytest.mark.django_db
def test_a_language_in_which_no_report_is_written_is_refused(before: str, after: str) -> None:
    with pytest.raises(Mistaken):
        configure(DOCUMENT.replace(before, after))
