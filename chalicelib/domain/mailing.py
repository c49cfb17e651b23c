"""Mailings, their batches, and why a mail is not sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.registration import Registration
from chalicelib.domain.series import Edition, Status
from chalicelib.domain.subscription import Standing, Subscriber

BATCH_SIZE = 50
"""SES takes at most 50 entries in one SendBulkEmail call."""

QUIET_AFTER_CONFIRMATION = timedelta(minutes=30)
"""Nobody is reminded within this time of being confirmed: they have just read it."""


HINTED = timedelta(minutes=2)
"""A mail for one person is hinted to its queue at once; only if that went wrong does the tick find its due row, this much later."""


class Kind(StrEnum):
    """What a mailing says; also the name of its template folder."""

    SUBSCRIPTION_CONFIRMATION = "subscription-confirmation"
    REGISTRATION_CONFIRMATION = "registration-confirmation"
    ANNOUNCEMENT = "announcement"
    REMINDER = "reminder"
    EDITION_MOVED = "edition-moved"
    EDITION_CANCELLED = "edition-cancelled"


class Audience(StrEnum):
    PERSON = "person"
    REGISTRATIONS = "registrations"
    SUBSCRIBERS = "subscribers"


class Lane(StrEnum):
    """Two queues, so that a broadcast to a million never delays a confirmation (or a reminder that is due now)."""

    TRANSACTIONAL = "transactional"
    BROADCAST = "broadcast"


AUDIENCE = {
    Kind.SUBSCRIPTION_CONFIRMATION: Audience.PERSON,
    Kind.REGISTRATION_CONFIRMATION: Audience.PERSON,
    Kind.ANNOUNCEMENT: Audience.SUBSCRIBERS,
    Kind.REMINDER: Audience.REGISTRATIONS,
    Kind.EDITION_MOVED: Audience.REGISTRATIONS,
    Kind.EDITION_CANCELLED: Audience.REGISTRATIONS,
}


class Progress(StrEnum):
    """How far a mailing has come. ``planned`` until due, ``dispatching`` while its audience is cut into batches."""

    PLANNED = "planned"
    DISPATCHING = "dispatching"
    SENDING = "sending"
    FINISHED = "finished"
    MISSED = "missed"
    CANCELLED = "cancelled"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """One thing to say to one audience at one due time.

    ``due_at`` is when it is meant to go out; ``look_at`` where its due row stands: the next moment the tick looks after it.
    ``reason`` says why it was missed, cancelled or refused. ``detail`` tells mailings apart that would else be the same
    (which reminder rule, which request for a confirmation).
    """

    id: str
    kind: Kind
    series: str
    edition: str
    revision: int
    person: str
    detail: str
    due_at: datetime
    look_at: datetime
    progress: Progress = Progress.PLANNED
    reason: str = ""
    cursor: str = ""
    version: int = 0

    @property
    def audience(self) -> Audience:
        return AUDIENCE[self.kind]

    @property
    def lane(self) -> Lane:
        return Lane.BROADCAST if self.audience is Audience.SUBSCRIBERS else Lane.TRANSACTIONAL


def mailing(
    kind: Kind,
    *,
    series: str,
    due_at: datetime,
    edition: str = "",
    revision: int = 0,
    person: str = "",
    detail: str = "",
) -> Mailing:
    """A planned mailing. Its id is made of what it says and to whom, so that planning it twice is planning it once.

    A mailing to one person needs no dispatch: its only batch is known from the start.
    """
    identity = "|".join((kind, series, edition, str(revision), person, detail))
    return Mailing(
        id=hashlib.sha256(identity.encode()).hexdigest()[:32],
        kind=kind,
        series=series,
        edition=edition,
        revision=revision,
        person=person,
        detail=detail,
        due_at=due_at,
        look_at=due_at + HINTED if person else due_at,
        progress=Progress.SENDING if person else Progress.PLANNED,
    )


class Outcome(StrEnum):
    """What became of one recipient in a batch."""

    WAITING = "waiting"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Skip(StrEnum):
    """Why a mail was not sent. A value, so that an organiser can be told."""

    UNSUBSCRIBED = "unsubscribed"
    NOT_CONFIRMED = "not-confirmed"
    REGISTRATION_CANCELLED = "registration-cancelled"
    EDITION_CANCELLED = "edition-cancelled"
    EDITION_MOVED = "edition-moved"
    TOO_LATE = "too-late"
    REGISTERED_LATER = "registered-later"
    JUST_CONFIRMED = "just-confirmed"
    SUPPRESSED = "suppressed"
    ERASED = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One recipient's outcome. ``message_id`` is the one SES gave."""

    outcome: Outcome = Outcome.WAITING
    reason: str = ""
    message_id: str = ""


