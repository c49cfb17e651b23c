"""What an announcement said, and what of it is another by now."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from chalicelib.domain.edition import Edition, Speaker

MOST_SHOWN = 12
"""So many changed passages of a text are worth showing; of more, the whole text says it better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """All that an announcement says of an edition, as it was when it was said.

    ``online``: that it is online as well as at its place.
    """

    title: str
    announcement: str
    speakers: tuple[Speaker, ...]
    local_start: datetime
    minutes: int
    place: str
    online: bool = False

    @property
    def digest(self) -> str:
        """Two with the same one say the same."""
        told = (
            self.title,
            self.announcement,
            *(f"{one.name}|{one.organisation}|{one.link}" for one in self.speakers),
            f"{self.local_start.isoformat()}|{self.minutes}",
            f"{self.place}|online" if self.online else self.place,
        )
        return hashlib.sha256("\0".join(told).encode()).hexdigest()[:16]


def said(edition: Edition) -> Said:
    """What an announcement of it says at present."""
    return Said(
        title=edition.title,
        announcement=edition.announcement,
        speakers=edition.speakers,
        local_start=edition.local_start,
        minutes=edition.minutes,
        place=edition.location.place,
        online=edition.location.in_a_room and edition.location.online,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Some lines of a text, as they were and as they are; without lines where there were, or are, none."""

    before: tuple[str, ...]
    now: tuple[str, ...]


def passages(before: str, now: str) -> tuple[Passage, ...]:
    """What differs between two texts, line by line; empty lines and spaces around lines make no difference.

    None of it where there are more than ``MOST_SHOWN``.
    """
    old, new = _lines(before), _lines(now)
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    found = tuple(
        Passage(before=tuple(old[from_:to]), now=tuple(new[start:end]))
        for step, from_, to, start, end in steps
        if step != "equal"
    )
    return found if len(found) <= MOST_SHOWN else ()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
