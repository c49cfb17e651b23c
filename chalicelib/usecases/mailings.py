"""What organisers see of a mailing, and what they can still do about it."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain import delivery as ledger
from chalicelib.domain import mailing as rules
from chalicelib.domain.delivery import Batch, BatchState, Delivery, Outcome
from chalicelib.domain.edition import Edition
from chalicelib.domain.guards import overtaken
from chalicelib.domain.hint import hint_for
from chalicelib.domain.mailing import Mailing, NotToBeRetried, Progress
from chalicelib.domain.people import Recipient
from chalicelib.domain.schedule import check_may_go_on
from chalicelib.domain.tally import Counted, Tally, counts_of, tally
from chalicelib.store.mailings import Overview
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.world import World

SHOWN_FAILURES = 100

READ_IN_A_REQUEST = 20
"""Batches, which are a thousand people. What becomes of more is counted by the tick."""

READ_BEFORE_COUNTED = 200
"""Batches of a mailing that the tick has not counted yet: a page of DynamoDB, and nothing of their people."""

RETRIED_TOGETHER = 50
"""Batches in one transaction: DynamoDB takes a hundred items, and four megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Where a mailing stood at ``as_of``.

    ``totals`` per outcome; ``reasons`` per outcome and reason; ``failures`` by keyed hash, the first hundred.

    ``expected_end`` goes by the pace so far; None where there is nothing to go by.
    """

    mailing: Mailing
    edition: Edition | None
    audience: int
    totals: dict[str, int]
    reasons: dict[str, dict[str, int]]
    failures: dict[str, Delivery]
    expected_end: datetime | None
    as_of: datetime


def survey(world: World, mailing_id: str) -> Survey:
    """Of a long list as the tick last counted, of any other as it is now. Raises ``NotFound``."""
    found, now = world.store.mailing(mailing_id), world.clock()
    counted = tally_of(world, found)
    failures = _failures(world.store.batches_named(found, list(counted.failing)))
    totals = counted.totals
    waiting = totals.get(Outcome.WAITING, 0)
    return Survey(
        mailing=found,
        edition=world.store.edition(found.edition) if found.edition else None,
        audience=counted.number,
        totals={outcome.value: number for outcome, number in totals.items()},
        reasons={outcome.value: reasons for outcome, reasons in counted.reasons.items()},
        failures=dict(itertools.islice(failures, SHOWN_FAILURES)),
        expected_end=rules.expected_end(found, done=counted.number - waiting, waiting=waiting, now=now),
        as_of=counted.at,
    )


def tally_of(world: World, mailing: Mailing) -> Tally:
    """As it is now where that is read at once; of a longer list as the tick last counted it, or as it began."""
    if mailing.batch is not None:
        return tally([(mailing.batch.first, counts_of(mailing.batch))], at=world.clock())
    few = few_batches(world, mailing, most=READ_IN_A_REQUEST if mailing.tally else READ_BEFORE_COUNTED)
    if few is None:
        return mailing.tally or _as_it_began(world, mailing)
    return tally(((one.first, one.counts) for one in few), at=world.clock())


def _as_it_began(world: World, mailing: Mailing) -> Tally:
    """Everybody who was cut into batches so far is waiting."""
    people = sum(one.people for one in world.store.slices(mailing.id))
    return Tally(at=mailing.began_at or world.clock(), counts=(Counted(Outcome.WAITING, "", people),))


def few_batches(world: World, mailing: Mailing, *, most: int | None = None) -> list[Overview] | None:
    """All batches of a list mailing, where they are few enough to be read in a request; else None."""
    most = READ_IN_A_REQUEST if most is None else most
    read = list(itertools.islice(world.store.look_over(mailing, page=most + 1), most + 1))
    return read if len(read) <= most else None


def _failures(batches: Iterable[Batch]) -> Iterator[tuple[str, Delivery]]:
    return (
        (person, one) for batch in batches for person, one in batch.deliveries.items() if one.outcome is Outcome.FAILED
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class To:
    """One recipient of a mailing; ``person`` is None where they were erased."""

    hash: str
    person: Recipient | None
    delivery: Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """Some recipients of a mailing in order of their keyed hashes; ``next`` is the last one looked at, empty where
    nobody comes after."""

    found: list[To]
    next: str


def recipients(
    world: World,
    mailing: Mailing,
    *,
    outcomes: Collection[Outcome],
    in_flight: bool = False,
    after: str = "",
    limit: int = SHOWN_FAILURES,
) -> Recipients:
    """Those behind ``after`` with one of these outcomes, and those who are being written to at this moment where
    ``in_flight``; at most ``limit`` are looked at."""
    looked_at, more = 0, ""
    found: list[To] = []
    for batch in world.store.batches(mailing, after=after):
        behind = {hash_: one for hash_, one in sorted(batch.deliveries.items()) if hash_ > after}
        shown = dict(itertools.islice(behind.items(), limit - looked_at))
        meant = {*outcomes, Outcome.WAITING} if in_flight and batch.state is BatchState.SENDING else outcomes
        chosen = [hash_ for hash_, one in shown.items() if one.outcome in meant]
        known = world.store.recipients(mailing, chosen).known
        found += [To(hash=hash_, person=known.get(hash_), delivery=shown[hash_]) for hash_ in chosen]
        looked_at += len(shown)
        if looked_at == limit:
            more = max(shown)
            break
    return Recipients(found=found, next=more)


@decided_on_fresh_state
def pause(world: World, mailing_id: str) -> Mailing:
    """Batches on their way to SES arrive; nothing else is sent until it is resumed.

    Raises ``NotFound``, ``NotUnderWay``.
    """
    found = world.store.mailing(mailing_id)
    paused = rules.pause(found)
    if paused is not found:
        world.store.changes().close(paused).commit()
    return paused


@decided_on_fresh_state
def resume(world: World, mailing_id: str) -> Mailing:
    """Go on where it stopped. Raises ``NotFound``, ``NotUnderWay``, ``CorrectionWaits``."""
    found, now = world.store.mailing(mailing_id), world.clock()
    resumed = rules.resume(found, now=now)
    if resumed is not found:
        _check_may_go_on(world, found, now=now)
        changes = world.store.changes()
        changes.reschedule(resumed, resumed.look_at)
        changes.commit()
        if resumed.due_at <= now:
            batches, slices = world.store.unsettled(resumed), world.store.slices(resumed.id)
            world.queues.send(resumed.lane, [hint_for(resumed, batch=first) for first in batches])
            world.queues.send(resumed.lane, [hint_for(resumed, slice_=one.lower) for one in slices])
    return resumed


@decided_on_fresh_state
def cancel(world: World, mailing_id: str) -> Mailing:
    """Whoever has not been written to yet is skipped, with the reason. Raises ``NotFound``, ``NotUnderWay``."""
    found = world.store.mailing(mailing_id)
    cancelled = rules.cancel(found, reason="cancelled by the organiser")
    if cancelled is not found:
        changes = world.store.changes()
        cancelled = changes.reschedule(cancelled, world.clock())
        changes.commit()
        world.queues.send(found.lane, [hint_for(found, batch=first) for first in world.store.unsettled(found)])
    return cancelled


def retry(world: World, mailing_id: str) -> int:
    """Let those who failed wait once more, each for one call; gives how many.

    What is being sent right now is left alone.

    Raises ``NotFound``; ``NotToBeRetried`` where nobody would get it any more; ``CorrectionWaits``.
    """
    found = world.store.mailing(mailing_id)
    failed = [
        batch.first
        for batch in world.store.batches(found)
        if any(one.outcome is Outcome.FAILED for one in batch.deliveries.values())
    ]
    parts = [failed[start : start + RETRIED_TOGETHER] for start in range(0, len(failed), RETRIED_TOGETHER)]
    return sum(_retry(world, mailing_id, part) for part in parts or [[]])


@decided_on_fresh_state
def _retry(world: World, mailing_id: str, failed: list[str]) -> int:
    """With the mailing in the same transaction, so that no tick takes it for finished meanwhile."""
    found, now = world.store.mailing(mailing_id), world.clock()
    open_again = rules.take_up_again(found)
    edition = world.store.edition(found.edition) if found.edition else None
    if untrue := overtaken(found, edition, now=now):
        raise NotToBeRetried(state=untrue)
    _check_may_go_on(world, found, now=now)
    changed = [
        (batch, again)
        for batch in world.store.batches_named(found, failed)
        if (again := ledger.retry(batch)) is not batch
    ]
    if not changed:
        return 0
    changes = world.store.changes()
    for _, again in changed:
        if found.batch is None:
            changes.save(again)
        else:
            open_again = replace(open_again, batch=again)
            changes.count_troubles(found, again)
    if open_again.progress is Progress.PAUSED:
        changes.save(open_again)  # resuming it brings its due row back
    else:
        changes.reschedule(open_again, now)
    changes.commit()
    if open_again.progress is not Progress.PAUSED:
        world.queues.send(found.lane, [hint_for(found, batch=again.first) for _, again in changed])
    return sum(_waiting(again) - _waiting(batch) for batch, again in changed)


def _check_may_go_on(world: World, mailing: Mailing, *, now: datetime) -> None:
    """Raises ``CorrectionWaits``."""
    if mailing.edition and mailing.audience.is_list:
        check_may_go_on(world.store.mailings_of(mailing.edition), mailing, now=now)


def _waiting(batch: Batch) -> int:
    return sum(one.outcome is Outcome.WAITING for one in batch.deliveries.values())
