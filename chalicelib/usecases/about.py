"""What a mailing is about when it is sent: its series, its edition and, where its kind names it, the series' next
edition."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.edition import Availability, Edition, Status
from chalicelib.domain.mailing import Mailing
from chalicelib.domain.series import Series
from chalicelib.mail.prepare import About
from chalicelib.world import World


def about(world: World, mailing: Mailing, series: Series | None, edition: Edition | None, *, now: datetime) -> About:
    """The next edition is read only for kinds that name it."""
    if series is None or not mailing.mail.names_next:
        return About(series, edition)
    after = edition.id if edition else ""
    return About(series, edition, next_open_edition(world, series.slug, now=now, other_than=after))


def next_open_edition(world: World, slug: str, *, now: datetime, other_than: str = "") -> Edition | None:
    """The first edition ahead whose registration is open; a full one is still the next one. Never the one with the id
    ``other_than``: a thank-you can be looked at before that is over."""
    ahead = world.store.editions_of(slug, since=now)
    return next((one for one in ahead if one.id != other_than and _is_open(one, now=now)), None)


def _is_open(edition: Edition, *, now: datetime) -> bool:
    return edition.status is Status.PUBLISHED and edition.availability(taken=0, now=now) is Availability.OPEN
