"""The one reader of ``os.environ``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


class IncompleteSettings(Exception):
    """Refuses to start; names every setting that is missing or too weak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the functions need to know of their surroundings; ``docs/reference/settings.md`` explains each."""

    table: str
    transactional_queue_url: str
    broadcast_queue_url: str
    transactional_configuration_set: str
    broadcast_configuration_set: str
    public_url: str
    signing_keys: tuple[str, ...]
    address_key: str
    admin_key_hashes: tuple[str, ...]

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Raises ``IncompleteSettings`` with the names of all that is missing."""
        missing = [name for name in NAMES if not environment.get(name, "").strip()]
        if missing:
            raise IncompleteSettings("Set " + ", ".join(missing) + " (see docs/reference/settings.md).")
        given = {name: environment[name].strip() for name in NAMES}
        weak = [name for name in SECRETS if any(len(key) < SHORTEST_SECRET for key in _several(given[name]))]
        if weak:
            raise IncompleteSettings(f"{', '.join(weak)}: each key needs at least {SHORTEST_SECRET} characters.")
        return cls(
            table=given["TABLE"],
            transactional_queue_url=given["TRANSACTIONAL_QUEUE_URL"],
            broadcast_queue_url=given["BROADCAST_QUEUE_URL"],
            transactional_configuration_set=given["TRANSACTIONAL_CONFIGURATION_SET"],
            broadcast_configuration_set=given["BROADCAST_CONFIGURATION_SET"],
            public_url=given["PUBLIC_URL"].rstrip("/"),
            signing_keys=_several(given["SIGNING_KEYS"]),
            address_key=given["ADDRESS_KEY"],
            admin_key_hashes=_several(given["ADMIN_KEY_HASHES"]),
        )


NAMES = (
    "TABLE",
    "TRANSACTIONAL_QUEUE_URL",
    "BROADCAST_QUEUE_URL",
    "TRANSACTIONAL_CONFIGURATION_SET",
    "BROADCAST_CONFIGURATION_SET",
    "PUBLIC_URL",
    "SIGNING_KEYS",
    "ADDRESS_KEY",
    "ADMIN_KEY_HASHES",
)

SECRETS = ("SIGNING_KEYS", "ADDRESS_KEY", "ADMIN_KEY_HASHES")

SHORTEST_SECRET = 32


def _several(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())
