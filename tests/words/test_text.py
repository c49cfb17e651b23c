"""Text as people send it, made safe to keep."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.words.text import HIDDEN, OVERRIDES, Unfit, one_line, paragraphs

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


SEEN = st.characters(
    categories=["L", "N", "P", "S"], exclude_characters="\u115f\u1160\u2800\u3164\uffa0\ufffd\U0001d159"
)


@given(st.text(SEEN | st.just(" "), max_size=60))
def test_nothing_that_people_can_see_is_refused_or_changed(text: str) -> None:
    if len(unicodedata.normalize("NFC", text)) <= 60:
        for read in (one_line, paragraphs):
            assert cleaned(read, text) == unicodedata.normalize("NFC", text).strip()


PASTED = "\u200b\u2060\ufeff\u00ad\u202a\u202c\u2066\u2067\u2068\u2069\u200e\u200f\u200c\u200d\ufe0f\ufffe\U000e0041\u180e\u2063"


@given(st.lists(st.sampled_from(PASTED), max_size=6), st.sampled_from(["Mia Lang", "Zoë", "https://example.org/a_(b)"]))
def test_what_programs_leave_around_a_text_and_in_it_is_mended(left: list[str], text: str) -> None:
    around, half = "".join(left), len(text) // 2
    pasted = f"{around} {text[:half]}{''.join(one for one in left if one != chr(0xFE0F))}{text[half:]}{around.replace(chr(0xFE0F), '')}"
    for read in (one_line, paragraphs):
        assert cleaned(read, pasted) == text


@pytest.mark.parametrize(
    "separator", ["\t", "\v", "\f", "\x85", "\u2028", "\u2029", "\u00a0", "\u202f", "\u2007", "\u2009"]
)
def test_what_separates_words_in_a_heading_is_a_space(separator: str) -> None:
    assert one_line(f"{separator}Mia{separator}Lang{separator}", most=60) == "Mia Lang"


@pytest.mark.parametrize("separator", ["\r\n", "\r", "\v", "\f", "\x85", "\u2028"])
def test_what_breaks_lines_in_a_body_is_a_line_feed(separator: str) -> None:
    assert paragraphs(f"eins{separator}zwei", most=60) == "eins\nzwei"


def test_a_paragraph_separator_and_a_line_of_no_break_spaces_part_paragraphs() -> None:
    assert paragraphs("eins\u2029zwei", most=60) == "eins\n\nzwei"
    assert paragraphs("eins\u00a0\n\u00a0\nzwei  \ndrei", most=60) == "eins\n\nzwei  \ndrei"
    assert paragraphs("z.\u202fB. 14\u00a0Uhr", most=60) == "z.\u202fB. 14\u00a0Uhr", "typography is meant"


@pytest.mark.parametrize(
    "text",
    ["می\u200cخواهم", "نامه\u200cای", "क्\u200dष", "ശ്രീ അനില്\u200d", "ක්\u200dෂ", "👩\u200d💻", "🏳️\u200d🌈", "❤️", "1️⃣", "👍🏽",
     "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "葛\U000e0100", "👨\u200d👩\u200d👧\u200d👦 Team", "אבג\u200f (abc)",
     "🇩🇪", "Å. Ångström"],
)  # fmt: skip
def test_joiners_and_emoji_stay(text: str) -> None:
    for read in (one_line, paragraphs):
        assert cleaned(read, text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Mia\nLang", "on one line, without line breaks"),
        ("Mia\r\nBcc: x@example.org", "on one line, without line breaks"),
        ("Mia\x07", "no text (U+0007)"),
        ("\x00Mia", "no text (U+0000)"),
        ("Mia\ue000", "no text (U+E000)"),
        ("Mia\x9f", "no text (U+009F)"),
        ("M\ufffdller", "was lost on its way"),
        ("Mia \u202egnaL", "turns the direction of writing"),
    ],
)
def test_what_cannot_be_mended_is_refused_with_its_own_reason(text: str, reason: str) -> None:
    with pytest.raises(Unfit) as unfit:
        one_line(text, most=60)
    assert reason in str(unfit.value.at("name"))
    if "\n" not in text:
        with pytest.raises(Unfit) as unfit:
            paragraphs(text, most=60)
        assert reason in str(unfit.value.at("note"))


@given(st.text(st.sampled_from("\u200b\u200d\u2060\u00ad\ufeff \u00a0\u3000\u3164\u2800\u0301"), max_size=10))
def test_what_nobody_sees_is_not_a_name(text: str) -> None:
    with pytest.raises(Unfit, match=r"Please fill this in\."):
        one_line(text, most=60, required=True)


def test_names_of_the_world_are_kept() -> None:
    for name in ("Zoë Müller-Lüdenscheidt", "O’Neil", "李小龍", "محمد", "Ngô Thị", "👩‍💻", "नरेन्द्र", "Å. Ångström"):
        assert one_line(name, most=100, required=True) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "text",
    ["\tPflege\n\tKirche", "  - Pflege\n  - Kirche", "    • Pflege\n    • Kirche", " 1. Pflege\n\n 2. Kirche", "  - Pflege\n    - Bad\n  - Kirche"],
)  # fmt: skip
def test_a_list_at_the_beginning_keeps_its_indentation_so_that_no_item_is_below_the_first(text: str) -> None:
    for before in ("", "\n \n", "\ufeff\n", "\u200b"):
        assert paragraphs(before + text + "\n", most=100) == text


@pytest.mark.parametrize(
    "text",
    [
        "\tPflege",
        "\tPflege\nKirche",
        "    Pflege\n    Kirche",
        "  - Pflege\n    - Bad",
        "\t\tPflege\n\tKirche",
        " \n \n",
    ],
)
def test_other_indentation_of_the_first_line_is_none(text: str) -> None:
    assert paragraphs(text, most=100) == text.strip()


def test_line_breaks_of_every_system_become_one() -> None:
    assert paragraphs("a\r\nb\rc\nd\te ", most=60) == "a\nb\nc\nd\te"


def test_a_length_is_counted_after_cleaning_and_said() -> None:
    assert one_line("  " + "x" * 60 + "  ", most=60) == "x" * 60
    assert one_line("u\u0308" * 60, most=60) == "ü" * 60
    with pytest.raises(Unfit) as unfit:
        one_line("x" * 61, most=60)
    assert unfit.value.facts == {"most": 60, "given": 61}
