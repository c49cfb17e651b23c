"""Forms in the character set they say they are in: read as that, or refused, and never with a character lost."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([^\s"';]+)""", re.IGNORECASE)
CHARSET_FIELD = "_charset_"
"""A hidden field of this name is filled in by the browser with the form's character set (HTML Standard §4.10.21.2, RFC
7578 §4.6)."""

UTF_8, WINDOWS = "utf-8", "windows-1252"
KNOWN = {
    **dict.fromkeys(("", "utf-8", "utf8", "us-ascii", "ascii"), UTF_8),
    # The Encoding Standard (§4.2) reads what calls itself Latin-1 as its superset, which is what programs on Windows
    # mean.
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "windows-1252", "cp1252"), WINDOWS),
    **dict.fromkeys(("iso-8859-15", "iso8859-15", "latin-9", "latin9"), "iso-8859-15"),
    **{name: name for name in ("iso-8859-2", "windows-1250", "windows-1251", "koi8-r")},
}
"""Python's name of each character set that we read.

Python's own list is no choice: it has codecs that are no character sets.
"""


LOST = "\ufffd".encode()
"""What API Gateway puts in the place of bytes that are not UTF-8, before we see them: what stood there is
not known any more."""


class UnknownCharset(ValueError):
    def __init__(self, charset: str) -> None:
        self.charset = charset[:40]
        super().__init__(f"The character set {self.charset} is not known.")


class NotInCharset(ValueError):
    def __init__(self, charset: str) -> None:
        super().__init__(f"This is not text in {charset}.")


def charset_of(content_type: str) -> str:
    """What a Content-Type says of the character set, or nothing."""
    found = CHARSET.search(content_type)
    return found[1] if found else ""


def decoded(raw: bytes, charset: str) -> str:
    """``raw`` in the character set called ``charset``; UTF-8 where that is empty.

    Raises ``UnknownCharset``, ``NotInCharset``.
    """
    known = KNOWN.get(charset.lower())
    if known is None:
        raise UnknownCharset(charset)
    if known != UTF_8 and LOST in raw:
        raise NotInCharset(known)
    try:
        return raw.decode(known)
    except UnicodeDecodeError as error:
        raise NotInCharset(known) from error


def form_fields(raw: bytes, charset: str, *, most: int) -> dict[str, list[str]]:
    """The values of each field of an ``application/x-www-form-urlencoded`` body, in order.

    Raises ``UnknownCharset``, ``NotInCharset``, and ``ValueError`` for more than ``most`` fields.
    """
    # Each character of Latin-1 is one byte, so this takes the form apart without deciding what its bytes mean.
    given = parse_qs(raw.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=most)
    said = charset or next(iter(given.get(CHARSET_FIELD, [])), "")

    def read(text: str) -> str:
        return decoded(text.encode("latin-1"), said)

    return {read(name): [read(value) for value in values] for name, values in given.items()}


def legible(raw: bytes) -> str:
    """``raw`` as text that loses nothing: in UTF-8, or else each byte as a character of Latin-1."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
