"""Every mail that was delivered, newest last, kept as it came and rendered only when somebody looks."""

from __future__ import annotations

import email
import email.policy
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header, decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import format_datetime, getaddresses
from functools import lru_cache
from typing import Any

from local.aws.surroundings import REGION

_BODIES = {"text/plain", "text/html"}
_SET_BY_SES = {"message-id", "date"}
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(
    rb"\r?\n(?![ \t])"
)  # the next field begins; a line that begins with a blank goes on with the one before


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Raw:
    """A MIME message from the sender."""

    data: bytes

    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.data, policy=email.policy.SMTP)

    def source(self) -> bytes:
        """Byte for byte, but for the fields that SES writes over."""
        blank = _BLANK_LINE.search(self.data)
        end = blank.start() if blank else len(self.data)
        fields = _FIELD.split(self.data[:end])
        kept = [
            one
            for one in fields
            if one.partition(b":")[0].strip().lower().decode("ascii", "replace") not in _SET_BY_SES
        ]
        return b"\r\n".join(kept) + self.data[end:]


@dataclass(frozen=True, slots=True)
class Composed:
    """Parts from which SES composes the message. Template and attachments are shared between the mails of a call."""

    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    to: str = ""
    sender: str = ""
    reply_to: str = ""

    def all_headers(self) -> list[tuple[str, str]]:
        given = [("From", self.sender), ("To", self.to), ("Reply-To", self.reply_to), ("Subject", self.subject)]
        return [*given, *self.headers]

    def source(self) -> bytes:
        """As SES composes it.

        Fields that are ASCII stand there as they were given: Python's own writer would encode a long address in them.
        """
        given = b"".join(_field(name, value) for name, value in self.all_headers() if value)
        return given + self._parts().as_bytes()

    def _parts(self) -> EmailMessage:
        message = EmailMessage(policy=email.policy.SMTP)
        if self.text or not self.html:
            message.set_content(self.text)
        if self.html and self.text:
            message.add_alternative(self.html, subtype="html")
        elif self.html:
            message.set_content(self.html, subtype="html")
        for attachment in self.attachments:
            (kind, _), *more = _typed(attachment).get_params([])
            maintype, _, subtype = kind.partition("/")
            message.add_attachment(
                attachment.content, maintype, subtype or "octet-stream", filename=attachment.name, params=dict(more)
            )
        return message


Content = Raw | Composed
"""What a mail says, in whichever form SES was given it."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail in one person's mailbox.

    ``id`` is the message id that SES gave it; ``to`` the address it was delivered to.
    """

    id: str
    to: str
    sent_at: datetime
    content: Content
    tags: dict[str, list[str]] = field(default_factory=dict)

    def source(self) -> bytes:
        """As received: SES writes its own Message-ID and Date over whatever was there."""
        return b"".join(_field(name, value) for name, value in _set_by_ses(self)) + self.content.source()


class Mailbox:
    """Safe for many threads. Bounded by memory only: it is emptied by ending the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mails: list[Mail] = []
        self._by_id: dict[str, list[Mail]] = {}

    def __len__(self) -> int:
        return len(self._mails)

    def receive(self, mail: Mail) -> None:
        with self._lock:
            self._mails.append(mail)
            self._by_id.setdefault(mail.id, []).append(mail)

    def find(self, mail_id: str) -> Mail | None:
        return next(iter(self._by_id.get(mail_id, [])), None)

    def newest_first(self, *, to: str = "") -> Iterator[Mail]:
        with self._lock:
            mails = self._mails[::-1]
        wanted = normal(to)
        return (mail for mail in mails if not wanted or mail.to == wanted)


def normal(address: str) -> str:
    """The address alone, in lower case, to compare by."""
    return next((found for _, found in getaddresses([address]) if found), "").lower()


def summary(mail: Mail) -> dict[str, Any]:
    """What a list of mails shows."""
    headers = dict(_headers(mail.content))
    shown = {name.lower(): headers.get(name, "") for name in ("From", "To", "Subject")}
    return {"id": mail.id, "address": mail.to, "sent_at": mail.sent_at.isoformat()} | shown


def details(mail: Mail) -> dict[str, Any]:
    """Everything about a mail.

    Attachments tell name, content type and size; ``attachments(mail)`` has their content.
    """
    found = [
        {"name": attachment.name, "content_type": attachment.content_type, "size": len(attachment.content)}
        for attachment in attachments(mail)
    ]
    rest = {"headers": [*_headers(mail.content), *_set_by_ses(mail)], "attachments": found, "tags": mail.tags}
    return summary(mail) | _bodies(mail.content) | rest


def attachments(mail: Mail) -> list[Attachment]:
    if isinstance(mail.content, Composed):
        return list(mail.content.attachments)
    return [
        Attachment(
            part.get_filename() or "unnamed", part.get_content_type(), bytes(part.get_payload(decode=True) or b"")
        )
        for part in _parsed(mail.content).walk()
        if not part.is_multipart() and (part.get_filename() or part.get_content_type() not in _BODIES)
    ]


@lru_cache(maxsize=32)
def _parsed(content: Raw) -> EmailMessage:
    """To read from only.

    Whoever looks at a mail asks for its headers, its bodies and its attachments, one after the other.
    """
    return content.message()


def _field(name: str, value: str) -> bytes:
    encoded = value if value.isascii() else Header(value, "utf-8", header_name=name).encode(linesep="\r\n")
    return f"{name}: {encoded}\r\n".encode()


def _typed(attachment: Attachment) -> Message:
    message = Message()
    message["Content-Type"] = attachment.content_type
    return message


def _headers(content: Content) -> list[tuple[str, str]]:
    if isinstance(content, Composed):  # composing MIME costs milliseconds a mail; a list may hold 20,000
        return [(name, _readable(value)) for name, value in content.all_headers() if value]
    return [(name, str(value)) for name, value in _parsed(content).items() if name.lower() not in _SET_BY_SES]


def _set_by_ses(mail: Mail) -> list[tuple[str, str]]:
    return [("Message-ID", f"<{mail.id}@{REGION}.amazonses.com>"), ("Date", format_datetime(mail.sent_at))]


def _bodies(content: Content) -> dict[str, str]:
    if isinstance(content, Composed):
        return {"text": content.text, "html": content.html}
    message = _parsed(content)
    parts = {
        kind: message.get_body(preferencelist=(subtype,)) for kind, subtype in (("text", "plain"), ("html", "html"))
    }
    # As programs hold text; in a mail its lines end with CRLF.
    return {
        kind: str(part.get_content()).replace("\r\n", "\n") if part is not None else "" for kind, part in parts.items()
    }


def _readable(value: str) -> str:
    return str(make_header(decode_header(value))) if "=?" in value else value
