"""The one reader of ``os.environ``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit


class IncompleteSettings(Exception):
    """Refuses to start; names every setting that is missing, too weak or senseless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the functions need to know of their surroundings; ``docs/reference/settings.md`` explains each."""

    table: str
    transactional_queue_url: str
    broadcast_queue_url: str
    transactional_configuration_set: str
    broadcast_configuration_set: str
    public_url: str
    sender_domain: str
    signing_keys: tuple[str, ...]
    address_key: str
    admin_key_hashes: tuple[str, ...]
    grace: timedelta = timedelta(minutes=15)
    transactional_share: float = 0.2
    workers_per_lane: int = 2
    plain_boto3: bool = False
    site_name: str = "Kaffeepause"

    @property
    def sender_address(self) -> str:
        """What mail is from that belongs to no series. Nobody reads there."""
        return f"no-reply@{self.sender_domain}"

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Raises ``IncompleteSettings`` with the names of all that is missing."""
        missing = [name for name in NAMES if not environment.get(name, "").strip(", ")]
        if missing:
            raise IncompleteSettings("Set " + ", ".join(missing) + " (see docs/reference/settings.md).")
        given = {name: environment[name].strip() for name in NAMES}
        weak = [name for name in SECRETS if any(len(key) < SHORTEST_SECRET for key in _several(given[name]))]
        if weak:
            raise IncompleteSettings(f"{', '.join(weak)}: each key needs at least {SHORTEST_SECRET} characters.")
        if not all(SHA256.fullmatch(digest) for digest in _several(given["ADMIN_KEY_HASHES"])):
            raise IncompleteSettings("ADMIN_KEY_HASHES: SHA-256 hashes in hexadecimal, not the keys themselves.")
        address = urlsplit(given["PUBLIC_URL"])
        if address.scheme not in ("http", "https") or not address.hostname:
            raise IncompleteSettings(
                "PUBLIC_URL has to begin with https:// and a host (see docs/reference/settings.md)."
            )
        if not DOMAIN.fullmatch(given["SENDER_DOMAIN"].lower()):
            raise IncompleteSettings(
                "SENDER_DOMAIN has to be a domain such as example.org, with umlauts in punycode: xn--… (see "
                "docs/reference/settings.md)."
            )
        return cls(
            table=given["TABLE"],
            transactional_queue_url=given["TRANSACTIONAL_QUEUE_URL"],
            broadcast_queue_url=given["BROADCAST_QUEUE_URL"],
            transactional_configuration_set=given["TRANSACTIONAL_CONFIGURATION_SET"],
            broadcast_configuration_set=given["BROADCAST_CONFIGURATION_SET"],
            public_url=given["PUBLIC_URL"].rstrip("/"),
            sender_domain=given["SENDER_DOMAIN"].lower(),
            signing_keys=_several(given["SIGNING_KEYS"]),
            address_key=given["ADDRESS_KEY"],
            admin_key_hashes=_several(given["ADMIN_KEY_HASHES"]),
            grace=timedelta(minutes=_number(environment, "GRACE_MINUTES")),
            transactional_share=_number(environment, "TRANSACTIONAL_SHARE") / 100,
            workers_per_lane=_number(environment, "WORKERS_PER_LANE"),
            plain_boto3=bool(_number(environment, "PLAIN_BOTO3")),
            site_name=_words(environment, "SITE_NAME"),
        )


NAMES = (
    "TABLE",
    "TRANSACTIONAL_QUEUE_URL",
    "BROADCAST_QUEUE_URL",
    "TRANSACTIONAL_CONFIGURATION_SET",
    "BROADCAST_CONFIGURATION_SET",
    "PUBLIC_URL",
    "SENDER_DOMAIN",
    "SIGNING_KEYS",
    "ADDRESS_KEY",
    "ADMIN_KEY_HASHES",
)

OPTIONAL = {
    "GRACE_MINUTES": (15, 5, 24 * 60),
    "PLAIN_BOTO3": (0, 0, 1),
    "TRANSACTIONAL_SHARE": (20, 1, 99),
    "WORKERS_PER_LANE": (2, 2, 1000),
}
"""Whole numbers: the value where none is given, the least and the most."""

WORDS = {"SITE_NAME": "Kaffeepause"}
"""One line of text: the one where none is given."""

LONGEST_WORDS = 60

SECRETS = ("SIGNING_KEYS", "ADDRESS_KEY", "ADMIN_KEY_HASHES")

SHORTEST_SECRET = 32

DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")

SHA256 = re.compile("[0-9a-f]{64}")


def _several(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _words(environment: Mapping[str, str], name: str) -> str:
    given = environment.get(name, "").strip() or WORDS[name]
    if not given.isprintable() or len(given) > LONGEST_WORDS:
        raise IncompleteSettings(
            f"{name} has to be one line of at most {LONGEST_WORDS} characters (see docs/reference/settings.md)."
        )
    return given


def _number(environment: Mapping[str, str], name: str) -> int:
    usual, least, most = OPTIONAL[name]
    given = environment.get(name, "").strip() or str(usual)
    if not given.isascii() or not given.isdigit() or not least <= int(given) <= most:
        raise IncompleteSettings(
            f"{name} has to be a whole number from {least} to {most} (see docs/reference/settings.md)."
        )
    return int(given)
