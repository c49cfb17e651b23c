"""Lines of a text mail: broken at 78 columns between words, and where a line may not end, not there."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.words.columns import COLUMNS, LONGEST_LINE, wrapped

ADDRESS = "https://example.org/" + "a" * 80
WORDS = st.text(st.characters(exclude_characters=" \t\n\r"), min_size=1, max_size=30)


@given(st.lists(WORDS | st.sampled_from(["-", ">", "10.", "#", ADDRESS]), min_size=1, max_size=40), st.integers(20, 78))
def test_no_word_is_lost_and_no_line_is_longer_than_it_may_be(words: list[str], columns: int) -> None:
    lines = wrapped(" ".join(words), columns)
    assert " ".join(lines) == " ".join(words)
    for line in lines:
        assert len(line) <= columns or " " not in line
        assert line == line.strip(" ")


@given(st.lists(WORDS, min_size=1, max_size=40))
def test_a_line_takes_all_the_words_that_have_room_on_it(words: list[str]) -> None:
    words = [f"x{word}" for word in words]
    lines = wrapped(" ".join(words))
    for line, after in pairwise(lines):
        assert len(line) + 1 + len(after.split(" ", maxsplit=1)[0]) > COLUMNS


def test_a_line_that_fits_is_left_as_it_is_with_all_its_spaces() -> None:
    for line in ("-- ", "", "  a  b\tc ", "x" * 78):
        assert wrapped(line) == [line]
    assert wrapped("a  b " + "x" * 78) == ["a  b", "x" * 78]


@pytest.mark.parametrize("mark", ["-", "–", "•", "*", ">", ">x", "#", "##", "10.", "7)", "--", "==="])
def test_what_would_be_a_mark_at_the_start_of_a_line_does_not_stand_there(mark: str) -> None:
    lines = wrapped(f"{'x' * 70} Kuchen {mark} und Kaffee")
    assert lines[0] == "x" * 70
    assert lines[1].startswith(f"Kuchen {mark}")


def test_the_number_of_a_day_stays_with_its_month() -> None:
    assert wrapped(f"{'x' * 60} am Mittwoch, 10. März") == ["x" * 60 + " am", "Mittwoch, 10. März"]


def test_marks_without_words_between_them_are_wrapped_all_the_same() -> None:
    assert max(map(len, wrapped("- " * 200))) <= COLUMNS


def test_an_address_stands_on_a_line_of_its_own_and_is_never_broken() -> None:
    assert wrapped(f"Mehr dazu ({ADDRESS}).") == ["Mehr dazu", f"({ADDRESS})."]
    longest = f"https://example.org/?{'a' * 2000}"
    assert wrapped(f"a {longest} b") == ["a", longest, "b"]


def test_what_has_no_spaces_is_broken_only_where_a_line_would_be_longer_than_mail_allows() -> None:
    assert wrapped("中" * 300) == ["中" * 300]
    lines = wrapped("中" * 400)
    assert "".join(lines) == "中" * 400
    assert max(len(line.encode()) for line in lines) <= LONGEST_LINE


@pytest.mark.parametrize("line", ["x" + " " * 500_000, " " * 500_000, "x " * 25_000, "- " * 25_000])
def test_a_line_of_spaces_takes_no_time(line: str) -> None:
    assert " ".join(wrapped(line)).split() == line.split()
