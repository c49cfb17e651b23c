"""What SES reports of a mail, by the tags it was sent with: it settles what we could not know, and says who must not be
written to.

A report without our tags (a notification of the identity, not of the configuration set) tells nothing of a mailing;
whom it is about is known by the address's keyed hash.

Late, doubled and out-of-order reports change nothing they should not. The normal case, a SEND of what we noted as sent,
costs a read for all reports of a batch together, and no write.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parseaddr

import msgspec

from chalicelib.domain.delivery import Event, Report, newly_bounced, record
from chalicelib.domain.hint import NO_SERIES, Hint
from chalicelib.domain.refusals import NotFound
from chalicelib.domain.suppression import (
    ABOUT_THE_ADDRESS,
    Cause,
    SoftBounce,
    bounced_at,
    cause_of,
    is_a_persons_no,
    is_soft_bounce,
)
from chalicelib.domain.tally import counts_of
from chalicelib.identity import Addresses
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


class _Mail(msgspec.Struct):
    messageId: str  # noqa: N815  # SES's names, here and below
    tags: dict[str, list[str]] | None = None
    destination: list[str] | None = None


class _Recipient(msgspec.Struct):
    emailAddress: str | None = None  # noqa: N815
    status: str | None = None
    diagnosticCode: str | None = None  # noqa: N815


class _Bounce(msgspec.Struct):
    bounceType: str  # noqa: N815
    bounceSubType: str | None = None  # noqa: N815
    bouncedRecipients: list[_Recipient] | None = None  # noqa: N815
    timestamp: str | None = None


class _Complaint(msgspec.Struct):
    complaintFeedbackType: str | None = None  # noqa: N815
    complainedRecipients: list[_Recipient] | None = None  # noqa: N815


class _Said(msgspec.Struct):
    """What we need of a report. Everything else in it may have any shape.

    Events of a configuration set have an ``eventType``, notifications of an identity a ``notificationType`` and no
    tags: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
    https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
    """

    eventType: str | None = None  # noqa: N815
    notificationType: str | None = None  # noqa: N815
    mail: _Mail | None = None
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """A report and whom it is about. Without a ``hint`` nobody knows which mailing it was of, only to whom.

    ``soft_bounce`` is there where one counts against the address.
    """

    report: Report
    person: str
    hint: Hint | None
    soft_bounce: SoftBounce | None = None


def feedback(world: World, messages: Iterable[tuple[str, str]]) -> list[str]:
    """Take SES's events, each with its message id; gives the ids of those that have to come again.

    What cannot be read comes again too, so that it ends in the dead letters, where somebody looks at it. It
    hinders no other.
    """
    failed: list[str] = []
    of_batch: dict[Hint | None, list[tuple[str, Reported]]] = defaultdict(list)
    for message_id, body in messages:
        if body.startswith(GREETING):
            continue
        try:
            for reported in read(body, world.addresses, now=world.clock()):
                of_batch[reported.hint].append((message_id, reported))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is this message's alone
            # No traceback and no words but msgspec's, which name the place and not what stands there: a report holds
            # addresses.
            why = error if isinstance(error, msgspec.MsgspecError) else type(error).__name__
            log.error("report %s could not be read: %s", message_id, why)  # noqa: TRY400
            failed.append(message_id)
    for hint, reports in of_batch.items():
        failed += _take(world, hint, reports)
    return failed


def _take(world: World, hint: Hint | None, reports: list[tuple[str, Reported]]) -> list[str]:
    """Take the reports on one batch; gives the ids of those that have to come again."""
    try:
        if hint:
            _record(world, hint, [reported for _, reported in reports])
    except Exception:
        log.exception("%d reports of %s failed and will come again", len(reports), hint)
        return [message_id for message_id, _ in reports]
    failed: dict[str, None] = {}  # in order, and once each: a report may be about several addresses
    for message_id, reported in reports:
        try:
            _suppress(world, reported)
        except Exception:
            log.exception("report %s failed and will come again", message_id)
            failed[message_id] = None
    return list(failed)


def read(body: str, addresses: Addresses, *, now: datetime) -> list[Reported]:
    """One report, more where a mail without our tags went to several, none of a kind we did not ask for.

    Raises ``msgspec.MsgspecError`` for any other shape.
    """
    said = msgspec.json.decode(body, type=_Said)
    event = _event(said)
    if event is None:
        return []
    if said.mail is None:
        raise msgspec.ValidationError("no `$.mail`")
    report, soft_bounce = Report(said.mail.messageId, event), None
    if event is Event.SOFT_BOUNCE and said.bounce and _counts(said.bounce):
        soft_bounce = SoftBounce(said.mail.messageId, bounced_at(_time(said.bounce.timestamp), now=now))
    if tags := _ours(said.mail):
        series = "" if tags["series"] == NO_SERIES else tags["series"]
        hint = Hint(mailing=tags["mailing"], series=series, batch=tags["batch"])
        return [Reported(report, tags["person"], hint, soft_bounce)]
    if event not in ABOUT_THE_ADDRESS:
        return []
    return [Reported(report, addresses.hash(address), None, soft_bounce) for address in _whom(said, said.mail)]


def _event(said: _Said) -> Event | None:
    kind = said.eventType or said.notificationType
    if not kind:
        raise msgspec.ValidationError("neither `$.eventType` nor `$.notificationType`")
    if kind == "Bounce":
        if said.bounce is None:
            raise msgspec.ValidationError("a bounce without `$.bounce`")
        return Event.HARD_BOUNCE if said.bounce.bounceType == "Permanent" else Event.SOFT_BOUNCE
    if kind == "Complaint" and said.complaint and not is_a_persons_no(said.complaint.complaintFeedbackType or ""):
        return None
    return EVENTS.get(kind)


def _whom(said: _Said, mail: _Mail) -> set[str]:
    """The addresses that a bounce or complaint without our tags is about, as far as that is certain."""
    bounced = said.bounce and said.bounce.bouncedRecipients
    complained = said.complaint and said.complaint.complainedRecipients
    named = [one.emailAddress for one in bounced or complained or [] if one.emailAddress] or mail.destination or []
    found = {parseaddr(address)[1] for address in named} - {""}
    # Which recipient complained of a mail to several is rarely known: SES then names everybody it may have been.
    return found if bounced or len(found) == 1 else set()


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
def _record(world: World, hint: Hint, reports: list[Reported]) -> None:
    ledger = world.store.find_ledger(hint)
    if ledger is None:
        return  # long gone, or not ours
    now = world.clock()
    batch = ledger.batch
    for reported in reports:
        batch = record(batch, reported.person, reported.report, now=now)
    if batch is ledger.batch:
        return
    changes = world.store.changes().settle(ledger.mailing, batch)
    if ledger.mailing.batch is None and counts_of(batch) != counts_of(ledger.batch):
        changes.want_tally(ledger.mailing, now=now)
    if ledger.mailing.audience.is_registered:
        for person in newly_bounced(ledger.batch, batch):
            registration = world.store.find_registration(ledger.mailing.edition, person)
            if registration and not registration.bounced:
                changes.save(replace(registration, bounced=True))
    changes.commit()


def _suppress(world: World, reported: Reported) -> None:
    """Never write again to an address that does not exist, or whose owner calls our mail spam; that ends the
    subscription too."""
    now, person, bounces = world.clock(), reported.person, list[SoftBounce]()
    if reported.soft_bounce:
        bounces = world.store.remember_soft_bounce(person, reported.soft_bounce, now=now)
    cause = cause_of(reported.report.event, bounces, now=now)
    if cause is None:
        return
    world.store.suppress(person, cause, now)
    if cause is Cause.COMPLAINT:
        for slug in _series_complained_of(world, reported.hint):
            with suppress(NotFound):  # they complained of a mail about their registration
                end(world, slug, person)


def _series_complained_of(world: World, hint: Hint | None) -> list[str]:
    """The mail's series, if it belongs to one; all of them where nobody knows which mail it was."""
    if hint is None:
        return [one.slug for one in world.store.all_series()]
    return [hint.series] if hint.series else []
