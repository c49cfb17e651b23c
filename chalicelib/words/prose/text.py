"""An organiser's text as plain text, for the text part of a mail: what Markdown looks like to people who do
not know it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markdown_it.token import Token

from chalicelib.words.columns import COLUMNS, wrapped
from chalicelib.words.prose.parser import fit_headings, tokens

NARROWEST = 30
"""Columns that are left to the words, however deep they stand in lists and quotes."""

_SPACE = "\0"
"""Stands for a space within an address while lines are broken. CommonMark has no such character (§2.3)."""

_BULLETS, _DELIMITERS = "-*", ".)"
"""A list directly behind another one gets the second, so that the two stay two."""


class _Block(NamedTuple):
    lines: list[str]
    kind: str
    is_loose: bool = False
    """Is it a paragraph with blank lines around it, or a list with blank lines between its items?"""
    mark: int = 0
    """Of a list: which of its two possible marks it has."""


def to_text(text: str, columns: int = COLUMNS) -> str:
    """The announcement as a text mail shows it, in lines of at most ``columns``.

    A link is ``words (address)``, a heading is underlined, code is indented by four spaces and its lines
    are not broken.
    """
    read = tokens(text)
    fit_headings(read, base=1)
    return "\n".join(_stacked(_blocks(iter(read), columns), apart=True)).replace(_SPACE, " ")


def in_one_line(text: str) -> str:
    """The words alone, for a description: no bullets, no lines under headings."""
    said = (_inline(token) if token.type == "inline" else token.content for token in tokens(text))
    return " ".join(" ".join(said).replace(_SPACE, " ").split())


def _blocks(read: Iterator[Token], columns: int) -> list[_Block]:
    """The blocks up to the end of what they stand in. Takes their tokens from ``read``."""
    made: list[_Block] = []
    for token in read:
        if token.nesting < 0:
            break
        block = _block(token, read, max(columns, NARROWEST), made[-1] if made else None)
        if any(line.strip() for line in block.lines):
            made.append(block)
    return made


def _block(token: Token, read: Iterator[Token], columns: int, before: _Block | None) -> _Block:
    match token.type:
        case "bullet_list_open" | "ordered_list_open":
            mark = 1 - before.mark if before and before.kind == token.type else 0
            return _list(token, read, columns, mark)
        case "blockquote_open":
            inner = _stacked(_blocks(read, columns - len("> ")), apart=True) or [""]
            return _Block([f"> {line}".rstrip(" ") for line in inner], token.type)
        case "paragraph_open" | "heading_open":
            lines = _lines(next(read), columns)
            next(read)
            if token.type == "heading_open":
                lines.append(("=" if token.tag == "h1" else "-") * max(len("---"), *map(len, lines)))
            return _Block(lines, token.type, is_loose=not token.hidden)
        case "hr":
            return _Block(["---"], token.type)
    code = token.content.strip("\n").split("\n")
    return _Block([f"    {line}" if line.strip() else "" for line in code], "code")


def _list(opened: Token, read: Iterator[Token], columns: int, mark: int) -> _Block:
    """As a browser counts: what is written before the second item and the following says nothing."""
    number = int(opened.attrs.get("start", 1)) if opened.type == "ordered_list_open" else None
    items: list[_Block] = []
    for token in read:
        if token.nesting < 0:
            break
        sign = _BULLETS[mark] if number is None else f"{number}{_DELIMITERS[mark]}"
        number = None if number is None else number + 1
        blocks = _blocks(read, columns - len(sign) - 1)
        is_loose = any(block.is_loose for block in blocks if block.kind == "paragraph_open")
        first, *others = _stacked(blocks, apart=is_loose) or [""]
        hanging = " " * (len(sign) + 1)
        lines = [f"{sign} {first}".rstrip(" "), *(hanging + line if line else "" for line in others)]
        items.append(_Block(lines, "item", is_loose))
    is_loose = any(item.is_loose for item in items)
    return _Block(_stacked(items, apart=is_loose), opened.type, is_loose, mark)


def _stacked(blocks: Sequence[_Block], *, apart: bool) -> list[str]:
    """One below the other.

    Unless ``apart``, there is a blank line only beside what would be read as something else without it.
    """
    made: list[str] = []
    before = ""
    for block in blocks:
        if made and (apart or {before, block.kind} & {"hr", "heading_open", "code"}):
            made.append("")
        made += block.lines
        before = block.kind
    return made


def _lines(inline: Token, columns: int) -> list[str]:
    """Each line as it was set, broken where it is too long."""
    return [part for line in _inline(inline).split("\n") for part in wrapped(line.strip(" \t"), columns)]


def _inline(token: Token) -> str:
    said = ""
    href = words_from = None
    for child in token.children or ():
        match child.type:
            case "link_open":
                href, words_from = str(child.attrGet("href") or ""), len(said)
            case "link_close":
                words = said[words_from:]
                said = said[:words_from] + _link(words, href or "")
            case "softbreak" | "hardbreak":
                said += "\n"
            case _:
                said += child.content
    return said


def _link(words: str, href: str) -> str:
    """``words (address)``, or one of the two where both say the same."""
    address = _shown(href)
    if words == href or not words.strip():
        return address
    return words if _is_same(words, href) else f"{words} ({address})"


def _shown(href: str) -> str:
    """An address as people write it down: without ``mailto:`` and ``tel:``, and without a space that a line may be
    broken at."""
    scheme, _, rest = href.partition(":")
    match scheme.lower():
        case "mailto":
            return rest.partition("?")[0]
        case "tel":
            return rest.replace(" ", _SPACE)
    return href.replace(" ", "%20")


def _is_same(words: str, href: str) -> bool:
    """Do the words of a link say already where it leads?"""
    if href.lower().startswith("tel:"):
        return re.sub(r"[-\s()./]|^tel:", "", words) == re.sub(r"[-\s()./]", "", href[len("tel:") :])
    return _host_and_path(words) == _host_and_path(_shown(href))


def _host_and_path(address: str) -> tuple[str, str]:
    """What is compared: a host is the same in capitals, a path is not."""
    host, _, path = re.sub("^(?:https://|mailto:)", "", address, flags=re.IGNORECASE).partition("/")
    return host.lower(), path
