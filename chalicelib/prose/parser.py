"""CommonMark by markdown-it-py, with bare addresses as links and without links that lead nowhere."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from chalicelib.prose.links import addresses, target
from chalicelib.prose.reading import read

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
    made.disable("image")
    made.inline.ruler.at("text", _words)
    made.inline.ruler.before("text", "address", _address)
    return made


def tokens(text: str) -> list[Token]:
    """``text`` as it is meant, as CommonMark's tokens; a link without an address is its words."""
    parsed = parser().parse(read(text).markdown)
    for token in parsed:
        if token.children:
            token.children = _without_empty_links(token.children)
    return parsed


def _without_empty_links(children: list[Token]) -> list[Token]:
    kept, empty = [], False
    for token in children:
        if token.type == "link_open":
            empty = not token.attrGet("href")
        if not (empty and token.type in ("link_open", "link_close")):
            kept.append(token)
    return kept


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
        if any(child.type == "link_open" and not child.attrGet("href") for child in children):
            refused["()"] = None
        # An address with a space in it is none in Markdown, and would be shown with its brackets.
        words = "".join(child.content for child in children if child.type != "code_inline")
        refused |= dict.fromkeys(_WITH_A_SPACE.findall(words))
    return list(refused)


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
    found = addresses(state.src)
    at = bisect_left(found, (state.pos,))
    if at == len(found) or found[at].start != state.pos or found[at].end > state.posMax:
        return False
    address = found[at]
    if not silent:
        words = state.src[address.start : address.end].replace("\\", "")
        if state.linkLevel:
            state.append_pending(words)
        else:
            opened = state.push("link_open", "a", 1)
            opened.attrs = {"href": address.href}
            opened.markup, opened.info = "linkify", "auto"
            state.push("text", "", 0).content = words
            state.push("link_close", "a", -1).markup = "linkify"
    state.pos = address.end
    return True
