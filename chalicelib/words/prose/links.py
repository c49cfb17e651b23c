"""Addresses in a text: where a bare one begins and ends, and where a written one leads. Pure.

Not linkify-it-py: it takes ``“`` and ``…`` into the address, shows ``%20`` as a space, makes ``z.B.so`` a link, and
reads the underscores in ``www.example.org/_a_`` as emphasis, since it looks only at what emphasis left over.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

_STOPS = r"\s<>\"`\[\]{}|\\^\u201c-\u201f\u201a\u2039\u203a«»\u200b\ufeff\u2060"
_HOST = r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_](?:[\w-]{0,61}[^\W_])?"
_MAIL = rf"[\w.!#$%&'*+/=?^`{{|}}~-]{{1,64}}@{_HOST}"
_BARE = re.compile(
    rf"(?<![^\W_])(?<![@.])(?P<web>https?://(?:[^{_STOPS}]|\\[_*~])+)"
    rf"|(?<![^\W_])(?<![@./-])(?P<www>www\.{_HOST}(?::\d{{1,5}})?(?:[/?#](?:[^{_STOPS}]|\\[_*~])*)?)"
    rf"|(?<![^\W_])(?<![.+-])(?:mailto:)?(?P<mail>[^\W_](?:[\w.+-]{{0,62}}[\w+-])?@{_HOST})(?![^\W_]|@)"
    rf"|(?<![^\W_])(?<![@./:-])(?P<host>(?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.)+(?:org|com|net|info|eu|de|at|ch)(?:/(?:[^{_STOPS}]|\\[_*~])*)?)"
    rf"(?![^\W_]|[@-]|\.\w)",
    re.IGNORECASE,
)
_END = ".,;:!?'’‘*…"
_PAIRS = {")": "("}

_NAME_OF_A_FILE = re.compile(
    r"[\w-]+\.(?:html?|php|pdf|docx?|xlsx?|pptx?|jpe?g|png|gif|svg|txt|ics|zip|md)", re.IGNORECASE
)
_WITHOUT_SCHEME = re.compile(rf"{_HOST}(?::\d{{1,5}})?(?:[/?#].*)?", re.DOTALL)


class Address(NamedTuple):
    """A bare address: where it stands in the text, and where it leads."""

    start: int
    end: int
    href: str


@lru_cache(maxsize=16)
def addresses(text: str) -> tuple[Address, ...]:
    """The bare addresses in ``text``, with the right end: no full stop, no bracket that was opened before."""
    return tuple(found for match in _BARE.finditer(text) if (found := _address(match, text)))


def _address(match: re.Match[str], text: str) -> Address | None:
    start, kind = match.start(), match.lastgroup
    written = _ended(match[0], text[start - 1 : start])
    plain = re.sub(r"\\([_*~])", r"\1", written)
    if kind == "mail":
        plain = f"mailto:{plain.removeprefix('mailto:')}"
    elif kind == "host":
        # A capital behind a full stop is a forgotten space: "Ende.De".
        if plain != plain.lower() and "/" not in plain:
            return None
        plain = f"https://{plain}"
    elif kind == "www":
        plain = f"https://{plain}"
    return Address(start, start + len(written), plain) if target(plain) else None


def _ended(written: str, before: str) -> str:
    """Without the punctuation of the sentence around it."""
    while written:
        last = written[-1]
        unopened = last in _PAIRS and written.count(last) > written.count(_PAIRS[last])
        if not (last in _END or unopened or (last in "_~" and before == last)):
            break
        written = written[:-1]
    return written


def target(written: str) -> str | None:
    """Where a link leads, from a mail as from a page; None where it leads nowhere.

    A host without a scheme gets https, an e-mail address mailto. What is relative, and every scheme but http, https,
    mailto and tel, leads nowhere.
    """
    written = written.strip()
    scheme, colon, rest = written.partition(":")
    match scheme.lower():
        case "http" | "https" if colon:
            return written if rest.startswith("//") and _has_host(written) else None
        case "mailto" if colon:
            return written if re.match(rf"{_MAIL}(?:[,?]|$)", rest) else None
        case "tel" if colon:
            return written if re.fullmatch(r"\+?[\d().\-/ ]*\d[\d().\-/ ]*(?:;.*)?", rest) else None
    if re.fullmatch(_MAIL, written):
        return f"mailto:{written}"
    if _WITHOUT_SCHEME.fullmatch(written) and not _NAME_OF_A_FILE.fullmatch(written):
        return f"https://{written}"
    return None


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return bool(parts.hostname) and bool(re.search(r"\w", parts.hostname or ""))
