"""What is held of one person, and how it is erased."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from chalicelib.domain import registration as registering
from chalicelib.domain import subscription as subscribing
from chalicelib.domain.addressee import Addressee
from chalicelib.domain.delivery import Delivery
from chalicelib.domain.edition import Edition
from chalicelib.domain.mailing import Mailing, identity
from chalicelib.domain.mails import MAILS, Kind
from chalicelib.domain.refusals import NotFound
from chalicelib.domain.registration import Registration
from chalicelib.domain.submission import Submission
from chalicelib.domain.subscription import Subscriber
from chalicelib.domain.suppression import Lifting
from chalicelib.store.table import LostRace
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.world import World

LOOKS = 3
"""What comes in while somebody is erased, such as a submission that is being replayed, is found by looking again; so
often at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One mail that somebody was sent, or was not, and why."""

    mailing: Mailing
    edition: Edition | None
    delivery: Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """Everything about one address: what they agreed to, what they filled in elsewhere, and every mail they were meant
    to get, oldest first."""

    registrations: list[Registration]
    subscriptions: list[Subscriber]
    submissions: list[Submission]
    suppressed: str
    mails: list[Told]


def person(world: World, hash_: str) -> PersonRecord:
    """Empty for an address nobody knows."""
    registrations, subscriptions, submissions, addressees = world.store.held_by(hash_)
    now = world.clock()
    editions: dict[str, Edition] = {one.edition: world.store.edition(one.edition) for one in registrations}
    for subscription in subscriptions:
        editions |= {edition.id: edition for edition in world.store.editions_of(subscription.series, limit=1000)}
    meant = [*_confirmations(registrations, subscriptions, editions, hash_), *(one.mailing for one in addressees)]
    for edition_id in editions:
        meant += [one.id for one in world.store.mailings_of(edition_id)]
    told = []
    for found in world.store.mailings(meant):
        batch = world.store.find_batch_with(found, hash_)
        if batch is not None:
            if found.edition and found.edition not in editions:
                editions[found.edition] = world.store.edition(found.edition)
            told.append(Told(mailing=found, edition=editions.get(found.edition), delivery=batch.deliveries[hash_]))
    return PersonRecord(
        registrations=registrations,
        subscriptions=subscriptions,
        submissions=sorted((one for one in submissions if one.expires_at > now), key=lambda one: one.id),
        suppressed=world.store.why_suppressed(hash_),
        mails=sorted(told, key=lambda one: one.mailing.due_at),
    )


def _confirmations(
    registrations: list[Registration], subscriptions: list[Subscriber], editions: dict[str, Edition], hash_: str
) -> list[str]:
    """Ids of the mailings that were for this person alone."""
    ids = []
    for one in registrations:
        slug = editions[one.edition].series
        for number in range(1, one.round + 1):
            known: dict[str, Any] = {"series": slug, "edition": one.edition, "person": hash_, "detail": str(number)}
            ids += [identity(kind, **known) for kind, mail in MAILS.items() if mail.of_a_round]
    for subscription in subscriptions:
        for number in range(1, subscription.round + 1):
            known = {"series": subscription.series, "person": hash_, "detail": str(number)}
            ids.append(identity(Kind.SUBSCRIPTION_CONFIRMATION, **known))
    return ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How many items about one person were erased, and how many seats are free again.

    ``suppressed`` is why they get no mail, and stays.
    """

    registrations: int
    seats: int
    subscriptions: int
    submissions: int
    addressees: int
    liftings: int
    suppressed: str

    @property
    def known(self) -> bool:
        """Whether there was anything to erase."""
        return any((self.registrations, self.subscriptions, self.submissions, self.addressees, self.liftings))


def erase(world: World, hash_: str) -> Erased:
    """Erase everything that can be read about a person.

    Each item is a transaction of its own, so repeating completes what a crash left.

    The ledger of mails, the suppression and that a submission was seen stay: they hold the keyed hash, or less. A mail
    that was not sent yet finds nobody to send it to.
    """
    counted: Counter[str] = Counter()
    for _ in range(LOOKS):
        found = _erase_what_is_held(world, hash_)
        counted += found
        if not found:
            break
    return Erased(
        registrations=counted["registrations"],
        seats=counted["seats"],
        subscriptions=counted["subscriptions"],
        submissions=counted["submissions"],
        addressees=counted["addressees"],
        liftings=counted["liftings"],
        suppressed=world.store.why_suppressed(hash_),
    )


def _erase_what_is_held(world: World, hash_: str) -> Counter[str]:
    """What the index shows now.

    Submissions go first, so that none of them is replayed into a registration that is erased already.
    """
    held = world.store.held_by(hash_)
    counted: Counter[str] = Counter()
    for submission in held.submissions:
        counted["submissions"] += _delete(world, submission)
    for addressee in held.addressees:
        counted["addressees"] += _delete(world, addressee)
    for lifting in world.store.liftings(hash_):  # why one was lifted may say something of the person
        counted["liftings"] += _delete(world, lifting)
    for subscriber in held.subscribers:
        counted["subscriptions"] += _erase_subscription(world, subscriber.series, hash_)
    for registration in held.registrations:
        erased, freed = _erase_registration(world, registration.edition, hash_)
        counted["registrations"] += erased
        counted["seats"] += freed
    return +counted  # without what was nothing


def _delete(world: World, value: Submission | Addressee | Lifting) -> bool:
    """Whether it was still there: the index follows the table by moments."""
    try:
        world.store.changes().erase(value).commit()
    except LostRace:
        return False
    return True


@decided_on_fresh_state
def _erase_subscription(world: World, slug: str, hash_: str) -> bool:
    held = world.store.find_subscriber(slug, hash_)
    if held is None or held.is_erased:
        return False
    erased = subscribing.erase(held, now=world.clock())
    zone = world.store.series_lately(slug).zone  # which never changes
    world.store.changes().save_counted(erased, was=held, zone=zone).commit()
    return True


@decided_on_fresh_state
def _erase_registration(world: World, edition_id: str, hash_: str) -> tuple[bool, bool]:
    """Whether there was one, and whether its seat is free again."""
    edition, _, held = world.store.edition_for(edition_id, hash_)
    if held is None or held.is_erased:
        return False, False
    erased = registering.erase(held, edition, now=world.clock())
    more = registering.seats_taken(held, erased)
    changes = world.store.changes().save_counted(erased, was=held, zone=edition.zone)
    changes.take_seats(edition, more).commit()
    return True, more < 0


def erase_submission(world: World, source_id: str, submission_id: str) -> None:
    """One that is not found by its person, as nobody could read the address. Raises ``NotFound``."""
    if not _delete(world, world.store.sources.submission(source_id, submission_id, now=world.clock())):
        raise NotFound
