"""An organiser's Markdown as safe HTML and as plain text.

CommonMark by markdown-it-py, sanitised by nh3: raw HTML is shown as written, and only links to the web and to mail addresses
survive. Imported only where an announcement is shown.
"""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

TAGS = {
    "p",
    "br",
    "strong",
    "em",
    "a",
    "ul",
    "ol",
    "li",
    "blockquote",
    "code",
    "pre",
    "hr",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
}


@lru_cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": False}).disable("image")


def to_html(text: str, *, base: int = 2) -> Markup:
    """Safe HTML. The organiser's top heading becomes an ``h<base>``, so that it fits below the page's own."""
    tokens = _parser().parse(text)
    _fit_headings(tokens, base)
    html = _parser().renderer.render(tokens, _parser().options, {})
    return Markup(  # noqa: S704  # nh3 has just made it safe
        nh3.clean(
            html,
            tags=TAGS,
            attributes={"a": {"href"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer",
        )
    )


def _fit_headings(tokens: list[Token], base: int) -> None:
    """Whether organisers begin with ``#`` or ``###``: below the page's own heading, and without leaving out a step."""
    top = min((int(token.tag[1]) for token in tokens if token.type == "heading_open"), default=1)
    level = base - 1
    for token in tokens:
        if token.type == "heading_open":
            level = min(6, level + 1, int(token.tag[1]) - top + base)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{level}"


def to_text(text: str) -> str:
    """The announcement as a text mail shows it: bullets as dashes, a link as ``words (address)``."""
    lines: list[str] = []
    prefix: list[str] = []
    for token in _parser().parse(text):
        if token.type in PREFIX_OPENS:
            prefix.append(PREFIX_OPENS[token.type])
        elif token.type in PREFIX_CLOSES:
            prefix.pop()
            lines += [""] if not prefix else []
        elif token.type == "list_item_open" and token.info:
            prefix[-1] = f"{token.info}. "
        elif token.type == "inline":
            indent = "  " * (len(prefix) - 1) + prefix[-1] if prefix else ""
            lines.append(indent + _inline(token).replace("\n", "\n" + " " * len(indent)))
            lines += [""] if not prefix else []
        elif token.type in ("fence", "code_block", "hr"):
            lines += [token.content.rstrip() or "---", ""]
    return "\n".join(lines).strip()


PREFIX_OPENS = {"ordered_list_open": "- ", "bullet_list_open": "- ", "blockquote_open": "> "}
PREFIX_CLOSES = {"ordered_list_close", "bullet_list_close", "blockquote_close"}


def _inline(token: Token) -> str:
    said = ""
    href = words_from = None
    for child in token.children or ():
        match child.type:
            case "link_open":
                href, words_from = str(child.attrGet("href") or ""), len(said)
            case "link_close":
                if href and said[words_from:] != href.removeprefix("mailto:"):
                    said += f" ({href.removeprefix('mailto:')})"
            case "softbreak" | "hardbreak":
                said += "\n"
            case _:
                said += child.content
    return said
