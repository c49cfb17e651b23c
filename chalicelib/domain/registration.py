"""A person's place at an edition."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from chalicelib.domain.consent import Consent
from chalicelib.domain.edition import Availability, Edition, Status
from chalicelib.domain.refusals import (
    Conflict,
    EditionCancelled,
    EditionFull,
    EditionOver,
    NotFound,
    RegistrationClosed,
)

LONGEST_NAME, LONGEST_ORGANISATION, LONGEST_NOTE = 100, 120, 2000
"""Characters."""

SAME_REQUEST = timedelta(minutes=10)
"""A form that comes again within this time is the same form (a double click, a reload): it sends no second mail."""


class Place(StrEnum):
    """Where a registration stands."""

    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who registers. ``address`` is where mail goes; ``hash`` is its keyed hash, the only form used in keys."""

    hash: str
    address: str
    name: str
    organisation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """``since`` is when the present place was given; ``asked_at`` when its confirmation was last asked for.

    ``round`` counts what the person is told of it alone (each confirmation, and that the seat was given back), so that
    each is a mailing of its own and its calendar entry is above those before. ``wording`` is the version of the privacy
    text that was agreed to; ``consent`` is the proof of it where the words were shown by a form that is not ours.
    ``bounced`` says that a mail about this registration came back for good. ``counted``: where it stands is in the
    counts that are kept. Erased, it has no address, nor anything
    else of the person but the keyed hash: it counts in its edition, and says which round is the next should they
    register again.
    """

    edition: str
    person: Person
    place: Place
    since: datetime
    asked_at: datetime
    note: str = ""
    round: int = 1
    wording: str = ""
    consent: Consent | None = None
    bounced: bool = False
    counted: bool = False
    version: int = 0

    @property
    def is_active(self) -> bool:
        return self.place is Place.CONFIRMED

    @property
    def is_erased(self) -> bool:
        return not self.person.address

    @property
    def address(self) -> str:
        return self.person.address

    @property
    def name(self) -> str:
        return self.person.name


class SeatAsked(NamedTuple):
    """What a decision on a person's place needs. ``taken`` is 0 where seats are unlimited, as nobody counts."""

    edition: Edition
    taken: int
    held: Registration | None
    suppressed: bool


def no_seat(edition: Edition, *, taken: int, now: datetime) -> Conflict | None:
    """What is told to everybody who registers where no seat is to be had; None where there is one.

    Whoever has a seat already is told the same: an answer that differs would tell anybody who types an address whether
    it is registered.
    """
    available = edition.availability(taken=taken, now=now)
    if available in (Availability.CLOSED, Availability.RUNNING):
        return RegistrationClosed()
    return EditionFull() if available is Availability.FULL else None


def register(
    edition: Edition, wanted: Registration, previous: Registration | None, *, taken: int, now: datetime
) -> Registration:
    """Give the person a seat.

    Who has one keeps it as it is (a form is no proof of who filled it in), and is sent the confirmation again unless
    this is the same request. Raises ``NotFound`` for a draft, ``EditionCancelled``, ``EditionOver``,
    ``RegistrationClosed`` or ``EditionFull``.
    """
    if edition.status is Status.DRAFT:
        raise NotFound
    available = edition.availability(taken=taken, now=now)
    if available is Availability.CANCELLED:
        raise EditionCancelled
    if available is Availability.OVER:
        raise EditionOver
    if previous and previous.is_active:
        if now - previous.asked_at < SAME_REQUEST:
            return previous
        return replace(previous, asked_at=now, round=previous.round + 1)
    if refusal := no_seat(edition, taken=taken, now=now):
        raise refusal
    if previous is None:
        return wanted
    return replace(wanted, round=previous.round + 1, version=previous.version)


def seats_taken(before: Registration | None, after: Registration) -> int:
    """How many more seats are taken once a registration has changed: 1, 0, or -1 where one is free again."""
    return after.is_active - (before is not None and before.is_active)


def cancel(registration: Registration, edition: Edition, *, now: datetime) -> Registration:
    """The registration, given back. Cancelling twice changes nothing."""
    if not registration.is_active:
        return registration
    if now >= edition.ends_at:
        raise EditionOver
    return replace(registration, place=Place.CANCELLED, since=now, round=registration.round + 1)


def erase(registration: Registration, edition: Edition, *, now: datetime) -> Registration:
    """The registration without anything of the person. Erasing twice changes nothing.

    A seat is given back while somebody else can still use it. Once the edition is over it stays taken: the count says
    how many had one.
    """
    if registration.is_erased:
        return registration
    over = now >= edition.ends_at
    return Registration(
        edition=registration.edition,
        person=Person(hash=registration.person.hash, address="", name=""),
        place=registration.place if over else Place.CANCELLED,
        since=registration.since if over else now,
        asked_at=registration.asked_at,
        round=registration.round,
        version=registration.version,
    )


NO_FIRST_NAMES = frozenset(
    [
        "dr",
        "prof",
        "herr",
        "frau",
        "fräulein",
        "hr",
        "fr",
        "familie",
        "fam",
        "team",
        "verein",
        "firma",
        "haus",
        "die",
        "der",
        "das",
        "den",
        "dem",
        "de",
        "la",
        "le",
        "el",
        "al",
        "da",
        "di",
        "du",
        "van",
        "von",
        "zu",
        "st",
        "san",
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "sir",
        "dame",
        "lady",
        "lord",
        "the",
        "family",
        "and",
        "und",
    ]
)
"""Titles, forms of address, particles and articles: what a name may begin with and nobody is called by."""

AFTER_LATIN = "\u0250"
"""In other scripts the first word is as often the family's name, or there is but one."""

MOST_SURNAMES = 3


def called(name: str) -> str:
    """What a mail calls somebody by: *Mia* of *Mia Lang*.

    The whole name wherever it is not plain that its first word is a first name.
    """
    first, *rest = name.split() or [""]
    surnames = 1 <= len(rest) <= MOST_SURNAMES and all(part.isalpha() for word in rest for part in _parts(word))
    return first if surnames and _is_first_name(first) else name


def _is_first_name(word: str) -> bool:
    parts = _parts(word)
    spelled = all(len(part) > 1 and part.isalpha() and part.istitle() and max(part) < AFTER_LATIN for part in parts)
    return spelled and word.lower() not in NO_FIRST_NAMES


def _parts(word: str) -> list[str]:
    """Of *Anna-Lena* and *D’Angelo*."""
    return re.split("[-’']", word)
