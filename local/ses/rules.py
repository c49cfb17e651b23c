"""What SES refuses. Each check gives back the reason, or an empty text when there is none.

Limits are those of the SES v2 API reference and of botocore's model of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.utils import getaddresses, parseaddr
from typing import Any

MOST_ENTRIES = 50
LARGEST_BULK_REQUEST = 1024 * 1024
LARGEST_MESSAGE = 40 * 1024 * 1024
MOST_HEADERS = 15
LONGEST_HEADER = 996
LONGEST_SENDER = 320
LONGEST_TAG = 256
LONGEST_LOCAL_PART = 64

_TAG = re.compile(r"[A-Za-z0-9_-]+")
_HEADER_NAME = re.compile(r"[!-9;-@A-~]{1,126}")
_HEADER_VALUE = re.compile(r"[ -~]{1,995}")
_ADDRESS = re.compile(r"[!#-'*+\-./0-9=?A-Z^_`a-z{|}~]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_SET_BY_SES = {"from", "to", "cc", "bcc", "subject", "reply-to", "date", "message-id", "return-path", "mime-version"}


def address(text: str) -> str:
    if not text.isascii():
        return f"Local address and domain contain non-ASCII characters: {text!r}"
    if "\r" in text or "\n" in text:
        return "Control characters are not allowed in an address"
    _, found = parseaddr(text)
    if not _ADDRESS.fullmatch(found) or len(found.partition("@")[0]) > LONGEST_LOCAL_PART:
        return f"Invalid address: {text!r}"
    return ""


def tags(given: Iterable[dict[str, str]]) -> str:
    for tag in given:
        for part in (tag.get("Name", ""), tag.get("Value", "")):
            if len(part) > LONGEST_TAG or not _TAG.fullmatch(part):
                return f"Invalid tag: {part!r} has to be 1 to {LONGEST_TAG} of A-Z, a-z, 0-9, _ and -"
    return ""


def headers(given: list[dict[str, str]]) -> str:
    if len(given) > MOST_HEADERS:
        return f"More than {MOST_HEADERS} headers"
    for header in given:
        name, value = header.get("Name", ""), header.get("Value", "")
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value) or len(name + value) > LONGEST_HEADER:
            return f"Invalid header {name!r}: printable ASCII, {LONGEST_HEADER} characters with its name at most"
        if name.lower() in _SET_BY_SES:
            return f"The header {name!r} cannot be set"
    return ""


def attachments(given: Iterable[dict[str, Any]]) -> str:
    for attachment in given:
        if not attachment.get("FileName") or "RawContent" not in attachment:
            return "An attachment needs FileName and RawContent"
    return ""


def raw(data: bytes) -> str:
    if len(data) > LARGEST_MESSAGE:
        return "The message is larger than 40 MB."
    head, blank, _ = data.replace(b"\r\n", b"\n").partition(b"\n\n")
    if not blank or b":" not in head:
        return "A message needs headers, an empty line and a body."
    return ""


def recipients(destination: dict[str, list[str]]) -> list[str]:
    """Bare addresses of everybody a destination names, without doubles."""
    named = [text for kind in ("ToAddresses", "CcAddresses", "BccAddresses") for text in destination.get(kind) or []]
    return list(dict.fromkeys(found for _, found in getaddresses(named) if found))


def destination(given: dict[str, list[str]]) -> str:
    named = [text for kind in ("ToAddresses", "CcAddresses", "BccAddresses") for text in given.get(kind) or []]
    if not named:
        return "No recipients"
    if len(named) > MOST_ENTRIES:
        return f"More than {MOST_ENTRIES} recipients"
    return next(filter(None, map(address, named)), "")


def sender(given: dict[str, Any]) -> str:
    """Of a send call: whom it is from, and to whom replies go."""
    own = given.get("FromEmailAddress", "")
    if len(own) > LONGEST_SENDER:
        return f"The sender has {len(own)} characters with its name: {LONGEST_SENDER} at most"
    return next(filter(None, map(address, [own, *given.get("ReplyToAddresses", [])])), "")
