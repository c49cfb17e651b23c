"""What every kind of source has in common: a request is verified over its raw bytes, and then read into a ``Payload``.

One module a kind has the two functions of ``Kind``; ``chalicelib.web.hooks.kinds`` knows which.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote, quote_plus

import msgspec

from chalicelib.domain.source import Source
from chalicelib.domain.submission import Answer, Payload

DEEPEST = 20
MOST_FIELDS = 200
LONGEST_VALUE, LONGEST_NAME = 10_000, 2_000
"""Characters of one value, and of a field's name; what is longer is cut when it is read."""

MASK = "[secret]"

LARGEST = 320_000
"""Bytes of all answers as they are kept: DynamoDB takes 400 kB an item, and nested names and control characters grow on
the way."""


class Posted(NamedTuple):
    """A request as it came in.

    ``headers`` have lower-case names; ``path_token`` is the secret in the path, where there is one.
    """

    body: bytes
    headers: Mapping[str, str]
    path_token: str = ""

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Unreadable(Exception):
    """A request whose sender is verified cannot be read; says why, for the organiser."""


class Several(list[Any]):
    """The values of a key that occurs more than once in one JSON object."""


class Kind(Protocol):
    """A module that knows one way to sign and to spell a submission."""

    def verified(self, posted: Posted, secrets: Sequence[str], source: Source, *, now: datetime) -> bool:
        """Whether the request proves that its sender knows one of ``secrets``; compares in constant time
        and never raises.

        For ``token`` the secrets are SHA-256 digests in hexadecimal, for all other kinds the secrets themselves.
        """

    def read(self, posted: Posted, source: Source) -> Payload:
        """What was filled in, without any secret that came along. Raises ``Unreadable``."""

    def secrets_in(self, posted: Posted, source: Source) -> Iterable[str]:
        """Secrets that the request carries along, in whichever place; nothing that is kept may hold them.

        Never raises.
        """


def json_object(body: bytes, *, repeats: bool = False) -> dict[str, Any]:
    """The JSON object in ``body``; a byte order mark before it is skipped. Raises ``Unreadable``.

    With ``repeats`` a key that occurs more than once in one object has ``Several`` values; else the last
    one counts, as usual.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        found = _lenient(body, _several) if repeats else msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        # msgspec refuses half a surrogate pair (JavaScript cuts emoji in two) and numbers no float can hold; Python
        # reads both.
        try:
            found = _lenient(body, dict)
        except (ValueError, RecursionError):
            raise Unreadable(f"This is not JSON: {error}") from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"This is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise Unreadable("This is JSON, but not an object with fields.")
    return found


def without(text: str, secrets: Iterable[str]) -> str:
    """``text`` with each of the secrets masked, also as it looks in an address, a form or PHP's JSON."""
    for secret in secrets:
        for spelled in {secret, quote(secret, safe=""), quote_plus(secret), secret.replace("/", "\\/")}:
            text = text.replace(spelled, MASK)
    return text


def bounded(answers: Iterable[Answer]) -> tuple[Answer, ...]:
    """``answers`` as long as there are few enough to keep. Raises ``Unreadable``."""
    found: list[Answer] = []
    for answer in answers:
        found.append(answer)
        if len(found) > MOST_FIELDS:
            raise Unreadable(f"This has more than {MOST_FIELDS} fields.")
    if len(msgspec.json.encode(found)) > LARGEST:
        raise Unreadable(f"The fields and their names take more than {LARGEST} bytes.")
    return tuple(found)


def _lenient(body: bytes, pairs: Any) -> Any:
    found = json.loads(body.decode("utf-8"), object_pairs_hook=pairs, parse_int=str)
    return _mended(found) if rb"\ud" in body.lower() else found


def _several(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        for key in found:
            same = [value for name, value in pairs if name == key]
            if len(same) > 1:
                found[key] = Several(same)
    return found


def _mended(value: Any) -> Any:
    """Without halves of surrogate pairs, which no text in UTF-8 can hold."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    if isinstance(value, dict):
        return {_mended(key): _mended(inner) for key, inner in value.items()}
    return type(value)(_mended(inner) for inner in value) if isinstance(value, list) else value
