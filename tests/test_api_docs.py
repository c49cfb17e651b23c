"""``docs/reference/api.md`` is held against the code: every route, every field, every word of an answer."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest

from app import app
from chalicelib.domain.delivery import Outcome
from chalicelib.domain.guards import Skip
from chalicelib.domain.mailing import Progress
from chalicelib.domain.mails import MAILS, Audience
from chalicelib.domain.source import SourceKind
from chalicelib.domain.submission import Reason, State
from chalicelib.web.api import bodies
from chalicelib.web.api.sources.bodies import NEW_SOURCE
from chalicelib.web.methods import offered
from chalicelib.web.parse.fields import Body

DOCS = (Path(__file__).parent.parent / "docs" / "reference" / "api.md").read_text()


def test_every_route_is_documented_and_every_documented_route_is_there() -> None:
    there = {
        f"{method} {path}"
        for path, entries in app.routes.items()
        if path.startswith("/api/")
        for method in offered(entries)
    }
    assert set(re.findall(r"^- `([A-Z]+ /api/v1/[^`]+)`", DOCS, re.MULTILINE)) == there


@pytest.mark.parametrize(
    ("table", "body"),
    [
        ("series", bodies.NEW_SERIES),
        ("edition", bodies.NEW_EDITION),
        ("publish", bodies.PUBLICATION),
        ("move", bodies.MOVE),
        ("source", NEW_SOURCE),
        ("lifting", bodies.LIFTING),
    ],
    ids=["series", "edition", "publish", "move", "source", "lifting"],
)
def test_every_field_is_documented_with_whether_it_is_required(table: str, body: Body) -> None:
    rows = DOCS.split(f"| {table} field |")[1].split("\n\n")[0].splitlines()[2:]
    told = {
        name: "required" in row.rsplit("|", 2)[1] for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    assert told == {name: field.required for name, field in body.fields.items()}


@pytest.mark.parametrize(
    "words", [Progress, Outcome, Skip, SourceKind, State, Reason], ids=lambda words: words.__name__
)
def test_every_word_of_an_answer_is_explained(words: type[StrEnum]) -> None:
    assert [word for word in words if f"`{word}`" not in DOCS] == []


def test_every_mail_that_can_be_previewed_is_named() -> None:
    assert [kind for kind, mail in MAILS.items() if mail.preview and f"`{kind}`" not in DOCS] == []
    assert [one for one in Audience if f"`{one}`" not in DOCS] == []
