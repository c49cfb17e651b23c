"""The body of a request as an object: JSON from programs."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.domain.refusals import say
from chalicelib.web.problems import Malformed, TooLarge, UnsupportedMediaType
from chalicelib.web.routing import Request, body, media_type

LARGEST_JSON = 256 * 1024
TOO_LARGE = say("This is more than we can take: at most {most} bytes.")


def json_of(request: Request) -> dict[str, Any]:
    """The request's JSON object ({} for an empty body).

    Raises ``UnsupportedMediaType``, ``TooLarge``, ``Malformed``.
    """
    raw = body(request)
    if not raw.strip():
        return {}
    if media_type(request) != "application/json":
        raise UnsupportedMediaType(say("Send JSON, with Content-Type: application/json."))
    if len(raw) > LARGEST_JSON:
        raise TooLarge(TOO_LARGE, most=LARGEST_JSON)
    try:
        given = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(say("This is not valid JSON: {reason}"), reason=str(error)) from error
    if not isinstance(given, dict):
        raise Malformed(say("Send one JSON object."))
    return given
