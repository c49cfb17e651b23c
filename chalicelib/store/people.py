"""Registrations and subscribers, as they are kept: whom a mailing is for, and what is held of one person."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from chalicelib.domain.addressee import Addressee
from chalicelib.domain.audience import Whom
from chalicelib.domain.delivery import HANDED_OVER, BatchState, abandoned
from chalicelib.domain.mailing import Mailing, Slice
from chalicelib.domain.mails import Audience
from chalicelib.domain.people import Holdings, Recipient, Recipients
from chalicelib.domain.registration import Registration
from chalicelib.domain.submission import Submission
from chalicelib.domain.subscription import Subscriber
from chalicelib.store import items, keys
from chalicelib.store.batches import batches
from chalicelib.store.keys import Key
from chalicelib.store.table import Item, LostRace, Table

ACTIVE: Item = {"active": {"BOOL": True}}


class People:
    table: Table

    def find_registration(self, edition_id: str, person: str) -> Registration | None:
        """None where it was erased."""
        found = items.find(Registration, self.table.get(keys.registration(edition_id, person)))
        return _kept(found) if found else None

    def registrations(self, edition_id: str, *, after: str = "", limit: int = 100) -> list[Registration]:
        """In order of their keyed hashes, without the erased ones."""
        found = self.table.query(
            keys.EDITION + edition_id,
            start=keys.REGISTRATION + after + ("!" if after else ""),
            end=keys.REGISTRATION + "~",
            page=limit,
        )
        kept = (one for item in found if (one := _kept(items.load(Registration, item))))
        return list(itertools.islice(kept, limit))

    def registrations_of(self, edition_id: str, hashes: Collection[str]) -> list[Registration]:
        """Of these people, also those who gave their seat back; without the erased ones."""
        found = self.table.get_many([keys.registration(edition_id, hash_) for hash_ in hashes])
        return [one for item in found.values() if (one := _kept(items.load(Registration, item)))]

    def registered_ever(self, edition_id: str, *, after: str = "", limit: int) -> list[Registration]:
        """In order of their keyed hashes, the erased ones too."""
        start, end = keys.REGISTRATION + after + ("!" if after else ""), keys.REGISTRATION + "~"
        found = self.table.query(keys.EDITION + edition_id, start=start, end=end, page=limit)
        return [items.load(Registration, item) for item in itertools.islice(found, limit)]

    def subscribed_ever(self, slug: str, *, after: str = "", limit: int) -> list[Subscriber]:
        """In order of their keyed hashes, the erased ones too."""
        found = self.table.query(keys.subscriber(slug, "").pk, start=after + "!" if after else "", page=limit)
        return [items.load(Subscriber, item) for item in itertools.islice(found, limit)]

    def find_subscriber(self, slug: str, person: str) -> Subscriber | None:
        """An erased one too: whoever subscribes again goes on from it."""
        return items.find(Subscriber, self.table.get(keys.subscriber(slug, person)))

    def subscriber(self, slug: str, person: str) -> Subscriber:
        """Raises ``NotFound``, but not for an erased one."""
        return items.existing(Subscriber, self.table.get(keys.subscriber(slug, person)))

    def subscription_asked(self, slug: str, person: str) -> tuple[Subscriber | None, bool]:
        """The subscription, and whether the address is suppressed, in one consistent read."""
        subscriber, suppression = keys.subscriber(slug, person), keys.suppression(person)
        found = self.table.get_many((subscriber, suppression))
        held = items.load(Subscriber, found[subscriber]) if subscriber in found else None
        return held, suppression in found

    def subscribers(self, slug: str, *, after: str = "", limit: int = 100) -> list[Subscriber]:
        """In order of their keyed hashes, without the erased ones."""
        pk = keys.subscriber(slug, "").pk
        found = self.table.query(pk, start=after + "!" if after else "", page=limit)
        kept = (one for item in found if (one := _kept(items.load(Subscriber, item))))
        return list(itertools.islice(kept, limit))

    def held_by(self, person: str) -> Holdings:
        """Everything this person agreed to, filled in or was written to about, by the index (which follows the table by
        moments)."""
        held = Holdings([], [], [], [])
        for item in self.table.by_person(person):
            pk, sk = item["pk"]["S"], item["sk"]["S"]
            if sk.startswith(keys.REGISTRATION):
                held.registrations.append(items.load(Registration, item))
            elif sk.startswith(keys.SUBMISSION):
                held.submissions.append(items.load(Submission, item))
            elif pk.startswith(keys.SERIES):
                held.subscribers.append(items.load(Subscriber, item))
            elif sk == keys.ADDRESSEE:
                held.addressees.append(items.load(Addressee, item))
        return held

    def audience(self, mailing: Mailing, piece: Slice, *, now: datetime) -> Iterator[str]:
        """The keyed hashes in a slice of everybody a list mailing is for, in order, from behind its cursor."""
        if mailing.selection.received:
            return self._received(mailing.selection.received, piece, now=now)
        return self._active(mailing, piece)

    def _received(self, mailings: Sequence[str], piece: Slice, *, now: datetime) -> Iterator[str]:
        """Whoever was, or may have been, sent one of these mailings. Raises ``LostRace`` while a batch is being
        sent."""
        found = (items.find(Mailing, self.table.get(keys.mailing(one))) for one in mailings)
        streams = [self._handed_over(one, piece, now=now) for one in found if one is not None]
        return (hash_ for hash_, _ in itertools.groupby(heapq.merge(*streams)))

    def _handed_over(self, mailing: Mailing, piece: Slice, *, now: datetime) -> Iterator[str]:
        for found in batches(self.table, mailing, after=piece.cursor):
            if found.is_held(now=now):
                raise LostRace  # in a moment it is known who got it
            # Of a mailing that is paused or was cancelled, nobody else notes that its worker has died.
            batch = abandoned(found, now=now) if found.state is BatchState.SENDING else found
            for hash_, one in sorted(batch.deliveries.items()):
                if hash_ > piece.upper:
                    return
                if hash_ > piece.cursor and one.outcome in HANDED_OVER:
                    yield hash_

    def _active(self, mailing: Mailing, piece: Slice) -> Iterator[str]:
        pk, prefix = self._audience(mailing)
        start = prefix + piece.cursor + ("!" if piece.cursor else "")
        for item in self.table.query(pk, start=start, end=prefix + piece.upper, only=ACTIVE, fields=("sk",)):
            yield item["sk"]["S"][len(prefix) :]

    def recipients(self, mailing: Mailing, hashes: Sequence[str]) -> Recipients:
        """The people behind a batch's hashes, as they are now, and which of them are suppressed.

        A batch is a run of neighbours, so its people are one range of their partition: a fraction of the units, and of
        the work, that asking for each of them would take.
        """
        if not hashes:
            return Recipients({}, set())
        if mailing.addressed:
            item = self.table.get(keys.addressee(mailing.id))
            return Recipients({mailing.person: items.load(Addressee, item)} if item else {}, set())
        if mailing.selection.received:
            return self._scattered(mailing, hashes)
        pk, prefix = self._audience(mailing)
        first, last, wanted = min(hashes), max(hashes), set(hashes)
        read = known_subscriber if prefix == "" else known_registration
        found = self.table.query(pk, start=prefix + first, end=prefix + last, fields=("sk", "body"))
        wanted_items = ((item["sk"]["S"][len(prefix) :], item) for item in found)
        known = {hash_: one for hash_, item in wanted_items if hash_ in wanted and (one := read(item))}
        told = self.table.query(keys.suppression("").pk, start=first, end=last, fields=("sk",))
        suppressed = wanted & {item["sk"]["S"] for item in told}
        asks = mailing.selection.whom is Whom.NOT_REGISTERED
        return Recipients(known, suppressed, self._with_a_seat(mailing.edition, first, last) if asks else frozenset())

    def _scattered(self, mailing: Mailing, hashes: Sequence[str]) -> Recipients:
        """As ``recipients``, of people who may lie far from each other: each is asked for."""
        pk, prefix = self._audience(mailing)
        read = known_subscriber if prefix == "" else known_registration
        seats = mailing.selection.whom is Whom.NOT_REGISTERED
        people = {Key(pk, prefix + hash_): hash_ for hash_ in hashes}
        suppressions = {keys.suppression(hash_): hash_ for hash_ in hashes}
        registrations = {keys.registration(mailing.edition, hash_): hash_ for hash_ in hashes if seats}
        found = self.table.get_many([*people, *suppressions, *registrations])
        return Recipients(
            {people[key]: one for key, item in found.items() if key in people and (one := read(item))},
            {suppressions[key] for key in found.keys() & suppressions.keys()},
            frozenset(
                registrations[key] for key in found.keys() & registrations.keys() if found[key]["active"]["BOOL"]
            ),
        )

    def _with_a_seat(self, edition_id: str, first: str, last: str) -> frozenset[str]:
        """Keyed hashes from ``first`` up to ``last`` that have a seat in the edition."""
        start, end = keys.REGISTRATION + first, keys.REGISTRATION + last
        found = self.table.query(keys.EDITION + edition_id, start=start, end=end, only=ACTIVE, fields=("sk",))
        return frozenset(item["sk"]["S"].removeprefix(keys.REGISTRATION) for item in found)

    def _audience(self, mailing: Mailing) -> tuple[str, str]:
        if mailing.audience is Audience.SUBSCRIBERS or not mailing.edition:
            return keys.subscriber(mailing.series, "").pk, ""
        return keys.EDITION + mailing.edition, keys.REGISTRATION


Erasable = TypeVar("Erasable", Registration, Subscriber)


def _kept(one: Erasable) -> Erasable | None:
    """Nobody, where the person was erased."""
    return None if one.is_erased else one


def known_subscriber(item: Item) -> Recipient | None:
    return _kept(items.load(Subscriber, item))


def known_registration(item: Item) -> Recipient | None:
    return _kept(items.load(Registration, item))


def known_addressee(item: Item) -> Recipient | None:
    return items.load(Addressee, item)
