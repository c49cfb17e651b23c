"""What every kind of source has in common: a request is verified over its raw bytes, and then read into a ``Payload``.

One module a kind has the two functions of ``Kind``; ``chalicelib.web.hooks.kinds`` knows which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import msgspec

from chalicelib.domain.source import Source
from chalicelib.domain.submission import Payload

DEEPEST = 20
MOST_FIELDS = 200
LONGEST_VALUE = 10_000
"""Characters of one value; what is longer is cut when it is read."""


class Posted(NamedTuple):
    """A request as it came in. ``headers`` have lower-case names; ``path_token`` is the secret in the path, where there is one."""

    body: bytes
    headers: Mapping[str, str]
    path_token: str = ""

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Unreadable(Exception):
    """A request whose sender is verified cannot be read; says why, for the organiser."""


class Kind(Protocol):
    """A module that knows one way to sign and to spell a submission."""

    def verified(self, posted: Posted, secrets: Sequence[str], source: Source, *, now: datetime) -> bool:
        """Whether the request proves that its sender knows one of ``secrets``; compares in constant time and never raises.

        For ``token`` the secrets are SHA-256 digests in hexadecimal, for all other kinds the secrets themselves.
        """

    def read(self, posted: Posted, source: Source) -> Payload:
        """What was filled in, without any secret that came along. Raises ``Unreadable``."""


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in ``body``; a byte order mark before it is skipped. Raises ``Unreadable``."""
    try:
        found = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"This is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise Unreadable("This is JSON, but not an object with fields.")
    return found
