"""Every minute: look after whatever is due, and mend what a crash left behind.

The due row of a mailing stays until the mailing is finished and says when to look again, so nothing that was planned can be forgotten:
not by a lost hint, not by a worker that died, not by a night without ticks. Reconciliation needs no second road: a batch that waits
for a proof is hinted like any other, and delivering it decides what time has made of it.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.mailing import Mailing, Progress
from chalicelib.queues import Hint, hint
from chalicelib.store.store import Halt, due_row_stands
from chalicelib.store.table import LostRace
from chalicelib.usecases.dispatch import LOOK_AGAIN
from chalicelib.world import World

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=7)
"""How far the very first tick looks back."""

AFTER_MIDNIGHT = timedelta(hours=1)
"""How long a day that has ended is still looked at: a due row may be written after midnight for a moment before it, by whoever read
the clock in time and was slow, and clocks differ, and may be set back."""

FEW = 100
"""So many batches are hinted again without a thought whether they are being worked on."""


class SendingStopped(Exception):  # raised so that the function's error alarm wakes somebody
    """SES refuses all our mail. Everything waits, and goes out when the cause is gone; says what SES said."""


def tick(world: World) -> int:
    """Push on every mailing whose due row has come; gives how many. One that fails does not stop the others.

    Raises ``SendingStopped`` at the end while sending is stopped for a reason that somebody has to see to.
    """
    now = world.clock()
    since = world.store.tick_since() or now - LOOK_BACK
    pushed = failed = 0
    halt: Halt | None = None
    for mailing_id, at in list(world.store.due(now, since=since)):
        try:
            halt = halt or world.store.halt()
            push_on(world, mailing_id, at, now=now, halt=halt)
            pushed += 1
        except LostRace:
            continue  # another tick, or a move, was faster; its due row stands where it belongs
        except Exception:
            failed += 1
            log.exception("mailing %s could not be looked after", mailing_id)
    if not failed and since.date() < (now - AFTER_MIDNIGHT).date():
        world.store.remember_tick(now - AFTER_MIDNIGHT)
    if halt and halt.alarm and now < halt.until:
        raise SendingStopped(halt.reason)
    return pushed


def push_on(world: World, mailing_id: str, at: datetime, *, now: datetime, halt: Halt | None = None) -> None:
    """Dispatch what is planned, hint again what has not been sent, close what is done."""
    mailing = world.store.mailing(mailing_id)
    if mailing is None or not due_row_stands(mailing, at):
        world.store.forget_due(mailing_id, at)
        return
    hints: list[Hint] = []
    match mailing.progress:
        case Progress.PLANNED:
            hints = [hint(mailing)]
        case Progress.DISPATCHING:
            hints = [hint(mailing, slice_=piece.lower) for piece in world.store.slices(mailing_id) if not piece.cut]
            hints = hints or [hint(mailing)]
        case _:
            unsettled = list(world.store.unsettled(mailing))
            if not unsettled:
                _close(world, mailing)
                return
            # Of many, while their number goes down, the queue is at work on them: hints would only fill it twice.
            if len(unsettled) <= FEW or mailing.left == len(unsettled):
                hints = [hint(mailing, batch=first) for first in unsettled]
            mailing = replace(mailing, left=len(unsettled))
    changes = world.store.changes()
    stopped = halt is not None and now < halt.until
    changes.look_again(mailing, max(now + LOOK_AGAIN, halt.until) if halt and stopped else now + LOOK_AGAIN)
    changes.commit()
    if not stopped:
        world.queues.send(mailing.lane, hints)


def _close(world: World, mailing: Mailing) -> None:
    ended = replace(mailing, progress=Progress.FINISHED) if mailing.progress is Progress.SENDING else mailing
    world.store.changes().close(ended).commit()
