"""Rules of time zones change, with every update of tzdata: what was planned keeps the wall-clock time that was told."""

from __future__ import annotations

import logging
from dataclasses import replace

from chalicelib.domain import schedule
from chalicelib.domain.edition import LONGEST, Edition
from chalicelib.domain.mailing import Mailing, Progress
from chalicelib.domain.mails import LONGEST_LEEWAY
from chalicelib.store.table import LostRace
from chalicelib.world import World

log = logging.getLogger(__name__)


def keep_wall_clocks(world: World) -> None:
    """Of every edition ahead, and of those that may still have something to send.

    Once a day: the tick sees by itself what is due later than planned, but not what is due sooner.
    """
    now = world.clock()
    for series in world.store.all_series():
        for edition in world.store.editions_of(series.slug, since=now - LONGEST - LONGEST_LEEWAY, limit=1000):
            for mailing in world.store.mailings_of(edition.id):
                if mailing.progress is Progress.PLANNED:
                    keep_wall_clock(world, mailing, edition)


def keep_wall_clock(world: World, mailing: Mailing, edition: Edition) -> Mailing:
    """The planned mailing where it is due by today's rules, its due row moved there if that is another moment."""
    due = schedule.due(mailing, edition)
    if due == mailing.due_at:
        return mailing
    changes = world.store.changes()
    until = mailing.until and mailing.until + (due - mailing.due_at)  # the next reminder moves along
    moved = changes.reschedule(replace(mailing, due_at=due, until=until), due)
    try:
        changes.commit()
    except LostRace:
        return mailing  # somebody else is at it
    log.info("mailing %s is due at %s by today's rules of %s", mailing.id, due.isoformat(), edition.zone)
    return replace(moved, version=mailing.version + 1)
