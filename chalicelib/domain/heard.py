"""What one person has heard of an edition's date and place by our mails, and what there is to tell them beyond that."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from chalicelib.domain.delivery import Batch, BatchState, Outcome
from chalicelib.domain.edition import Edition
from chalicelib.domain.guards import Skip

HANDED_OVER = (Outcome.SENT, Outcome.COMPLAINED)


class News(StrEnum):
    """What of an edition can be another than a person was told, beside day and time.

    ``online`` and ``in_a_room``: whether one can take part so at all.
    """

    MINUTES = "minutes"
    LINK = "link"
    PLACE = "place"
    ONLINE = "online"
    IN_A_ROOM = "in_a_room"


class Terms(NamedTuple):
    """When and where an edition takes place, as its mails say it.

    ``link`` and ``place`` are digests: they are only compared. A link that follows has one, too.
    """

    start: datetime
    minutes: int
    link: str
    place: str

    @property
    def online(self) -> bool:
        return self.link != NONE

    @property
    def in_a_room(self) -> bool:
        return self.place != NONE

    def __str__(self) -> str:
        return f"{self.start.isoformat()}|{self.minutes}|{self.link}|{self.place}"

    def news(self, before: Terms) -> frozenset[News]:
        """What is another than it was ``before``."""
        return frozenset(one for one in News if getattr(self, one) != getattr(before, one))


def terms(edition: Edition) -> Terms:
    location = edition.location
    link = location.join_url or (LINK_FOLLOWS if location.online else "")
    return Terms(edition.local_start, edition.minutes, _digest(link), _digest(location.place))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


NONE = _digest("")
ANOTHER_LINK = "another"
"""In the place of a digest: of a link of which it is only known that it is not the present one."""
LINK_FOLLOWS = "follows"
"""In the place of a link: no web address reads like this."""


def read(text: str) -> Terms:
    """From the text that ``str`` makes of them."""
    start, minutes, link, place = text.split("|")
    return Terms(datetime.fromisoformat(start), int(minutes), link, place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is known of one person.

    Revisions of the edition only grow, and a mail tells the one of its time: the highest was told last.

    ``told`` is the highest revision in a mail that was handed over, ``unsure`` in one of which nobody knows (yet)
    whether it was. ``waits`` says that the confirmation they asked for last is still to be sent, or that nobody knows
    yet whether it was.
    """

    told: int | None = None
    unsure: int | None = None
    waits: bool = False

    def by(self, batch: Batch, person: str, *, revision: int) -> Heard:
        """With what a batch says of them whose mails name ``revision``."""
        one = batch.deliveries.get(person)
        if one is None:
            return self
        if one.outcome in HANDED_OVER:
            return replace(self, told=max(revision, -1 if self.told is None else self.told))
        if one.outcome is Outcome.UNKNOWN or (one.outcome is Outcome.WAITING and batch.state is BatchState.SENDING):
            return replace(self, unsure=max(revision, -1 if self.unsure is None else self.unsure))
        return self


NOTHING = Heard()


class Change(NamedTuple):
    """What a mail about a change is measured from: ``was``, the start they were told last; None where nobody knows, or
    they were told none.

    ``news`` is what else is another than they were told.
    """

    was: datetime | None
    news: frozenset[News] = frozenset()


def change(
    heard: Heard, edition: Edition, before: Mapping[int, Terms], *, confirmed_anew: bool = False
) -> Change | Skip:
    """What there is to tell somebody of the edition's present date and place; a ``Skip`` where that is nothing.

    ``before`` holds the terms of earlier revisions. ``confirmed_anew`` says that they registered, or registered again,
    and have asked for no confirmation since: then the one that is still to come is about the whole registration.
    """
    told, unsure, present = heard.told, heard.unsure, terms(edition)
    if heard.waits and (told is None or confirmed_anew) and unsure in (None, edition.revision):
        return Skip.CONFIRMATION_FOLLOWS
    last = None if told is None else _terms_of(told, edition, before)
    if unsure is not None and (told is None or unsure > told):
        perhaps = _terms_of(unsure, edition, before)
        return Skip.TOLD_ALREADY if last == perhaps == present else Change(None)
    if last == present:
        return Skip.TOLD_ALREADY
    return changed(last, edition) if last else Change(None)


def change_to_readers(heard: Heard, edition: Edition, before: Mapping[int, Terms]) -> Change | Skip:
    """As ``change``, for those who were sent an announcement: it says whether the edition is online, and no link."""
    found = change(replace(heard, waits=False), edition, before)
    if isinstance(found, Skip) or found.was is None:
        return found
    news = found.news - {News.LINK}
    return Change(found.was, news) if news or found.was != edition.local_start else Skip.TOLD_ALREADY


def changed(before: Terms, edition: Edition) -> Change:
    """To somebody who was told what was ``before``."""
    return Change(before.start, terms(edition).news(before))


def last_start(heard: Heard, edition: Edition, before: Mapping[int, Terms]) -> datetime | None:
    """The start that they were told last, where it is another one than the edition's."""
    if heard.told is None or (heard.unsure is not None and heard.unsure > heard.told):
        return None
    last = _terms_of(heard.told, edition, before)
    return last.start if last and last.start != edition.local_start else None


def _terms_of(revision: int, edition: Edition, before: Mapping[int, Terms]) -> Terms | None:
    """None where nothing is known of it.

    Of one that only another link followed, without a word, all but the link is known by what came after.
    """
    later = revision
    while later not in before and later + 1 in edition.relinked:
        later += 1
    known = terms(edition) if later >= edition.revision else before.get(later)
    return known if known is None or later == revision else known._replace(link=ANOTHER_LINK)
