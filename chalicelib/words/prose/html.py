"""An organiser's text as safe HTML: sanitised by nh3. Raw HTML is shown as written."""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.token import Token
from markupsafe import Markup

from chalicelib.words.prose.parser import fit_headings, parser, tokens

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


SCHEMES = {"http", "https", "mailto", "tel"}


@lru_cache(maxsize=64)
def to_html(text: str, *, base: int = 2) -> Markup:
    """Safe HTML. The organiser's top heading becomes an ``h<base>``, so that it fits below the page's own."""
    read = tokens(text)
    fit_headings(read, base)
    for token in read:
        _encode_addresses(token.children or [])
    html = parser().renderer.render(read, parser().options, {})
    return Markup(  # noqa: S704  # nh3 has just made it safe
        nh3.clean(
            html,
            tags=TAGS,
            attributes={"a": {"href"}, "ol": {"start"}},
            url_schemes=SCHEMES,
            link_rel="noopener noreferrer",
        )
    )


def _encode_addresses(children: list[Token]) -> None:
    """Only what an attribute may not hold is encoded, so that an address is never another one behind its
    way into a mail."""
    for token in children:
        if token.type == "link_open":
            href = str(token.attrGet("href"))
            token.attrSet(
                "href", href if href.isascii() and href.isprintable() and " " not in href else normalizeLink(href)
            )
