"""Batches and deliveries: the ledger of what was sent.

An outcome follows from what we concluded and from everything SES has reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

BATCH_SIZE = 50
"""SES takes at most 50 entries in one SendBulkEmail call."""

LEASE = timedelta(minutes=3)
"""How long a worker may hold a batch: longer than its function can run (120 seconds)."""

TRIES = 2
"""How often a mail is handed to SES at most, when nothing proves that it was taken."""

FIRST_RETRY = timedelta(seconds=2)
MOST_DOUBLED = 10
"""What SES puts off is tried again after two seconds, then after twice as long, and so on."""


class Outcome(StrEnum):
    """What became of one recipient in a batch."""

    WAITING = "waiting"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNKNOWN = "unknown"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


HANDED_OVER = (Outcome.SENT, Outcome.BOUNCED, Outcome.COMPLAINED, Outcome.UNKNOWN)
"""Outcomes of somebody who was, or may have been, sent the mail."""


class Event(StrEnum):
    """What SES reports of a mail afterwards. A soft bounce and a delay change no outcome: SES goes on trying."""

    SEND = "send"
    HARD_BOUNCE = "hard-bounce"
    SOFT_BOUNCE = "soft-bounce"
    COMPLAINT = "complaint"
    REJECT = "reject"
    RENDERING_FAILURE = "rendering-failure"
    DELAY = "delay"


class Report(NamedTuple):
    """What SES said of one mail, by the id it gave the mail: somebody who was written to twice has two."""

    mail: str
    event: Event


NOT_MAILED = (Event.REJECT, Event.RENDERING_FAILURE)
"""SES accepted the call and then did not send the mail."""

TELLING = (Event.SEND, Event.HARD_BOUNCE, Event.COMPLAINT, *NOT_MAILED)


class Failure(NamedTuple):
    """A try that failed, and why. ``mails`` are those that SES accepted and then did not send."""

    reason: str
    mails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One recipient's outcome.

    ``message_id`` is the one SES gave in its answer; ``tries`` counts calls whose fate is not known. ``reports`` is
    what SES said afterwards, in a fixed order, but for a plain SEND of the mail that it had answered for. ``earlier``
    are the tries that failed and were followed by another because an organiser asked for it, oldest first.
    """

    outcome: Outcome = Outcome.WAITING
    reason: str = ""
    message_id: str = ""
    tries: int = 0
    reports: tuple[Report, ...] = ()
    earlier: tuple[Failure, ...] = ()


WAITING = Delivery()


def told(one: Delivery, *reports: Report) -> Delivery:
    """The delivery after these reports.

    What SES reports outweighs what we concluded, and the last word follows from all it has said of all mails to this
    person, not from the order in which it was said, nor from how often.
    """
    over = {mail for failure in one.earlier for mail in failure.mails}
    known = {report for report in (*one.reports, *reports) if report.event in TELLING and report.mail not in over}
    answered = {Report(one.message_id, Event.SEND)} if one.message_id else set()
    outcome, reason = _last_word(known | answered) or (one.outcome, one.reason)
    kept = tuple(sorted(known - answered))
    if (outcome, reason, kept) == (one.outcome, one.reason, one.reports):
        return one
    return replace(one, outcome=outcome, reason=reason, reports=kept)


def _last_word(known: set[Report]) -> tuple[Outcome, str] | None:
    """A complaint, then a bounce: they say the most about the address.

    A mail that went out counts more than another that did not.
    """
    events = {report.event for report in known}
    if Event.COMPLAINT in events:
        return Outcome.COMPLAINED, Event.COMPLAINT
    if Event.HARD_BOUNCE in events:
        return Outcome.BOUNCED, Event.HARD_BOUNCE
    not_mailed = {report.mail: report.event for report in sorted(known) if report.event in NOT_MAILED}
    if any(report.mail not in not_mailed for report in known):
        return Outcome.SENT, ""
    return (Outcome.FAILED, max(not_mailed.values())) if not_mailed else None


class Named(NamedTuple):
    """What a mail says: the revision of the edition that it names, -1 where it names none, and the digest of what an
    announcement says of the edition then, of a mail to subscribers."""

    said: int = -1
    text: str = ""


