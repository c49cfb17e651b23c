"""An edition, one dated event of a series: draft, published, moved, cancelled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from chalicelib.domain.given import NOT_GIVEN, NotGiven, changed, given
from chalicelib.domain.refusals import (
    EditionCancelled,
    EditionOver,
    FieldError,
    Invalid,
    MoveInstead,
    NotPublished,
    Wrong,
    mark,
)
from chalicelib.domain.series import Series


class Status(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class Phase(StrEnum):
    """Where an edition stands by its status and the clock; ``running`` is from its start until its end."""

    DRAFT = "draft"
    UPCOMING = "upcoming"
    RUNNING = "running"
    OVER = "over"
    CANCELLED = "cancelled"


LONGEST = timedelta(days=7)
"""How long an edition may take: whatever runs now began within this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    name: str
    organisation: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deck:
    """One set of slides, at a web address."""

    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place that anybody may know, online with a URL to join that only participants are told, or both.

    ``online`` without a URL says that the link follows. It need not be given with a URL, nor where there is no place;
    the items of earlier versions do not have it.
    """

    join_url: str = ""
    place: str = ""
    online: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "online", self.online or bool(self.join_url) or not self.place)

    @property
    def in_a_room(self) -> bool:
        return bool(self.place)

    @property
    def link_known(self) -> bool:
        return bool(self.join_url)


class Availability(StrEnum):
    """What the edition page offers."""

    OPEN = "open"
    FULL = "full"
    CLOSED = "closed"
    RUNNING = "running"
    OVER = "over"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One dated event of a series.

    ``local_start`` and ``local_close`` are wall-clock times in ``zone`` and what is stored: a rule change of the zone
    moves the UTC moment, never the time people were told. ``revision`` counts material changes (the calendar's
    SEQUENCE); ``relinked`` are those that brought another link and nothing else. ``minutes`` is the duration.
    ``pointed_at`` is the start by the rules of the day when it was written into
    its series: there its pointer is found, whatever the rules say by now. ``copied_from`` is the id of the edition that
    it was made from. ``cancelled_because`` is why it was called off, for everybody to read (Markdown).
    ``recording_url`` may be known before the end, and is for everybody from then on (``recording``).
    """

    id: str
    series: str
    title: str
    local_start: datetime
    zone: str
    minutes: int
    location: Location
    announcement: str = ""
    speakers: tuple[Speaker, ...] = ()
    seats: int | None = None
    local_close: datetime | None = None
    status: Status = Status.DRAFT
    revision: int = 0
    relinked: tuple[int, ...] = ()
    created_at: datetime
    published_at: datetime | None = None
    pointed_at: datetime | None = None
    copied_from: str = ""
    cancelled_because: str = ""
    recording_url: str = ""
    slides: tuple[Deck, ...] = ()
    version: int = 0

    @property
    def starts_at(self) -> datetime:
        return self.local_start.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def local_end(self) -> datetime:
        """The end as clocks in ``zone`` show it."""
        return self.ends_at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None, fold=0)

    @property
    def ends_another_day(self) -> bool:
        return self.local_end.date() != self.local_start.date()

    @property
    def registration_closes_at(self) -> datetime:
        if self.local_close is None:
            return self.starts_at
        return min(self.local_close.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC), self.starts_at)

    def recording(self, now: datetime) -> str:
        """The recording's web address; empty before the end, and where there is none."""
        return self.recording_url if now >= self.ends_at else ""

    def keeps_its_date_since(self, revision: int) -> bool:
        """Whether nothing but its link has changed since then, of what people put into their calendars."""
        return all(later in self.relinked for later in range(revision + 1, self.revision + 1))

    def phase(self, now: datetime) -> Phase:
        if self.status is not Status.PUBLISHED:
            return Phase(self.status)
        if now >= self.ends_at:
            return Phase.OVER
        return Phase.RUNNING if now >= self.starts_at else Phase.UPCOMING

    def availability(self, *, taken: int, now: datetime) -> Availability:
        if self.status is Status.CANCELLED:
            return Availability.CANCELLED
        if now >= self.ends_at:
            return Availability.OVER
        if now >= self.starts_at:
            return Availability.RUNNING
        if now >= self.registration_closes_at:
            return Availability.CLOSED
        if self.seats is not None and taken >= self.seats:
            return Availability.FULL
        return Availability.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionDraft:
    """All that a new edition is made of, besides its series. Times are wall-clock times in the series' zone."""

    title: str
    local_start: datetime
    minutes: int
    location: Location
    announcement: str = ""
    speakers: tuple[Speaker, ...] = ()
    seats: int | None = None
    local_close: datetime | None = None
    slides: tuple[Deck, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionChange:
    """What is to change. ``seats=None`` is without a limit, ``local_close=None`` until the start."""

    title: str | NotGiven = NOT_GIVEN
    local_start: datetime | NotGiven = NOT_GIVEN
    minutes: int | NotGiven = NOT_GIVEN
    location: Location | NotGiven = NOT_GIVEN
    announcement: str | NotGiven = NOT_GIVEN
    speakers: tuple[Speaker, ...] | NotGiven = NOT_GIVEN
    seats: int | NotGiven | None = NOT_GIVEN
    local_close: datetime | NotGiven | None = NOT_GIVEN
    slides: tuple[Deck, ...] | NotGiven = NOT_GIVEN
    recording_url: str | NotGiven = NOT_GIVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionMove:
    """Where to and when a published edition moves: another start (wall clock in its zone), duration or location."""

    local_start: datetime | NotGiven = NOT_GIVEN
    minutes: int | NotGiven = NOT_GIVEN
    location: Location | NotGiven = NOT_GIVEN


def wall_clock(local: datetime, zone: str, name: str) -> datetime:
    """``local`` as it is, if clocks in ``zone`` ever show it.

    An hour that happens twice (clocks go back) means the first of the two. Raises ``Invalid`` for field ``name`` when
    the clocks jump over it (they go forward).
    """
    local = local.replace(tzinfo=None, fold=0)
    there_and_back = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone))
    if there_and_back.replace(tzinfo=None) != local:
        raise Invalid(
            FieldError(name, mark("This time does not exist in {zone}: the clocks go forward then."), {"zone": zone})
        )
    return local


