"""Code lists with their labels, and the health of the service."""

from __future__ import annotations

import pytest
from django.db import DatabaseError

from attestations.api.problems import PROBLEMS
from attestations.codes import AidKind
from derived_rights.engine.catalogue import rights
from derived_rights.engine.texts import in_language
from partners.api import reference
from tests.conftest import PREFIX

pytestmark = pytest.mark.django_db
LANGUAGES = {"fr", "nl", "de", "en"}


def items(caller, path):
    found = caller.get(path).json()["items"]
    assert all(set(item["labels"]) == LANGUAGES for item in found)
    assert all(all(label.strip() for label in item["labels"].values()) for item in found)
    return found


def test_rights_are_listed_with_their_effect_and_source(cpas):
    found = {item["code"]: item for item in items(cpas, "/refData/rights")}

    assert set(found) == set(rights())
    assert found["bim"]["effect"] == "grant"
    assert found["bim"]["reference"] == str(rights()["bim"].reference)
    in_dutch = cpas.get("/refData/rights", Accept_Language="nl").json()["items"]
    assert {item["code"]: item["reference"] for item in in_dutch} == {
        code: in_language(right.reference, "nl") for code, right in rights().items()
    }


def test_kinds_of_aid_are_listed(federal):
    assert [item["code"] for item in items(federal, "/refData/aidKinds")] == list(AidKind)


def test_every_problem_is_listed(recipient_for):
    caller = recipient_for("recipient", "bim")

    found = items(caller, "/refData/problemTypes")

    assert [item["type"].rpartition(":")[2] for item in found] == list(PROBLEMS)


def test_the_service_is_up(anonymous):
    answer = anonymous.get(f"{PREFIX}/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "UP"})


def test_without_a_database_the_service_is_down(anonymous, monkeypatch):
    class Gone:
        def cursor(self):
            raise DatabaseError("gone")

    monkeypatch.setattr(reference, "connection", Gone())

    answer = anonymous.get(f"{PREFIX}/health")

    assert (answer.status_code, answer.json()) == (503, {"status": "DOWN"})
