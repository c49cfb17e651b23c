"""Sources and what they posted, as they are kept."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from chalicelib.domain.refusals import NotFound
from chalicelib.domain.source import Source
from chalicelib.domain.submission import REMEMBERED, State, Submission
from chalicelib.store import items, keys
from chalicelib.store.table import Table, Write, attributes

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
COUNTED = timedelta(days=7)

LATELY = 10.0
"""Seconds after which a changed secret or a deletion is known to every process."""

TOLD_AT_ONCE = 25


class Seen(msgspec.Struct, frozen=True):
    """A delivery that was taken: which submission it became and what was answered."""

    submission: str
    state: State


class Sources:
    def __init__(self, table: Table) -> None:
        self.table = table
        self._lately: dict[str, tuple[float, Source]] = {}
        self._taken: dict[str, _Minute] = {}

    def source(self, source_id: str) -> Source:
        """Deleted ones too. Raises ``NotFound``."""
        return items.existing(Source, self.table.get(keys.source(source_id)))

    def source_lately(self, source_id: str) -> Source:
        """The source as it was within the last seconds: a delivery is verified without a read of its own.

        Raises ``NotFound``.
        """
        read_at, known = self._lately.get(source_id, (-math.inf, None))
        if known is None or time.monotonic() - read_at > LATELY:
            known = self.source(source_id)
            self._lately[source_id] = (time.monotonic(), known)
        return known

    def forget(self, source_id: str) -> None:
        """It was changed here: what this process remembers of it is no longer true."""
        self._lately.pop(source_id, None)

    def all(self) -> list[Source]:
        """In order of their names, without the deleted ones."""
        found = (items.load(Source, item) for item in self.table.query(keys.SOURCES))
        return sorted((one for one in found if not one.deleted_at), key=lambda one: (one.name.casefold(), one.id))

    def submission(self, source_id: str, submission_id: str, *, now: datetime) -> Submission:
        """Raises ``NotFound``, also for one whose time is over."""
        item = self.table.get(keys.submission(source_id, submission_id))
        if item is None or (found := items.load(Submission, item)).expires_at <= now:
            raise NotFound
        return found

    def submissions(
        self, source_id: str, *, now: datetime, state: State | None = None, before: str = "", limit: int = 100
    ) -> Iterator[Submission]:
        """Newest first, at most ``limit``; ``before`` is the id of the last one of the page before."""
        found = self.table.query(
            keys.SOURCE + source_id,
            start=keys.SUBMISSION,
            end=keys.SUBMISSION + (before or "~"),
            only={"phase": {"S": state}} if state else None,
            backwards=True,
        )
        current = (items.load(Submission, item) for item in found)
        alive = (one for one in current if one.expires_at > now and one.id != before)
        yield from itertools.islice(alive, limit)

    def find_seen(self, source_id: str, known_as: str) -> Seen | None:
        item = self.table.get(keys.seen(source_id, known_as))
        return msgspec.json.decode(item["body"]["S"], type=Seen) if item else None

    def count_refused(self, source_id: str, now: datetime) -> None:
        """Something knocked whose signature or token did not fit."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        self.table.count(keys.count(source_id, "refused", hour), expires=hour + COUNTED)

    def refused(self, source_id: str) -> dict[datetime, int]:
        """How many were refused, by hour, of the last days."""
        found = self.table.query(keys.SOURCE + source_id, prefix=keys.counts("refused"))
        return {datetime.fromisoformat(item["sk"]["S"].rpartition("#")[2]): int(item["count"]["N"]) for item in found}

    def count_taken(self, source_id: str, now: datetime) -> int:
        """About how many this minute, with this one: each process tells the table of twenty-five at once, so that most
        deliveries write nothing."""
        minute = now.replace(second=0, microsecond=0)
        counted = self._taken.get(source_id)
        if counted is None or counted.since != minute:
            counted = self._taken[source_id] = _Minute(minute)
        counted.here += 1
        if counted.here % TOLD_AT_ONCE == 0:
            key = keys.count(source_id, "taken", minute)
            counted.everywhere = self.table.count(key, by=TOLD_AT_ONCE, expires=minute + HOUR)
        return max(counted.here, counted.everywhere)


@dataclass(slots=True)
class _Minute:
    """What a source sent in a minute: to this process, and to all of them as far as they have told."""

    since: datetime
    here: int = 0
    everywhere: int = 0


def remember(source_id: str, known_as: str, seen: Seen, *, now: datetime) -> Write:
    """The delivery is taken; fails where it was taken already."""
    item = attributes(keys.seen(source_id, known_as))
    item |= {"body": {"S": msgspec.json.encode(seen).decode()}, "expires": items.expires(now + REMEMBERED)}
    return {"Put": {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}
