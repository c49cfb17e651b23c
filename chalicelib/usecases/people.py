"""What is held of one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chalicelib.domain.delivery import Delivery
from chalicelib.domain.mailing import Kind, Mailing, identity
from chalicelib.domain.registration import Registration
from chalicelib.domain.series import Edition
from chalicelib.domain.submission import Submission
from chalicelib.domain.subscription import Subscriber
from chalicelib.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One mail that somebody was sent, or was not, and why."""

    mailing: Mailing
    edition: Edition | None
    delivery: Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """Everything about one address: what they agreed to, what they filled in elsewhere, and every mail they were meant to get, oldest first."""

    registrations: list[Registration]
    subscriptions: list[Subscriber]
    submissions: list[Submission]
    suppressed: str
    mails: list[Told]


def person(world: World, hash_: str) -> PersonRecord:
    """Empty for an address nobody knows."""
    registrations, subscriptions, submissions, addressed = world.store.held_by(hash_)
    now = world.clock()
    editions: dict[str, Edition] = {one.edition: world.store.edition(one.edition) for one in registrations}
    for subscription in subscriptions:
        editions |= {edition.id: edition for edition in world.store.editions_of(subscription.series, limit=1000)}
    meant = [*_confirmations(registrations, subscriptions, editions, hash_), *addressed]
    for edition_id in editions:
        meant += [one.id for one in world.store.mailings_of(edition_id)]
    told = []
    for found in world.store.mailings(meant):
        batch = world.store.batch_with(found, hash_)
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
            ids.append(identity(Kind.REGISTRATION_CONFIRMATION, **known))
    for subscription in subscriptions:
        for number in range(1, subscription.round + 1):
            known = {"series": subscription.series, "person": hash_, "detail": str(number)}
            ids.append(identity(Kind.SUBSCRIPTION_CONFIRMATION, **known))
    return ids
