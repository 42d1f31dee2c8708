"""The OpenAPI document is true: it is the committed one, it is valid, and it names every route."""

from __future__ import annotations

import json
import re

import yaml
from django.urls import get_resolver
from openapi_spec_validator import validate

from config import openapi
from tests.api.contract import document, operations
from tests.conftest import PREFIX

DOCUMENTATION = {"/doc", "/doc/openapi.json", "/doc/openapi.yaml"}


def routes() -> set[str]:
    """Every route under the prefix, written as the document writes paths."""

    def walk(patterns, before=""):
        for pattern in patterns:
            path = before + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern.url_patterns, path)
            else:
                yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)

    every = set(walk(get_resolver().url_patterns))
    return {path.removeprefix(PREFIX) for path in every if path.startswith(PREFIX + "/")}


def test_the_routes_are_those_of_the_document():
    assert routes() - DOCUMENTATION == set(document()["paths"])


def test_the_committed_document_is_the_generated_one():
    assert openapi.COMMITTED.read_text() == openapi.as_json(), "run `manage.py openapi`"


def test_the_document_is_valid_openapi_3_0():
    assert document()["openapi"].startswith("3.0.")
    validate(document())


def test_paths_are_relative_to_the_server_and_lower_camel_case():
    assert document()["servers"] == [{"url": PREFIX}]
    for path in document()["paths"]:
        assert re.fullmatch(r"(/([a-z][A-Za-z]*|\{([a-z][A-Za-z]*Id|date)\}))+", path), path


def test_every_name_of_a_property_is_lower_camel_case():
    for name, schema in document()["components"]["schemas"].items():
        for member in schema.get("properties", {}):
            assert re.fullmatch(r"[a-z][A-Za-z]*", member), f"{name}.{member}"


def test_no_header_parameter_is_in_lower_case():
    names = {
        parameter["name"]
        for operation in operations()
        for parameter in operation.described["parameters"]
        if parameter["in"] == "header"
    }
    assert names == {"Accept-Language", "Idempotency-Key", "If-Match"}


def test_no_path_query_or_header_takes_a_ssin():
    for operation in operations():
        for parameter in operation.described["parameters"]:
            assert not re.search(r"^ssins?$|Ssins?$", parameter["name"]), operation


def test_every_operation_names_its_scopes():
    names = {scope for operation in operations() for scope in operation.scopes}
    assert names == {
        "registry:claims",
        "registry:consult",
        "registry:record",
        "registry:subscribe",
    }
    assert [one.name for one in operations() if one.is_open] == ["getHealth"]
    assert {one.name for one in operations() if not one.scopes} == {
        "getHealth",
        "getTask",
        "listAidKinds",
        "listManifestKeys",
        "listProblemTypes",
        "listRights",
    }


def test_every_post_that_creates_or_changes_takes_an_idempotency_key():
    reads = re.compile(r"/(query|preview|explanation)$")
    for operation in operations():
        if operation.method == "POST":
            takes = {parameter["name"] for parameter in operation.described["parameters"]}
            assert ("Idempotency-Key" in takes) is not bool(reads.search(operation.path)), operation


def test_what_is_refused_everywhere_is_described_so():
    """Properties that are not named, empty batches, pages and keys beyond their limits."""
    for name, schema in document()["components"]["schemas"].items():
        if name.endswith("Request") and "properties" in schema:
            assert schema["additionalProperties"] is False, name
        if name.endswith("BatchRequest"):
            assert schema["properties"]["items"]["minItems"] == 1, name
    for operation in operations():
        for parameter in operation.described["parameters"]:
            if parameter["name"] == "pageSize":
                limits = parameter["schema"]["minimum"], parameter["schema"]["maximum"]
                assert limits == (1, 1_000), operation
            elif parameter["in"] != "path" and parameter["name"] != "Accept-Language":
                said = set(parameter["schema"]) & {"pattern", "enum", "format", "minimum"}
                is_free = parameter["name"] == "enterpriseNumber"
                assert said or is_free or parameter["schema"]["type"] == "boolean", operation


def test_the_document_is_served_to_everybody_as_json_and_yaml(client):
    as_json = client.get(f"{PREFIX}/doc/openapi.json")
    as_yaml = client.get(f"{PREFIX}/doc/openapi.yaml")

    assert json.loads(as_json.content) == document()
    assert yaml.safe_load(as_yaml.content) == document()


def test_the_document_cannot_be_written(client):
    answer = client.post(f"{PREFIX}/doc/openapi.json")

    assert answer.status_code == 405
    assert answer.json()["type"] == "urn:problem-type:registry:methodNotAllowed"
    assert answer["Allow"] == "GET, HEAD"
