"""The body of a request as an object: JSON from programs, forms from browsers."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.domain.refusals import mark
from chalicelib.web.charsets import NotInCharset, UnknownCharset, charset_of, form_fields
from chalicelib.web.problems import Malformed, TooLarge, UnsupportedMediaType
from chalicelib.web.routing import Request, body, header, media_type

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

LARGEST_JSON = 256 * 1024
LARGEST_FORM = 64 * 1024
MOST_FIELDS = 100


def json_of(request: Request) -> dict[str, Any]:
    """The request's JSON object ({} for an empty body).

    Raises ``UnsupportedMediaType``, ``TooLarge``, ``Malformed``.
    """
    if not body(request).strip():
        return {}
    if media_type(request) != JSON:
        raise UnsupportedMediaType(mark("Send JSON, with Content-Type: application/json."))
    raw = _at_most(LARGEST_JSON, request)
    try:
        given = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(mark("This is not valid JSON: {reason}"), reason=str(error)) from error
    if not isinstance(given, dict):
        raise Malformed(mark("Send one JSON object."))
    return given


def fields_of(request: Request) -> dict[str, str]:
    """The last value of each field of a form. Raises ``UnsupportedMediaType``, ``TooLarge``, ``Malformed``."""
    if media_type(request) != FORM:
        raise UnsupportedMediaType(mark("Please send this as a form ({expected})."), expected=FORM)
    raw = _at_most(LARGEST_FORM, request)
    try:
        given = form_fields(raw, charset_of(header(request, "content-type")), most=MOST_FIELDS)
    except UnknownCharset as unknown:
        raise UnsupportedMediaType(
            mark("We do not know the character set {charset}. Please send the form in UTF-8."), charset=unknown.charset
        ) from unknown
    except NotInCharset as error:
        raise Malformed(
            mark(
                "We could not read this form: its text is not in the character set it is said to be in. Please "
                "send it in UTF-8."
            )
        ) from error
    except ValueError as error:
        raise Malformed(
            mark("We could not read this form. Please open the page again and fill it in once more.")
        ) from error
    return {name: values[-1] for name, values in given.items()}


def _at_most(most: int, request: Request) -> bytes:
    """The request's body. Raises ``TooLarge`` where it has more than ``most`` bytes."""
    raw = body(request)
    if len(raw) > most:
        raise TooLarge(mark("This is more than we can take: at most {most} bytes."), most=most)
    return raw
