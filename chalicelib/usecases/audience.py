"""Whom a mailing would go to if it were sent now, and who is left out: by the rule that decides when it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.audience import Whom
from chalicelib.domain.edition import Edition
from chalicelib.domain.guards import Skip, overtaken, reason_to_skip
from chalicelib.domain.mailing import Mailing
from chalicelib.domain.mails import Audience, Kind
from chalicelib.domain.registration import Registration
from chalicelib.domain.schedule import announcements, selected, supposed
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
    state = state_of(world, edition)
    return replace(audience_of(world, mailing, edition, at=now, after=after, limit=limit), state=state)


def audience_of(
    world: World, mailing: Mailing, edition: Edition, *, at: datetime, after: str = "", limit: int
) -> AudiencePage:
    """As ``audience``, of this mailing if it were sent ``at`` that moment to who is on its list now."""
    people = _on_the_list(world, mailing, edition, after=after, limit=limit)
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
    return AudiencePage(found=found, next=max(people) if len(people) == limit else "")


def _on_the_list(world: World, mailing: Mailing, edition: Edition, *, after: str, limit: int) -> dict[str, Person]:
    """Also those who have left it, but for the erased."""
    if mailing.audience is Audience.SUBSCRIBERS:
        subscribers: Sequence[Subscriber] = world.store.subscribers(edition.series, after=after, limit=limit)
        return {one.hash: one for one in subscribers}
    registrations = world.store.registrations(edition.id, after=after, limit=limit)
    return {one.person.hash: one for one in registrations}
