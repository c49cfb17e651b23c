"""Tools that cannot sign: they send a secret along, as a header, as a field or, where nothing else is
possible, in the path.

Contact Form 7, WPForms, Gravity Forms, Fluent Forms, Jotform, Google Forms (by a script), Power Automate, Zapier, Make
and n8n. The body is JSON of any shape, a form, or multipart.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from email.message import Message
from email.parser import BytesParser
from typing import Any, cast
from urllib.parse import unquote

from chalicelib.domain.intake import TRUE, plain
from chalicelib.domain.source import Source
from chalicelib.domain.submission import Answer, Payload, What
from chalicelib.vault import digest
from chalicelib.web.charsets import CHARSET_FIELD, charset_of, decoded, form_fields, legible
from chalicelib.web.hooks import flat
from chalicelib.web.hooks.base import MOST_FIELDS, Posted, Unreadable, json_object, without

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"

TOKEN_FIELD = "token"  # noqa: S105  # a field's name
SHORTEST_TOKEN, LONGEST_TOKEN = 16, 500
"""A secret has so many characters; what is shorter and stands where a secret may stand is none, and is not masked."""

TESTS = {"test", "ping"}
"""A request that has nothing but one of these, as a field or as its event, tries the connection."""


def verified(posted: Posted, secrets: Sequence[str], source: Source, *, now: datetime) -> bool:
    """``secrets`` are SHA-256 digests: tokens are kept as such.

    The body is read for one only where there is none beside it.
    """
    del now
    return _fits(_beside(posted, source), secrets) or _fits(_inside(posted, source), secrets)


def read(posted: Posted, source: Source) -> Payload:
    tokens = secrets_in(posted, source)
    found = flat.answers(_fields(posted))
    answers = tuple(_masked(answer, tokens) for answer in found if _token_field(source) not in answer.names)
    return Payload(answers, what=What.TEST if _is_test(answers) else What.SUBMISSION)


def secrets_in(posted: Posted, source: Source) -> Sequence[str]:
    """Jotform repeats the address, and with it the secret, in ``webhookURL`` and inside ``rawRequest``."""
    given = [*_beside(posted, source), *_inside(posted, source)]
    return [token for token in given if SHORTEST_TOKEN <= len(token) <= LONGEST_TOKEN]


def _fits(tokens: Iterable[str], secrets: Sequence[str]) -> bool:
    given = [digest(token) for token in tokens if 0 < len(token) <= LONGEST_TOKEN]
    matches = [hmac.compare_digest(one, known) for one in given for known in secrets]
    return any(matches)


def _beside(posted: Posted, source: Source) -> Iterator[str]:
    """What may be a token in the headers and the path, whether or not it is one."""
    match posted.headers.get("authorization", "").split(None, 1):
        case [scheme, bearer] if scheme.lower() == "bearer":
            yield bearer.strip()
    if source.token.header:
        yield posted.headers.get(source.token.header, "").strip()
    yield posted.path_token
    if "%" in posted.path_token:
        yield unquote(posted.path_token)


def _inside(posted: Posted, source: Source) -> Iterator[str]:
    """The same in the body."""
    try:
        fields = _fields(posted)
    except Unreadable:
        return
    value = fields.get(_token_field(source))
    if isinstance(value, str):
        yield value.strip()


def _token_field(source: Source) -> str:
    return source.token.field or TOKEN_FIELD


def _masked(answer: Answer, tokens: Sequence[str]) -> Answer:
    if not tokens:
        return answer
    names, values = (tuple(without(text, tokens) for text in texts) for texts in (answer.names, answer.values))
    return Answer(names, values)


def _is_test(answers: Sequence[Answer]) -> bool:
    """No field at all, or only one that says so. Fields that are all empty are a form whose mapping is wrong."""
    filled = [answer for answer in answers if answer.values]
    if not filled:
        return not answers
    said = (
        {plain(name) for name in filled[0].names} if filled[0].values == (TRUE,) else set(map(plain, filled[0].values))
    )
    return len(filled) == 1 and bool(said & TESTS)


def _fields(posted: Posted) -> dict[str, Any]:
    """Raises ``Unreadable``."""
    if not posted.body.strip():
        return {}
    if posted.media_type == MULTIPART:
        return _multipart(posted)
    charset = charset_of(posted.headers.get("content-type", ""))
    if posted.media_type != FORM:
        return json_object(_in_utf_8(posted.body, charset), repeats=True)
    # Google's UrlFetchApp and curl call JSON a form where their user does not say what it is.
    if posted.body.lstrip().startswith(b"{"):
        with suppress(Unreadable):
            return json_object(_in_utf_8(posted.body, charset), repeats=True)
    return _form(posted.body, charset)


def _in_utf_8(body: bytes, charset: str) -> bytes:
    """JSON is UTF-8 (RFC 8259 §8.1); a tool that says otherwise means it. Raises ``Unreadable``."""
    try:
        return decoded(body, charset).encode() if charset else body
    except ValueError as error:
        raise Unreadable(str(error)) from error


def _form(body: bytes, charset: str) -> dict[str, Any]:
    try:
        return _single(form_fields(body, charset, most=MOST_FIELDS))
    except ValueError as error:
        raise Unreadable(f"This form cannot be read: {error}") from error


def _multipart(posted: Posted) -> dict[str, Any]:
    """Text fields only; files are left out."""
    said = Message()
    said["Content-Type"] = " ".join(posted.headers["content-type"].splitlines())
    boundary = str(said.get_boundary("")).encode("utf-8", "replace")
    if not boundary:
        raise Unreadable("This is said to be multipart, but not what its parts begin with.")
    if posted.body.count(b"--" + boundary) > MOST_FIELDS + 1:
        raise Unreadable(f"This has more than {MOST_FIELDS} fields.")
    head = b'Content-Type: multipart/form-data; boundary="' + re.sub(rb'(["\\])', rb"\\\1", boundary) + b'"\r\n\r\n'
    message = BytesParser().parsebytes(head + posted.body)
    if not message.is_multipart():
        raise Unreadable("This is said to be multipart, but has no parts.")
    parts = [(_name(part), part) for part in cast("list[Message]", message.get_payload())]
    usual = next((_content(part).decode("ascii", "ignore") for name, part in parts if name == CHARSET_FIELD), "")
    given: dict[str, list[str]] = {}
    for name, part in parts:
        if name is not None:
            given.setdefault(name, []).append(_text(part, usual))
    return _single(given)


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _text(part: Message, usual: str) -> str:
    """A part in the character set that it says, else in that of the form (RFC 7578 §4.4, §4.6).

    Raises ``Unreadable``.
    """
    try:
        return decoded(_content(part), charset_of(str(part.get("Content-Type", ""))) or usual)
    except ValueError as error:
        raise Unreadable(f"This form cannot be read: {error}") from error


def _name(part: Message) -> str | None:
    """What a text field is called, in UTF-8 as browsers and tools write it (RFC 7578 §5.1); None for a file."""
    for header, value in part.raw_items():
        if header.lower() == "content-disposition":
            said = Message()
            said["Content-Disposition"] = legible(value.encode("ascii", "surrogateescape"))
            name = said.get_param("name", header="content-disposition")
            return name if isinstance(name, str) and said.get_filename() is None else None
    return None


def _single(given: dict[str, list[str]]) -> dict[str, Any]:
    """``themen[]`` is how PHP posts several; else a field that comes once is one text."""
    return {
        name.removesuffix("[]"): values if len(values) > 1 or name.endswith("[]") else values[0]
        for name, values in given.items()
    }
