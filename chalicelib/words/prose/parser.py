"""CommonMark by markdown-it-py, with bare addresses as links and without links that lead nowhere."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from chalicelib.words.prose.links import Address, addresses, target
from chalicelib.words.prose.reading import read

_WITH_A_SPACE = re.compile(r"\]\(((?:https?:|mailto:|tel:|www\.)[^)\s]* [^)]*)\)", re.IGNORECASE)


class _Parser(MarkdownIt):
    """Addresses stay as they were written; ``html`` encodes what an attribute needs."""

    def validateLink(self, url: str) -> bool:  # noqa: N802  # the library's name
        return target(url) is not None

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        return target(url) or url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802
        return link


@lru_cache
def parser() -> MarkdownIt:
    return _with_addresses(_Parser("commonmark", {"html": False, "breaks": True, "linkify": False}))


def _with_addresses(made: MarkdownIt) -> MarkdownIt:
    made.inline.ruler.at("text", _words)
    made.inline.ruler.after("autolink", "address in angle brackets", _address_in_angle_brackets)
    made.inline.ruler.before("text", "address", _address)
    return made


def tokens(text: str) -> list[Token]:
    """``text`` as it is meant, as CommonMark's tokens; a link without an address is its words, a picture a
    link to it."""
    parsed = parser().parse(read(text).markdown)
    for token in parsed:
        if token.children:
            token.children = _without_empty_links(_pictures_as_links(token.children))
    return parsed


def _pictures_as_links(children: list[Token]) -> list[Token]:
    """Mails load nothing from anywhere: a picture is its words, and leads to where it is; within a link, it is the
    words of that link."""
    made: list[Token] = []
    depth = 0
    for token in children:
        depth += token.nesting if token.type in ("link_open", "link_close") else 0
        if token.type != "image":
            made.append(token)
            continue
        address = str(token.attrGet("src") or "")
        words = Token("text", "", 0, content=_alternative(token.children or []) or (address if not depth else ""))
        opened = Token("link_open", "a", 1, attrs={"href": address})
        made += [words] if depth else [opened, words, Token("link_close", "a", -1)]
    return made


def _alternative(children: list[Token]) -> str:
    """The words that stand for a picture."""
    return "".join(
        _alternative(child.children or [])
        if child.type == "image"
        else child.content or " " * child.type.endswith("break")
        for child in children
    )


def _without_empty_links(children: list[Token]) -> list[Token]:
    kept, empty = [], False
    for token in children:
        if token.type == "link_open":
            empty = not token.attrGet("href")
        if not (empty and token.type in ("link_open", "link_close")):
            kept.append(token)
    return kept


def fit_headings(read: list[Token], base: int) -> None:
    """Whether organisers begin with ``#`` or ``###``: below the page's own heading, and without leaving out a step."""
    top = min((int(token.tag[1]) for token in read if token.type == "heading_open"), default=1)
    level = base - 1
    for token in read:
        if token.type == "heading_open":
            level = min(6, level + 1, int(token.tag[1]) - top + base)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{level}"


def refused_links(text: str) -> list[str]:
    """Where the links in ``text`` lead that lead nowhere, each once and as it was written."""
    refused: dict[str, None] = {}

    class Noting(_Parser):
        def validateLink(self, url: str) -> bool:  # noqa: N802
            if not (leads := super().validateLink(url)):
                refused[url] = None
            return leads

    for token in _with_addresses(Noting("commonmark", {"html": False})).parse(read(text).markdown):
        children = token.children or []
        if any(not _leads_to(child) for child in children if child.type in ("link_open", "image")):
            refused["()"] = None
        # An address with a space in it is none in Markdown, and would be shown with its brackets.
        words = "".join(child.content for child in children if child.type != "code_inline")
        refused |= dict.fromkeys(_WITH_A_SPACE.findall(words))
    return list(refused)


def _leads_to(token: Token) -> str:
    return str(token.attrGet("src" if token.type == "image" else "href") or "")


def _words(state: StateInline, silent: bool) -> bool:
    """As the library's rule, but stop where an address begins, so that nothing in it is taken for emphasis."""
    found = addresses(state.src)
    following = bisect_left(found, (state.pos,))
    terminator = state.md.inline.terminator_re.search(state.src, state.pos, state.posMax)
    end = terminator.start() if terminator else state.posMax
    if following < len(found):
        end = min(end, found[following].start)
    if end == state.pos:
        return False
    if not silent:
        state.append_pending(state.src[state.pos : end])
    state.pos = end
    return True


def _address(state: StateInline, silent: bool) -> bool:
    address = _address_at(state, state.pos)
    if not address:
        return False
    if not silent:
        _link_to(state, address)
    state.pos = address.end
    return True


def _address_in_angle_brackets(state: StateInline, silent: bool) -> bool:
    """``<www.example.org>``: CommonMark's own rule knows addresses with a scheme and e-mail addresses only."""
    address = _address_at(state, state.pos + 1) if state.src[state.pos] == "<" else None
    if not address or state.src[address.end : address.end + 1] != ">" or address.end >= state.posMax:
        return False
    if not silent:
        _link_to(state, address)
    state.pos = address.end + 1
    return True


def _address_at(state: StateInline, at: int) -> Address | None:
    found = addresses(state.src)
    following = bisect_left(found, (at,))
    if following == len(found) or found[following].start != at or found[following].end > state.posMax:
        return None
    return found[following]


def _link_to(state: StateInline, address: Address) -> None:
    words = state.src[address.start : address.end].replace("\\", "")
    if state.linkLevel:
        state.append_pending(words)
        return
    opened = state.push("link_open", "a", 1)
    opened.attrs = {"href": address.href}
    opened.markup, opened.info = "linkify", "auto"
    state.push("text", "", 0).content = words
    state.push("link_close", "a", -1).markup = "linkify"
