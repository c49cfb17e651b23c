"""What SES reports of a mail, by the tags it was sent with: it settles what we could not know, and says who must not be written to.

Late, doubled and out-of-order reports change nothing they should not. The normal case, a SEND of what we noted as sent, costs a
read for all reports of a batch together, and no write.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.domain.delivery import Event, note
from chalicelib.domain.refusals import NotFound
from chalicelib.queues import Hint
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.usecases.subscribe import end
from chalicelib.world import World

log = logging.getLogger(__name__)

SOFT_BOUNCES = 5
SOFT_BOUNCES_WITHIN = timedelta(days=30)
"""An address is given up after so many mails bounced softly (mailbox full, server down) within this time."""

GREETING = "Successfully validated SNS topic"
"""What SES says to a topic when it is set up, in a plain sentence."""

EVENTS = {
    "Send": Event.SEND,
    "Complaint": Event.COMPLAINT,
    "Reject": Event.REJECT,
    "Rendering Failure": Event.RENDERING_FAILURE,
    "DeliveryDelay": Event.DELAY,
}


class StillHeld(Exception):
    """The batch is being sent right now, and its worker is about to write what it knows: this report comes again."""


@dataclass(frozen=True, slots=True)
class Report:
    """One event of one mail: its tags, as far as they are ours."""

    event: Event
    person: str
    hint: Hint
    mail: str


def feedback(world: World, messages: Iterable[tuple[str, str]]) -> list[str]:
    """Take SES's events, each with its message id; gives the ids of those that have to come again."""
    failed: list[str] = []
    of_batch: dict[Hint, list[tuple[str, Report]]] = defaultdict(list)
    for message_id, body in messages:
        if body.startswith(GREETING):
            continue
        try:
            if report := read(msgspec.json.decode(body)):
                of_batch[report.hint].append((message_id, report))
        except (msgspec.DecodeError, KeyError, TypeError):
            log.exception("report %s could not be read", message_id)
            failed.append(message_id)
    for hint, reports in of_batch.items():
        try:
            _note(world, hint, [report for _, report in reports])
            for _, report in reports:
                _suppress(world, report)
        except StillHeld:
            failed += [message_id for message_id, _ in reports]
        except Exception:
            log.exception("%d reports on mailing %s failed and will come again", len(reports), hint.mailing)
            failed += [message_id for message_id, _ in reports]
    return failed


def read(event: dict[str, Any]) -> Report | None:
    """None for what is not about a mail of ours, or of a kind we did not ask for.

    The shape is SES's event publishing: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
    """
    tags = {name: values[0] for name, values in event["mail"].get("tags", {}).items() if values}
    kind = EVENTS.get(event["eventType"])
    if event["eventType"] == "Bounce":
        kind = Event.HARD_BOUNCE if event["bounce"]["bounceType"] == "Permanent" else Event.SOFT_BOUNCE
    if kind is None or not {"mailing", "batch", "series", "person"} <= tags.keys():
        return None
    hint = Hint(mailing=tags["mailing"], series=tags["series"], batch=tags["batch"])
    return Report(kind, tags["person"], hint, event["mail"]["messageId"])


@decided_on_fresh_state
def _note(world: World, hint: Hint, reports: list[Report]) -> None:
    ledger = world.store.ledger(hint)
    if ledger is None:
        return  # long gone, or not ours
    now = world.clock()
    if ledger.batch.is_held(now=now):
        raise StillHeld
    batch = ledger.batch
    for report in reports:
        batch = note(batch, report.person, report.event, now=now)
    if batch is not ledger.batch:
        world.store.changes().settle(ledger.mailing, batch).commit()


def _suppress(world: World, report: Report) -> None:
    """Never write again to an address that does not exist, or whose owner calls our mail spam; that ends the subscription too."""
    now: datetime = world.clock()
    match report.event:
        case Event.HARD_BOUNCE:
            world.store.suppress(report.person, "bounce", now)
        case Event.SOFT_BOUNCE:
            expires = now + SOFT_BOUNCES_WITHIN
            if world.store.count_soft_bounce(report.person, report.mail, expires=expires) >= SOFT_BOUNCES:
                world.store.suppress(report.person, "soft bounces", now)
        case Event.COMPLAINT:
            world.store.suppress(report.person, "complaint", now)
            try:
                end(world, report.hint.series, report.person)
            except NotFound:
                return  # they complained of a mail about their registration
