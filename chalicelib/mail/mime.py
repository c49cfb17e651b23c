"""One person's mail as bytes: 7-bit clean MIME, assembled from parts that are encoded once.

Python's ``EmailMessage`` refolds every header and body on its way out, which costs milliseconds a mail; all our parts
are of known shape.
"""

from __future__ import annotations

import base64
import hashlib
import re
from email.header import Header
from email.utils import formataddr
from functools import lru_cache
from itertools import starmap

from msgspec import Struct

from chalicelib.mail.render import Letter


class Attachment(Struct, frozen=True):
    """A file name in ASCII, a content type with its parameters, and the content."""

    name: str
    content_type: str
    content: bytes


LONGEST_MAILBOX = 320
"""SES: a sender's name, as it is encoded, with the address."""

LOOKS_ENCODED = "=?"
LONGEST_WORD = 60
"""A header is folded between words only; a longer one is encoded, so that it can be cut."""

LONGEST_LINE = 76
"""RFC 2047 §2, for lines with encoded words; RFC 5322 §2.1.1 recommends 78 for all others."""


@lru_cache(maxsize=100)
def mailbox(name: str, address: str) -> str:
    """``Name <address>``, in ASCII and on one line; SES and ``folded`` break it between words.

    A name that is too long for SES is cut. It is refused when it is written; this one was written before that was so.
    """
    return _mailbox(name[: longest_name(name, address)], address)


def longest_name(name: str, address: str) -> int:
    """How many characters of ``name``, from its beginning, fit into a mail's From line together with ``address``."""
    return next(most for most in range(len(name), -1, -1) if len(_mailbox(name[:most], address)) <= LONGEST_MAILBOX)


def _mailbox(name: str, address: str) -> str:
    words = " ".join(name.split())
    if not words:
        return address
    quoted = formataddr((words, address)).removesuffix(f" <{address}>") if words.isascii() else words
    return f"{quoted if _plain(quoted) else _encoded(words, 'From')} <{address}>"


def folded(name: str, value: str) -> str:
    """``Name: value`` in lines of ``LONGEST_LINE`` where it has spaces to break at, with CRLF between them
    (RFC 5322 §2.2.3)."""
    lines = [""]
    for word in _WORDS.findall(f"{name}: {value}"):
        # Something has to stand behind the colon: mail programs lose a header whose first line is empty.
        if len(lines[-1]) + len(word) > LONGEST_LINE and lines[-1] not in ("", f"{name}:"):
            lines.append("")
        lines[-1] += word
    return "\r\n".join(lines)


_WORDS = re.compile(r" *[^ ]+")


def _subject(words: str) -> str:
    return words if _plain(words) else _encoded(words, "Subject")


def _plain(words: str) -> bool:
    return words.isascii() and LOOKS_ENCODED not in words and all(len(word) <= LONGEST_WORD for word in words.split())


def _encoded(words: str, header: str) -> str:
    """RFC 2047: words of at most 75 characters, the first of which leaves room for the header's name."""
    return Header(words, "utf-8", maxlinelen=LONGEST_LINE, header_name=header).encode(linesep="")


def assemble(
    letter: Letter, *, sender: str, to: str, headers: dict[str, str], attachments: tuple[Attachment, ...] = ()
) -> bytes:
    """``letter`` has to be filled. Header values come from our own code and are ASCII without line breaks."""
    # The boundary only has to be absent from the parts, and those are base64: any text with an underscore is.
    boundary = f"=_{hashlib.sha256(letter.text.encode()).hexdigest()[:24]}"
    alternative = _multipart(
        "alternative",
        boundary + "_a",
        _part("text/plain; charset=utf-8", _canonical(letter.text)),
        _part("text/html; charset=utf-8", _canonical(letter.html)),
    )
    body = alternative
    if attachments:
        files = [
            _part(f'{file.content_type}; name="{file.name}"', file.content, f'attachment; filename="{file.name}"')
            for file in attachments
        ]
        body = _multipart("mixed", boundary + "_m", alternative, *files)
    named = {"From": sender, "To": to, "Subject": _subject(letter.subject), **headers, "MIME-Version": "1.0"}
    return ("\r\n".join([*starmap(folded, named.items()), ""]) + body).encode("ascii")


def _canonical(text: str) -> bytes:
    """Text ends its lines with CRLF, also inside of base64 (RFC 2045 §6.8)."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()


def _part(content_type: str, content: bytes, disposition: str = "") -> str:
    encoded = base64.encodebytes(content).decode("ascii").replace("\n", "\r\n")
    headers = {"Content-Type": content_type, "Content-Transfer-Encoding": "base64"}
    if disposition:
        headers["Content-Disposition"] = disposition
    return "\r\n".join([*starmap(folded, headers.items()), "", encoded])


def _multipart(kind: str, boundary: str, *parts: str) -> str:
    inner = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n{inner}--{boundary}--\r\n'
