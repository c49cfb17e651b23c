"""Whether every mail about an edition can be sent, asked wherever an organiser changes what stands in them.

Sending asks again. Here the organiser still listens, so they are told beside the field that they gave.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from chalicelib.domain.edition import LONGEST, Edition, Phase
from chalicelib.domain.mailing import Mailing
from chalicelib.domain.mails import MAILS, Kind
from chalicelib.domain.refusals import FieldError, Invalid, mark
from chalicelib.domain.schedule import supposed
from chalicelib.domain.series import Series
from chalicelib.mail.messages import Before
from chalicelib.mail.prepare import About, Prepared
from chalicelib.mail.render import Unrenderable
from chalicelib.world import World

OWN_WORDS = ("note", "reason")
EDITION_FIELDS = ("announcement", "speakers", "location", "title", "slides", "recording_url")
SERIES_FIELDS = ("imprint_url", "privacy_url", "sender_name", "reply_to", "title", "language")
"""What stands in mails, by how likely it makes one too large."""

MOST_EDITIONS = 50
"""So many upcoming editions of a series are looked at when the series changes, the next ones first."""

READ = 200


def check_sendable(
    world: World, series: Series, edition: Edition, planned: Iterable[Mailing], *, fields: Collection[str]
) -> None:
    """Raise ``Invalid`` if a mailing in ``planned`` that waits, or one that may still follow, could not be sent.

    ``fields`` are those that the organiser gave: the error stands beside the one that is most likely its cause.
    """
    now = world.clock()
    waiting = (one for one in planned if one.waits)
    for one in (*waiting, *_may_follow(edition, now=now)):
        prepared(world, About(series, edition), one, at=max(one.due_at, now), field=_cause(one, edition, fields))


def prepared(
    world: World, about: About, one: Mailing, *, at: datetime, field: str, change: Before | None = None
) -> Prepared:
    """The mailing as it would be sent ``at`` that moment. Raises ``Invalid`` beside ``field`` where it could not be."""
    try:
        return world.preparer.prepare(one, about, now=at, change=change)
    except Unrenderable as unrenderable:
        words = mark("The mail cannot be sent: {reason}")
        raise Invalid(FieldError(field, words, {"reason": str(unrenderable)})) from unrenderable


def _may_follow(edition: Edition, *, now: datetime) -> list[Mailing]:
    """What registrations, moves and a cancellation bring about, whatever is planned; after its end, nothing."""
    if edition.phase(now) is Phase.OVER:
        return []
    implied = (kind for kind, mail in MAILS.items() if mail.to.is_registered and not mail.own_words)
    return [supposed(kind, edition, at=now) for kind in implied]


def _cause(one: Mailing, edition: Edition, fields: Collection[str]) -> str:
    """What the organiser wrote stands in some mails only."""
    stands = {
        "note": one.text,
        "reason": edition.cancelled_because,
        "announcement": one.kind is Kind.ANNOUNCEMENT and edition.announcement,
    }
    possible = [
        name for name in (*OWN_WORDS, *EDITION_FIELDS, *SERIES_FIELDS) if name in fields and stands.get(name, True)
    ]
    return possible[0] if possible else next(iter(fields), "announcement")


def check_all_sendable(world: World, series: Series, *, fields: Collection[str]) -> None:
    """``check_sendable`` for the next ``MOST_EDITIONS`` published editions of a series that are not over."""
    if not set(fields) & set(SERIES_FIELDS):
        return
    now = world.clock()
    found = world.store.editions_of(series.slug, since=now - LONGEST, limit=READ)
    ahead = [edition for edition in found if edition.phase(now) in (Phase.UPCOMING, Phase.RUNNING)]
    for edition in ahead[:MOST_EDITIONS]:
        check_sendable(world, series, edition, world.store.mailings_of(edition.id), fields=fields)
