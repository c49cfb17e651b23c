"""Move a published edition, its reminders and thank-you with it, and tell everybody who registered; or give it another
link."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain import edition as rules
from chalicelib.domain import schedule
from chalicelib.domain.audience import TellSubscribers
from chalicelib.domain.edition import Edition, EditionMove
from chalicelib.domain.given import NOT_GIVEN, NotGiven
from chalicelib.domain.mailing import Mailing
from chalicelib.domain.mails import Kind
from chalicelib.domain.refusals import Invalid
from chalicelib.domain.schedule import When
from chalicelib.domain.series import Series
from chalicelib.domain.thanks import after_move
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.usecases.own_texts import old_dates
from chalicelib.usecases.publish import Published, hint_if_due
from chalicelib.usecases.sendable import check_sendable
from chalicelib.world import World


@decided_on_fresh_state
def move(
    world: World,
    edition_id: str,
    wanted: EditionMove,
    *,
    announce: When | NotGiven | None = NOT_GIVEN,
    note: str = "",
    tell_subscribers: TellSubscribers = TellSubscribers.ANNOUNCED,
) -> Published:
    """To another start, duration or location. Another link alone moves nothing: it is told, and reminders stay.

    ``announce`` is when an announcement that waits goes out instead; None calls it off. ``note`` stands
    in the mails about it. ``tell_subscribers`` of a move. The answer has everything that will happen, and the reminders
    and corrections that cannot.

    Raises ``NotFound``, ``NotPublished``, ``EditionCancelled``, ``EditionOver``, ``Invalid``.
    """
    edition, planned = world.store.edition_and_plan(edition_id)
    series = world.store.series(edition.series)
    now = world.clock()
    try:
        moved = rules.move(edition, wanted, now=now)
    except Invalid as invalid:
        times = schedule.never_right(edition.zone, now=now, announce=announce)
        raise Invalid(*invalid.errors, *times) from invalid
    if moved is edition:
        kinds = (Kind.EDITION_MOVED, Kind.JOINING_LINK)
        told = "".join(schedule.note_told(kind, edition, planned) for kind in kinds)
        unused = ("note",) if note not in ("", told) else ()
        return Published(edition=edition, mailings=planned, changed=False, unused=unused)
    before, announcement = schedule.announcement_after_move(planned, moved, at=announce, now=now)
    changes = world.store.changes().point(moved, was=edition).keep_text(moved).replan(before, announcement)
    ended, new, staying = _replanned(series, edition, moved, planned, note=note, now=now)
    if tell_subscribers is TellSubscribers.ANNOUNCED and not rules.is_only_the_link(edition, moved):
        readers = schedule.told_to_readers(Kind.ANNOUNCED_MOVED, planned, moved, before=edition, note=note, now=now)
        new += [readers] if readers else []
    missed = schedule.missed_by_move(planned, moved)
    replanned = {one.id for one in (*missed, *([before] if before and announcement != before else []))}
    for mailing in schedule.about_to_tell(planned):
        if mailing.id not in replanned:
            changes.save(mailing)  # as it is: a worker that begins it at this moment, with the old date, loses its race
    for mailing in (*ended, *missed):
        changes.close(mailing)
    thanks = after_move(planned, edition, moved)
    for waiting, thanked in thanks:
        changes.replan(waiting, thanked)
    staying += [thanked for _, thanked in thanks]
    mailings = sorted([*new, *staying, *_coming(announcement)], key=lambda mailing: mailing.due_at)
    check_sendable(world, series, moved, mailings, fields=("note", "location"))
    for mailing in new:
        changes.plan(mailing)
    changes.commit()
    hint_if_due(world, mailings, now=now)
    answered = sorted([*mailings, *missed], key=lambda mailing: mailing.due_at)
    return Published(edition=moved, mailings=answered, changed=True, notices=old_dates(edition, moved))


def _replanned(
    series: Series, edition: Edition, moved: Edition, planned: list[Mailing], *, note: str, now: datetime
) -> tuple[list[Mailing], list[Mailing], list[Mailing]]:
    """What of ``planned`` ends, what is planned anew, and the reminders that stay."""
    if rules.is_only_the_link(edition, moved):
        link = schedule.told_of_link(edition, moved, planned, asked=True, note=note, now=now)
        staying = [one for one in planned if one.kind is Kind.REMINDER and one.waits]
        return schedule.ended_by_link(planned), [link] if link else [], staying
    new = [schedule.told_of_move(edition, moved, note=note, now=now), *schedule.reminders(series, moved, now=now)]
    return schedule.ended_by_move(planned), new, []


def _coming(announcement: Mailing | None) -> list[Mailing]:
    return [announcement] if announcement is not None and announcement.is_open else []
