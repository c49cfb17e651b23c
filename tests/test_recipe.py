"""``docs/howto/add-a-mail.md`` is followed to the letter, in a copy of the project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.copies import ROOT, copied, exchange, run

RECIPE = ROOT / "docs" / "howto" / "add-a-mail.md"

# What somebody who has added the mail would look for in the inbox.
SCENE = """
from datetime import UTC, datetime
from tests.builders import organised, registered
from tests.stage import stage

with stage() as on_stage:
    edition = organised(on_stage, series={"language": "en"})
    registered(on_stage, edition, "mia@example.org")
    registered(on_stage, edition, "ole@example.org", name="Ole Sand")
    on_stage.post(on_stage.link("ole@example.org", "/registrations/") + "/cancel")
    on_stage.travel(datetime(2027, 3, 9, 12, 0, tzinfo=UTC))
    on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": "2027-03-11T14:30"})
    on_stage.travel(datetime(2027, 3, 13, 12, 0, tzinfo=UTC))
    asked = [mail for mail in on_stage.inbox() if mail["subject"] == "How was it? Gemeinsam wirken"]
    assert [(mail["address"], mail["sent_at"]) for mail in asked] == [("mia@example.org", "2027-03-11T15:15:00+00:00")]
    assert "Hello Mia," in asked[0]["text"]
"""


class Change(NamedTuple):
    file: str
    kind: str
    content: str


def changes(recipe: str) -> Iterator[Change]:
    """Each block, with the file that was named last before it."""
    file = ""
    for named, kind, content in re.findall(
        r"`([\w./-]+/[\w.-]+\.\w+)`|^```(\w+)\n(.*?)^```", recipe, re.MULTILINE | re.DOTALL
    ):
        file = named or file
        if kind:
            yield Change(file, kind, content)


def apply(change: Change, project: Path) -> None:
    file = project / change.file
    if change.kind == "jinja":
        file.parent.mkdir(exist_ok=True)
        file.write_text(change.content, "utf-8")
        return
    lines = change.content.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] != "+")
    after = "".join(line[1:] for line in lines if line[0] != "-")
    exchange(file, before, after)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copied(tmp_path)


def test_whoever_follows_the_recipe_has_a_new_mail(project: Path) -> None:
    steps = list(changes(RECIPE.read_text("utf-8")))
    assert {change.kind for change in steps} == {"diff", "jinja"}
    for change in steps:
        apply(change, project)
    run(project, "-c", SCENE)
    run(
        project,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "tests/mail/test_messages.py",
        "-k",
        "belongs or three_files or knows",
    )


def test_a_new_mail_takes_three_python_files() -> None:
    """Its row, the rule that plans it, and its message."""
    files = dict.fromkeys(change.file for change in changes(RECIPE.read_text("utf-8")) if change.file.endswith(".py"))
    assert list(files) == ["chalicelib/domain/mails.py", "chalicelib/domain/schedule.py", "chalicelib/mail/messages.py"]
