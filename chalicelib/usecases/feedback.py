"""What SES reports of a mail, by the tags it was sent with: it settles what we could not know, and says who must not be written to.

Late, doubled and out-of-order reports change nothing they should not. The normal case, a SEND of what we noted as sent, costs a
read for all reports of a batch together, and no write.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from chalicelib.domain.delivery import Event, note
from chalicelib.domain.refusals import NotFound
from chalicelib.domain.suppression import (
    SOFT_BOUNCES_WITHIN,
    SoftBounce,
    bounced_at,
    is_a_persons_no,
    is_given_up,
    is_soft_bounce,
)
from chalicelib.queues import Hint
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.usecases.subscribe import end
from chalicelib.world import World

log = logging.getLogger(__name__)

GREETING = "Successfully validated SNS topic"
"""What SES says to a topic when it is set up, in a plain sentence."""

EVENTS = {
    "Send": Event.SEND,
    "Complaint": Event.COMPLAINT,
    "Reject": Event.REJECT,
    "Rendering Failure": Event.RENDERING_FAILURE,
    "DeliveryDelay": Event.DELAY,
}


TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
"""What SES takes as the value of a tag, and so the shape of every id and keyed hash we send."""


class StillHeld(Exception):
    """The batch is being sent right now, and its worker is about to write what it knows: this report comes again."""


class _Mail(msgspec.Struct):
    messageId: str  # noqa: N815  # SES's names, here and below
    tags: dict[str, list[str]] | None = None


class _Recipient(msgspec.Struct):
    status: str | None = None
    diagnosticCode: str | None = None  # noqa: N815


class _Bounce(msgspec.Struct):
    bounceType: str  # noqa: N815
    bounceSubType: str | None = None  # noqa: N815
    bouncedRecipients: list[_Recipient] | None = None  # noqa: N815
    timestamp: str | None = None


class _Complaint(msgspec.Struct):
    complaintFeedbackType: str | None = None  # noqa: N815


class _Said(msgspec.Struct):
    """What we need of an event. Everything else in it may have any shape.

    https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
    """

    eventType: str  # noqa: N815
    mail: _Mail
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One event of one mail: its tags, as far as they are ours. ``soft_bounce`` is there where one counts against the address."""

    event: Event
    person: str
    hint: Hint
    soft_bounce: SoftBounce | None = None


def feedback(world: World, messages: Iterable[tuple[str, str]]) -> list[str]:
    """Take SES's events, each with its message id; gives the ids of those that have to come again.

    What cannot be read comes again too, so that it ends in the dead letters, where somebody looks at it. It hinders no other.
    """
    failed: list[str] = []
    of_batch: dict[Hint, list[tuple[str, Report]]] = defaultdict(list)
    for message_id, body in messages:
        if body.startswith(GREETING):
            continue
        try:
            if report := read(body, now=world.clock()):
                of_batch[report.hint].append((message_id, report))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is this message's alone
            # No traceback and no words but msgspec's, which name the place and not what stands there: a report holds addresses.
            why = error if isinstance(error, msgspec.MsgspecError) else type(error).__name__
            log.error("report %s could not be read: %s", message_id, why)  # noqa: TRY400
            failed.append(message_id)
    for hint, reports in of_batch.items():
        try:
            _note(world, hint, [report for _, report in reports])
        except StillHeld:
            failed += [message_id for message_id, _ in reports]
            continue
        except Exception:
            log.exception("%d reports on mailing %s failed and will come again", len(reports), hint.mailing)
            failed += [message_id for message_id, _ in reports]
            continue
        for message_id, report in reports:
            try:
                _suppress(world, report)
            except Exception:
                log.exception("report %s failed and will come again", message_id)
                failed.append(message_id)
    return failed


def read(body: str, *, now: datetime) -> Report | None:
    """None for what is not about a mail of ours, or of a kind we did not ask for. Raises ``msgspec.MsgspecError`` for any other shape."""
    said = msgspec.json.decode(body, type=_Said)
    kind = EVENTS.get(said.eventType)
    soft_bounce = None
    if said.eventType == "Bounce":
        if said.bounce is None:
            raise msgspec.ValidationError("a Bounce without `$.bounce`")
        kind = Event.HARD_BOUNCE if said.bounce.bounceType == "Permanent" else Event.SOFT_BOUNCE
        if kind is Event.SOFT_BOUNCE and _counts(said.bounce):
            soft_bounce = SoftBounce(said.mail.messageId, bounced_at(_time(said.bounce.timestamp), now=now))
    if kind is Event.COMPLAINT and said.complaint and not is_a_persons_no(said.complaint.complaintFeedbackType or ""):
        return None
    if kind is None or (tags := _ours(said.mail)) is None:
        return None
    hint = Hint(mailing=tags["mailing"], series=tags["series"], batch=tags["batch"])
    return Report(kind, tags["person"], hint, soft_bounce)


def _counts(bounce: _Bounce) -> bool:
    status = any(one.status or one.diagnosticCode for one in bounce.bouncedRecipients or [])
    return is_soft_bounce(bounce.bounceSubType or "", delivery_status=status)


def _time(stamp: str | None) -> datetime | None:
    try:
        read = datetime.fromisoformat(stamp or "")
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)


def _ours(mail: _Mail) -> dict[str, str] | None:
    """Our four tags, or None where they are not all there: then somebody else has sent this mail."""
    told = mail.tags or {}
    tags = {name: told[name][0] for name in ("mailing", "batch", "series", "person") if told.get(name)}
    return tags if len(tags) == 4 and all(map(TAG.fullmatch, tags.values())) else None  # noqa: PLR2004


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
        case Event.SOFT_BOUNCE if report.soft_bounce:
            bounces = world.store.remember_soft_bounce(
                report.person, report.soft_bounce, since=now - SOFT_BOUNCES_WITHIN, expires=now + SOFT_BOUNCES_WITHIN
            )
            if is_given_up(bounces, now=now):
                world.store.suppress(report.person, "soft bounces", now)
        case Event.COMPLAINT:
            world.store.suppress(report.person, "complaint", now)
            try:
                end(world, report.hint.series, report.person)
            except NotFound:
                return  # they complained of a mail about their registration
