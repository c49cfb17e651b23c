"""Who of an audience a mailing is for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Whom(StrEnum):
    """Which subscribers an announcement is for. Whoever was sent the same text before is left out of each."""

    ALL = "all"
    NOT_REGISTERED = "not_registered"
    JOINED_SINCE = "joined_since"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Who of a mailing's audience it is for, looked at when it is sent; by default all of it.

    ``since``: only those who joined then or later. Whoever is not selected is skipped with a reason, so that the ledger
    accounts for the whole audience. ``received`` are ids of mailings: where there are any, the audience is whoever was,
    or may have been, sent one of them.
    """

    whom: Whom = Whom.ALL
    since: datetime | None = None
    received: tuple[str, ...] = ()


EVERYBODY = Selection()


class TellSubscribers(StrEnum):
    """Which subscribers hear that an edition was moved or called off: those who were, or may have been, sent an
    announcement of it and are not registered when they are told, or nobody."""

    ANNOUNCED = "announced"
    NONE = "none"
