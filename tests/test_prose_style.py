"""Markdown is written one sentence a line and at most 120 columns wide, so that a change shows what it changes.

Not held to it: code blocks, tables, and a line that is one link or picture.
The width of Python is held by ruff (E501).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 120

DOCUMENTS = sorted(
    path for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / ".github").rglob("*.md"))
)

MARKER = re.compile(r"\s*(?:(?:[-*+]|\d+[.)]|>|#+)\s+)*(?:\[[ x]\]\s+)?")
ONE_LINK = re.compile(r"\S+|!?\[[^\]]*\]\(\S+\)")
# What ends a sentence, and what begins the next one.
BETWEEN_SENTENCES = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)[.!?][)\"*_”’]*\s+(?=[(\"*_“[]*[A-Z0-9`ÄÖÜ])")


def prose(text: str) -> Iterator[tuple[int, str]]:
    """Line numbers and lines outside code blocks and tables."""
    in_code = False
    for number, line in enumerate(text.splitlines(), 1):
        fence = line.lstrip().startswith("```")
        in_code ^= fence
        if not (fence or in_code or line.lstrip().startswith("|")):
            yield number, line


def faults(text: str) -> list[str]:
    found = []
    for number, line in prose(text):
        words = line[len(MARKER.match(line)[0]) :]  # type: ignore[index]
        if len(line) > WIDTH and not ONE_LINK.fullmatch(words):
            found.append(f"line {number} has {len(line)} columns")
        if BETWEEN_SENTENCES.search(re.sub(r"`[^`]*`", lambda code: "`" * len(code[0]), words)):
            found.append(f"line {number} has more than one sentence")
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_markdown_has_one_sentence_a_line_and_no_line_is_too_long(document: Path) -> None:
    assert faults(document.read_text("utf-8")) == []


def test_these_tests_read_every_document() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in DOCUMENTS}
    assert {"README.md", "docs/tutorial/first-series.md", ".github/pull_request_template.md"} <= names


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("One. Two.", "line 1 has more than one sentence"),
        ("- `one`. `two` follows", "line 1 has more than one sentence"),
        ("It says *so*! (Or not.)", "line 1 has more than one sentence"),
        ("```\nA. B.\n```\n\n" + "word " * 25, "line 5 has 125 columns"),
    ],
)
def test_an_offence_is_seen(text: str, fault: str) -> None:
    assert faults(text) == [fault]


@pytest.mark.parametrize(
    "text",
    [
        "1. One sentence of RFC 2045 §6.8, e.g. This\n   and its second line.\n",
        "```console\n$ one. Two. " + "x " * 60 + "\n```\n",
        "| a. B | " + "x " * 60 + "|\n",
        "- https://example.org/" + "x" * 120,
        "![" + "words " * 20 + "](picture.png)",
        "Written as `One. Two.` here.",
    ],
)
def test_what_is_no_offence_is_not_seen_as_one(text: str) -> None:
    assert faults(text) == []
