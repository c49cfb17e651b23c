"""The OpenAPI document, its examples and docs/reference/api.md against the API itself."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from app import app
from chalicelib.domain.delivery import Outcome
from chalicelib.domain.guards import Skip
from chalicelib.domain.mailing import Progress
from chalicelib.domain.mails import MAILS, Audience
from chalicelib.domain.source import SourceKind
from chalicelib.domain.submission import Reason, State
from chalicelib.web.api import openapi
from chalicelib.web.api.routes import API
from chalicelib.web.methods import offered
from infra import reference
from tests import api_examples
from tests.stage import SITE, Stage

EXAMPLES = openapi.recorded()
OF_THE_REFERENCE = {"/api/v1/openapi.json", "/api/docs"}


@cache
def document() -> dict[str, Any]:
    return openapi.document(server=SITE)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_the_document_is_openapi() -> None:
    validate(document())


def test_every_route_is_in_the_document_and_nothing_else() -> None:
    there = {
        (method, path)
        for path, entries in app.routes.items()
        if path.startswith("/api/") and path not in OF_THE_REFERENCE
        for method in offered(entries)
    }
    assert {(method, path) for method, path, _ in operations()} == there


def test_every_route_says_what_it_does_and_has_an_example() -> None:
    wrong = [
        operation["operationId"]
        for _, _, operation in operations()
        if not operation["summary"].endswith((".", "?")) or "answer" not in EXAMPLES.get(operation["operationId"], {})
    ]
    assert wrong == []
    assert set(EXAMPLES) == {operation["operationId"] for _, _, operation in operations()}


def test_the_examples_are_what_the_api_answers(on_stage: Stage) -> None:
    """Where this fails: run ``make reference`` and look at what has changed."""
    assert api_examples.record(on_stage) == EXAMPLES


def test_the_reference_is_what_make_reference_would_write() -> None:
    assert reference.FILE.read_text("utf-8") == reference.written()


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_each_example_is_within_its_schema(name: str) -> None:
    operation = next(one for _, _, one in operations() if one["operationId"] == name)
    good = next(iter(operation["responses"].values()))["content"]["application/json"]
    pairs = [(good["schema"], good["example"])]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if "example" in body:
        pairs.append((body["schema"], body["example"]))
    for schema, example in pairs:
        whole = {**schema, "components": document()["components"]}
        assert [error.message for error in Draft202012Validator(whole).iter_errors(example)] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("speakers", [{"name": ""}]), ("seats", "many"), ("location", {}), ("unknown", 1), ("starts_at", None)],
)
def test_the_schema_refuses_what_the_api_refuses(on_stage: Stage, field: str, value: Any) -> None:
    given = {**EXAMPLES["create_edition"]["given"], field: value}
    schema = {**document()["components"]["schemas"]["NewEdition"], "components": document()["components"]}
    assert list(Draft202012Validator(schema).iter_errors(given))
    on_stage.api("POST", "/series", EXAMPLES["create_series"]["given"])
    assert on_stage.api("POST", "/series/kaffeepause/editions", given)[0] == 422


@pytest.mark.parametrize(
    "words", [Progress, Outcome, Skip, SourceKind, State, Reason, Audience], ids=lambda words: words.__name__
)
def test_every_word_of_an_answer_is_explained(words: type[StrEnum]) -> None:
    told = reference.FILE.read_text("utf-8")
    assert [word for word in words if f"`{word}`" not in told] == []


def test_every_mail_that_can_be_previewed_is_named() -> None:
    parameters = document()["paths"]["/api/v1/editions/{edition_id}/preview"]["get"]["parameters"]
    (named,) = (one["schema"]["enum"] for one in parameters if one["name"] == "message")
    assert named == [kind for kind, mail in MAILS.items() if mail.preview]


def test_every_heading_has_its_words() -> None:
    assert {path.stem for path in openapi.WORDS.glob("*.md")} <= {
        "introduction",
        "errors",
        *(routes.about.lower() for routes in API),
    }


def test_programs_get_the_document_without_a_key(on_stage: Stage) -> None:
    answer = on_stage.get("/api/v1/openapi.json")
    assert (answer.status_code, answer.json_body) == (200, openapi.document(server=SITE))
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_people_get_a_page_that_loads_nothing_from_elsewhere(on_stage: Stage) -> None:
    answer = on_stage.get("/api/docs", Accept="text/html")
    page = answer.body.decode()
    assert answer.status_code == 200
    assert [f"{method} {path}" for method, path, _ in operations() if f"{method} {path}" not in page] == []
    assert "<script" not in page
    assert 'src="http' not in page
