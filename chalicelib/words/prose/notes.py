"""What was understood of a text, for whoever pasted it: English, as everything the API says to organisers."""

from __future__ import annotations

from itertools import pairwise

from chalicelib.words.prose.parser import tokens
from chalicelib.words.prose.reading import read

MOST_NAMED, LONGEST_NAMED = 5, 60


def notes(text: str) -> list[str]:
    """One sentence for each kind of thing that is shown in another way than CommonMark alone would; none
    where nothing is."""
    reading = read(text)
    said = []
    if reading.joined:
        said.append("Lines were joined into paragraphs.")
    elif reading.set_apart:
        said.append("Lines that are a paragraph each were set apart.")
    if reading.lists:
        said.append(_counted(reading.lists, "A list was recognised.", "{n} lists were recognised."))
    if reading.kept_numbers:
        said.append("A number at the start of a line was read as words, not as a list: " + _named(reading.kept_numbers))
    if addresses := _addresses(text):
        one, more = "An address became a link: ", "{n} addresses became links: "
        said.append(_counted(len(addresses), one, more) + _named(addresses))
    return said


def _counted(n: int, one: str, more: str) -> str:
    return one if n == 1 else more.format(n=n)


def _named(things: tuple[str, ...]) -> str:
    shown = [one if len(one) <= LONGEST_NAMED else one[: LONGEST_NAMED - 1] + "…" for one in things[:MOST_NAMED]]
    return ", ".join(shown) + (", …" if len(things) > MOST_NAMED else ".")


def _addresses(text: str) -> tuple[str, ...]:
    """The bare addresses that became links, as they are shown."""
    inline = [token.children or [] for token in tokens(text)]
    return tuple(
        words.content
        for children in inline
        for opened, words in pairwise(children)
        if opened.type == "link_open" and opened.markup == "linkify"
    )
