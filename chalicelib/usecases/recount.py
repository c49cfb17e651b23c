"""Count those who came before counts were kept: some with every tick after an upgrade, until nobody is left.

Each is counted in the transaction that notes it on their item, so that everybody is counted once whatever crashes, and
whoever registers or cancels meanwhile is counted by that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from chalicelib.domain.counts import history
from chalicelib.store.changes import Person
from chalicelib.store.due import EVERYBODY
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.world import World

A_TICK = 2000
"""People in one tick, which takes a few seconds of its minute."""

AT_ONCE = 33
"""People in one transaction of 100 items: their own and up to two counts for each."""

MANY = 10_000


class Group(NamedTuple):
    """The registered of an edition, or, where ``edition`` is empty, the subscribers of a series; days are those in
    ``zone``."""

    series: str
    edition: str
    zone: str


def recount(world: World, counted: str) -> str:
    """Count some more people behind ``counted``, which is empty at the beginning.

    Gives what to go on from, ``EVERYBODY`` at the end.
    """
    where, _, after = counted.rpartition("#")
    left = A_TICK
    for group in _behind(where, list(_groups(world))):
        here = f"{group.series}#{group.edition}"
        after = after if here == where else ""
        while True:
            if left <= 0:
                return f"{here}#{after}"
            found = _count(world, group, after)
            left -= AT_ONCE  # an empty group costs a request too
            if len(found) < AT_ONCE:
                break
            after = found[-1]
    return EVERYBODY


def _groups(world: World) -> Iterator[Group]:
    for series in world.store.all_series():
        yield Group(series.slug, "", series.zone)
        for edition in world.store.editions_of(series.slug, limit=MANY):
            yield Group(series.slug, edition.id, edition.zone)


def _behind(where: str, groups: list[Group]) -> list[Group]:
    """From the group that was being counted; all of them where it is gone, for nobody is counted twice."""
    names = [f"{one.series}#{one.edition}" for one in groups]
    return groups[names.index(where) if where in names else 0 :]


@decided_on_fresh_state
def _count(world: World, group: Group, after: str) -> list[str]:
    """Those next behind ``after``; gives their keyed hashes."""
    if group.edition:
        registered = world.store.registered_ever(group.edition, after=after, limit=AT_ONCE)
        _save(world, registered, zone=group.zone)
        return [one.person.hash for one in registered]
    subscribed = world.store.subscribed_ever(group.series, after=after, limit=AT_ONCE)
    _save(world, subscribed, zone=group.zone)
    return [one.hash for one in subscribed]


def _save(world: World, found: Sequence[Person], *, zone: str) -> None:
    changes = world.store.changes()
    for one in found:
        if not one.counted and history(one, zone):
            changes.save_counted(one, was=one, zone=zone)
    changes.commit()
