"""See to it that nobody is sent the same text twice, however often an edition is announced."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from chalicelib.domain.audience import text_of
from chalicelib.domain.delivery import Batch, BatchState, Held, Outcome
from chalicelib.domain.edition import Edition
from chalicelib.domain.mailing import Mailing
from chalicelib.usecases.hearing import hold_off
from chalicelib.world import World


def told_already(world: World, mailing: Mailing, edition: Edition | None, hashes: Collection[str]) -> set[str]:
    """Who of them was sent by another mailing what this one says now, as far as anybody knows.

    Of two mailings that still have the same person waiting (one was tried again), the one that was due first tells
    them. Raises ``Held`` where the other one is at it or comes first, ``LostRace`` where it is claimed at this moment.
    """
    if edition is None or not mailing.one_of_several or not hashes:
        return set()
    text, told, later = text_of(edition), set[str](), list[Batch]()
    for other, batch in _others(world, mailing, edition, hashes):
        for person in batch.deliveries.keys() & set(hashes):
            outcome = batch.deliveries[person].outcome
            if outcome is Outcome.WAITING and (batch.state is BatchState.SENDING or other.is_open):
                if batch.state is BatchState.SENDING or _order(other) < _order(mailing):
                    raise Held
                later.append(batch)
            elif outcome in CARRIED and batch.text in ("", text):
                told.add(person)
    hold_off(world, list({batch.first + batch.mailing: batch for batch in later}.values()))
    return told


CARRIED = (Outcome.SENT, Outcome.BOUNCED, Outcome.COMPLAINED, Outcome.UNKNOWN)
"""Outcomes of somebody who was, or may have been, sent what the batch said."""


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