class BatchState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Up to 50 recipients of a mailing, sent by one SES call. Named by the first of its keyed hashes.

    ``owner`` and ``lease_until`` say who is sending it and until when nobody else may touch it.
    """

    mailing: str
    first: str
    deliveries: dict[str, Delivery]
    state: BatchState = BatchState.WAITING
    owner: str = ""
    lease_until: datetime | None = None
    attempt: int = 0
    finished_at: datetime | None = None
    version: int = 0


LEASE = timedelta(minutes=3)
"""How long a worker may hold a batch: longer than its function can run."""


class Held(Exception):  # not an error: somebody else is at it
    """The batch is being sent by another worker, or is sent already."""


def batch_of(mailing: Mailing, hashes: list[str]) -> Batch:
    """``hashes`` in order; the first one names the batch."""
    return Batch(mailing=mailing.id, first=hashes[0], deliveries={hash_: Delivery() for hash_ in hashes})


def claim(batch: Batch, *, owner: str, now: datetime) -> Batch:
    """The batch, held by ``owner``. Raises ``Held``.

    Whoever held it longer than a function can live has died at an unknown moment, perhaps right after SES took the mails: what has
    no outcome then becomes ``unknown``, and is never sent again blindly.
    """
    if batch.state is BatchState.SENT or (batch.lease_until and now < batch.lease_until):
        raise Held
    deliveries = batch.deliveries
    if batch.state is BatchState.SENDING:
        lost = Delivery(outcome=Outcome.UNKNOWN, reason="the worker died while sending")
        deliveries = {hash_: lost if one.outcome is Outcome.WAITING else one for hash_, one in batch.deliveries.items()}
    return replace(
        batch,
        state=BatchState.SENDING,
        owner=owner,
        lease_until=now + LEASE,
        attempt=batch.attempt + 1,
        deliveries=deliveries,
    )


def settle(batch: Batch, settled: dict[str, Delivery], *, now: datetime) -> Batch:
    """The batch with what became of its recipients; free to be claimed again while any of them still waits."""
    deliveries = batch.deliveries | settled
    waiting = any(one.outcome is Outcome.WAITING for one in deliveries.values())
    return replace(
        batch,
        deliveries=deliveries,
        state=BatchState.WAITING if waiting else BatchState.SENT,
        owner="",
        lease_until=None,
        finished_at=None if waiting else now,
    )


def too_late(mailing: Mailing, edition: Edition, *, now: datetime) -> bool:
    """Nothing about an edition is worth saying once it has begun; that it was cancelled is, until its end."""
    if mailing.kind is Kind.EDITION_CANCELLED:
        return now >= edition.ends_at
    return now >= edition.starts_at


def overtaken(mailing: Mailing, edition: Edition | None, *, now: datetime) -> Skip | None:
    """Why the whole mailing is no longer true, if so."""
    if edition is None:
        return None
    if edition.status is Status.CANCELLED and mailing.kind not in (
        Kind.EDITION_CANCELLED,
        Kind.REGISTRATION_CONFIRMATION,
    ):
        return Skip.EDITION_CANCELLED
    if mailing.kind in (Kind.REMINDER, Kind.EDITION_MOVED) and mailing.revision != edition.revision:
        return Skip.EDITION_MOVED
    if too_late(mailing, edition, now=now):
        return Skip.TOO_LATE
    return None


def reason_to_skip(
    mailing: Mailing, recipient: Registration | Subscriber | None, *, suppressed: bool, now: datetime
) -> Skip | None:
    """Decided from the present, immediately before the call: not from what was true when the batch was cut."""
    if recipient is None:
        return Skip.ERASED
    if suppressed:
        return Skip.SUPPRESSED
    if isinstance(recipient, Subscriber):
        return _reason_to_skip_subscriber(mailing, recipient)
    if not recipient.is_active:
        return Skip.REGISTRATION_CANCELLED
    if mailing.kind is Kind.REMINDER:
        if recipient.since > mailing.due_at:
            return Skip.REGISTERED_LATER
        if now - recipient.asked_at < QUIET_AFTER_CONFIRMATION:
            return Skip.JUST_CONFIRMED
    return None


def _reason_to_skip_subscriber(mailing: Mailing, subscriber: Subscriber) -> Skip | None:
    if mailing.kind is Kind.SUBSCRIPTION_CONFIRMATION:
        return None if subscriber.standing is Standing.PENDING else Skip.UNSUBSCRIBED
    if subscriber.standing is Standing.ENDED:
        return Skip.UNSUBSCRIBED
    return None if subscriber.is_active else Skip.NOT_CONFIRMED