def shown_instead(local: datetime, zone: str) -> datetime:
    """``local``, or where clocks in ``zone`` jump over it, what they show instead: for times that follow from another
    one, so that nobody is asked to choose what they have not chosen."""
    there_and_back = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone))
    return there_and_back.replace(tzinfo=None, fold=0)


def moment(local: datetime, zone: str, name: str) -> datetime:
    """A wall-clock time in ``zone`` in UTC. Raises ``Invalid`` for field ``name`` when clocks never show it."""
    return wall_clock(local, zone, name).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def check_times(edition: Edition, *, now: datetime) -> None:
    """Raise ``Invalid`` with every reason why this edition could not take place as dated."""
    Wrong(*wrong_times(edition.local_start, edition.local_close, edition.zone, now=now)).refuse()


def wrong_times(start: datetime | None, close: datetime | None, zone: str, *, now: datetime) -> list[FieldError]:
    """Every reason why no edition could begin and stop taking people at these wall-clock times, as far as they are
    known."""
    wrong = Wrong()
    for name, local in (("starts_at", start), ("registration_closes_at", close)):
        with wrong.noted():
            if local is not None:
                wall_clock(local, zone, name)
    if start is not None and start.replace(tzinfo=ZoneInfo(zone)) <= now:
        wrong.errors.append(FieldError("starts_at", mark("The start lies in the past.")))
    if start is not None and close is not None and close > start:
        wrong.errors.append(FieldError("registration_closes_at", mark("Registration has to close before the start.")))
    return wrong.errors


def create(draft: EditionDraft, *, edition_id: str, series: Series, now: datetime) -> Edition:
    """A draft in that series. Raises ``Invalid`` for times that cannot be."""
    made = Edition(**given(draft), id=edition_id, series=series.slug, zone=series.zone, created_at=now)
    check_times(made, now=now)
    return made


def publish(edition: Edition, *, now: datetime) -> Edition:
    """The edition, open to everybody. Publishing twice changes nothing."""
    if edition.status is Status.CANCELLED:
        raise EditionCancelled
    if edition.status is Status.PUBLISHED:
        return edition
    wrong = Wrong()
    with wrong.noted():
        check_times(edition, now=now)
    closed = edition.local_close is not None and edition.registration_closes_at <= now
    if closed and not any(one.name == "registration_closes_at" for one in wrong.errors):
        wrong.errors.append(FieldError("registration_closes_at", mark("Registration would be closed already.")))
    wrong.refuse()
    return replace(edition, status=Status.PUBLISHED, published_at=now)


def change(edition: Edition, wanted: EditionChange, *, taken: int, now: datetime) -> Edition:
    """``supposed_change``, once ``check_change`` has nothing against it. Raises what both do."""
    after = supposed_change(edition, wanted, now=now)
    check_change(edition, after, taken=taken, now=now)
    return after


