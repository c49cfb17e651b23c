"""Correct an announcement: tell exactly those who got it what was wrong."""

from __future__ import annotations

from chalicelib.domain import schedule
from chalicelib.domain.corrections import said
from chalicelib.domain.edition import Edition
from chalicelib.domain.refusals import FieldError, Invalid, mark
from chalicelib.domain.schedule import When
from chalicelib.usecases.announce import as_it_is_by_now, check_goes_on
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.usecases.publish import Published, hint_if_due
from chalicelib.usecases.sendable import check_sendable
from chalicelib.world import World


@decided_on_fresh_state
def correct(world: World, edition_id: str, *, text: str = "", at: When = "now", of: str = "") -> Published:
    """To whoever was, or may have been, sent the announcement ``of`` that id, or any of the edition's.

    ``text`` is what the organiser says. What has changed since each of them was told is said beside it, so either may
    be missing. Asked twice, it is planned once.

    Raises ``NotFound``, ``NotPublished``, ``EditionCancelled``, ``EditionOver``, ``NotAnnounced``, ``StillSending``,
    ``Invalid``.
    """
    edition, planned = world.store.edition_and_plan(edition_id)
    planned = [as_it_is_by_now(world, one) for one in planned]
    now = world.clock()
    check_goes_on(edition, now=now)
    correction = schedule.correction(planned, edition, of=of, text=text, at=at, now=now)
    if known := next((one for one in planned if one.id == correction.id), None):
        return Published(edition=edition, mailings=[known], changed=False)
    check_says_something(world, edition, text)
    check_sendable(world, world.store.series(edition.series), edition, [correction], fields=("text",))
    changes = world.store.changes().save(edition)
    for earlier in schedule.followed(planned):
        changes.save(earlier)
    changes.plan(correction).commit()
    hint_if_due(world, [correction], now=now)
    return Published(edition=edition, mailings=[correction], changed=True)


def check_says_something(world: World, edition: Edition, text: str) -> None:
    """Raise ``Invalid`` for a correction without a word of an edition that was never announced otherwise."""
    if not text and not world.store.other_texts(edition.id, said(edition).digest):
        words = mark(
            "Nothing of this edition has changed since it was announced. Correct it first, or say here what is wrong."
        )
        raise Invalid(FieldError("text", words))
