"""Series, editions and their seats, as they are kept."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Collection
from datetime import datetime, timedelta

from chalicelib.domain.corrections import Said
from chalicelib.domain.edition import Edition
from chalicelib.domain.refusals import NotFound
from chalicelib.domain.registration import Registration, SeatAsked
from chalicelib.domain.series import Series
from chalicelib.store import items, keys
from chalicelib.store.keys import Key
from chalicelib.store.table import Item, Table

LATELY = 60.0
"""Seconds."""

RULES_CHANGE = timedelta(hours=3)
"""How far a change of a zone's rules may move a start."""


class Editions:
    def __init__(self, table: Table) -> None:
        self.table = table
        self._lately: dict[str, tuple[float, Series]] = {}

    def find_series(self, slug: str) -> Series | None:
        return items.find(Series, self.table.get(keys.series(slug)))

    def series(self, slug: str) -> Series:
        """Raises ``NotFound``."""
        return items.existing(Series, self.table.get(keys.series(slug)))

    def series_lately(self, slug: str) -> Series:
        """The series as it was within the last minute: for its words, not for decisions. Raises ``NotFound``."""
        read_at, known = self._lately.get(slug, (-math.inf, None))
        if known is None or time.monotonic() - read_at > LATELY:
            known = self.series(slug)
            self._lately[slug] = (time.monotonic(), known)
        return known

    def all_series(self) -> list[Series]:
        return [items.load(Series, item) for item in self.table.query(keys.SERIES)]

    def find_edition(self, edition_id: str) -> Edition | None:
        return items.find(Edition, self.table.get(keys.edition(edition_id)))

    def edition(self, edition_id: str) -> Edition:
        """Raises ``NotFound``."""
        return items.existing(Edition, self.table.get(keys.edition(edition_id)))

    def texts(self, edition_id: str, digests: Collection[str]) -> dict[str, Said]:
        """What announcements of an edition said, by digest, as far as it was kept."""
        wanted = {keys.text(edition_id, digest): digest for digest in digests if digest}
        return {wanted[key]: items.load(Said, item) for key, item in self.table.get_many(wanted).items()}

    def other_texts(self, edition_id: str, present: str) -> list[Said]:
        """What announcements of an edition said, or could have said, before they said what has the digest
        ``present``."""
        found = self.table.query(keys.EDITION + edition_id, prefix=keys.TEXT)
        return [items.load(Said, item) for item in found if item["sk"]["S"] != keys.TEXT + present]

    def edition_and_taken(self, edition_id: str) -> tuple[Edition, int]:
        """The edition and how many of its seats are taken (0 where they are unlimited, as nobody counts).

        Raises ``NotFound``.
        """
        edition, taken, _ = self.edition_for(edition_id, person="")
        return edition, taken

    def edition_for(self, edition_id: str, person: str) -> tuple[Edition, int, Registration | None]:
        """The edition, how many of its seats are taken and what ``person`` holds of it (erased or not), in one
        consistent read. Raises ``NotFound``."""
        wanted = (keys.edition(edition_id), keys.seats(edition_id), keys.registration(edition_id, person))
        return _seat_asked(self.table.get_many(wanted[: 3 if person else 2]), edition_id, person)[:3]

    def seat_asked(self, edition_id: str, person: str) -> SeatAsked:
        """All that a decision on ``person``'s place needs, in one consistent read. Raises ``NotFound``."""
        wanted = (
            keys.edition(edition_id),
            keys.seats(edition_id),
            keys.registration(edition_id, person),
            keys.suppression(person),
        )
        return _seat_asked(self.table.get_many(wanted), edition_id, person)

    def editions_of(
        self,
        slug: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        backwards: bool = False,
        limit: int = 50,
    ) -> list[Edition]:
        """Editions whose start lies between, in order of start, drafts among them.

        A pointer stands where the start was by the rules of its day, so those just outside are looked at as well.
        """
        pointers = self.table.query(
            keys.editions_of(slug),
            start=keys.EDITION + keys.iso(since - RULES_CHANGE) if since else keys.EDITION,
            end=keys.EDITION + keys.iso(until + RULES_CHANGE) if until else keys.EDITION + "~",
            backwards=backwards,
            page=limit,
        )
        editions: list[Edition] = []
        while len(editions) < limit and (some := list(itertools.islice(pointers, limit))):
            ids = [item["sk"]["S"].rpartition("#")[2] for item in some]
            found = self.table.get_many(map(keys.edition, ids))
            loaded = (items.load(Edition, found[key]) for key in map(keys.edition, ids) if key in found)
            editions += [
                one
                for one in loaded
                if (since is None or since <= one.starts_at) and (until is None or one.starts_at < until)
            ]
        return sorted(editions, key=lambda one: (one.starts_at, one.id), reverse=backwards)[:limit]


def _seat_asked(found: dict[Key, Item], edition_id: str, person: str) -> SeatAsked:
    edition, seats = found.get(keys.edition(edition_id)), found.get(keys.seats(edition_id))
    if edition is None:
        raise NotFound
    held = found.get(keys.registration(edition_id, person))
    return SeatAsked(
        items.load(Edition, edition),
        int(seats["taken"]["N"]) if seats else 0,
        items.load(Registration, held) if held else None,
        suppressed=keys.suppression(person) in found,
    )
