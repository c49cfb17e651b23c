"""What each subscriber was told of an edition: nobody is sent the same text twice, and a correction says what is
another since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from chalicelib.domain.corrections import Said, said
from chalicelib.domain.delivery import HANDED_OVER, Batch, BatchState, Held, Outcome
from chalicelib.domain.edition import Edition
from chalicelib.domain.guards import Skip
from chalicelib.domain.mailing import UNDER_WAY, Mailing, Progress
from chalicelib.domain.mails import Kind
from chalicelib.domain.schedule import awaited
from chalicelib.usecases.hearing import hold_off
from chalicelib.world import World


class Text(NamedTuple):
    """What other mailings mean for the people of one that says a text.

    ``told``: who was sent it already, as far as anybody knows. ``first``: whom another mailing tells that is at it, or
    was due earlier. ``later``: batches that still hold somebody of them and come after this mailing. ``corrected``:
    whether a correction first has to find out who was sent this mailing so far.
    """

    told: set[str]
    first: set[str]
    later: list[Batch]
    corrected: bool = False


def look(world: World, mailing: Mailing, edition: Edition, hashes: Collection[str]) -> Text:
    """Of two mailings that still have the same person waiting (one was tried again), the one that was due first tells
    them."""
    if not mailing.one_of_several:
        return Text(set(), set(), [])
    known = world.store.mailings_of(edition.id)
    found = Text(set(), set(), [], corrected=any(one.progress in UNDER_WAY for one in awaited(known, mailing)))
    text, wanted = said(edition).digest, set(hashes)
    for other, batch in _others(world, mailing, known, hashes):
        waiting = _those(batch, wanted, Outcome.WAITING)
        found.told.update(one for one in _those(batch, wanted, *HANDED_OVER) if batch.named_to(one).text in ("", text))
        if batch.state is BatchState.SENDING or (other.is_open and _order(other) < _order(mailing)):
            found.first.update(waiting)
        elif other.is_open and waiting:
            found.later.append(batch)
    return found


def look_at_corrections(world: World, mailing: Mailing, edition: Edition, hashes: Collection[str]) -> Text:
    """As ``look``, for a correction, which says what is another since the last mail: so it also waits until it is known
    whether that one was sent. It waits for nothing that is paused: that may be what it corrects."""
    found, wanted, now = Text(set(), set(), []), set(hashes), world.clock()
    unfinished = [one for one in world.store.mailings_of(edition.id) if one.progress is not Progress.FINISHED]
    for other, batch in _others(world, mailing, unfinished, hashes):
        waiting, is_paused = _those(batch, wanted, Outcome.WAITING), other.progress is Progress.PAUSED
        if not is_paused and other.is_open and _order(other) < _order(mailing):
            found.first.update(waiting | _those(batch, wanted, Outcome.UNKNOWN))
        elif batch.is_held(now=now) or (batch.state is BatchState.SENDING and not is_paused):
            found.first.update(waiting)
        elif other.is_open and waiting:
            found.later.append(batch)
    return found


def told_already(world: World, mailing: Mailing, edition: Edition | None, hashes: Collection[str]) -> set[str]:
    """Who of them was sent by another mailing what this one says now; of a correction, ``corrected`` tells that.

    Raises ``Held`` where the other one comes first, and while a correction has to find out who was sent this one before
    anybody else is; ``LostRace`` where the other one is claimed at this moment.
    """
    if edition is None:
        return set()
    is_correction = mailing.kind is Kind.CORRECTION and mailing.trial is None
    found = (look_at_corrections if is_correction else look)(world, mailing, edition, hashes)
    if found.first or found.corrected:
        raise Held
    hold_off(world, found.later)
    return found.told


def told_soon(world: World, mailing: Mailing, edition: Edition, hashes: Collection[str]) -> set[str]:
    """Who of them is told the edition's text by another mailing, which is at it already, before this correction. For
    any other mailing nobody: ``look`` knows."""
    return look_at_corrections(world, mailing, edition, hashes).first if mailing.kind is Kind.CORRECTION else set()


def corrected(
    world: World, mailing: Mailing, edition: Edition | None, hashes: Collection[str]
) -> Mapping[str, Said | Skip]:
    """What each of them was told last, by keyed hash, for a correction to be measured from; nothing for any other kind
    of mail, nor for those of whom it was not kept."""
    if mailing.kind is not Kind.CORRECTION or edition is None:
        return {}
    told: dict[str, list[tuple[Mailing, str]]] = defaultdict(list)
    for other, batch in _others(world, mailing, world.store.mailings_of(edition.id), hashes, moves=True):
        for hash_ in _those(batch, set(hashes), *HANDED_OVER):
            told[hash_].append((other, batch.named_to(hash_).text))
    texts = world.store.texts(edition.id, {digest for steps in told.values() for _, digest in steps})
    news: dict[str, Said | Skip] = {
        hash_: last for hash_, steps in told.items() if (last := _told_last(steps, texts)) is not None
    }
    present = said(edition).digest
    the_same = [hash_ for hash_, steps in told.items() if _says_nothing_new(mailing, steps, news.get(hash_), present)]
    return news | dict.fromkeys(the_same, Skip.TOLD_ALREADY)


def _says_nothing_new(
    mailing: Mailing, steps: Iterable[tuple[Mailing, str]], last: Said | Skip | None, present: str
) -> bool:
    """Whether somebody who was told in these ``steps``, and ``last`` that, knows all that the correction says: the
    edition as it is, and the organiser's words beside it."""
    if not mailing.text:
        return isinstance(last, Said) and last.digest == present
    return any(
        other.kind is Kind.CORRECTION and other.text == mailing.text and digest == present for other, digest in steps
    )


def _told_last(steps: Iterable[tuple[Mailing, str]], texts: Mapping[str, Said]) -> Said | None:
    """What somebody knows after these mails, in order, with the digest of what was true then; None where that was not
    kept. One about a move says when and where, and nothing else."""
    last: Said | None = None
    for mailing, digest in steps:
        found = texts.get(digest)
        if mailing.mail.carries_text:
            last = found
        elif last is not None and found is not None:
            last = replace(
                last,
                local_start=found.local_start,
                minutes=found.minutes,
                place=found.place,
                online=found.online,
            )
    return last


def _those(batch: Batch, wanted: set[str], *outcomes: Outcome) -> set[str]:
    """Those of them who are in the batch with one of these outcomes."""
    return {one for one in wanted & batch.deliveries.keys() if batch.deliveries[one].outcome in outcomes}


def _others(
    world: World, mailing: Mailing, known: Iterable[Mailing], hashes: Collection[str], *, moves: bool = False
) -> Iterator[tuple[Mailing, Batch]]:
    """Batches that hold anybody with these hashes, of the other mailings among the edition's (``known``) that carry the
    text and have begun, in the order in which they did. With ``moves``, also of those that tell subscribers of a
    move."""
    if not hashes:
        return
    began = [
        (one.began_at, one.id, one)
        for one in known
        if one.began_at is not None
        and one.id != mailing.id
        and (one.mail.carries_text or (moves and one.kind is Kind.ANNOUNCED_MOVED))
    ]
    for _, _, other in sorted(began):
        for batch in world.store.batches_among(other, min(hashes), max(hashes)):
            yield other, batch


def _order(mailing: Mailing) -> tuple[object, ...]:
    return mailing.due_at, mailing.id
