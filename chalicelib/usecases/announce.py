"""Announce a published edition, for the first time or once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.domain import schedule
from chalicelib.domain.audience import Whom
from chalicelib.domain.edition import Edition, Status
from chalicelib.domain.guards import Skip
from chalicelib.domain.mailing import Mailing, Progress, finish
from chalicelib.domain.mails import Kind
from chalicelib.domain.refusals import EditionCancelled, EditionOver, NotPublished
from chalicelib.domain.schedule import When
from chalicelib.usecases.audience import audience_of
from chalicelib.usecases.audience_state import check_state
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.usecases.mailings import few_batches
from chalicelib.usecases.own_texts import Notice
from chalicelib.usecases.publish import Published, hint_if_due
from chalicelib.usecases.sendable import check_sendable
from chalicelib.world import World

LOOKED_AT = 1000
"""So many people of a list are asked whether anybody would get another announcement."""


@decided_on_fresh_state
def announce(world: World, edition_id: str, *, at: When, to: Whom = Whom.ALL, audience_state: str = "") -> Published:
    """To the subscribers that are meant, but for those who were sent the same text before.

    Asking again while it is planned or being sent changes nothing. Saved with the edition and the announcements before
    it, so that of two requests at one moment one decides again, and whoever is tried again in an earlier one is not
    told twice.

    ``audience_state`` is that of the audience that was looked at, if it was.

    Raises ``NotFound``, ``NotPublished``, ``EditionCancelled``, ``EditionOver``, ``AnnouncedElsewhere``,
    ``AnnouncementPaused``, ``AudienceChanged``, ``Invalid``.
    """
    edition, planned = world.store.edition_and_plan(edition_id)
    planned = [as_it_is_by_now(world, one) for one in planned]
    now = world.clock()
    check_goes_on(edition, now=now)
    announced = schedule.announced_again(planned, edition, to=to, at=at, now=now)
    if announced in planned:
        return Published(edition=edition, mailings=[announced], changed=False)
    check_state(world, edition, audience_state)
    notices = _nobody_left(world, edition, announced, now=now) if announced.detail else ()
    return replace(plan_after(world, edition, planned, announced, field="announce", now=now), notices=notices)


def _nobody_left(world: World, edition: Edition, another: Mailing, *, now: datetime) -> tuple[Notice, ...]:
    """That this announcement of an edition that was announced before would reach nobody, because of what they were
    told; of a longer list than ``LOOKED_AT`` nothing is said."""
    page = audience_of(world, another, edition, at=max(another.due_at, now), limit=LOOKED_AT)
    told = [one for one in page.found if one.left_out is Skip.TOLD_ALREADY]
    if page.next or not told or any(one.left_out is None for one in page.found):
        return ()
    said = (
        "Nobody would get it as things stand: whoever it is for has been sent this very text before. Change it first, "
        "if you want to tell them more; who subscribes by then gets it."
    )
    return (Notice("announcement", said),)


def plan_after(
    world: World, edition: Edition, planned: Sequence[Mailing], another: Mailing, *, field: str, now: datetime
) -> Published:
    """Plan ``another`` mailing that carries the text, after those ``planned``, which know of it from then on.

    Raises ``Invalid`` beside ``field`` where it could not be sent.
    """
    check_sendable(world, world.store.series(edition.series), edition, [another], fields=(field,))
    changes = world.store.changes().save(edition)
    for earlier in schedule.followed(planned):
        changes.save(earlier)
    changes.plan(another).commit()
    hint_if_due(world, [another], now=now)
    return Published(edition=edition, mailings=[another], changed=True)


def check_goes_on(edition: Edition, *, now: datetime) -> None:
    """Raises ``NotPublished``, ``EditionCancelled``, ``EditionOver``."""
    if edition.status is Status.CANCELLED:
        raise EditionCancelled
    if edition.status is Status.DRAFT:
        raise NotPublished
    if now >= edition.ends_at:
        raise EditionOver


def as_it_is_by_now(world: World, mailing: Mailing) -> Mailing:
    """Finished, where each of its batches is sent and the tick has not looked yet; of a long list it has to look."""
    if mailing.kind is not Kind.ANNOUNCEMENT or mailing.progress is not Progress.SENDING:
        return mailing
    batches = few_batches(world, mailing)
    return finish(mailing) if batches is not None and all(one.settled for one in batches) else mailing
