"""Whatever is pasted: no word is lost, reading is stable, and HTML and text say the same."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape

from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.prose.html import to_html
from chalicelib.prose.reading import read
from chalicelib.prose.text import to_text

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


@given(PASTED)
def test_html_and_text_say_the_same_words(text: str) -> None:
    html = re.sub(r'<ol start="(\d+)">|<[^>]*>', " ", str(to_html(text)))
    plain = re.sub(r"^[ >-]*\d+[.)](?:\s|$)", "", to_text(text), flags=re.MULTILINE)
    shown = re.sub(r"^[ >-]*\d+[.)](?:\s|$)", "", unescape(html), flags=re.MULTILINE)
    assert words(plain) == words(shown)


@given(SIGNS)
@settings(max_examples=400)
def test_what_was_read_once_is_read_the_same_again_whatever_it_is(text: str) -> None:
    once = read(text).markdown
    assert read(once).markdown == once
