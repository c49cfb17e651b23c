"""Every minute: look after whatever is due, and mend what a crash left behind.

The due row of a mailing stays until the mailing is finished and says when to look again, so nothing that
was planned can be forgotten: not by a lost hint, not by a worker that died, not by a night without ticks.
Reconciliation needs no second road: a batch that waits for a proof is hinted like any other, and delivering
it decides what time has made of it.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain import halt as rules
from chalicelib.domain.due import Due, Matter
from chalicelib.domain.halt import Halt
from chalicelib.domain.hint import Hint, hint_for
from chalicelib.domain.mailing import LOOK_AGAIN, Mailing, Progress, finish, stands_still
from chalicelib.domain.sender import sender_of
from chalicelib.domain.series import Series
from chalicelib.domain.tally import tally
from chalicelib.store.due import EVERYBODY, Ticked, due_row_stands
from chalicelib.store.table import LostRace
from chalicelib.usecases.zone_rules import keep_wall_clock, keep_wall_clocks
from chalicelib.world import World

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=7)
"""How far the very first tick looks back."""

AFTER_MIDNIGHT = timedelta(hours=1)
"""How long after its end a day's due rows are still read.

A row for a moment before midnight may be written after it: by a function that read the clock and was slow, or whose
clock is behind or was set back."""


class SendingStopped(Exception):  # raised so that the function's error alarm wakes somebody
    """SES refuses mail of ours.

    What that concerns waits, and goes out when the cause is gone; says what is halted, and what SES said.
    """


def tick(world: World) -> int:
    """Look after everything whose due row has come; gives how many. One that fails does not stop the others.

    Raises ``SendingStopped`` at the end while anything is halted for a reason that somebody has to see to.
    """
    now = world.clock()
    ticked, halts = world.store.ticked_and_halts()
    since, counted = ticked or Ticked(now - LOOK_BACK, EVERYBODY)
    standing = Standing(world, [halt for halt in halts if now < halt.until])
    pushed = failed = 0
    for due in list(world.store.due(now, since=since)):
        try:
            look_after(world, due, now=now, standing=standing)
            pushed += 1
        except LostRace:
            continue  # another tick, or a move, was faster; its due row stands where it belongs
        except Exception:
            failed += 1
            log.exception("%s %s could not be looked after", due.matter, due.id)
    if counted != EVERYBODY:
        counted = count_on(world, counted)
    if not failed and since.date() < (now - AFTER_MIDNIGHT).date():
        keep_wall_clocks(world)
        world.store.remember_tick(Ticked(now - AFTER_MIDNIGHT, counted))
    elif ticked and counted != ticked.counted:
        world.store.remember_tick(Ticked(since, counted))
    if alarming := rules.alarming(halts, now=now):
        raise SendingStopped("; ".join(map(str, alarming)))
    return pushed


def count_on(world: World, counted: str) -> str:
    """Those who came before counts were kept, from ``counted`` on; gives how far that is done."""
    from chalicelib.usecases.recount import recount  # once after an upgrade

    try:
        return recount(world, counted)
    except Exception:  # numbers are no reason to keep a mail waiting
        log.exception("those who came before counts were kept could not be counted")
        return counted


class Standing:
    """The halts of one tick, and which of them concerns a mailing.

    Reads each series at most once, and none while nothing is halted.
    """

    def __init__(self, world: World, halts: list[Halt]) -> None:
        self._world = world
        self._halts = halts
        self._series: dict[str, Series] = {}

    def concerning(self, mailing: Mailing, *, now: datetime) -> Halt | None:
        if not self._halts:
            return None
        slug = mailing.series
        if slug and slug not in self._series:
            self._series[slug] = self._world.store.series(slug)
        sender = sender_of(self._series.get(slug), site=self._world.site)
        return rules.concerning(self._halts, lane=mailing.lane, sender=sender.address, now=now)


class UnknownMatter(Exception):  # a bug, or a newer version that was rolled back
    """Nobody here knows what to do about what is due. Its due row stays."""


def look_after(world: World, due: Due, *, now: datetime, standing: Standing) -> None:
    """Do what is due. Raises ``UnknownMatter``."""
    match due.matter:
        case Matter.MAILING:
            push_on(world, due, now=now, standing=standing)
        case Matter.NEXT_DRAFT:
            from chalicelib.usecases.copies import make_next_draft  # once an edition, not once a minute

            make_next_draft(world, due)
        case Matter.TALLY:
            count_again(world, due, now=now)
        case _:
            raise UnknownMatter(f"no tick knows what to do about a due {due.matter}")


def push_on(world: World, due: Due, *, now: datetime, standing: Standing) -> None:
    """Dispatch a mailing that is planned, hint again what of it has not been sent, close it where it is done."""
    mailing = world.store.find_mailing(due.id)
    if mailing is None or not due_row_stands(mailing, due.at):
        world.store.forget_due(due)
        return
    hints: list[Hint] = []
    match mailing.progress:
        case Progress.PLANNED:
            kept = keep_wall_clock(world, mailing, world.store.edition(mailing.edition))
            if kept.due_at > now and not due_row_stands(kept, due.at):
                return  # later by today's rules; a row that stands is due, though it keeps milliseconds only
            hints = [hint_for(mailing)]
        case Progress.DISPATCHING:
            hints = [hint_for(mailing, slice_=piece.lower) for piece in world.store.slices(mailing.id) if not piece.cut]
            hints = hints or [hint_for(mailing)]
        case _:
            unsettled, mailing = _counted(world, mailing, now=now)
            if not unsettled:
                _close(world, mailing)
                return
            if stands_still(mailing, unsettled=len(unsettled)):
                hints = [hint_for(mailing, batch=first) for first in unsettled]
            mailing = replace(mailing, left=len(unsettled))
    changes = world.store.changes()
    halt = standing.concerning(mailing, now=now)
    changes.reschedule(mailing, max(now + LOOK_AGAIN, halt.until) if halt else now + LOOK_AGAIN)
    changes.commit()
    if not halt:
        world.queues.send(mailing.lane, hints)


def _counted(world: World, mailing: Mailing, *, now: datetime) -> tuple[list[str], Mailing]:
    """Names of its batches that are not sent yet, and the mailing with its tally; one to one person needs none."""
    if mailing.batch is not None:
        return list(world.store.unsettled(mailing)), mailing
    seen = list(world.store.look_over(mailing))
    counted = tally(((one.first, one.counts) for one in seen), at=now)
    return [one.first for one in seen if not one.settled], replace(mailing, tally=counted)


def count_again(world: World, due: Due, *, now: datetime) -> None:
    """Of a mailing of which SES has reported more since it was finished. Raises ``LostRace``."""
    changes = world.store.changes().done(due)
    mailing = world.store.find_mailing(due.id)
    if mailing is not None:
        changes.save(_counted(world, mailing, now=now)[1])
    changes.commit()


def _close(world: World, mailing: Mailing) -> None:
    world.store.changes().close(finish(mailing)).commit()
