"""Whatever is pasted: no word is lost, reading is stable, and HTML and text say the same."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape

from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.words.prose.html import to_html
from chalicelib.words.prose.reading import read
from chalicelib.words.prose.text import to_text

LINES = st.sampled_from([
    "", "", "Kurz", "und klein", "Ein Satz mit Ende.", "Ort: Rathaus", "24. Dezember: Glühwein", "1. eins", "2. zwei", "3) drei", "4) vier",
    "Wer einen Garten teilt, lernt seine Nachbarn kennen, ob er will oder nicht: beim", "Gießen, beim Ernten und beim Streit um die Gartenschere, denn davon handelt der",
    "Abend, der um acht Uhr beginnt und endet, wenn niemand mehr etwas zu sagen hat.", "- eins", "  - zwei", "    - drei", "• vier", "o\tfünf",
    "\tsechs", "– sieben", "\u00a0\u00a0acht", "  indented", "    code", "> Zitat", ">> tiefer", "# Titel", "---", "--", "-", "*", "+", "===", "[x]: y",
    "a  ", "b\\", "*Stern*", "www.example.org/_a_ und mia@example.org", "Viele Grüße,", "10. März 2027", "7.", "8. ", "\u2028", "\v", "o", "•", "· neun",
])  # fmt: skip
PASTED = st.lists(LINES, max_size=14).map("\n".join)
SIGNS = st.lists(st.one_of(LINES, st.text("ab.-*>#1) \t\n\\•–`~[]:_", max_size=8)), max_size=10).map("\n".join)


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"[^\W\d_]\w*", text))


@given(PASTED)
@example("    code\n\tsechs")
def test_no_word_is_lost(text: str) -> None:
    assert words(read(text).markdown) == words(re.sub(r"^\s*o\t+", "", text, flags=re.MULTILINE)) - Counter()


NUMBERED = re.compile(r"^(?:[ >]|[-*](?= ))*\d+[.)](?= |$)", re.MULTILINE)


@given(PASTED)
def test_html_and_text_say_the_same_words_in_the_same_order(text: str) -> None:
    html = unescape(re.sub(r'<ol start="(\d+)">|<[^>]*>', " ", str(to_html(text))))
    assert in_order(NUMBERED.sub("", to_text(text))) == in_order(NUMBERED.sub("", html))


def in_order(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]\w*", text)


LINKS = st.sampled_from(
    ["[Mehr](https://example.org/mehr)", "- [Karte](example.org/a)", "> ![Bild](https://example.org/b.jpg)"]
)


@given(st.lists(LINES | LINKS, max_size=14).map("\n".join))
def test_the_text_part_has_each_paragraph_item_quote_and_address_of_the_html_and_no_line_that_is_too_long(
    text: str,
) -> None:
    html, plain = str(to_html(text)), to_text(text, columns=40)
    for line in plain.split("\n"):
        assert len(line) <= 40 or " " not in line.lstrip(" >-*") or is_code(line), line
        assert line == line.rstrip(" ") or is_code(line)
    for href in re.findall('href="([^"]*)"', html):
        assert re.sub("^(?:https://|mailto:)", "", unescape(href)) in plain
    items = len(re.findall(r"(?:^|(?<= ))(?:[-*]|\d+[.)])(?= |$)", to_text(text), re.MULTILINE))
    assert items >= html.count("<li>")
    assert (re.search("^[ *0-9.)-]*>", plain, re.MULTILINE) is not None) >= ("<blockquote>" in html)


def is_code(line: str) -> bool:
    return line.lstrip(">-*0123456789.) ") != line and "    " in line


@given(SIGNS)
@settings(max_examples=400)
def test_what_was_read_once_is_read_the_same_again_whatever_it_is(text: str) -> None:
    once = read(text).markdown
    assert read(once).markdown == once
