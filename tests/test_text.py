"""Text as people send it, made safe to keep."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.text import HIDDEN, OVERRIDES, Unfit, one_line, paragraphs

ANY = st.text(max_size=60)


def cleaned(read: object, text: str) -> str | None:
    assert callable(read)
    try:
        return str(read(text, most=60))
    except Unfit:
        return None


@given(ANY)
def test_one_line_is_one_line_for_every_program(text: str) -> None:
    line = cleaned(one_line, text)
    if line is not None:
        assert len(line.splitlines()) <= 1
        assert line == line.strip() == unicodedata.normalize("NFC", line)
        assert not {unicodedata.category(character) for character in line} & HIDDEN
        assert not set(line) & OVERRIDES


@given(ANY)
def test_paragraphs_break_at_line_feeds_only(text: str) -> None:
    kept = cleaned(paragraphs, text)
    if kept is not None:
        assert kept.splitlines() == kept.split("\n") if kept else True
        assert not {unicodedata.category(character) for character in kept if character not in "\n\t"} & HIDDEN


@given(ANY)
def test_what_was_cleaned_once_stays_as_it_is(text: str) -> None:
    for read in (one_line, paragraphs):
        once = cleaned(read, text)
        if once is not None:
            assert cleaned(read, once) == once


@given(st.text(st.characters(exclude_categories=HIDDEN, exclude_characters=OVERRIDES), max_size=60))
def test_nothing_that_people_can_see_is_refused(text: str) -> None:
    if len(unicodedata.normalize("NFC", text)) <= 60:
        assert cleaned(one_line, text) == unicodedata.normalize("NFC", text).strip()


@given(st.text(st.sampled_from("\u200b\u200d\u2060\u00ad\ufeff \u00a0\u3000"), max_size=10))
def test_what_nobody_sees_is_not_a_name(text: str) -> None:
    with pytest.raises(Unfit, match=r"Please fill this in\."):
        one_line(text, most=60, required=True)


def test_names_of_the_world_are_kept() -> None:
    for name in ("Zoë Müller-Lüdenscheidt", "O’Neil", "李小龍", "محمد", "Ngô Thị", "👩‍💻", "नरेन्द्र", "Å. Ångström"):
        assert one_line(name, most=100, required=True) == unicodedata.normalize("NFC", name)


def test_line_breaks_of_every_system_become_one() -> None:
    assert paragraphs("a\r\nb\rc\nd\te ", most=60) == "a\nb\nc\nd\te"


def test_a_length_is_counted_after_cleaning_and_said() -> None:
    assert one_line("  " + "x" * 60 + "  ", most=60) == "x" * 60
    assert one_line("u\u0308" * 60, most=60) == "ü" * 60
    with pytest.raises(Unfit) as unfit:
        one_line("x" * 61, most=60)
    assert unfit.value.facts == {"most": 60, "given": 61}
