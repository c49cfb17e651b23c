"""Who comes: an edition's registrations page by page, searched, with what became of their mails."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.domain.delivery import Delivery
from chalicelib.domain.edition import Edition
from chalicelib.domain.mailing import Mailing, identity
from chalicelib.domain.mails import MAILS
from chalicelib.domain.refusals import Invalid
from chalicelib.domain.registration import Place, Registration
from chalicelib.domain.search import is_meant
from chalicelib.world import World

LOOKED_AT = 1000
"""People read in one request, wherever most of them are not meant: a quarter of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Who is asked for: by ``search`` (a part of the name or address, or a whole address) and ``status``.

    At most ``limit`` of them, behind the person whom ``after`` names.
    """

    search: str = ""
    status: Place | None = None
    after: str = ""
    limit: int

    @property
    def picks(self) -> bool:
        return bool(self.search or self.status)


class Attendees(NamedTuple):
    """``rest`` is behind whom the list goes on once all of ``found`` are shown; empty where it ends."""

    found: list[Registration]
    rest: str


def attendees(world: World, edition_id: str, wanted: Wanted) -> Attendees:
    """In order of their keyed hashes, without erased ones; reads a page of people, and none of the next."""
    if (known := _by_address(world, edition_id, wanted)) is not None:
        return Attendees([known], "")
    size = max(LOOKED_AT, wanted.limit) if wanted.picks else wanted.limit
    page = world.store.registrations(edition_id, after=wanted.after, limit=size)
    meant = [one for one in page if _is_meant(one, wanted)]
    if len(meant) > wanted.limit:
        meant = meant[: wanted.limit]
        return Attendees(meant, meant[-1].person.hash)
    return Attendees(meant, page[-1].person.hash if len(page) == size else "")


def _by_address(world: World, edition_id: str, wanted: Wanted) -> Registration | None:
    """Whoever has exactly this address, without looking at anybody else."""
    if "@" not in wanted.search or wanted.after:
        return None
    try:
        person = world.addresses.parse(wanted.search).hash
    except Invalid:
        return None
    known = world.store.find_registration(edition_id, person)
    return known if known and wanted.status in (None, known.place) else None


def _is_meant(one: Registration, wanted: Wanted) -> bool:
    return wanted.status in (None, one.place) and is_meant(wanted.search, one.name, one.address)


class MailOfAttendee(NamedTuple):
    mailing: Mailing
    delivery: Delivery


def mails_of(world: World, edition: Edition, people: Sequence[Registration]) -> Mapping[str, Sequence[MailOfAttendee]]:
    """By keyed hash, what each was sent as somebody registered, or was to be, by due time.

    Of the mails to one person those about their place as it is now. Reads the ledger of each mailing to the registered,
    as far as these people are in it.
    """
    if not people:
        return {}
    hashes = {one.person.hash for one in people}
    first, last = min(hashes), max(hashes)
    mails: dict[str, list[MailOfAttendee]] = defaultdict(list)
    for mailing in world.store.mailings(_of_their_rounds(edition, people)):
        if mailing.batch is not None:
            mails[mailing.person].append(MailOfAttendee(mailing, mailing.batch.deliveries[mailing.person]))
    for mailing in world.store.mailings_of(edition.id):
        if mailing.began_at is None or not mailing.audience.is_registered:
            continue
        for batch in world.store.batches_among(mailing, first, last):
            for person in hashes & batch.deliveries.keys():
                mails[person].append(MailOfAttendee(mailing, batch.deliveries[person]))
    return {person: sorted(found, key=lambda one: one.mailing.due_at) for person, found in mails.items()}


def _of_their_rounds(edition: Edition, people: Iterable[Registration]) -> list[str]:
    return [
        identity(kind, series=edition.series, edition=edition.id, person=one.person.hash, detail=str(one.round))
        for one in people
        for kind, mail in MAILS.items()
        if mail.of_a_round
    ]
