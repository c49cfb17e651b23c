"""Publish an edition: open its page, and plan everything it implies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain import edition as rules
from chalicelib.domain import schedule, thanks
from chalicelib.domain.edition import Edition, Status
from chalicelib.domain.hint import hint_for
from chalicelib.domain.mailing import Mailing, Progress
from chalicelib.domain.refusals import Invalid
from chalicelib.domain.schedule import When
from chalicelib.usecases.audience_state import check_state
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.usecases.own_texts import Notice, doubtful_dates
from chalicelib.usecases.sendable import EDITION_FIELDS, check_sendable
from chalicelib.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What will happen.

    ``changed`` is false when the edition was so already. ``unused`` names the organiser's own words that were given and
    stand nowhere; ``notices`` are what they should look at.
    """

    edition: Edition
    mailings: list[Mailing]
    changed: bool
    unused: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()


@decided_on_fresh_state
def publish(
    world: World, edition_id: str, *, announce: When | None, thank: When | None = None, audience_state: str = ""
) -> Published:
    """Announced to the subscribers at a wall-clock time in the edition's zone, after some minutes, right now, or not at
    all; and everybody who registers thanked after the end at the time ``thank``, or not at all.

    ``audience_state`` is that of the audience that was looked at, if it was.

    Raises ``NotFound``, ``EditionCancelled``, ``AudienceChanged``, and ``Invalid`` for a start in the past or a mail
    that would not render.
    """
    draft, taken = world.store.edition_and_taken(edition_id)
    series = world.store.series(draft.series)
    now = world.clock()
    edition = as_published(draft, announce=announce, thank=thank, now=now)
    if draft.status is Status.PUBLISHED:
        return Published(edition=edition, mailings=world.store.mailings_of(edition_id), changed=False)
    mailings = thanks.implied(series, edition, announce=announce, thank=thank, now=now)
    check_state(world, edition, audience_state)
    check_sendable(world, series, edition, mailings, fields=EDITION_FIELDS)
    changes = world.store.changes().save(edition).keep_text(edition)
    if edition.seats is not None:
        changes.count_seats(edition, taken=taken)
    for mailing in mailings:
        changes.plan(mailing)
    if series.drafts_ahead:
        changes.want_next_draft(series.slug, now)
    changes.commit()
    hint_if_due(world, mailings, now=now)
    return Published(edition=edition, mailings=mailings, changed=True, notices=doubtful_dates(edition))


def as_published(edition: Edition, *, announce: When | None, thank: When | None, now: datetime) -> Edition:
    """The edition, open to everybody. Raises ``EditionCancelled``, and ``Invalid``: where it cannot take place, also
    with what is wrong with when it is announced and thanked for."""
    try:
        return rules.publish(edition, now=now)
    except Invalid as invalid:
        times = schedule.never_right(edition.zone, now=now, announce=announce, thank=thank)
        raise Invalid(*invalid.errors, *times) from invalid


def hint_if_due(world: World, mailings: list[Mailing], *, now: datetime) -> None:
    """Nobody waits for the tick: what is due already is dispatched at once."""
    for mailing in mailings:
        if mailing.progress is Progress.PLANNED and mailing.due_at <= now:
            world.queues.send(mailing.lane, [hint_for(mailing)])
