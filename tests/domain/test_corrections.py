"""What differs between two texts of an announcement."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.corrections import MOST_SHOWN, Passage, passages, said
from chalicelib.domain.edition import Location, Speaker
from tests.builders import an_edition

TEXT = "Worum es geht:\n\n- was das heißt\n- wie es gelingt"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (TEXT, ()),
        (TEXT.replace("\n\n", "\n\n\n") + "  \n", ()),
        (TEXT.replace("heißt", "hieß"), (Passage(before=("- was das heißt",), now=("- was das hieß",)),)),
        (TEXT + "\n- und mehr", (Passage(before=(), now=("- und mehr",)),)),
        ("Worum es geht:\n\n- wie es gelingt", (Passage(before=("- was das heißt",), now=()),)),
        ("", (Passage(before=("Worum es geht:", "- was das heißt", "- wie es gelingt"), now=()),)),
    ],
)
def test_what_differs_is_shown_line_by_line(now: str, expected: tuple[Passage, ...]) -> None:
    assert passages(TEXT, now) == expected


def test_where_nearly_everything_differs_nothing_is_shown() -> None:
    before = "\n".join(f"line {number}\nsame {number}" for number in range(MOST_SHOWN + 1))
    assert passages(before, before.replace("line", "other")) == ()
    assert len(passages(before, before.replace("line 1", "other"))) == 4


@given(st.text("ab\n ", max_size=30), st.text("ab\n ", max_size=30))
def test_what_differs_turns_the_one_into_the_other(before: str, now: str) -> None:
    found = passages(before, now)
    lines = [[line.strip() for line in text.splitlines() if line.strip()] for text in (before, now)]
    assert (lines[0] == lines[1]) == (not found)
    if len(found) == 1 and len(lines[0]) == 1:
        assert (found[0].before or tuple(lines[0])) == tuple(lines[0])


@pytest.mark.parametrize(
    "other",
    [
        {"title": "Anders"},
        {"announcement": "Anders"},
        {"speakers": ()},
        {"speakers": (Speaker(name="Andrea Blau", organisation="Stadt ohne Herz"),)},
        {"local_start": datetime(2027, 3, 11, 14, 30)},
        {"minutes": 60},
        {"location": Location(place="Rathaus")},
    ],
)
def test_whatever_an_announcement_says_is_part_of_its_digest(other: dict[str, object]) -> None:
    edition = an_edition()
    assert said(replace(edition, **other)).digest != said(edition).digest  # type: ignore[arg-type]


def test_that_it_is_online_as_well_as_in_a_room_is_part_of_it() -> None:
    room = an_edition(location=Location(place="Rathaus"))
    both = replace(room, location=Location(place="Rathaus", online=True))
    linked = replace(room, location=Location(place="Rathaus", join_url="https://meet.example.org/"))
    assert said(both).digest == said(linked).digest != said(room).digest


def test_a_link_is_no_part_of_it_for_no_announcement_says_it() -> None:
    edition = an_edition()
    other = replace(edition, location=Location(join_url="https://elsewhere.example.org"), seats=3, revision=2)
    assert said(other).digest == said(edition).digest
