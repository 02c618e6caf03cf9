"""The OpenAPI document is valid and complete, and what it says of answers is true."""

import re
from io import StringIO

import pytest
import yaml
from django.core.management import call_command
from django.urls import get_resolver

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema() -> dict:
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    return yaml.safe_load(out.getvalue())


def operations(schema: dict):
    return [(path, method, operation) for path, item in schema["paths"].items() for method, operation in item.items()]


def test_the_schema_is_valid_without_a_warning(schema: dict) -> None:
    assert schema["openapi"].startswith("3.")


def test_operation_ids_are_unique_and_every_operation_says_what_it_does(schema: dict) -> None:
    ids = [operation["operationId"] for _path, _method, operation in operations(schema)]
    assert len(ids) == len(set(ids))
    assert all(operation.get("description") for _path, _method, operation in operations(schema))


def test_every_operation_documents_how_it_fails(schema: dict) -> None:
    for path, method, operation in operations(schema):
        wanted = {"400", "401"} | ({"403"} if method == "post" else set()) | ({"404"} if "{" in path else set())
        assert wanted <= set(operation["responses"]), (path, method)
        for code, answer in operation["responses"].items():
            if code.startswith("4"):
                assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}


def test_every_address_of_the_api_is_documented(schema: dict) -> None:
    def walk(patterns, prefix: str = ""):
        for pattern in patterns:
            where = prefix + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern.url_patterns, where)
            elif where.startswith("api/v1/") and pattern.name not in ("api-schema", "api-docs", "root", "nothing-here"):
                yield where

    served = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", where) for where in walk(get_resolver().url_patterns)}
    assert {path.removeprefix("/") for path in schema["paths"]} == served


def test_the_schema_and_its_viewer_are_open_to_read(client) -> None:
    assert client.get("/api/v1/schema/").status_code == 200
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    assert "swagger" in page.content.decode().lower()
