"""Addressee: whom a mailing is for who is neither registered nor subscribed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

KEPT = timedelta(days=30)
"""How long their details are kept: as long as the submission that the mail is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """The one recipient of ``mailing``, kept beside it.

    ``facts`` are the letter's personal values that only this mailing knows.
    """

    mailing: str
    hash: str
    address: str
    name: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    expires_at: datetime
    version: int = 0
