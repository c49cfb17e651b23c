"""The text part: what an announcement looks like where nothing but characters can be shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chalicelib.words.prose.html import to_html
from chalicelib.words.prose.text import in_one_line, to_text

SITE = "https://example.org"
PASTED = (Path(__file__).parent / "announcement.txt").read_text("utf-8")
FIRST, SECOND = "Wer einen Garten teilt, lernt seine Nachbarn kennen, ob er das will oder", "keinesfalls, beim Gießen."
LONG = f"{FIRST} {SECOND}"

SHOWN = {
    "a paragraph": (LONG, f"{FIRST}\n{SECOND}"),
    "an item": (f"- {LONG}\n- b", f"- {FIRST}\n  {SECOND}\n- b"),
    "a number of two digits": (f"9. a\n10. {LONG}", f"9. a\n10. {FIRST}\n    {SECOND}"),
    "an item of two paragraphs": ("- a\n\n  b\n- c", "- a\n\n  b\n\n- c"),
    "a numbered item of two paragraphs": ("9. a\n\n   b\n10. c\n\n    d", "9. a\n\n   b\n\n10. c\n\n    d"),
    "a list in a list": (f"- a\n  - {LONG}\n- c", f"- a\n  - {FIRST}\n    {SECOND}\n- c"),
    "numbers in bullets": ("- a\n  1. b\n  2. c", "- a\n  1. b\n  2. c"),
    "two lists, one behind the other": ("- a\n- b\n\n* c\n* d\n\n- e", "- a\n- b\n\n* c\n* d\n\n- e"),
    "a quote": (f"> {LONG}\n>\n> b", f"> {FIRST}\n> {SECOND}\n>\n> b"),
    "a quote of lines": ("> a\n> b", "> a\n> b"),
    "a quote in a quote": ("> a\n>\n> > b\n> > c", "> a\n>\n> > b\n> > c"),
    "a quote in an item": ("- a\n\n  > b\n  >\n  > c\n- d", "- a\n\n  > b\n  >\n  > c\n\n- d"),
    "a list in a quote": ("> a\n>\n> - b\n>\n>   c\n> - d", "> a\n>\n> - b\n>\n>   c\n>\n> - d"),
    "a heading": ("# Der Garten\n## Beet\n\nx", "Der Garten\n==========\n\nBeet\n----\n\nx"),
    "a heading that is not the first level": ("### Der Garten\n#### Beet", "Der Garten\n==========\n\nBeet\n----"),
    "a short heading": ("# A", "A\n==="),
    "a heading in an item": ("- # Beet\n- b", "- Beet\n  ====\n- b"),
    "a rule": ("a\n\n***\n\nb", "a\n\n---\n\nb"),
    "indented code": (f"So:\n\n    a  b {LONG}\n\n    c", f"So:\n\n    a  b {LONG}\n\n    c"),
    "a fence": (f"```\n- a\n\n  {LONG}\n```\nb", f"    - a\n\n      {LONG}\n\nb"),
    "code in a quote": ("> a\n>\n>     b", "> a\n>\n>     b"),
    "code in an item": ("- a\n\n  ```\n  b\n  ```\n- c", "- a\n\n      b\n\n- c"),
    "forced breaks": (f"a  \n{LONG}\\\nb", f"a\n{FIRST}\n{SECOND}\nb"),
    "a forced break in an item": ("- a  \n  b", "- a\n  b"),
    "a picture": (f"![Der Garten]({SITE}/a.jpg)", f"Der Garten ({SITE}/a.jpg)"),
    "a picture without words": (f"![]({SITE}/a.jpg)", f"{SITE}/a.jpg"),
    "a picture that leads on": (f"[![Der Garten]({SITE}/a.jpg)]({SITE}/garten)", f"Der Garten ({SITE}/garten)"),
    "a link": (f"[Der *Garten*]({SITE}/a).", f"Der Garten ({SITE}/a)."),
    "a link without words": (f"[]({SITE}/a)", f"{SITE}/a"),
    "a link that says where it leads": (f"[{SITE}/a]({SITE}/a) [example.org](https://Example.org/)", f"{SITE}/a example.org"),
    "a link that says something else": (f"[example.org/A]({SITE}/a)", f"example.org/A ({SITE}/a)"),
    "a link that is not secure": ("[example.org](http://example.org)", "example.org (http://example.org)"),
    "a mail address behind words": ("[Schreib uns](mailto:mia@example.org?subject=Garten)", "Schreib uns (mia@example.org)"),
    "a mail address": ("[mia@example.org](mailto:mia@example.org) mailto:ben@example.org", "mia@example.org ben@example.org"),
    "a telephone behind words": ("[Ruf an](tel:+49221123)", "Ruf an (+49221123)"),
    "a telephone": ("[+49 (221) 12-3](tel:+49221123) <tel:+49221123>", "+49 (221) 12-3 +49221123"),
    "a telephone with spaces at the end of a line": (f"{'x' * 68} [y](<tel:+49 221 123>)", f"{'x' * 68} y\n(+49 221 123)"),
    "an address with a space": (f"[y](<{SITE}/a b>)", f"y ({SITE}/a%20b)"),
    "an address that is too long": (f"- Mehr dazu: {SITE}/{'a' * 80}.", f"- Mehr dazu:\n  {SITE}/{'a' * 80}."),
    "an empty item": ("- a\n- &#32;\n- c", "- a\n-\n- c"),
}  # fmt: skip


@pytest.mark.parametrize(("markdown", "text"), SHOWN.values(), ids=SHOWN)
def test_each_kind_of_block_is_readable(markdown: str, text: str) -> None:
    assert to_text(markdown) == text


STRUCTURES = [name for name in SHOWN if not re.search("link|address|telephone|picture|fence|forced|empty", name)]


@pytest.mark.parametrize("name", STRUCTURES)
def test_whoever_pastes_the_text_part_gets_the_same_html_again(name: str) -> None:
    markdown, text = SHOWN[name]
    if LONG in markdown and FIRST in text:
        # Two lines alone do not tell whether a program wrapped them.
        markdown, text = markdown.replace(LONG, "a"), to_text(markdown.replace(LONG, "a"))
    assert to_html(text) == to_html(markdown)


def test_the_pasted_announcement_says_the_same_when_its_text_part_is_pasted() -> None:
    text = to_text(PASTED)
    assert max(map(len, text.split("\n"))) <= 78
    assert to_text(text) == text
    assert to_html(text) == to_html(PASTED)


def test_however_deep_it_is_there_is_room_for_words() -> None:
    lines = to_text("\n".join(f"{'  ' * depth}- {LONG}" for depth in range(15))).split("\n")
    assert len(lines) <= 15 * 3
    assert max(map(len, lines)) <= 78
    narrow = to_text(f"> > > > {LONG}", columns=20).split("\n")
    assert max(len(line.lstrip("> ")) for line in narrow) > 20


def test_a_description_is_the_words_in_one_line() -> None:
    markdown = f"# Der *Garten*\n\n- a\n- b  \n  c\n\n> d\n\n---\n\n    e\n\n[Mehr]({SITE})"
    assert in_one_line(markdown) == f"Der Garten a b c d e Mehr ({SITE})"
    assert in_one_line("") == ""
