"""The documentation is true: its links, its files, its commands, its calls and its examples."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from cryptography.exceptions import InvalidSignature
from django.core.management import get_commands
from django.db import connection
from jwcrypto.jwk import JWK

from attestations.ssin import make_ssin
from derived_rights import scenarios
from derived_rights.engine.catalogue import ordered, rights
from partners import assertions
from partners.manifest import DayOfEvents, digest_of
from partners.payloads import encode
from partners.retries import next_delay
from partners.services import digests
from partners.signing import new_secret, public_key

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [*ROOT.glob("*.md"), *(page for page in DOCS.rglob("*.md") if "_build" not in page.parts)]
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
INLINE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"\.?\w[\w.-]*(/[\w.-]+)*/?")
CALL = re.compile(r"(GET|POST|PUT|DELETE) (?:/registry/v1)?(/[\w/{}]+)")
VARIABLE = re.compile(r'(?:\benv\.\w+|\bsecret)\(\s*"([A-Z_]+)"')
# Made while something runs; not in the repository.
MADE = ("var/", ".venv", "docs/_build")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def blocks(name: str, language: str) -> list[str]:
    """The code blocks of a page of the documentation in one language."""
    text = (DOCS / name).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def run_block(code: str) -> dict[str, Any]:
    """What a Python block defines."""
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, "example", "exec"), names)
    return names


def built(page: Path) -> str:
    """The part of a page that speaks of what there is."""
    return page.read_text().split("\n## Not yet\n")[0]


def rows(page: Path, heading: str) -> Iterator[list[str]]:
    """The cells of the table under a heading, without its own heading."""
    lines = page.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0].splitlines()
    table = [line for line in lines if line.startswith("|")]
    for line in table[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    inside = [link for link in LINK.findall(page.read_text()) if not re.match(r"\w+:", link)]
    paths = [link.partition("#")[0] for link in inside]
    assert [path for path in paths if path and not (page.parent / path).exists()] == []


@every_page
def test_the_files_that_are_named_exist(page: Path) -> None:
    top = {path.name for path in ROOT.iterdir()}
    named = [
        name
        for name in INLINE.findall(page.read_text())
        if PATH.fullmatch(name) and name.split("/")[0] in top and not name.startswith(MADE)
    ]
    assert [name for name in named if not (ROOT / name).exists()] == []


@every_page
def test_the_commands_that_are_named_exist(page: Path) -> None:
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert targets is not None
    made = re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(), re.MULTILINE)
    assert set(made) <= {*targets[1].split()}
    assert set(re.findall(r"manage\.py (\w+)", built(page))) <= set(get_commands())


@every_page
def test_the_calls_that_are_named_are_in_the_contract(page: Path) -> None:
    paths = json.loads((DOCS / "openapi.json").read_text())["paths"]
    known = {(verb.upper(), path) for path, verbs in paths.items() for verb in verbs}
    assert {*CALL.findall(built(page))} - known == set()


def test_every_variable_of_the_settings_is_explained() -> None:
    read = set(VARIABLE.findall((ROOT / "config" / "settings.py").read_text()))
    example = set(
        re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    )
    explained = {cells[0].strip("`") for cells in rows(DOCS / "operations.md", "Environment")}
    assert {"DATABASE_URL", "SSIN_KEYS", "WEBHOOK_ALLOWED_NETWORKS"} < read
    assert read == example == explained


def test_every_library_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    named = {re.split(r"[\[~<>=]", one)[0] for group in groups for one in group}
    explained = set(re.findall(r"[a-z][\w-]+", (DOCS / "decisions/0010-libraries.md").read_text()))
    assert named - explained == set()


def test_the_example_of_a_right_gives_what_its_table_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = blocks("adding-a-right.md", "python")
    (table,) = blocks("adding-a-right.md", "yaml")
    right = run_block(code)["right"]
    known = ordered([*rights().values(), right])
    (tmp_path / f"{right.code}.yaml").write_text(table)
    monkeypatch.setattr(scenarios, "TABLES", tmp_path)
    monkeypatch.setattr(scenarios, "rights", lambda: known)
    found = scenarios.scenarios()
    assert len(found) == 4
    for scenario in found:
        outcomes = {key: scenario.outcome(*key) for key in scenario.expected}
        assert outcomes == scenario.expected, scenario.title


def test_the_configuration_of_a_recipient_is_yaml_of_the_known_sections() -> None:
    (text,) = blocks("connecting-a-recipient.md", "yaml")
    assert set(yaml.safe_load(text)) == {"organisations", "clients", "authorisations"}


@every_page
def test_the_clients_that_are_named_are_those_of_the_demonstration(page: Path) -> None:
    configured = yaml.safe_load((ROOT / "config" / "demo" / "configuration.yaml").read_text())
    named = set(re.findall(r'demo\["clients"\]\["([\w-]+)"\]', page.read_text()))
    assert named <= {client["name"] for client in configured["clients"]}


def test_the_example_of_a_proof_holds_for_a_manifest_of_ours() -> None:
    (code,) = [code for code in blocks("connecting-a-recipient.md", "python") if "proves" in code]
    proves, key = run_block(code)["proves"], new_secret("v1a")
    events = [{"id": str(number), "data": {"name": "é", "n": number}} for number in range(3)]
    day = DayOfEvents(date(2026, 3, 18), "epoch", 3, 3, digest_of(map(encode, events)))
    manifest = day.signed(key_id="k1", key=key)
    assert proves(manifest, events, public_key=public_key(key))
    assert not proves(manifest, events[:-1], public_key=public_key(key))
    with pytest.raises(InvalidSignature):
        proves(manifest | {"count": 4}, events, public_key=public_key(key))


def test_the_example_of_digests_is_what_the_registry_computes() -> None:
    (code,) = [
        code for code in blocks("connecting-a-recipient.md", "python") if "digests_of" in code
    ]
    held = {(make_ssin(date(1985, 3, 7), serial).number, "bim"): serial for serial in range(1, 9)}
    totals = [0] * 4
    for (ssin, right), version in held.items():
        totals[digests.bucket_of(ssin, 4)] += digests.weight_of(ssin, right, version)
    assert run_block(code)["digests_of"](held, 4) == [digests.text_of(one) for one in totals]


def test_the_example_of_a_token_request_is_accepted() -> None:
    (code,) = [code for code in blocks("connecting-a-recipient.md", "python") if "JWT" in code]
    key = JWK.generate(kty="EC", crv="P-256")
    address = "https://registry.example.be/oauth/token"
    form = run_block(code)["token_request"]("my-fund", key, kid="k1", token_url=address)
    assert form["client_assertion_type"] == assertions.TYPE
    verified = assertions.verify(
        form["client_assertion"],
        client_id="my-fund",
        keys={"k1": key.export_public(as_dict=True)},
        audiences=[address],
        now=datetime.now(UTC),
    )
    assert verified.jti


def seconds(text: str) -> float:
    units = {"s": 1.0, "min": 60.0, "h": 3600.0}
    return sum(float(n) * units[unit] for n, unit in re.findall(r"([\d.]+) (min|s|h)", text))


@pytest.mark.parametrize(("column", "chance"), [(2, 0.0), (3, 1.0)])
def test_the_table_of_retries_is_that_of_the_code(column: int, chance: float) -> None:
    table = list(rows(DOCS / "delivery.md", "Retries"))[1:13]
    elapsed = 0.0
    for attempt, cells in enumerate(table, start=1):
        elapsed += next_delay(attempt, random=lambda: chance).total_seconds()
        assert cells[0] == str(attempt + 1)
        # Rounded down to its smallest unit.
        smallest = 60.0 if " h" in cells[column] else 0.5 if "min" not in cells[column] else 1.0
        assert 0 <= elapsed - seconds(cells[column]) < smallest


@pytest.mark.django_db
def test_the_queries_for_operators_run() -> None:
    queries = blocks("operations.md", "sql")
    assert len(queries) == 3
    with connection.cursor() as cursor:
        for query in queries:
            cursor.execute(query)
            assert cursor.description is not None


@pytest.mark.parametrize("picture", sorted(DOCS.glob("img/*.svg")), ids=lambda path: path.name)
def test_pictures_can_be_read_aloud_and_run_nothing(picture: Path) -> None:
    svg = ElementTree.parse(picture).getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert svg.get("role") == "img"
    for name in ("title", "desc"):
        element = svg.find(f"{space}{name}")
        assert element is not None
        assert element.text
        assert element.get("id") in (svg.get("aria-labelledby") or "").split()
    assert not [e.tag for e in svg.iter() if e.tag in {f"{space}script", f"{space}foreignObject"}]
    assert "href" not in picture.read_text()


def test_the_pages_are_built_without_warning_and_ask_nothing_of_other_sites(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html"]
    done = subprocess.run(
        [*command, "-d", str(tmp_path / "trees"), str(DOCS), str(tmp_path / "html")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    asked = re.compile(r"<(?:script|img|iframe|link)\b[^>]*(?:src|href)=\"(?:https?:)?//[^\"]*")
    for page in (tmp_path / "html").rglob("*.html"):
        assert asked.findall(page.read_text()) == []
    for sheet in (tmp_path / "html").rglob("*.css"):
        assert re.findall(r"url\(['\"]?(?:https?:)?//", sheet.read_text()) == []