class BatchState(StrEnum):
    """``unproved``: settled but for mails of which nobody knows yet whether SES took them."""

    WAITING = "waiting"
    SENDING = "sending"
    UNPROVED = "unproved"
    SENT = "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Up to 50 recipients of a mailing, sent by one SES call. Named by the first of its keyed hashes.

    ``owner`` and ``lease_until`` say who is sending it and until when nobody else may touch it; ``unproved_at`` since
    when a proof is waited for. ``said`` and ``text`` are what its mails say (see ``Named``); ``before`` what those of
    an earlier call said, where that was something else.
    """

    mailing: str
    first: str
    deliveries: dict[str, Delivery]
    state: BatchState = BatchState.WAITING
    owner: str = ""
    lease_until: datetime | None = None
    unproved_at: datetime | None = None
    attempt: int = 0
    said: int = -1
    text: str = ""
    before: dict[str, Named] = field(default_factory=dict)
    finished_at: datetime | None = None
    version: int = 0

    def named_to(self, person: str) -> Named:
        """What the mail to them says."""
        return self.before.get(person) or Named(self.said, self.text)

    def is_held(self, *, now: datetime) -> bool:
        """Whether a worker that may still be alive is sending it."""
        return self.state is BatchState.SENDING and self.lease_until is not None and now < self.lease_until


class Held(Exception):  # not an error: somebody else is at it, or it is not time
    """The batch is being sent by another worker, waits for a proof, or is sent already."""


def batch_of(mailing_id: str, hashes: list[str]) -> Batch:
    """``hashes`` in order; the first one names the batch."""
    return Batch(mailing=mailing_id, first=hashes[0], deliveries=dict.fromkeys(hashes, WAITING))


def revive(batch: Batch, *, now: datetime, grace: timedelta, in_doubt: bool = False) -> Batch:
    """The batch as time has left it. Raises ``Held`` where there is nothing to do yet, or any more.

    Whoever held it longer than a function can live has died at an unknown moment, perhaps right after SES took the
    mails: what has no outcome then becomes ``unknown``, and is never sent again blindly. Only what is still unproved
    after ``grace`` is sent once more; after the second time it has failed, unproved. While SES's answers are
    ``in_doubt``, the second time is saved for later.
    """
    if batch.state is BatchState.SENT or batch.is_held(now=now):
        raise Held
    if batch.state is BatchState.SENDING:
        return abandoned(batch, now=now)
    if batch.state is BatchState.UNPROVED:
        if batch.unproved_at is not None and now < batch.unproved_at + grace:
            raise Held
        after = {hash_: _after_grace(one, in_doubt=in_doubt) for hash_, one in batch.deliveries.items()}
        if after == batch.deliveries:
            raise Held
        return settle(batch, after, now=now)
    return batch


def abandoned(batch: Batch, *, now: datetime) -> Batch:
    """The batch of a worker that died: what has no outcome may or may not have been sent."""
    lost = {
        hash_: replace(one, outcome=Outcome.UNKNOWN, reason="the worker died while sending", tries=one.tries + 1)
        for hash_, one in batch.deliveries.items()
        if one.outcome is Outcome.WAITING
    }
    return settle(batch, lost, now=now)


def _after_grace(one: Delivery, *, in_doubt: bool) -> Delivery:
    if one.outcome is not Outcome.UNKNOWN:
        return one
    if one.tries < TRIES:
        return one if in_doubt else replace(one, outcome=Outcome.WAITING)
    return replace(one, outcome=Outcome.FAILED, reason="unproved")


def counted(claimed: Batch, answered: Mapping[str, Delivery]) -> dict[str, Delivery]:
    """SES's answers with the number of calls whose fate is not known: after the second one a mail is not sent again."""
    tries = {
        hash_: claimed.deliveries[hash_].tries + (one.outcome is Outcome.UNKNOWN) for hash_, one in answered.items()
    }
    return {hash_: replace(one, tries=tries[hash_]) if tries[hash_] else one for hash_, one in answered.items()}


def retry_after(batch: Batch) -> timedelta:
    """How long after its last call a batch is tried again in which somebody still waits."""
    return FIRST_RETRY * (1 << min(batch.attempt, MOST_DOUBLED))


NEVER_SENT = (Outcome.WAITING, Outcome.SKIPPED, Outcome.FAILED)


