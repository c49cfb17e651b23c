"""Batches and deliveries: the ledger of what was sent, as a table of states. Nothing in it ever moves down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

BATCH_SIZE = 50
"""SES takes at most 50 entries in one SendBulkEmail call."""

LEASE = timedelta(minutes=3)
"""How long a worker may hold a batch: longer than its function can run (120 seconds)."""

TRIES = 2
"""How often a mail is handed to SES at most, when nothing proves that it was taken."""


class Outcome(StrEnum):
    """What became of one recipient in a batch."""

    WAITING = "waiting"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNKNOWN = "unknown"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class Event(StrEnum):
    """What SES reports of a mail afterwards. A soft bounce and a delay change no outcome: SES goes on trying."""

    SEND = "send"
    HARD_BOUNCE = "hard-bounce"
    SOFT_BOUNCE = "soft-bounce"
    COMPLAINT = "complaint"
    REJECT = "reject"
    RENDERING_FAILURE = "rendering-failure"
    DELAY = "delay"


NEXT = {
    # A SEND event carries our tags: it proves what we could not know.
    (Outcome.WAITING, Event.SEND): Outcome.SENT,
    (Outcome.UNKNOWN, Event.SEND): Outcome.SENT,
    (Outcome.FAILED, Event.SEND): Outcome.SENT,
    (Outcome.WAITING, Event.HARD_BOUNCE): Outcome.BOUNCED,
    (Outcome.UNKNOWN, Event.HARD_BOUNCE): Outcome.BOUNCED,
    (Outcome.SENT, Event.HARD_BOUNCE): Outcome.BOUNCED,
    (Outcome.WAITING, Event.COMPLAINT): Outcome.COMPLAINED,
    (Outcome.UNKNOWN, Event.COMPLAINT): Outcome.COMPLAINED,
    (Outcome.SENT, Event.COMPLAINT): Outcome.COMPLAINED,
    (Outcome.BOUNCED, Event.COMPLAINT): Outcome.COMPLAINED,
    (Outcome.WAITING, Event.REJECT): Outcome.FAILED,
    (Outcome.UNKNOWN, Event.REJECT): Outcome.FAILED,
    (Outcome.SENT, Event.REJECT): Outcome.FAILED,
    (Outcome.WAITING, Event.RENDERING_FAILURE): Outcome.FAILED,
    (Outcome.UNKNOWN, Event.RENDERING_FAILURE): Outcome.FAILED,
    (Outcome.SENT, Event.RENDERING_FAILURE): Outcome.FAILED,
}

# What SES said of a mail for good; a SEND that comes late, or twice, does not undo it.
FINAL_FAILURES = (Event.REJECT.value, Event.RENDERING_FAILURE.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One recipient's outcome. ``message_id`` is the one SES gave; ``tries`` counts calls whose fate is not known."""

    outcome: Outcome = Outcome.WAITING
    reason: str = ""
    message_id: str = ""
    tries: int = 0


WAITING = Delivery()


class BatchState(StrEnum):
    """``unproved``: settled but for mails of which nobody knows yet whether SES took them."""

    WAITING = "waiting"
    SENDING = "sending"
    UNPROVED = "unproved"
    SENT = "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Up to 50 recipients of a mailing, sent by one SES call. Named by the first of its keyed hashes.

    ``owner`` and ``lease_until`` say who is sending it and until when nobody else may touch it; ``unproved_at`` since when a proof is
    waited for.
    """

    mailing: str
    first: str
    deliveries: dict[str, Delivery]
    state: BatchState = BatchState.WAITING
    owner: str = ""
    lease_until: datetime | None = None
    unproved_at: datetime | None = None
    attempt: int = 0
    finished_at: datetime | None = None
    version: int = 0

    def is_held(self, *, now: datetime) -> bool:
        """Whether a worker that may still be alive is sending it."""
        return self.state is BatchState.SENDING and self.lease_until is not None and now < self.lease_until


class Held(Exception):  # not an error: somebody else is at it, or it is not time
    """The batch is being sent by another worker, waits for a proof, or is sent already."""


def batch_of(mailing_id: str, hashes: list[str]) -> Batch:
    """``hashes`` in order; the first one names the batch."""
    return Batch(mailing=mailing_id, first=hashes[0], deliveries=dict.fromkeys(hashes, WAITING))


def revive(batch: Batch, *, now: datetime, grace: timedelta) -> Batch:
    """The batch as time has left it. Raises ``Held`` where there is nothing to do yet, or any more.

    Whoever held it longer than a function can live has died at an unknown moment, perhaps right after SES took the mails: what has
    no outcome then becomes ``unknown``, and is never sent again blindly. Only what is still unproved after ``grace`` is sent once
    more; after the second time it has failed, unproved.
    """
    if batch.state is BatchState.SENT or batch.is_held(now=now):
        raise Held
    if batch.state is BatchState.SENDING:
        return abandoned(batch, now=now)
    if batch.state is BatchState.UNPROVED:
        if batch.unproved_at is not None and now < batch.unproved_at + grace:
            raise Held
        return settle(batch, {hash_: _after_grace(one) for hash_, one in batch.deliveries.items()}, now=now)
    return batch


def abandoned(batch: Batch, *, now: datetime) -> Batch:
    """The batch of a worker that died: what has no outcome may or may not have been sent."""
    lost = {
        hash_: replace(one, outcome=Outcome.UNKNOWN, reason="the worker died while sending", tries=one.tries + 1)
        for hash_, one in batch.deliveries.items()
        if one.outcome is Outcome.WAITING
    }
    return settle(batch, lost, now=now)


def _after_grace(one: Delivery) -> Delivery:
    if one.outcome is not Outcome.UNKNOWN:
        return one
    if one.tries < TRIES:
        return replace(one, outcome=Outcome.WAITING)
    return replace(one, outcome=Outcome.FAILED, reason="unproved")


def claim(batch: Batch, *, owner: str, now: datetime) -> Batch:
    """A waiting batch, held by ``owner``."""
    return replace(batch, state=BatchState.SENDING, owner=owner, lease_until=now + LEASE, attempt=batch.attempt + 1)


def settle(batch: Batch, settled: Mapping[str, Delivery], *, now: datetime) -> Batch:
    """The batch with what became of its recipients; free to be claimed again while any of them still waits."""
    deliveries = {**batch.deliveries, **settled}
    outcomes = {one.outcome for one in deliveries.values()}
    state = BatchState.SENT
    if Outcome.UNKNOWN in outcomes:
        state = BatchState.UNPROVED
    if Outcome.WAITING in outcomes:
        state = BatchState.WAITING
    return replace(
        batch,
        deliveries=deliveries,
        state=state,
        owner="",
        lease_until=None,
        unproved_at=now if Outcome.UNKNOWN in outcomes else None,
        finished_at=now if state is BatchState.SENT else None,
    )


def note(batch: Batch, person: str, event: Event, *, now: datetime) -> Batch:
    """The batch after SES reported ``event`` of one of its mails. Late, doubled or out of order: no change where none is due.

    Not for a batch that is held: its worker is about to write what it knows.
    """
    if batch.state is BatchState.SENDING:
        batch = abandoned(batch, now=now)
    one = batch.deliveries.get(person)
    if one is None or (one.outcome is Outcome.FAILED and one.reason in FINAL_FAILURES):
        return batch
    outcome = NEXT.get((one.outcome, event), one.outcome)
    if outcome is one.outcome:
        return batch
    changed = replace(one, outcome=outcome, reason="" if outcome is Outcome.SENT else event.value)
    return settle(batch, {person: changed}, now=batch.unproved_at or now)
