"""Time travel: the clock goes from one due moment to the next, and everything happens on the way."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.due import Due, Matter
from chalicelib.store import keys
from local.aws.clock import Clock
from local.aws.surroundings import Clients
from local.site.aws_view import Aws, NotDrained

FARTHEST = timedelta(days=400)
ZONE = ZoneInfo("Europe/Berlin")

_SETTLES_WITHIN, _TRAVELS_WITHIN = 120, 600  # seconds
_EXAMPLES = '{"advance": "PT1H"}, {"to": "2027-03-10T14:30:00+01:00"} or {"to": "next-due"}'


class BadJourney(Exception):
    """Not a way to travel. The message says what is."""


class NoJourney(Exception):
    """A way to travel, but not now."""


@dataclass(frozen=True, slots=True)
class Journey:
    now: datetime
    ticks: int
    mails: int


class Traveller:
    def __init__(self, clock: Clock, aws: Aws, client: Clients, table: str, tick: Callable[[], None]) -> None:
        self._clock, self._aws, self._table, self._tick = clock, aws, table, tick
        self._dynamodb = client("dynamodb")
        self._under_way = threading.Lock()

    def travel(self, wish: Any) -> Journey:
        """To where ``wish`` says. Raises ``BadJourney``, ``NoJourney`` or ``NotDrained``."""
        if not self._under_way.acquire(blocking=False):
            raise NoJourney("Another journey is under way.")
        try:
            return self._travel(self._target(wish))
        finally:
            self._under_way.release()

    def planned(self, *, within: timedelta = FARTHEST) -> Iterator[Due]:
        """The mailings that begin after now, in order."""
        return (due for due in self._coming(within=within) if due.matter == Matter.MAILING and self._is_planned(due))

    def _coming(self, *, within: timedelta) -> Iterator[Due]:
        """What the tick will look at after now, in order: what begins then, and what is only looked after."""
        now = self._clock.now()
        for day in self._aws.due_days():
            if now.date().isoformat() <= day <= (now + within).date().isoformat():
                yield from (due for due in self._due_on(day) if now < due.at <= now + within)

    def _travel(self, target: datetime) -> Journey:
        deadline = time.monotonic() + _TRAVELS_WITHIN
        mails = self._aws.settle(within=_SETTLES_WITHIN).mails
        ticks = 0
        while (stop := self._next_stop(target)) is not None:
            self._clock.travel(stop)
            self._tick()
            ticks += 1
            self._aws.settle(within=_SETTLES_WITHIN)
            if time.monotonic() > deadline:
                raise NotDrained(f"The journey got as far as {stop.isoformat()}; there was too much to do on the way.")
        if target > self._clock.now():
            self._clock.travel(target)
        return Journey(self._clock.now(), ticks, self._aws.settle(within=_SETTLES_WITHIN).mails - mails)

    def _next_stop(self, target: datetime) -> datetime | None:
        """The next moment at which anything happens, if it comes before ``target`` does."""
        now = self._clock.now()
        due = next(self._coming(within=max(target - now, timedelta())), None)
        hidden = self._aws.state().next
        # A message shows again when its time has passed, not while it is being reached.
        moments = [due.at] if due else []
        moments += [hidden + timedelta(milliseconds=1)] if hidden else []
        return min((moment for moment in moments if now < moment <= target), default=None)

    def _due_on(self, day: str) -> Iterator[Due]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :day",
            ExpressionAttributeValues={":day": {"S": keys.due_day(date.fromisoformat(day))}},
        )
        for page in pages:
            for item in page["Items"]:
                yield keys.read_due(item["sk"]["S"])

    def _is_planned(self, due: Due) -> bool:
        """Whether it is a mailing that has not begun."""
        key = keys.mailing(due.id)
        found = self._dynamodb.get_item(TableName=self._table, Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}}).get(
            "Item"
        )
        return found is not None and json.loads(found["body"]["S"])["progress"] == "planned"

    def _target(self, wish: Any) -> datetime:
        now = self._clock.now()
        match wish:
            case {"advance": str(text), **rest} if not rest:
                target = _in_range(lambda: now + _duration(text))
            case {"to": "next-due", **rest} if not rest:
                planned = (due.at for due in self.planned())
                if (found := next(planned, None)) is None:
                    raise NoJourney("No mailing is planned.")
                target = found
            case {"to": str(text), **rest} if not rest:
                target = moment(text)
            case _:
                raise BadJourney(f"Send {_EXAMPLES}.")
        if target <= now:
            raise BadJourney(f"It is already {now.isoformat(timespec='seconds')}; time travel goes forward only.")
        if target - now > FARTHEST:
            raise BadJourney(f"At most {FARTHEST.days} days at once.")
        return target


def moment(text: str) -> datetime:
    """Raises ``BadJourney``."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadJourney(f'"{text[:40]}" is not an ISO 8601 date and time. Send {_EXAMPLES}.') from None
    if found.tzinfo is None:
        raise BadJourney("The time needs an offset from UTC, such as 2027-03-10T14:30:00+01:00.")
    return _in_range(lambda: found.astimezone(UTC))


def local_moment(text: str, *, after: datetime) -> datetime:
    """A wall-clock time in ``ZONE``, as a date-time field sends it. Raises ``BadJourney``.

    Where the clocks go back, an hour comes twice: the second time is meant where the first is not later than ``after``.
    """
    try:
        local = datetime.fromisoformat(text).replace(tzinfo=ZONE)
    except ValueError:
        raise BadJourney("Give a date and a time.") from None
    there = _in_range(lambda: local.astimezone(UTC))
    if there.astimezone(ZONE).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise BadJourney(f"This time does not exist in {ZONE.key}: the clocks go forward then.")
    return there if there > after else local.replace(fold=1).astimezone(UTC)


def _duration(text: str) -> timedelta:
    try:
        return msgspec.convert(text, timedelta)
    except (msgspec.ValidationError, OverflowError):
        raise BadJourney(
            f'"{text[:40]}" is not an ISO 8601 duration of days, hours, minutes and seconds, such as PT1H or P1DT12H.'
        ) from None


def _in_range(made: Callable[[], datetime]) -> datetime:
    try:
        return made()
    except OverflowError:
        raise BadJourney(f"At most {FARTHEST.days} days at once.") from None
