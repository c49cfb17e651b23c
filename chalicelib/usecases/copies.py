"""Make the next edition from one there is, and delete a draft that is not wanted."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

from chalicelib.domain import copies as rules
from chalicelib.domain.edition import Edition, Status, moment
from chalicelib.domain.refusals import Conflict, mark
from chalicelib.domain.source import Source
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.world import World

MINUTE = timedelta(minutes=1)


@decided_on_fresh_state
def copy_edition(world: World, edition_id: str, *, starts_at: datetime) -> Edition:
    """A draft like this edition at another time; the one that was made already where the request comes again.

    A copy's id follows from its series and time, so two requests at one moment cannot make two drafts. Raises
    ``NotFound``, ``Invalid`` for a time that cannot be, ``Conflict`` where the series has another edition then.
    """
    edition = world.store.edition(edition_id)
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
    ids = (rules.copy_id(edition.series, starts_at, number) for number in itertools.count())
    free = next(one for one in ids if not world.store.find_edition(one))
    copy = rules.copy_edition(edition, edition_id=free, local_start=starts_at, now=world.clock())
    world.store.changes().point(copy).commit()
    return copy


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
