"""The OpenAPI document as people read it: a heading a group of routes, a table a body, an example a route.

``docs/reference/api.md`` and the page at ``/api/docs`` are two ways to write this down.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

Document = dict[str, Any]
JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A field or a parameter: what may stand in it, in a few words, and what it means, in Markdown."""

    name: str
    looks: str
    required: bool
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """``takes`` are the fields of its body, None where it has none; ``refuses`` are statuses beside the good one."""

    id: str
    method: str
    path: str
    summary: str
    more: str
    query: list[Row]
    takes: list[Row] | None
    partial: bool
    status: int
    answers: str
    refuses: list[int]
    request: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    name: str
    says: str
    routes: list[Route]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A Struct that answers are made of."""

    name: str
    says: str
    fields: list[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    introduction: str
    groups: list[Group]
    answers: list[Answer]


def of(document: Document) -> Reference:
    routes: dict[str, list[Route]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            routes[operation["tags"][0]].append(_route(document, path, method.upper(), operation))
    return Reference(
        introduction=document["info"]["description"],
        groups=[
            Group(name=tag["name"], says=tag["description"], routes=routes[tag["name"]]) for tag in document["tags"]
        ],
        answers=list(_answers(document)),
    )


def _route(document: Document, path: str, method: str, operation: Document) -> Route:
    statuses = [int(status) for status in operation["responses"]]
    good = operation["responses"][str(statuses[0])]["content"][JSON]
    body: Document = operation.get("requestBody", {})
    return Route(
        id=operation["operationId"].replace("_", "-"),
        method=method,
        path=path,
        summary=operation["summary"],
        more=operation.get("description", ""),
        query=[_row(one["name"], one["schema"], one) for one in operation["parameters"] if one["in"] == "query"],
        takes=_takes(document, body),
        partial=not body.get("required", True),
        status=statuses[0],
        answers=_answered(good["schema"]),
        refuses=statuses[1:],
        request=_request(method, path, operation),
        answer=_pretty(good.get("example")),
    )


def _answered(schema: Document) -> str:
    """What it answers: the name of a Struct, ``list of`` one, or ``page of`` one."""
    listed = schema.get("properties", {})
    if not listed:
        return _looks(schema)
    return f"{'page' if 'next' in listed else 'list'} of {_looks(listed['items']['items'])}"


def _takes(document: Document, body: Document) -> list[Row] | None:
    """None for a body without fields."""
    schema = body.get("content", {}).get(JSON, {}).get("schema", {})
    if "$ref" not in schema:
        return None
    return list(_rows(_referred(document, schema)))


def _rows(schema: Document) -> Iterator[Row]:
    for name, one in schema.get("properties", {}).items():
        yield _row(name, one, one, required=name in schema.get("required", ()))


def _row(name: str, schema: Document, said: Document, *, required: bool = False) -> Row:
    return Row(name=name, looks=_looks(schema), required=required, says=said.get("description", ""))


def _answers(document: Document) -> Iterator[Answer]:
    """Those that are objects and no bodies of requests."""
    bodies = {
        content["schema"]["$ref"]
        for methods in document["paths"].values()
        for operation in methods.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if "$ref" in content.get("schema", {})
    }
    for name, schema in document["components"]["schemas"].items():
        if schema.get("type") == "object" and f"#/components/schemas/{name}" not in bodies:
            yield Answer(name=name, says=schema.get("description", ""), fields=list(_rows(schema)))


def _referred(document: Document, schema: Document) -> Document:
    found: Document = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


# What may stand in a field


def _looks(schema: Document) -> str:
    """A schema in a few words: ``text, at most 100 characters``, ``Edition``, ``5 to 10080``."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return " or ".join(f"`{word}`" for word in schema["enum"])
    for either in ("anyOf", "oneOf"):
        if either in schema:
            return " or ".join(dict.fromkeys(_looks(one) for one in schema[either]))
    kinds = schema.get("type", [])
    return " or ".join(_kind(kind, schema) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _kind(kind: str, schema: Document) -> str:
    match kind:
        case "string":
            return _text(schema)
        case "integer":
            return f"{schema['minimum']} to {schema['maximum']}" if "minimum" in schema else "a whole number"
        case "array":
            most = f"up to {schema['maxItems']} of " if "maxItems" in schema else "list of "
            return most + _looks(schema["items"])
        case "object":
            return _object(schema)
        case _:
            return {"boolean": "true or false", "number": "a number", "null": "null"}[kind]


def _text(schema: Document) -> str:
    if schema.get("format") == "date-time":
        return "UTC time"
    if "examples" in schema:
        return f"such as `{schema['examples'][0]}`"
    if "pattern" in schema and "T" in schema["pattern"]:
        return "local time"
    return f"text, at most {schema['maxLength']:,} characters" if "maxLength" in schema else "text"


def _object(schema: Document) -> str:
    """Its fields; what stands in them is said by the fields of their own where there are many."""
    if "properties" not in schema:
        values = schema.get("additionalProperties")
        return f"object of {_looks(values)}" if isinstance(values, dict) else "object"
    return "`{" + ", ".join(f'"{name}"' for name in schema["properties"]) + "}`"


# Examples


def _request(method: str, path: str, operation: Document) -> str:
    """As HTTP: the line, and the body where there is one."""
    example = operation.get("x-example", {})
    for name, value in example.get("path", {}).items():
        path = path.replace(f"{{{name}}}", value)
    query = f"?{urlencode(example['query'])}" if example.get("query") else ""
    body = _pretty(operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("example"))
    return f"{method} {path}{query}" + (f"\n\n{body}" if body else "")


def _pretty(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, indent=2)
