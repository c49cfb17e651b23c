"""The OpenAPI 3.1 document of the admin API, made from what its routes take and answer.

Its sentences are the docstrings of views, the fields' own words, and ``templates/api/*.md``. Its examples are
``templates/api/examples.json``, which was recorded from the API itself.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import msgspec

from chalicelib.web.api.door import ApiRoutes, ListOf, Operation
from chalicelib.web.api.routes import API
from chalicelib.web.parse.fields import Field, Schema
from chalicelib.web.parse.requests import LARGEST_JSON
from chalicelib.web.problems import MOST_ERRORS, PROBLEM
from chalicelib.words.language import TEMPLATES

WORDS = TEMPLATES / "api"
JSON = "application/json"
REFERENCE = "#/components/schemas/{name}"
VERSION = "1"

REFUSALS = {
    HTTPStatus.BAD_REQUEST: "Not a JSON object.",
    HTTPStatus.UNAUTHORIZED: "No key.",
    HTTPStatus.FORBIDDEN: "A wrong key.",
    HTTPStatus.NOT_FOUND: "Not there.",
    HTTPStatus.CONFLICT: "Not possible as things stand.",
    HTTPStatus.GONE: "Cancelled, over or deleted.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"More than {LARGEST_JSON} bytes.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Not JSON by its content type.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Fields to mend, all of them in `errors`.",
    HTTPStatus.TOO_MANY_REQUESTS: "Not any more for now; `Retry-After` says for how many seconds.",
}
PROBLEM_SCHEMA: Schema = {
    "type": "object",
    "description": "An RFC 9457 problem.",
    "required": ["title", "status"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence for people."},
        "errors": {
            "type": "array",
            "maxItems": MOST_ERRORS,
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {
                    "field": {"type": "string", "description": "With its path: `speakers.0.link`."},
                    "detail": {"type": "string"},
                },
            },
        },
        "more_errors": {"type": "integer", "description": "How many there are beside those."},
    },
}


def document(*, server: str, in_docs: bool = False) -> dict[str, Any]:
    """``server`` is the URL that ``/api/v1`` stands below.

    Links to our docs lead somewhere only ``in_docs``: elsewhere their words stay.
    """
    described = _document(server)
    return described if in_docs else dict(_without_links(described))


RELATIVE_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]+\)")


def _without_links(value: Any) -> Any:
    """Of sentences only: a pattern may look like a link."""
    if isinstance(value, list):
        return [_without_links(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: RELATIVE_LINK.sub(r"\1", one)
        if name in ("description", "summary") and isinstance(one, str)
        else _without_links(one)
        for name, one in value.items()
    }


def _document(server: str) -> dict[str, Any]:
    shown = recorded()
    operations = [(routes, operation) for routes in API for operation in routes.operations]
    paths: dict[str, dict[str, Any]] = {}
    for routes, operation in operations:
        described = _operation(routes, operation, shown.get(operation.view.__name__, {}))
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kaffeepause: the admin API", "version": VERSION, "description": words("introduction")},
        "servers": [{"url": server}],
        "security": [{"key": []}],
        "tags": [{"name": routes.about, "description": words(routes.about.lower())} for routes in API],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {**_schemas([operation for _, operation in operations]), "Problem": PROBLEM_SCHEMA},
            "responses": {_named(status): _refusal(says) for status, says in REFUSALS.items()},
        },
    }


def words(name: str) -> str:
    """A text of ``templates/api`` in Markdown; empty where there is none."""
    path = WORDS / f"{name}.md"
    return path.read_text("utf-8").strip() if path.exists() else ""


def recorded() -> dict[str, Any]:
    """By operation: ``path``, ``query`` and ``given`` of a request, and its ``answer``."""
    path = WORDS / "examples.json"
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def _operation(routes: ApiRoutes, operation: Operation, example: dict[str, Any]) -> dict[str, Any]:
    summary, _, more = inspect.cleandoc(operation.view.__doc__ or "").partition("\n\n")
    described: dict[str, Any] = {
        "operationId": operation.view.__name__,
        "tags": [routes.about],
        "summary": one_line(summary),
        "parameters": [*_path_parameters(operation), *_query_parameters(operation)],
        "responses": {
            str(operation.status.value): _answer(operation, example.get("answer")),
            **{
                str(status.value): {"$ref": f"#/components/responses/{_named(status)}"}
                for status in refusals(operation)
            },
        },
    }
    if more:
        described["description"] = one_line(more)
    if example:
        described["x-example"] = {name: example[name] for name in ("path", "query") if example.get(name)}
    if operation.method in ("POST", "PATCH"):
        described["requestBody"] = _request(operation, example.get("given"))
    return described


def one_line(text: str) -> str:
    """Wrapped lines joined; paragraphs stay."""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text.strip())


def refusals(operation: Operation) -> list[HTTPStatus]:
    """Which statuses of ``REFUSALS`` it may answer with, in their order."""
    can = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY, *operation.refuses}
    if "{" in operation.path:
        can.add(HTTPStatus.NOT_FOUND)
    if operation.method != "GET":
        can.add(HTTPStatus.CONFLICT)
    if operation.takes is not None:
        can |= {
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        }
    return [status for status in REFUSALS if status in can]


def _named(status: HTTPStatus) -> str:
    return status.phrase.title().replace(" ", "")


def _refusal(says: str) -> dict[str, Any]:
    return {"description": says, "content": {PROBLEM: {"schema": {"$ref": REFERENCE.format(name="Problem")}}}}


def _path_parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"\{(\w+)\}", operation.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query_parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for name, field in operation.query.fields.items():
        yield {"name": name, "in": "query", "schema": field.reader.describe()} | _says(field)


def _says(field: Field) -> dict[str, str]:
    return {"description": field.says} if field.says else {}


def _request(operation: Operation, example: Any) -> dict[str, Any]:
    if operation.takes is None:
        return {"required": True, "content": {"*/*": {}}}
    if not operation.takes.fields:
        return {"required": False, "content": {JSON: {"schema": {"type": "object", "maxProperties": 0}}}}
    schema = {"$ref": REFERENCE.format(name=operation.takes.name)}
    return {"required": not operation.takes.partial, "content": {JSON: {"schema": schema} | _example(example)}}


def _example(example: Any) -> dict[str, Any]:
    return {} if example is None else {"example": example}


def _answer(operation: Operation, example: Any) -> dict[str, Any]:
    content = {JSON: {"schema": _answered(operation.answers)} | _example(example)}
    # JSON Schema has no type for bytes: OpenAPI 3.1 says them with an empty schema.
    others: dict[str, Any] = {
        kind: {"schema": {"type": "string"}} if kind.startswith("text/") else {} for kind in operation.others
    }
    return {"description": operation.status.phrase, "content": content | others}


def _answered(answers: Any) -> Schema:
    """A Struct's schema, or that of a list of it."""
    if not isinstance(answers, ListOf):
        return {"$ref": REFERENCE.format(name=answers.__name__)}
    properties: Schema = {"items": {"type": "array", "items": {"$ref": REFERENCE.format(name=answers.item.__name__)}}}
    if answers.paged:
        properties["next"] = {"type": ["string", "null"], "description": "Where the list goes on."}
    if answers.counts:
        properties["counts"] = {"$ref": REFERENCE.format(name=answers.counts.__name__)}
    return {"type": "object", "required": list(properties), "properties": properties}


def _schemas(operations: list[Operation]) -> dict[str, Schema]:
    """Of everything that is sent and answered, by name."""
    answers = [one.answers.structs if isinstance(one.answers, ListOf) else [one.answers] for one in operations]
    structs = [struct for one in answers for struct in one]
    _, components = msgspec.json.schema_components(dict.fromkeys(structs), ref_template=REFERENCE)
    taken = {one.takes.name: one.takes.describe() for one in operations if one.takes and one.takes.fields}
    return dict(sorted((components | taken).items()))
