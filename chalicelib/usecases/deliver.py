"""Send one batch: look at the present, claim, one SES call, note what became of each recipient.

Everything that can fail on our side happens before the claim, so that a batch left claimed by a dead worker means one thing only: SES
may or may not have taken it.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import replace
from datetime import timedelta

from chalicelib.domain.mailing import (
    Audience,
    Batch,
    BatchState,
    Delivery,
    Held,
    Mailing,
    Outcome,
    Progress,
    claim,
    overtaken,
    reason_to_skip,
    settle,
)
from chalicelib.domain.refusals import NotFound
from chalicelib.mail.mime import Attachment
from chalicelib.mail.render import Letter, Unrenderable, render
from chalicelib.mail.ses import Parcel, Recipient, outcomes
from chalicelib.queues import Hint
from chalicelib.store.table import LostRace
from chalicelib.usecases.compose import (
    Subject,
    attachments,
    compose,
    headers,
    personal_headers,
    personal_values,
)
from chalicelib.world import World

log = logging.getLogger(__name__)

FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=15)
"""SQS delays a message by at most 15 minutes."""


def deliver(world: World, mailing_id: str, first: str) -> None:
    """Send what can be sent of a batch now; hint it again for what SES asks to try later. Delivering twice sends once."""
    mailing = world.store.mailing(mailing_id)
    batch = world.store.batch(mailing_id, first)
    if mailing is None or batch is None or batch.state is BatchState.SENT:
        return
    try:
        settled = _send(world, mailing, batch)
    except (Held, LostRace):
        return  # another worker has it
    log.info("mailing %s, batch %s: %s", mailing.id, first, outcomes(settled.deliveries.values()))
    if settled.state is BatchState.WAITING:
        delay = min(FIRST_RETRY * 2 ** min(settled.attempt, 10), LONGEST_RETRY)
        world.queues.hint(mailing.lane, [Hint(mailing=mailing.id, batch=first)], delay=delay)


def _send(world: World, mailing: Mailing, batch: Batch) -> Batch:
    try:
        about = Subject(
            world.store.series(mailing.series), world.store.edition(mailing.edition) if mailing.edition else None
        )
        letter, files = _letter(world, mailing, about)
    except (NotFound, Unrenderable) as problem:
        failed = Delivery(outcome=Outcome.FAILED, reason=str(problem))
        return _save(world, mailing, settle(batch, dict.fromkeys(batch.deliveries, failed), now=world.clock()))
    skipped, recipients = _who(world, mailing, batch, about)
    if not recipients:
        return _save(world, mailing, settle(batch, skipped, now=world.clock()))
    claimed = claim(batch, owner=world.new_id(), now=world.clock())
    world.store.changes().save(claimed).commit()
    claimed = replace(claimed, version=batch.version + 1)
    to_send = tuple(one for one in recipients if claimed.deliveries[one.hash].outcome is Outcome.WAITING)
    sent: dict[str, Delivery] = {}
    if to_send:
        parcel = Parcel(
            series=about.series,
            letter=letter,
            recipients=to_send,
            tags={"mailing": mailing.id, "batch": batch.first, "series": mailing.series},
            headers=headers(world, mailing, about.series),
            attachments=files,
        )
        sent = world.mailer.send(parcel, mailing.lane)
    return _save(world, mailing, settle(claimed, skipped | sent, now=world.clock()))


def _who(world: World, mailing: Mailing, batch: Batch, about: Subject) -> tuple[dict[str, Delivery], list[Recipient]]:
    """Who is skipped and why, and who is written to: decided on what is true now."""
    waiting = [hash_ for hash_, one in batch.deliveries.items() if one.outcome is Outcome.WAITING]
    people, suppressed = world.store.recipients(mailing, waiting)
    now = world.clock()
    untrue = overtaken(mailing, about.edition, now=now)
    skipped: dict[str, Delivery] = {}
    recipients: list[Recipient] = []
    for hash_ in waiting:
        person = people.get(hash_)
        skip = untrue or reason_to_skip(mailing, person, suppressed=hash_ in suppressed, now=now)
        if skip or person is None:
            skipped[hash_] = Delivery(outcome=Outcome.SKIPPED, reason=str(skip))
            continue
        values = personal_values(world, mailing, hash_, person.name)
        recipients.append(
            Recipient(hash=hash_, address=person.address, values=values, headers=personal_headers(mailing, values))
        )
    return skipped, recipients


def _save(world: World, mailing: Mailing, settled: Batch) -> Batch:
    changes = world.store.changes().save(settled)
    if settled.state is BatchState.SENT and mailing.audience is Audience.PERSON:
        changes.close(replace(mailing, progress=Progress.FINISHED))
    changes.commit()
    return settled


_letters: OrderedDict[tuple[object, ...], tuple[Letter, tuple[Attachment, ...]]] = OrderedDict()
LETTERS_KEPT = 32


def _letter(world: World, mailing: Mailing, about: Subject) -> tuple[Letter, tuple[Attachment, ...]]:
    """The letter and its files: rendered once for all that say the same, as every recipient's own values are filled in later."""
    now = world.clock()
    message = compose(world, mailing, about, now=now)
    key = (type(message), message)
    if key not in _letters:
        _letters[key] = (render(message), attachments(world, message, now=now))
        while len(_letters) > LETTERS_KEPT:
            _letters.popitem(last=False)
    return _letters[key]
