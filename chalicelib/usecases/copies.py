"""Make the next edition from one there is, on request or ahead of time; and delete a draft that is not wanted."""

from __future__ import annotations

import itertools
import logging
from datetime import datetime, timedelta

from chalicelib.domain import copies as rules
from chalicelib.domain.due import Due
from chalicelib.domain.edition import Edition, Status, moment
from chalicelib.domain.refusals import Conflict, FieldError, Invalid, mark
from chalicelib.domain.source import Source
from chalicelib.store.changes import Changes
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.usecases.rhythm import next_start
from chalicelib.world import World

log = logging.getLogger(__name__)

MINUTE = timedelta(minutes=1)

LOOKED_AT = 100
"""How many of a series' last editions are looked at for one to copy and for a draft ahead."""


@decided_on_fresh_state
def copy_edition(world: World, edition_id: str, *, starts_at: datetime | None = None) -> Edition:
    """A draft like this edition at another time (wall clock), or at the next one by the series' rhythm.

    Where the request comes again, it is the draft that was made already.

    A copy's id follows from its series and time, so two requests at one moment cannot make two drafts. Raises
    ``NotFound``, ``Invalid`` for a time that cannot be, ``Conflict`` where the series has another edition then.
    """
    edition = world.store.edition(edition_id)
    if starts_at is None:
        newest = world.store.editions_of(edition.series, backwards=True, limit=1)
        made = rules.copy_made_already(newest, edition)
        if made is not None and made.starts_at > world.clock():
            return made
        starts_at = _next_start(world, edition)
    start = moment(starts_at, edition.zone, "starts_at")
    there = world.store.editions_of(edition.series, since=start, until=start + MINUTE)
    there = [one for one in there if one.status is not Status.CANCELLED]
    if made := rules.copy_made_already(there, edition):
        return made
    if there:
        words = mark(
            "This series has another edition at that time: “{title}” ({id}). Choose another time, or change that one."
        )
        raise Conflict(words, title=there[0].title, id=there[0].id)
    return _copied(world, edition, starts_at, world.store.changes())


def _next_start(world: World, edition: Edition) -> datetime:
    series = world.store.series(edition.series)
    if series.rhythm is None:
        words = mark("Give a date: this series has no rhythm that the next one would follow from.")
        raise Invalid(FieldError("starts_at", words))
    start = next_start(world, series)
    if start is None:
        words = mark("Give a date: by the rhythm of this series, there is none in the next two years.")
        raise Invalid(FieldError("starts_at", words))
    return start


def _copied(world: World, edition: Edition, starts_at: datetime, changes: Changes) -> Edition:
    """Saved with ``changes``."""
    ids = (rules.copy_id(edition.series, starts_at, number) for number in itertools.count())
    free = next(one for one in ids if not world.store.find_edition(one))
    copy = rules.copy_edition(edition, edition_id=free, local_start=starts_at, now=world.clock())
    changes.point(copy).commit()
    return copy


def make_next_draft(world: World, due: Due) -> None:
    """The draft that a series wants to have ahead of time, made from its newest published edition.

    Saved together with the end of its due row, so a crash before that leaves the row to the next tick, and two ticks
    make one draft. Where the series wants none any more, has one, or has nothing to copy, only the row goes. Raises
    ``LostRace`` where another tick was faster.
    """
    done = world.store.changes().done(due)
    series = world.store.find_series(due.id)
    edition = _to_copy_ahead(world, series.slug) if series and series.drafts_ahead else None
    start = next_start(world, series) if series and edition else None
    if edition is None or start is None:
        log.info("series %s gets no draft ahead", due.id)
        done.commit()
        return
    made = _copied(world, edition, start, done)
    log.info("edition %s is the draft ahead of series %s", made.id, due.id)


def _to_copy_ahead(world: World, slug: str) -> Edition | None:
    """The newest published edition; None where a draft is ahead."""
    now = world.clock()
    newest = world.store.editions_of(slug, backwards=True, limit=LOOKED_AT)
    if any(one.status is Status.DRAFT and one.starts_at > now for one in newest):
        return None
    return next((one for one in newest if one.status is Status.PUBLISHED), None)


@decided_on_fresh_state
def delete_draft(world: World, edition_id: str) -> None:
    """Delete an edition that was never published.

    Raises ``NotFound``, ``CancelInstead``, ``StaysForever``, and ``Conflict`` where a source registers for it.
    """
    edition = world.store.edition(edition_id)
    rules.may_delete(edition, now=world.clock())
    source = next((one for one in world.store.sources.all() if _registers_for(one, edition_id)), None)
    if source is not None:
        words = mark("The source “{name}” registers people for this edition. Change or delete it first.")
        raise Conflict(words, name=source.name)
    world.store.changes().delete_edition(edition).commit()


def _registers_for(source: Source, edition_id: str) -> bool:
    return edition_id in (source.target.edition, *source.target.values.values())
