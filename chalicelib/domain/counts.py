"""How many people are registered and subscribed, by local day.

Every change of where somebody stands is counted together with it, so that nobody has to be read for a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.domain.registration import Place, Registration
from chalicelib.domain.subscription import Standing, Subscriber

COUNTED = frozenset([Place.CONFIRMED, Place.CANCELLED, Standing.ACTIVE, Standing.ENDED])
"""Not who was asked to confirm a subscription: many never do, and nothing rests on their number."""

State = Place | Standing
DAY = timedelta(days=1)


class Step(NamedTuple):
    """Somebody stands elsewhere since ``day``: ``entered`` and ``left`` are counted states, one of them may be None."""

    day: date
    entered: State | None
    left: State | None


def step(before: Registration | Subscriber | None, after: Registration | Subscriber, zone: str) -> Step | None:
    """What a change of a registration or subscription counts as; None where it counts nothing.

    The day is that of ``after.since`` in ``zone``.
    """
    entered, left = _counted(after), _counted(before)
    return None if entered is left else Step(local_day(after.since, zone), entered, left)


def steps(before: Registration | Subscriber | None, after: Registration | Subscriber, zone: str) -> list[Step]:
    """All that a change counts as: where somebody stood before counts were kept is counted with their next change."""
    earlier = history(before, zone) if before is not None and not before.counted else []
    now = step(before, after, zone)
    return [*earlier, now] if now else earlier


def history(one: Registration | Subscriber, zone: str) -> list[Step]:
    """What somebody counts as who came before counts were kept, as far as their item still tells."""
    entered = _counted(one)
    if entered is None:
        return []
    here, came_at = Place.CONFIRMED if isinstance(one, Registration) else Standing.ACTIVE, _came_at(one)
    if entered is here or came_at is None:
        return [Step(local_day(one.since, zone), entered, None)]
    return [Step(local_day(came_at, zone), here, None), Step(local_day(one.since, zone), entered, here)]


def _came_at(one: Registration | Subscriber) -> datetime | None:
    """When somebody who has gone since last came; None for an erased subscription, whose proof is gone."""
    return one.asked_at if isinstance(one, Registration) else one.consent.confirmed_at


def _counted(one: Registration | Subscriber | None) -> State | None:
    if one is None:
        return None
    state = one.place if isinstance(one, Registration) else one.standing
    return state if state in COUNTED else None


def local_day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


class Flow(NamedTuple):
    """How many entered and left each state on one local day."""

    day: date
    entered: Mapping[State, int]
    left: Mapping[State, int]


@dataclass(frozen=True, slots=True)
class Counts:
    """All that was counted of an edition's registrations or of a series' subscribers.

    A day may be among ``flows`` several times.
    """

    flows: tuple[Flow, ...]

    @classmethod
    def of(cls, flows: Iterable[Flow]) -> Counts:
        return cls(tuple(flows))

    @property
    def steps(self) -> int:
        """How often anybody came or went: it only grows, so two answers with the same number saw the same people."""
        return sum(sum(flow.entered.values()) + sum(flow.left.values()) for flow in self.flows)

    def standing(self, state: State) -> int:
        """How many are in ``state`` now."""
        return self.entered(state) - self.left(state)

    def entered(self, state: State, *, since: date = date.min) -> int:
        return sum(flow.entered.get(state, 0) for flow in self.flows if flow.day >= since)

    def left(self, state: State, *, since: date = date.min) -> int:
        return sum(flow.left.get(state, 0) for flow in self.flows if flow.day >= since)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """``gone`` have cancelled or unsubscribed, erased ones among them.

    ``new_today`` and ``new_since_yesterday`` came since the beginning of today and of yesterday, local days; who of
    them has gone since is among them.
    """

    here: int
    gone: int
    new_today: int
    new_since_yesterday: int


def registrations(counts: Counts, *, today: date) -> Summary:
    """Whoever cancels and registers again is new only once."""

    def new(since: date) -> int:
        return counts.entered(Place.CONFIRMED, since=since) - counts.left(Place.CANCELLED, since=since)

    return Summary(
        here=counts.standing(Place.CONFIRMED),
        gone=counts.standing(Place.CANCELLED),
        new_today=new(today),
        new_since_yesterday=new(today - DAY),
    )


def subscribers(counts: Counts, *, today: date) -> Summary:
    """Whoever unsubscribes and confirms again is new again."""
    return Summary(
        here=counts.standing(Standing.ACTIVE),
        gone=counts.standing(Standing.ENDED),
        new_today=counts.entered(Standing.ACTIVE, since=today),
        new_since_yesterday=counts.entered(Standing.ACTIVE, since=today - DAY),
    )
