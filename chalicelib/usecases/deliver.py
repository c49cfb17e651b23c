"""Send one batch: look at the present, claim, call SES, note what became of each recipient.

Everything that can fail on our side happens before the claim, so that a batch left claimed by a dead worker means one
thing only: SES may or may not have taken it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from chalicelib.domain.addressee import Addressee
from chalicelib.domain.corrections import Said, said
from chalicelib.domain.delivery import (
    Batch,
    BatchState,
    Delivery,
    Held,
    Outcome,
    claim,
    counted,
    prove,
    retry_after,
    revive,
    settle,
)
from chalicelib.domain.guards import Skip, overtaken, reason_to_skip
from chalicelib.domain.halt import Halt, Stop, concerning, doubt, in_doubt
from chalicelib.domain.heard import Change
from chalicelib.domain.hint import NO_SERIES, Hint, hint_for
from chalicelib.domain.ledger import Ledger
from chalicelib.domain.mailing import LOOK_AGAIN, Mailing, Progress
from chalicelib.domain.mails import Audience, Lane
from chalicelib.domain.people import Recipient as Known
from chalicelib.domain.sender import sender_of
from chalicelib.mail.messages import Before
from chalicelib.mail.prepare import Prepared, personal_headers
from chalicelib.mail.render import Unrenderable
from chalicelib.mail.ses import Parcel, Recipient, Sent, outcomes
from chalicelib.store.table import LostRace
from chalicelib.usecases import hearing
from chalicelib.usecases.about import about
from chalicelib.usecases.hearing import told_by_list
from chalicelib.usecases.texts import corrected, told_already
from chalicelib.world import World

log = logging.getLogger(__name__)


def deliver(world: World, asked: Hint, *, until: float = float("inf")) -> Mailing | None:
    """Send what can be sent of a batch now, hinting again what SES asks to try later. Delivering twice sends once.

    ``until`` is when the function has to end (``time.monotonic``). Gives the mailing to one person that is finished
    with this.
    """
    ledger = world.store.find_ledger(asked)
    if ledger is None or ledger.mailing.progress is Progress.PAUSED:
        return None
    sender = sender_of(ledger.series, site=world.site)
    if concerning(ledger.halts, lane=ledger.mailing.lane, sender=sender.address, now=world.clock()):
        return None  # its due row stands: the tick hints it again
    try:
        settled = _send(world, ledger, until=until)
    except (Held, LostRace):
        return None  # another worker has it, or it is not time
    mailing = ledger.mailing
    log.info("mailing %s, batch %s: %s", mailing.id, asked.batch, outcomes(settled.deliveries.values()))
    if settled.state is BatchState.SENT and mailing.batch is not None:
        return mailing
    if settled.state is BatchState.WAITING:
        delay = retry_after(settled)
        # From then on the tick's hints are enough: each that made another one of its own would soon be hundreds for one
        # batch.
        if delay < LOOK_AGAIN:
            world.queues.send(mailing.lane, [hint_for(mailing, batch=settled.first)], delay=delay)
    return None


def _send(world: World, ledger: Ledger, *, until: float) -> Batch:
    now = world.clock()
    doubted = in_doubt(ledger.halts, lane=ledger.mailing.lane, now=now)
    batch = revive(ledger.batch, now=now, grace=world.settings.grace, in_doubt=doubted)
    if batch.state is not BatchState.WAITING:
        return _save(world, ledger.mailing, batch)
    skipped, told = _who(world, ledger, batch)
    try:
        parcels = [_parcel(world, ledger, change, people) for change, people in told.items()]
    except Unrenderable as problem:
        failed = Delivery(outcome=Outcome.FAILED, reason=str(problem))
        skipped |= {one.hash: failed for people in told.values() for one in people}
        parcels = []
    if not parcels:
        return _save(world, ledger.mailing, settle(batch, skipped, now=world.clock()))
    revision = ledger.edition.revision if ledger.edition else -1
    text = said(ledger.edition).digest if ledger.edition and ledger.mailing.audience is Audience.SUBSCRIBERS else ""
    claimed = claim(batch, owner=world.new_id(), now=world.clock(), said=revision, text=text)
    mailing, claimed = _claim(world, ledger.mailing, claimed)
    sent = _hand_over(world, parcels, mailing.lane, until=until)
    settled = _record(world, mailing, claimed, skipped | counted(claimed, sent.deliveries))
    answered = {one.outcome: one.reason for one in sent.deliveries.values()}
    changed = doubt(mailing.lane, answered, doubted=doubted, grace=world.settings.grace)
    if stops := [*sent.stops, *([changed] if changed else [])]:
        _stop(world, ledger, stops)
    return settled


def _parcel(world: World, ledger: Ledger, change: Before | None, people: Iterable[_Whom]) -> Parcel:
    """One letter and those who get it. Raises ``Unrenderable``."""
    mailing, prepared = ledger.mailing, _prepared(world, ledger, change)
    recipients = []
    for hash_, person in people:
        facts = person.facts if isinstance(person, Addressee) else {}
        values = world.preparer.personal_values(
            mailing, hash_, person.name, wanted=prepared.letter.personal, facts=facts
        )
        recipients.append(
            Recipient(hash=hash_, address=person.address, values=values, headers=personal_headers(mailing, values))
        )
    return Parcel(
        sender=sender_of(ledger.series, site=world.site),
        letter=prepared.letter,
        template=prepared.template,
        recipients=tuple(recipients),
        tags={"mailing": mailing.id, "batch": ledger.batch.first, "series": mailing.series or NO_SERIES},
        headers=prepared.headers,
        attachments=prepared.files,
    )


def _hand_over(world: World, parcels: Iterable[Parcel], lane: Lane, *, until: float) -> Sent:
    """One after the other, while it makes sense to hand SES more. Whoever is in one behind that still waits."""
    sent = Sent({})
    for parcel in parcels:
        more = world.mailer.send(parcel, lane, until=until)
        sent = Sent(sent.deliveries | more.deliveries, more.stops)
        if not more.goes_on:
            break
    return sent


def _stop(world: World, ledger: Ledger, stops: Iterable[Stop]) -> None:
    now = world.clock()
    halts = [Halt(stop.scope, now + stop.pause, stop.reason, stop.alarm) for stop in stops]
    for halt in halts:
        log.log(logging.ERROR if halt.alarm else logging.WARNING, "%s, until %s", halt, halt.until.isoformat())
    world.store.stop_sending(halts, over=[halt for halt in ledger.halts if halt.until <= now])


class _Whom(NamedTuple):
    hash: str
    person: Known


def _who(world: World, ledger: Ledger, batch: Batch) -> tuple[dict[str, Delivery], dict[Before | None, list[_Whom]]]:
    """Who is skipped and why, and who is written to, by what is a change to them: decided on what is true now.

    Raises ``Held`` while it is not known yet whether another mailing tells them, ``LostRace`` where an older mail is on
    its way to one of them.
    """
    mailing = ledger.mailing
    if mailing.trial:
        return _who_looks(ledger, batch)
    waiting = [hash_ for hash_, one in batch.deliveries.items() if one.outcome is Outcome.WAITING]
    now = world.clock()
    if untrue := overtaken(mailing, ledger.edition, now=now) or told_by_list(world, mailing, ledger.edition):
        return dict.fromkeys(waiting, Delivery(outcome=Outcome.SKIPPED, reason=untrue)), {}
    people = ledger.people or world.store.recipients(mailing, waiting)
    # Before what they know is read: from then on no other mailing tells them anything without undoing our claim.
    told_before = told_already(world, mailing, ledger.edition, waiting)
    news: Mapping[str, Change | Said | Skip] = {
        **hearing.news(world, mailing, ledger.edition, people.known.values()),
        **corrected(world, mailing, ledger.edition, waiting),
    }
    skipped: dict[str, Delivery] = {}
    told: dict[Before | None, list[_Whom]] = {}
    for hash_ in waiting:
        person, new = people.known.get(hash_), news.get(hash_)
        skip = reason_to_skip(
            mailing,
            person,
            suppressed=hash_ in people.suppressed,
            registered=hash_ in people.registered,
            heard=new is not None,
            now=now,
        )
        if not skip and isinstance(new, Skip):
            skip = new
        if not skip and hash_ in told_before:
            skip = Skip.TOLD_ALREADY
        if skip or person is None or isinstance(new, Skip):
            skipped[hash_] = Delivery(outcome=Outcome.SKIPPED, reason=str(skip))
            continue
        told.setdefault(new, []).append(_Whom(hash_, person))
    return skipped, told


def _who_looks(ledger: Ledger, batch: Batch) -> tuple[dict[str, Delivery], dict[Before | None, list[_Whom]]]:
    """Whoever a test mail is for: of all rules, only whether their address may be written to concerns them."""
    (hash_,) = batch.deliveries
    people = ledger.people
    person = people.known.get(hash_) if people else None
    skip = Skip.SUPPRESSED if people and hash_ in people.suppressed else Skip.ERASED
    if person is None or skip is Skip.SUPPRESSED:
        return {hash_: Delivery(outcome=Outcome.SKIPPED, reason=skip)}, {}
    return {}, {None: [_Whom(hash_, person)]}


def _claim(world: World, mailing: Mailing, claimed: Batch) -> tuple[Mailing, Batch]:
    """Both as they lie in the table now. Raises ``LostRace`` where another worker was faster."""
    world.store.changes().settle(mailing, claimed).commit()
    if mailing.batch is None:
        return mailing, replace(claimed, version=claimed.version + 1)
    return replace(mailing, batch=claimed, version=mailing.version + 1), claimed


def _save(world: World, mailing: Mailing, batch: Batch) -> Batch:
    world.store.changes().settle(mailing, batch).commit()
    return batch


def _record(world: World, mailing: Mailing, claimed: Batch, settled: Mapping[str, Delivery]) -> Batch:
    """Write down what became of the batch.

    What SES did cannot be decided again, so a lost race is only a reason to read again.

    A worker that was taken for dead no longer decides what happens next; but what SES told it is proof like a report.
    Raises ``LostRace`` when the batch is gone.
    """
    owner = claimed.owner
    while True:
        now = world.clock()
        done = settle(claimed, settled, now=now) if claimed.owner == owner else prove(claimed, settled, now=now)
        if done is claimed:
            return done
        try:
            return _save(world, mailing, done)
        except LostRace:
            fresh = world.store.find_ledger(hint_for(mailing, batch=claimed.first))
            if fresh is None:
                raise
            mailing, claimed = fresh.mailing, fresh.batch


def _prepared(world: World, ledger: Ledger, change: Before | None) -> Prepared:
    """Raises ``Unrenderable``."""
    trial = ledger.mailing.trial
    now, edition = (trial.at, trial.edition) if trial else (world.clock(), ledger.edition)
    named = about(world, ledger.mailing, ledger.series, edition, now=now)
    return world.preparer.prepare(ledger.mailing, named, now=now, change=change)
