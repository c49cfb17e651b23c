"""One person's mail as bytes: 7-bit clean MIME, assembled from parts that are encoded once.

Python's ``EmailMessage`` refolds every header and body on its way out, which costs milliseconds a mail; all our parts are of known shape.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr

from chalicelib.mail.render import Letter


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file name in ASCII, a content type with its parameters, and the content."""

    name: str
    content_type: str
    content: bytes


def mailbox(name: str, address: str) -> str:
    """``Name <address>`` as a header carries it (RFC 2047 where the name is not plain)."""
    return f"{_encoded(name, 'From')} <{address}>" if LOOKS_ENCODED in name else formataddr((name, address))


LOOKS_ENCODED = "=?"
LONGEST_WORD = 60
"""A header is folded between words only; a longer one is encoded, so that it can be cut."""


def _encoded(words: str, header: str) -> str:
    plain = words.isascii() and LOOKS_ENCODED not in words and all(len(word) <= LONGEST_WORD for word in words.split())
    return Header(words, None if plain else "utf-8", header_name=header).encode(linesep="\r\n")


def assemble(
    letter: Letter, *, sender: str, to: str, headers: dict[str, str], attachments: tuple[Attachment, ...] = ()
) -> bytes:
    """``letter`` has to be filled. Header values come from our own code and are ASCII without line breaks."""
    # The boundary only has to be absent from the parts, and those are base64: any text with an underscore is.
    boundary = f"=_{hashlib.sha256(letter.text.encode()).hexdigest()[:24]}"
    alternative = _multipart(
        "alternative",
        boundary + "_a",
        _part("text/plain; charset=utf-8", letter.text.encode()),
        _part("text/html; charset=utf-8", letter.html.encode()),
    )
    body = alternative
    if attachments:
        files = [
            _part(f'{file.content_type}; name="{file.name}"', file.content, f'attachment; filename="{file.name}"')
            for file in attachments
        ]
        body = _multipart("mixed", boundary + "_m", alternative, *files)
    lines = [
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {_encoded(letter.subject, 'Subject')}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join([*lines, "MIME-Version: 1.0", ""]) + body).encode("ascii")


def _part(content_type: str, content: bytes, disposition: str = "") -> str:
    encoded = base64.encodebytes(content).decode("ascii").replace("\n", "\r\n")
    placed = f"Content-Disposition: {disposition}\r\n" if disposition else ""
    return f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n{placed}\r\n{encoded}"


def _multipart(kind: str, boundary: str, *parts: str) -> str:
    inner = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n{inner}--{boundary}--\r\n'
