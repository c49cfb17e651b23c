"""Whom a mailing would go to if it were sent now, and who is left out: by the rule that decides when it is sent."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.audience import Selection, Whom
from chalicelib.domain.delivery import LEASE
from chalicelib.domain.edition import Edition
from chalicelib.domain.guards import Skip, overtaken, reason_to_skip
from chalicelib.domain.mailing import Mailing, Slice
from chalicelib.domain.mails import Audience, Kind
from chalicelib.domain.registration import Registration
from chalicelib.domain.schedule import announcements, selected, supposed, told_by
from chalicelib.domain.subscription import Subscriber
from chalicelib.usecases.audience_state import state_of
from chalicelib.usecases.texts import look
from chalicelib.world import World

Person = Registration | Subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Somebody on the list; ``left_out`` is why they would get nothing, None where they would."""

    hash: str
    person: Person
    left_out: Skip | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudiencePage:
    """Some of a list, in order of their keyed hashes; ``next`` is the last one, empty where nobody comes after.

    ``state`` is another one as soon as anybody has come or gone.
    """

    found: list[Meant]
    next: str
    state: str = ""


def audience(world: World, edition_id: str, kind: Kind, *, to: Whom, after: str, limit: int) -> AudiencePage:
    """Everybody on the list behind ``after``, at most ``limit`` of them. Raises ``NotFound``, ``Invalid``."""
    edition, now = world.store.edition(edition_id), world.clock()
    mailing = supposed(kind, edition, at=now)
    if kind is Kind.ANNOUNCEMENT:
        earlier = announcements(world.store.mailings_of(edition_id))
        mailing = supposed(kind, edition, at=now, number=len(earlier), selection=selected(earlier, to))
    elif mailing.audience is Audience.SUBSCRIBERS:
        received = told_by(world.store.mailings_of(edition_id))
        if not received:
            return AudiencePage(found=[], next="", state=state_of(world, edition))
        whom = Whom.NOT_REGISTERED if mailing.mail.tells_change else Whom.ALL
        mailing = supposed(kind, edition, at=now, selection=Selection(whom=whom, received=received))
    state = state_of(world, edition)
    return replace(audience_of(world, mailing, edition, at=now, after=after, limit=limit), state=state)


COUNTED = 1000


def sent_an_announcement(world: World, mailing: Mailing) -> int:
    """How many were, or may have been, sent the mailings that this one selects, but no more than ``COUNTED``."""
    return sum(1 for _ in itertools.islice(_received(world, mailing, at=world.clock()), COUNTED))


def _received(world: World, mailing: Mailing, *, at: datetime, after: str = "") -> Iterator[str]:
    """Whoever is being sent one of its mailings counts: as if no worker held anything any more."""
    return world.store.audience(mailing, Slice(mailing=mailing.id, cursor=after), now=at + LEASE)


def audience_of(
    world: World, mailing: Mailing, edition: Edition, *, at: datetime, after: str = "", limit: int
) -> AudiencePage:
    """As ``audience``, of this mailing if it were sent ``at`` that moment to who is on its list now."""
    people, last = _on_the_list(world, mailing, edition, after=after, limit=limit, at=at)
    known = world.store.recipients(mailing, list(people))
    told = look(world, mailing, edition, people.keys())
    never = overtaken(mailing, edition, now=at)
    found = []
    for hash_, person in people.items():
        suppressed, registered = hash_ in known.suppressed, hash_ in known.registered
        why = never or reason_to_skip(mailing, person, suppressed=suppressed, registered=registered, now=at)
        if why is None and hash_ in told.told | told.first:
            why = Skip.TOLD_ALREADY
        found.append(Meant(hash=hash_, person=person, left_out=why))
    return AudiencePage(found=found, next=last)


def _on_the_list(
    world: World, mailing: Mailing, edition: Edition, *, after: str, limit: int, at: datetime
) -> tuple[dict[str, Person], str]:
    """Also those who have left it, but for the erased; and the last one where more may follow, else ""."""
    if mailing.selection.received:
        sent = list(itertools.islice(_received(world, mailing, at=at, after=after), limit))
        known = world.store.recipients(mailing, sent).known
        people = {hash_: known[hash_] for hash_ in sent if hash_ in known}
        return {hash_: one for hash_, one in people.items() if isinstance(one, Person)}, _last(sent, limit)
    if mailing.audience is Audience.SUBSCRIBERS:
        subscribers: Sequence[Subscriber] = world.store.subscribers(edition.series, after=after, limit=limit)
        return {one.hash: one for one in subscribers}, _last([one.hash for one in subscribers], limit)
    registrations = world.store.registrations(edition.id, after=after, limit=limit)
    return {one.person.hash: one for one in registrations}, _last([one.person.hash for one in registrations], limit)


def _last(hashes: Sequence[str], limit: int) -> str:
    return hashes[-1] if len(hashes) == limit else ""