def claim(batch: Batch, *, owner: str, now: datetime, said: int = -1, text: str = "") -> Batch:
    """A waiting batch, held by ``owner``, whose mails are going to say ``said`` and ``text``."""
    handed_over = (person for person, one in batch.deliveries.items() if one.outcome not in NEVER_SENT)
    before = {person: was for person in handed_over if (was := batch.named_to(person)) != (said, text)}
    return replace(
        batch,
        state=BatchState.SENDING,
        owner=owner,
        lease_until=now + LEASE,
        attempt=batch.attempt + 1,
        said=said,
        text=text,
        before=before,
    )


def settle(batch: Batch, settled: Mapping[str, Delivery], *, now: datetime) -> Batch:
    """The batch with what became of its recipients; free to be claimed again while any of them still waits."""
    merged = {hash_: _merged(batch.deliveries[hash_], one) for hash_, one in settled.items()}
    free = replace(batch, owner="", lease_until=None, unproved_at=None)
    return _standing(free, {**batch.deliveries, **merged}, now=now)


def _merged(kept: Delivery, new: Delivery) -> Delivery:
    """What became of somebody, with what SES has reported meanwhile, of this mail or of one before."""
    if kept == WAITING and not new.reports and (new.outcome is Outcome.SENT or not new.message_id):
        return new  # nothing was known before: so it is for nearly everybody, and it is quicker
    before = (Report(kept.message_id, Event.SEND),) if kept.message_id != new.message_id and kept.message_id else ()
    return told(replace(new, earlier=kept.earlier), *kept.reports, *before)


def _standing(batch: Batch, deliveries: dict[str, Delivery], *, now: datetime) -> Batch:
    """The batch in the state that follows from its deliveries."""
    outcomes = {one.outcome for one in deliveries.values()}
    state, unproved = BatchState.SENT, Outcome.UNKNOWN in outcomes
    if unproved:
        state = BatchState.UNPROVED
    if Outcome.WAITING in outcomes:
        state = BatchState.WAITING
    return replace(
        batch,
        deliveries=deliveries,
        state=state,
        unproved_at=(batch.unproved_at or now) if unproved else None,
        finished_at=(batch.finished_at or now) if state is BatchState.SENT else None,
    )


def prove(batch: Batch, settled: Mapping[str, Delivery], *, now: datetime) -> Batch:
    """The batch with those mails of which a worker says that SES took them, whoever holds it by now."""
    for person, one in settled.items():
        if one.message_id:
            batch = record(batch, person, Report(one.message_id, Event.SEND), now=now)
    return batch


def retry(batch: Batch) -> Batch:
    """The batch with its failed recipients waiting once more, each for one call only; the same batch where
    nobody has failed.

    So is one that is being sent: whoever waits in it counts as handed to SES, and these were not.
    """
    if batch.state is BatchState.SENDING:
        return batch
    again = {hash_: _again(one) for hash_, one in batch.deliveries.items() if one.outcome is Outcome.FAILED}
    if not again:
        return batch
    return replace(
        batch, deliveries={**batch.deliveries, **again}, state=BatchState.WAITING, attempt=0, finished_at=None
    )


def _again(one: Delivery) -> Delivery:
    mails = tuple(sorted({report.mail for report in one.reports if report.event in NOT_MAILED}))
    return Delivery(tries=TRIES - 1, earlier=(*one.earlier, Failure(one.reason, mails)))


def record(batch: Batch, person: str, report: Report, *, now: datetime) -> Batch:
    """The batch after SES reported something of one of its mails.

    Late, doubled or out of order: no change where none is due.

    A batch that is held stays held: its worker adds what it knows to what is noted here.
    """
    one = batch.deliveries.get(person)
    if one is None or (changed := told(one, report)) is one:
        return batch
    deliveries = {**batch.deliveries, person: changed}
    if batch.state is BatchState.SENDING:
        return replace(batch, deliveries=deliveries)
    return _standing(batch, deliveries, now=now)


def newly_bounced(before: Batch, after: Batch) -> list[str]:
    """Who of a batch has bounced only in ``after``."""
    return [
        person
        for person, one in after.deliveries.items()
        if one.outcome is Outcome.BOUNCED and before.deliveries[person].outcome is not Outcome.BOUNCED
    ]
