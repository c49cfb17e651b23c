"""Which bounces say that an address is not worth writing to, when there are too many of them, and which complaints are
a person's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from chalicelib.domain.delivery import Event
from chalicelib.domain.refusals import Conflict, mark

SOFT_BOUNCES = 5
SOFT_BOUNCE_DAYS = 3
SOFT_BOUNCES_WITHIN = timedelta(days=30)
"""An address is given up after so many mails bounced softly (mailbox full, server down) on so many days (UTC) within
this time."""

OLDEST_REPORT = timedelta(days=60)
"""SQS keeps a report for 14 days at most. A report that claims to be older than this does not know its time."""

ABOUT_THE_MAIL = {"MessageTooLarge", "ContentRejected", "AttachmentRejected"}
"""Subtypes of bounces that say something of this one mail, and nothing of the address."""

UNEXPLAINED = {"", "General", "Undetermined"}
"""Subtypes under which SES also reports mails that are no bounces, because they came back to where bounces go."""

ABOUT_THE_ADDRESS = {Event.HARD_BOUNCE, Event.SOFT_BOUNCE, Event.COMPLAINT}
"""Events that say something of the address, whichever mail they are of."""


class Cause(StrEnum):
    """Why an address is suppressed: it does not exist, it bounced too often, or its owner calls our mail spam.

    A complaint is a person's no, and not a fault of their mailbox: it ends subscriptions too, and no other cause takes
    its place.
    """

    BOUNCE = "bounce"
    SOFT_BOUNCES = "soft bounces"
    COMPLAINT = "complaint"


class NotSuppressed(Conflict):
    message = mark("Nothing keeps us from writing to this address.")


class ComplainedAbout(Conflict):
    message = mark(
        "This person called our mail spam. Write to them again only if they have asked for it themselves, and say so "
        'with "person_asked": true. Their subscriptions stay ended: they subscribe again themselves.'
    )


class Suppression(NamedTuple):
    """An address that is not written to, why, and since when."""

    reason: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifting:
    """A suppression that was taken back, kept as a record.

    ``suppressed_for`` and ``suppressed_at`` are what it was. ``by`` is who lifted it, in their own words, and ``key``
    the beginning of the hash of the admin key they used. ``person`` is a keyed hash.
    """

    person: str
    suppressed_for: str
    suppressed_at: datetime
    lifted_at: datetime
    by: str
    key: str
    reason: str
    person_asked: bool
    version: int = 0


def lift(
    suppression: Suppression | None, *, person: str, by: str, key: str, reason: str, person_asked: bool, now: datetime
) -> Lifting:
    """Take a suppression back.

    Raises ``NotSuppressed``; ``ComplainedAbout`` where it is a person's no and they did not ask.
    """
    if suppression is None:
        raise NotSuppressed
    if suppression.reason == Cause.COMPLAINT and not person_asked:
        raise ComplainedAbout
    return Lifting(
        person=person,
        suppressed_for=suppression.reason,
        suppressed_at=suppression.since,
        lifted_at=now,
        by=by,
        key=key,
        reason=reason,
        person_asked=person_asked,
    )


class SoftBounce(NamedTuple):
    """``mail`` is the id SES gave the mail."""

    mail: str
    at: datetime


def is_soft_bounce(subtype: str, *, delivery_status: bool) -> bool:
    """Whether a bounce that is not permanent counts against its address.

    An out-of-office answer is reported as ``General``. A server that could not deliver says why in a delivery status
    notification (RFC 3464); an answer that a person's mailbox wrote has none.
    """
    if subtype in ABOUT_THE_MAIL:
        return False
    return delivery_status or subtype not in UNEXPLAINED


def is_a_persons_no(feedback_type: str) -> bool:
    """Whether a complaint says that a person calls the mail spam.

    ``feedback_type`` as in RFC 5965 §7.3 and its registry; many mail providers name none. ``not-spam`` says the
    opposite; ``auth-failure``, ``virus``, ``fraud`` and ``other`` are a program's view of the mail.
    """
    return feedback_type.strip().lower() in {"", "abuse"}


def bounced_at(told: datetime | None, *, now: datetime) -> datetime:
    """When it bounced: as the report says, where that can be true."""
    return told if told and now - OLDEST_REPORT < told <= now else now


def is_given_up(bounces: Iterable[SoftBounce], *, now: datetime) -> bool:
    """Whether so many different mails bounced lately that the address gets no more.

    A mail reported twice counts once.
    """
    first: dict[str, datetime] = {}
    for bounce in bounces:
        first[bounce.mail] = min(bounce.at, first.get(bounce.mail, bounce.at))
    lately = [at for at in first.values() if now - at <= SOFT_BOUNCES_WITHIN]
    return len(lately) >= SOFT_BOUNCES and len({at.date() for at in lately}) >= SOFT_BOUNCE_DAYS


def cause_of(event: Event, bounces: Iterable[SoftBounce] = (), *, now: datetime) -> Cause | None:
    """Why the address gets no more mail after this event, or None where it still does.

    ``bounces`` are its soft bounces so far.
    """
    match event:
        case Event.HARD_BOUNCE:
            return Cause.BOUNCE
        case Event.COMPLAINT:
            return Cause.COMPLAINT
        case Event.SOFT_BOUNCE:
            return Cause.SOFT_BOUNCES if is_given_up(bounces, now=now) else None
        case _:
            return None
