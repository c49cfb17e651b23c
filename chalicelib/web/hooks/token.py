"""Tools that cannot sign: they send a secret along, as a header, as a field or, where nothing else is possible, in the path.

Contact Form 7, WPForms, Gravity Forms, Fluent Forms, Jotform, Google Forms (by a script), Power Automate, Zapier, Make and n8n. The body is
JSON of any shape, a form, or multipart.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from datetime import datetime
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qs

from chalicelib.domain.intake import TRUE, plain
from chalicelib.domain.source import Source
from chalicelib.domain.submission import Answer, Payload, What
from chalicelib.vault import digest
from chalicelib.web.hooks import flat
from chalicelib.web.hooks.base import MOST_FIELDS, Posted, Unreadable, json_object

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"

TOKEN_FIELD = "token"  # noqa: S105  # a field's name
LONGEST_TOKEN = 500

TESTS = {"test", "ping"}
"""A request that has nothing but one of these, as a field or as its event, tries the connection."""


def verified(posted: Posted, secrets: Sequence[str], source: Source, *, now: datetime) -> bool:
    """``secrets`` are SHA-256 digests: tokens are kept as such."""
    del now
    given = [digest(token) for token in _tokens(posted, source) if len(token) <= LONGEST_TOKEN]
    matches = [hmac.compare_digest(one, known) for one in given for known in secrets]
    return any(matches)


def read(posted: Posted, source: Source) -> Payload:
    found = flat.answers(_fields(posted))
    tokens = [token for token in _tokens(posted, source) if token]
    answers = tuple(answer for answer in found if not _is_secret(answer, source, tokens))
    return Payload(answers, what=What.TEST if _is_test(answers) else What.SUBMISSION)


def _tokens(posted: Posted, source: Source) -> Iterator[str]:
    """Wherever a token may be, whether or not it is one. The body is read for it last."""
    scheme, _, bearer = posted.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer":
        yield bearer.strip()
    if source.token.header:
        yield posted.headers.get(source.token.header, "").strip()
    yield posted.path_token
    try:
        fields = _fields(posted)
    except Unreadable:
        return
    value = fields.get(source.token.field or TOKEN_FIELD)
    if isinstance(value, str):
        yield value.strip()


def _is_secret(answer: Answer, source: Source, tokens: Sequence[str]) -> bool:
    """Neither kept nor shown: the field it comes in, and any that repeats it (Jotform's ``webhookURL``)."""
    if (source.token.field or TOKEN_FIELD) in answer.names:
        return True
    return any(token in value for token in tokens for value in answer.values)


def _is_test(answers: Sequence[Answer]) -> bool:
    filled = [answer for answer in answers if answer.values]
    if not filled:
        return True
    said = (
        {plain(name) for name in filled[0].names} if filled[0].values == (TRUE,) else set(map(plain, filled[0].values))
    )
    return len(filled) == 1 and bool(said & TESTS)


def _fields(posted: Posted) -> dict[str, Any]:
    """Raises ``Unreadable``."""
    if posted.media_type == FORM:
        return _form(posted.body)
    if posted.media_type == MULTIPART:
        return _multipart(posted)
    return json_object(posted.body)


def _form(body: bytes) -> dict[str, Any]:
    try:
        given = parse_qs(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Unreadable(f"This form cannot be read: {error}") from error
    return _single(given)


def _multipart(posted: Posted) -> dict[str, Any]:
    """Text fields only; files are left out."""
    head = b"Content-Type: " + posted.headers["content-type"].encode("latin-1", "replace") + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + posted.body)
    if not message.is_multipart():
        raise Unreadable("This is said to be multipart, but has no parts.")
    given: dict[str, list[str]] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str) and part.get_filename() is None:
            content = part.get_payload(decode=True)
            given.setdefault(name, []).append(content.decode("utf-8", "replace") if isinstance(content, bytes) else "")
    if len(given) > MOST_FIELDS:
        raise Unreadable(f"This has more than {MOST_FIELDS} fields.")
    return _single(given)


def _single(given: dict[str, list[str]]) -> dict[str, Any]:
    """``themen[]`` is how PHP posts several; else a field that comes once is one text."""
    return {
        name.removesuffix("[]"): values if len(values) > 1 or name.endswith("[]") else values[0]
        for name, values in given.items()
    }
