"""See to it that nobody is sent the same text twice, however often an edition is announced."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from chalicelib.domain.audience import text_of
from chalicelib.domain.delivery import HANDED_OVER, Batch, BatchState, Held, Outcome
from chalicelib.domain.edition import Edition
from chalicelib.domain.mailing import Mailing
from chalicelib.usecases.hearing import hold_off
from chalicelib.world import World


class Text(NamedTuple):
    """What other mailings mean for the people of one that says a text.

    ``told``: who was sent it already, as far as anybody knows. ``first``: whom another mailing tells that is at it, or
    was due earlier. ``later``: batches that still hold somebody of them and come after this mailing.
    """

    told: set[str]
    first: set[str]
    later: list[Batch]


def look(world: World, mailing: Mailing, edition: Edition, hashes: Collection[str]) -> Text:
    """Of two mailings that still have the same person waiting (one was tried again), the one that was due first tells
    them."""
    text, wanted = text_of(edition), set(hashes)
    found = Text(set(), set(), [])
    for other, batch in _others(world, mailing, edition, hashes) if mailing.one_of_several and hashes else ():
        waiting = {one for one in wanted & batch.deliveries.keys() if batch.deliveries[one].outcome is Outcome.WAITING}
        if batch.text in ("", text):
            found.told.update(
                one for one in wanted & batch.deliveries.keys() if batch.deliveries[one].outcome in HANDED_OVER
            )
        if batch.state is BatchState.SENDING or (other.is_open and _order(other) < _order(mailing)):
            found.first.update(waiting)
        elif other.is_open and waiting:
            found.later.append(batch)
    return found


def told_already(world: World, mailing: Mailing, edition: Edition | None, hashes: Collection[str]) -> set[str]:
    """Who of them was sent by another mailing what this one says now.

    Raises ``Held`` where the other one comes first, ``LostRace`` where it is claimed at this moment.
    """
    if edition is None:
        return set()
    found = look(world, mailing, edition, hashes)
    if found.first:
        raise Held
    hold_off(world, found.later)
    return found.told


def _others(
    world: World, mailing: Mailing, edition: Edition, hashes: Collection[str]
) -> Iterator[tuple[Mailing, Batch]]:
    """Batches that hold anybody with these hashes, of the other mailings of this kind that have begun."""
    for other in world.store.mailings_of(edition.id):
        if other.kind is mailing.kind and other.id != mailing.id and other.began_at is not None:
            for batch in world.store.batches_among(other, min(hashes), max(hashes)):
                yield other, batch


def _order(mailing: Mailing) -> tuple[object, ...]:
    return mailing.due_at, mailing.id