def supposed_change(edition: Edition, wanted: EditionChange, *, now: datetime) -> Edition:
    """The edition with other words or seats; a draft may also change its time and location, a published one its link.

    What is not given stays as it is. Raises ``EditionCancelled``, and ``MoveInstead`` when a published edition would
    change what people put into their calendars.
    """
    after = changed(edition, wanted)
    if edition.status is Status.CANCELLED:
        raise EditionCancelled
    if edition.phase(now) is Phase.OVER:
        return after
    if edition.status is Status.PUBLISHED and when_and_where(after) != when_and_where(edition):
        if not is_only_the_link(edition, after):
            raise MoveInstead
        after = _relinked(after)
    return after


def check_change(edition: Edition, after: Edition, *, taken: int, now: datetime) -> None:
    """Raise ``Invalid`` with everything that cannot be as in ``after``: of an edition that is over only words,
    speakers, slides and recording can still change. ``taken`` is how many of its seats are taken."""
    if edition.phase(now) is Phase.OVER:
        _check_past_stays(edition, after)
        return
    wrong = Wrong()
    with wrong.noted():
        if (after.local_start, after.local_close) != (edition.local_start, edition.local_close):
            check_times(after, now=now)
    with wrong.noted():
        if edition.status is Status.PUBLISHED:
            _check_seats(edition, after, taken=taken)
    wrong.refuse()


def _check_past_stays(edition: Edition, after: Edition) -> None:
    """Raise ``Invalid`` beside each field of what has been, and cannot be another any more."""
    names = {
        "starts_at": "local_start",
        "duration_minutes": "minutes",
        "location": "location",
        "seats": "seats",
        "registration_closes_at": "local_close",
    }
    words = mark("This edition is over, so this cannot be changed any more. Leave it out.")
    if errors := [FieldError(name, words) for name, of in names.items() if getattr(after, of) != getattr(edition, of)]:
        raise Invalid(*errors)


def _check_seats(edition: Edition, after: Edition, *, taken: int) -> None:
    """Registrations for unlimited seats are not counted, so nobody can say later which of them still fit."""
    if after.seats is None:
        return
    if edition.seats is None:
        unlimited = mark("This edition was published without a limit; its seats cannot be limited any more.")
        raise Invalid(FieldError("seats", unlimited))
    if after.seats < taken:
        words = mark("{taken} seats are taken already; choose at least as many.")
        raise Invalid(FieldError("seats", words, {"taken": taken}))


def move(edition: Edition, wanted: EditionMove, *, now: datetime) -> Edition:
    """The published edition at another time or place, or with another link; the calendar entry's SEQUENCE goes up.

    A registration deadline keeps its distance to the start. Moving to where it is already changes nothing. While it
    runs, its place and its end can change, and it can be put off to another start. Raises ``EditionCancelled``,
    ``NotPublished``, ``EditionOver``, ``Invalid``.
    """
    if edition.status is Status.CANCELLED:
        raise EditionCancelled
    if edition.status is Status.DRAFT:
        raise NotPublished
    if now >= edition.ends_at:
        raise EditionOver
    moved = supposed_move(edition, wanted)
    if moved is edition:
        return edition
    if now >= edition.starts_at and moved.local_start == edition.local_start:
        if moved.ends_at <= now:
            raise Invalid(FieldError("duration_minutes", mark("The end lies in the past.")))
    else:
        check_times(moved, now=now)
    return moved


def supposed_move(edition: Edition, wanted: EditionMove) -> Edition:
    """The edition as it would be then, allowed or not; the very same where nothing would change."""
    moved = changed(edition, wanted)
    if when_and_where(moved) == when_and_where(edition):
        return edition
    if is_only_the_link(edition, moved):
        return _relinked(moved)
    close = edition.local_close and shown_instead(
        edition.local_close + (moved.local_start - edition.local_start), edition.zone
    )
    return replace(moved, local_close=close and min(close, moved.local_start), revision=edition.revision + 1)


def cancel(edition: Edition, *, now: datetime, because: str = "") -> Edition:
    """The edition, called off, with the reason that everybody may read.

    Cancelling twice changes nothing; one that is over cannot be cancelled, one that runs can.
    """
    if edition.status is Status.CANCELLED:
        return edition
    if edition.status is Status.PUBLISHED and now >= edition.ends_at:
        raise EditionOver
    return replace(edition, status=Status.CANCELLED, revision=edition.revision + 1, cancelled_because=because)


def when_and_where(edition: Edition) -> tuple[datetime, int, Location]:
    """What people put into their calendars."""
    return edition.local_start, edition.minutes, edition.location


def is_only_the_link(before: Edition, after: Edition) -> bool:
    """Whether one is online as before, at the same time and place, by another link."""
    there = replace(before.location, join_url=after.location.join_url)
    return when_and_where(after) == (before.local_start, before.minutes, there) != when_and_where(before)


def _relinked(after: Edition) -> Edition:
    revision = after.revision + 1
    return replace(after, revision=revision, relinked=(*after.relinked, revision))
