"""Cut a list mailing's audience into batches.

Each step is one transaction: up to twenty batches and their slice's cursor behind them. Whoever takes over after a
crash goes on behind the cursor, so no two batches ever overlap; memory holds one step, however long the list. A list
that proves long is split into slices that are cut side by side.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

from chalicelib.domain.delivery import BATCH_SIZE, batch_of
from chalicelib.domain.guards import overtaken
from chalicelib.domain.hint import Hint, hint_for
from chalicelib.domain.mailing import LOOK_AGAIN, NOBODY_TO_TELL, Mailing, Progress, Slice, become, split
from chalicelib.mail.prepare import About
from chalicelib.mail.render import Unrenderable
from chalicelib.store.table import LostRace
from chalicelib.world import World

BATCHES_PER_STEP = 20

LONG = 20
"""After this many steps (20,000 recipients) a list is long: what is left of it is split."""


def dispatch(world: World, asked: Hint, *, until: float = float("inf")) -> None:
    """Cut the mailing, or the slice of it that is asked for, unless it is too late, untrue or unfit to be sent.

    ``until`` is when the function has to end (``time.monotonic``): what is left then is hinted again.
    """
    mailing = world.store.find_mailing(asked.mailing)
    try:
        if mailing is not None and mailing.progress is Progress.PLANNED:
            mailing = _begin(world, mailing)
        if mailing is None or mailing.progress is not Progress.DISPATCHING:
            return
        piece = world.store.find_slice(mailing.id, asked.slice or "")
        if piece is not None and not piece.cut:
            _cut(world, mailing, piece, until=until)
        _end(world, mailing.id)
    except LostRace:
        # Another worker is at it, or the edition was moved: the due row is there for the tick if not.
        return


def _begin(world: World, mailing: Mailing) -> Mailing:
    """From planned to dispatching, or to why it must not go out."""
    edition = world.store.edition(mailing.edition)
    series = world.store.series(mailing.series)
    now = world.clock()
    if reason := overtaken(mailing, edition, now=now):
        return _close(world, become(mailing, Progress.MISSED, reason=reason))
    try:
        world.preparer.prepare(mailing, About(series, edition), now=now)
    except Unrenderable as unrenderable:
        return _close(world, become(mailing, Progress.REFUSED, reason=str(unrenderable)))
    begun = replace(become(mailing, Progress.DISPATCHING), began_at=now)
    changes = world.store.changes().save(Slice(mailing=mailing.id))
    begun = changes.reschedule(begun, now + LOOK_AGAIN)
    changes.commit()
    return replace(begun, version=mailing.version + 1)


def _close(world: World, mailing: Mailing) -> Mailing:
    world.store.changes().close(mailing).commit()
    return mailing


def _cut(world: World, mailing: Mailing, piece: Slice, *, until: float) -> None:
    audience = world.store.audience(mailing, piece, now=world.clock())
    for number in itertools.count(1):
        step = list(itertools.islice(audience, BATCHES_PER_STEP * BATCH_SIZE))
        more = len(step) == BATCHES_PER_STEP * BATCH_SIZE
        batches = [batch_of(mailing.id, step[at : at + BATCH_SIZE]) for at in range(0, len(step), BATCH_SIZE)]
        changes = world.store.changes()
        for batch in batches:
            changes.save(batch)
        cursor = step[-1] if step else piece.cursor
        cut = replace(piece, cursor=cursor, cut=not more, people=piece.people + len(step))
        parts = split(cut) if more and piece.lower == "" and number == LONG else []
        for part in parts:
            changes.save(part)
        changes.save(replace(cut, cut=cut.cut or bool(parts)))
        changes.commit()
        world.queues.send(mailing.lane, (hint_for(mailing, batch=batch.first) for batch in batches))
        world.queues.send(mailing.lane, (hint_for(mailing, slice_=part.lower) for part in parts))
        if not more or parts:
            return
        if time.monotonic() > until:
            world.queues.send(mailing.lane, [hint_for(mailing, slice_=piece.lower)])
            return
        piece = replace(cut, version=piece.version + 1)


def _end(world: World, mailing_id: str) -> None:
    """Once every slice is cut, the mailing is being sent; with nobody in any of them it is finished."""
    slices = world.store.slices(mailing_id)
    mailing = world.store.find_mailing(mailing_id)
    if mailing is None or mailing.progress is not Progress.DISPATCHING or not all(piece.cut for piece in slices):
        return
    changes = world.store.changes()
    if all(piece.cursor == piece.lower for piece in slices):
        changes.close(become(mailing, Progress.FINISHED, reason=NOBODY_TO_TELL))
    else:
        changes.reschedule(become(mailing, Progress.SENDING), world.clock() + LOOK_AGAIN)
    changes.commit()
