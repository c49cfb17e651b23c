"""Cut a list mailing's audience into batches.

Each step is one transaction: up to twenty batches and the mailing's cursor behind them. Whoever takes over after a crash goes on
behind the cursor, so no two batches ever overlap; memory holds one step, however long the list.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

from chalicelib.domain.mailing import BATCH_SIZE, Mailing, Progress, batch_of, overtaken
from chalicelib.mail.render import Unrenderable, render
from chalicelib.queues import Hint
from chalicelib.store.table import LostRace
from chalicelib.usecases.compose import Subject, compose
from chalicelib.world import World

BATCHES_PER_STEP = 20

LOOK_AGAIN = timedelta(minutes=5)
"""How long after its last sign of life the tick looks after a mailing again."""


def dispatch(world: World, mailing_id: str) -> None:
    """Batch the mailing and hint each batch to its queue, unless it is too late, untrue or unfit to be sent."""
    mailing = world.store.mailing(mailing_id)
    if mailing is None or mailing.progress not in (Progress.PLANNED, Progress.DISPATCHING):
        return
    try:
        if verdict := _verdict(world, mailing):
            world.store.changes().close(verdict).commit()
            return
        _cut(world, mailing)
    except LostRace:
        # Another worker is at it, or the edition was moved: the due row is there for the tick if not.
        return


def _verdict(world: World, mailing: Mailing) -> Mailing | None:
    """The mailing as missed or refused, if it must not go out."""
    edition = world.store.edition(mailing.edition)
    now = world.clock()
    if reason := overtaken(mailing, edition, now=now):
        return replace(mailing, progress=Progress.MISSED, reason=reason)
    try:
        render(compose(world, mailing, Subject(world.store.series(mailing.series), edition), now=now))
    except Unrenderable as unrenderable:
        return replace(mailing, progress=Progress.REFUSED, reason=str(unrenderable))
    return None


def _cut(world: World, mailing: Mailing) -> None:
    audience = world.store.audience(mailing, after=mailing.cursor)
    more = True
    while more:
        step = list(itertools.islice(audience, BATCHES_PER_STEP * BATCH_SIZE))
        more = len(step) == BATCHES_PER_STEP * BATCH_SIZE
        batches = [batch_of(mailing, step[at : at + BATCH_SIZE]) for at in range(0, len(step), BATCH_SIZE)]
        changes = world.store.changes()
        for batch in batches:
            changes.save(batch)
        cut = replace(
            mailing,
            cursor=step[-1] if step else mailing.cursor,
            progress=Progress.DISPATCHING if more else Progress.SENDING,
        )
        if not more and not cut.cursor:
            changes.close(replace(cut, progress=Progress.FINISHED, reason="nobody to tell"))
        else:
            cut = changes.look_again(cut, world.clock() + LOOK_AGAIN)
        changes.commit()
        world.queues.hint(mailing.lane, (Hint(mailing=mailing.id, batch=batch.first) for batch in batches))
        mailing = replace(cut, version=mailing.version + 1)
