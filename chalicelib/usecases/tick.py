"""Every minute: look after whatever is due.

The due row of a mailing stays until the mailing is finished and says when to look again, so nothing that was planned can be forgotten:
not by a lost hint, not by a worker that died, not by a night without ticks.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.mailing import Mailing, Progress
from chalicelib.queues import Hint
from chalicelib.store.store import due_row_stands
from chalicelib.store.table import LostRace
from chalicelib.usecases.dispatch import LOOK_AGAIN
from chalicelib.world import World

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=7)
"""How far the very first tick looks back."""


def tick(world: World) -> int:
    """Push on every mailing whose due row has come; gives how many. One that fails does not stop the others."""
    now = world.clock()
    since = world.store.tick_since() or now - LOOK_BACK
    pushed = failed = 0
    for mailing_id, at in list(world.store.due(now, since=since)):
        try:
            push_on(world, mailing_id, at, now=now)
            pushed += 1
        except LostRace:
            continue  # another tick, or a move, was faster; its due row stands where it belongs
        except Exception:
            failed += 1
            log.exception("mailing %s could not be looked after", mailing_id)
    if not failed and since.date() < now.date():
        world.store.remember_tick(now)
    return pushed


def push_on(world: World, mailing_id: str, at: datetime, *, now: datetime) -> None:
    """Dispatch what is planned, hint again what has not been sent, close what is done."""
    mailing = world.store.mailing(mailing_id)
    if mailing is None or not due_row_stands(mailing, at):
        world.store.changes().forget_due(mailing_id, at).commit()
        return
    hints: list[Hint] = [Hint(mailing=mailing_id)]
    changes = world.store.changes()
    if mailing.progress is Progress.SENDING:
        hints = [Hint(mailing=mailing_id, batch=first) for first in world.store.unfinished_batches(mailing_id)]
        if not hints:
            changes.close(replace(mailing, progress=Progress.FINISHED)).commit()
            return
    changes.look_again(_begun(mailing), now + LOOK_AGAIN)
    changes.commit()
    world.queues.hint(mailing.lane, hints)


def _begun(mailing: Mailing) -> Mailing:
    return replace(mailing, progress=Progress.DISPATCHING) if mailing.progress is Progress.PLANNED else mailing
