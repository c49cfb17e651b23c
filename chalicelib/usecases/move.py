"""Move a published edition, its reminders with it, and tell everybody who registered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.domain import schedule, series
from chalicelib.domain.mailing import Kind, Progress
from chalicelib.domain.series import Location
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.usecases.publish import Published, hint_if_due
from chalicelib.world import World


@decided_on_fresh_state
def move(
    world: World, edition_id: str, *, to: datetime | None, minutes: int | None, location: Location | None
) -> Published:
    """To another start (wall clock in the edition's zone), duration or location; what is None stays.

    Raises ``NotFound``, ``NotPublished``, ``EditionCancelled``, ``EditionOver``, ``Invalid``.
    """
    edition, planned = world.store.edition_and_plan(edition_id)
    of = world.store.series(edition.series)
    subscribers = world.store.count_subscribers(edition.series)
    now = world.clock()
    moved = series.move(
        edition,
        to=to or edition.local_start,
        minutes=minutes or edition.minutes,
        location=location or edition.location,
        now=now,
    )
    if moved is edition:
        return Published(edition=edition, mailings=planned, subscribers=subscribers, changed=False)
    changes = world.store.changes().save(moved).point(moved, was=edition)
    was = edition.local_start.isoformat()
    for mailing in planned:
        if mailing.progress is not Progress.PLANNED:
            continue
        if mailing.kind is Kind.EDITION_MOVED:
            was = mailing.detail  # nobody has heard of that move yet: tell them of both as one
        if mailing.kind in (Kind.REMINDER, Kind.EDITION_MOVED):
            changes.close(replace(mailing, progress=Progress.CANCELLED, reason="the edition was moved"))
    told = replace(schedule.told_at_once(Kind.EDITION_MOVED, moved, now=now), detail=was)
    mailings = [told, *schedule.reminders(of, moved, now=now)]
    for mailing in mailings:
        changes.plan(mailing)
    changes.commit()
    hint_if_due(world, mailings, now=now)
    return Published(edition=moved, mailings=mailings, subscribers=subscribers, changed=True)
