"""The proof that somebody agreed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What was agreed to and when: the full wording shown, its version, where it was shown."""

    wording: str
    wording_version: str
    source: str
    requested_at: datetime
    confirmed_at: datetime | None = None
