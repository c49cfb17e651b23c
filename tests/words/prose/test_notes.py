"""What the preview says of how a text was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.words.prose.notes import notes

PASTED = (Path(__file__).parent / "announcement.txt").read_text("utf-8")


def test_the_notes_of_a_pasted_announcement_name_what_was_understood() -> None:
    assert notes(PASTED) == [
        "Lines were joined into paragraphs.",
        "A list was recognised.",
        "2 addresses became links: www.example.org/netz-am-fluss, hallo@example.org.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", []),
        ("Kommt alle!\nBis bald", []),
        ("# Titel\n\n- a\n- b\n\n1. c\n2. d\n\n[x](https://example.org) <https://example.org> **y**", []),
        ("• a\n• b", ["A list was recognised."]),
        ("- a\nb\n\n1. c\n2. d\ne", ["2 lists were recognised."]),
        ("2. Advent", ["A number at the start of a line was read as words, not as a list: 2. Advent."]),
        ("mia@example.org", ["An address became a link: mia@example.org."]),
        (f"{'Ein Satz. ' * 12}\n{'Ein Satz. ' * 12}", ["Lines that are a paragraph each were set apart."]),
        (
            " ".join(f"mia{number}@example.org" for number in range(7)),
            ["7 addresses became links: " + ", ".join(f"mia{number}@example.org" for number in range(5)) + ", …"],
        ),
    ],
)
def test_only_what_was_changed_is_noted(text: str, said: list[str]) -> None:
    assert notes(text) == said
