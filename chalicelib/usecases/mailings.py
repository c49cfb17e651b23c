"""What organisers see of a mailing, and what they can still do about it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.domain import mailing as rules
from chalicelib.domain.delivery import Delivery, Outcome
from chalicelib.domain.mailing import Kind, Mailing, Progress, identity
from chalicelib.domain.refusals import NotFound
from chalicelib.domain.registration import Registration
from chalicelib.domain.series import Edition
from chalicelib.domain.submission import Submission
from chalicelib.domain.subscription import Subscriber
from chalicelib.queues import hint
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.world import World

SHOWN_FAILURES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Where a mailing stands. ``totals`` per outcome; ``reasons`` per outcome and reason; ``failures`` by keyed hash, the first hundred.

    ``expected_end`` goes by the pace so far; None where there is nothing to go by.
    """

    mailing: Mailing
    edition: Edition | None
    audience: int
    totals: dict[str, int]
    reasons: dict[str, dict[str, int]]
    failures: dict[str, Delivery]
    expected_end: datetime | None


def survey(world: World, mailing_id: str) -> Survey:
    """Reads the whole ledger of the mailing, page by page. Raises ``NotFound``."""
    found = world.store.mailing(mailing_id)
    if found is None:
        raise NotFound
    totals: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {}
    failures: dict[str, Delivery] = {}
    for batch in world.store.batches(found):
        for person, delivery in batch.deliveries.items():
            totals[delivery.outcome] += 1
            if delivery.reason:
                reasons.setdefault(delivery.outcome, Counter())[delivery.reason] += 1
            if delivery.outcome is Outcome.FAILED and len(failures) < SHOWN_FAILURES:
                failures[person] = delivery
    return Survey(
        mailing=found,
        edition=world.store.edition(found.edition) if found.edition else None,
        audience=sum(totals.values()),
        totals={outcome.value: totals[outcome] for outcome in Outcome if totals[outcome]},
        reasons={outcome: dict(counted) for outcome, counted in reasons.items()},
        failures=failures,
        expected_end=_expected_end(found, totals, now=world.clock()),
    )


def _expected_end(found: Mailing, totals: Counter[str], *, now: datetime) -> datetime | None:
    waiting = totals[Outcome.WAITING]
    done = totals.total() - waiting
    if found.progress is not Progress.SENDING or not done or not waiting or found.began_at is None:
        return None
    return now + (now - found.began_at) * waiting / done


@decided_on_fresh_state
def pause(world: World, mailing_id: str) -> Mailing:
    """Batches on their way to SES arrive; nothing else is sent until it is resumed. Raises ``NotFound``, ``NotUnderWay``."""
    found = _found(world, mailing_id)
    paused = rules.pause(found)
    if paused is not found:
        world.store.changes().close(paused).commit()
    return paused


@decided_on_fresh_state
def resume(world: World, mailing_id: str) -> Mailing:
    """Go on where it stopped. Raises ``NotFound``, ``NotUnderWay``."""
    found, now = _found(world, mailing_id), world.clock()
    resumed = rules.resume(found, now=now)
    if resumed is not found:
        world.store.changes().reopen(resumed).commit()
        if resumed.due_at <= now:
            world.queues.send(resumed.lane, [hint(resumed, batch=first) for first in world.store.unsettled(resumed)])
            world.queues.send(resumed.lane, [hint(resumed, slice_=one.lower) for one in world.store.slices(resumed.id)])
    return resumed


@decided_on_fresh_state
def cancel(world: World, mailing_id: str) -> Mailing:
    """Whoever has not been written to yet is skipped, with the reason. Raises ``NotFound``, ``NotUnderWay``."""
    found = _found(world, mailing_id)
    cancelled = rules.call_off(found, now=world.clock(), reason="cancelled by the organiser")
    if cancelled is not found:
        changes = world.store.changes()
        if found.look_at != cancelled.look_at:
            changes.leave(found)
        changes.reopen(cancelled).commit()
        world.queues.send(found.lane, [hint(found, batch=first) for first in world.store.unsettled(found)])
    return cancelled


def _found(world: World, mailing_id: str) -> Mailing:
    found = world.store.mailing(mailing_id)
    if found is None:
        raise NotFound
    return found


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
