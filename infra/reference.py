"""``python -m infra.reference`` writes ``docs/reference/api.md``: the OpenAPI document as a page of the docs.

What it says stands in the code (docstrings of views, fields) and in ``templates/api``; ``make reference`` records the
examples anew as well.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

from chalicelib.web.api import openapi, reference
from chalicelib.web.api.reference import Answer, Group, Route, Row

FILE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "api.md"
HEAD = "<!-- Written by make reference: what stands here is changed in chalicelib/web/api and templates/api. -->"


def written() -> str:
    """The whole page."""
    read = reference.of(openapi.document(server="https://kaffee.example.org", in_docs=True))
    parts = [
        HEAD,
        "# The admin API",
        prose(read.introduction),
        (
            "Every deployment shows this page at `/api/docs`, and the same for programs, OpenAPI 3.1, at "
            "`/api/v1/openapi.json`.\n"
            "Neither needs the key."
        ),
        "## Errors",
        prose(openapi.words("errors")),
        *(part for group in read.groups for part in _group(group)),
        "## Answers",
        *(part for answer in read.answers for part in _answer(answer)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def prose(text: str) -> str:
    """One sentence a line, at most 120 columns."""
    return "\n\n".join(_paragraph(one) for one in text.split("\n\n"))


def _paragraph(text: str) -> str:
    return "\n".join(
        "\n".join(textwrap.wrap(sentence, 120, break_long_words=False, break_on_hyphens=False))
        for sentence in _sentences(text)
    )


def _sentences(text: str) -> Iterator[str]:
    """Parted where a sentence ends outside of code and brackets."""
    start, in_code = 0, False
    for at, one in enumerate(text):
        in_code ^= one == "`"
        if not in_code and one in ".?!" and text[at + 1 : at + 2] == " " and _begins(text[at + 2 :]):
            yield text[start : at + 1]
            start = at + 2
    yield text[start:]


def _begins(text: str) -> bool:
    return text[:1].isupper() or text[:1].isdigit() or text[:1] in "`[*("


def _group(group: Group) -> Iterator[str]:
    yield f"## {group.name}"
    yield prose(group.says)
    for route in group.routes:
        yield from _route(route)


def _route(route: Route) -> Iterator[str]:
    yield f"### `{route.method} {route.path}`"
    yield prose(route.summary)
    yield prose(route.more)
    if route.query:
        yield _table("query", route.query)
    if route.takes:
        yield _table("field", route.takes, partial=route.partial)
    refused = ", ".join(map(str, route.refuses))
    yield f"{route.status}: {_named(route.answers)}.\nRefused with {refused}."
    yield f"```http\n{route.request}\n```"
    yield f"```json\n{route.answer}\n```"


def _named(answers: str) -> str:
    """The Struct's name links to where it is described."""
    words, _, name = answers.rpartition(" ")
    return f"{words} [{name}](#answer-{name.lower()})".lstrip()


def _table(heading: str, rows: list[Row], *, partial: bool = False) -> str:
    lines = [f"| {heading} | what | |", "|---|---|---|"]
    lines += [
        f"| `{one.name}` | {_cell(one)} | {'required' if one.required and not partial else ''} |".replace("|  |", "| |")
        for one in rows
    ]
    return "\n".join(lines)


def _cell(row: Row) -> str:
    return f"{row.looks}. {row.says}" if row.says else row.looks


def _answer(answer: Answer) -> Iterator[str]:
    yield f"### Answer: {answer.name}"
    yield prose(answer.says)
    yield "\n".join(["| field | what |", "|---|---|", *(f"| `{one.name}` | {_cell(one)} |" for one in answer.fields)])


if __name__ == "__main__":
    FILE.write_text(written(), "utf-8")
