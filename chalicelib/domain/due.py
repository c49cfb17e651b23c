"""Due: what somebody has to look after, and when."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Matter(StrEnum):
    """What can be due."""

    MAILING = "mailing"
    NEXT_DRAFT = "next_draft"
    """Of a series; ``id`` is its slug."""
    TALLY = "tally"
    """Of a mailing whose outcomes have changed since they were counted; ``id`` is its id."""


class Due(NamedTuple):
    """``matter`` is one of ``Matter``, or a word that only a newer version of this software knows; ``id`` says which
    one of them."""

    at: datetime
    matter: str
    id: str
