"""Why a mail is not sent: decided from the present, immediately before the call."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from chalicelib.domain.addressee import Addressee
from chalicelib.domain.audience import Whom
from chalicelib.domain.edition import Edition, Status
from chalicelib.domain.mailing import Mailing, Progress
from chalicelib.domain.mails import Audience, Until
from chalicelib.domain.registration import Registration
from chalicelib.domain.subscription import Standing, Subscriber


class Skip(StrEnum):
    """Why a mail was not sent. A value, so that an organiser can be told."""

    UNSUBSCRIBED = "unsubscribed"
    NOT_CONFIRMED = "not-confirmed"
    REGISTRATION_CANCELLED = "registration-cancelled"
    EDITION_CANCELLED = "edition-cancelled"
    EDITION_MOVED = "edition-moved"
    LINK_CHANGED = "link-changed"
    TOO_LATE = "too-late"
    REGISTERED_BEFORE = "registered-before"
    REGISTERED_LATER = "registered-later"
    REGISTERED_SINCE = "registered-since"
    JUST_CONFIRMED = "just-confirmed"
    TOLD_ALREADY = "told-already"
    CONFIRMATION_FOLLOWS = "confirmation-follows"
    ASKED_AGAIN = "asked-again"
    SUPPRESSED = "suppressed"
    ERASED = "erased"
    REGISTERED = "registered"
    JOINED_EARLIER = "joined-earlier"
    MAILING_CANCELLED = "mailing-cancelled"


def end_of(mailing: Mailing, edition: Edition) -> datetime:
    """From when on it is too late."""
    mail = mailing.mail
    return (edition.ends_at if mail.until is Until.END else edition.starts_at) + mail.leeway


def too_late(mailing: Mailing, edition: Edition, *, now: datetime) -> bool:
    return now >= end_of(mailing, edition)


def _ended_by_cancellation(mailing: Mailing, edition: Edition) -> bool:
    """What an organiser wrote before they called the edition off was not about that."""
    if edition.status is not Status.CANCELLED:
        return False
    mail = mailing.mail
    return not mail.survives_cancellation or (mail.own_words and mailing.revision < edition.revision)


def overtaken(mailing: Mailing, edition: Edition | None, *, now: datetime) -> Skip | None:
    """Why the mailing must not be sent to anybody any more; None where it may."""
    if mailing.progress is Progress.CANCELLED:
        return Skip.MAILING_CANCELLED
    if edition is None:
        return None
    if _ended_by_cancellation(mailing, edition):
        return Skip.EDITION_CANCELLED
    if mailing.mail.of_one_date and not edition.keeps_its_date_since(mailing.revision):
        return Skip.EDITION_MOVED
    if mailing.mail.tells_link and mailing.revision != edition.revision:
        return Skip.LINK_CHANGED  # a later mailing tells all that is new
    if too_late(mailing, edition, now=now):
        return Skip.TOO_LATE
    return None


def reason_to_skip(
    mailing: Mailing,
    recipient: Registration | Subscriber | Addressee | None,
    *,
    suppressed: bool,
    registered: bool = False,
    heard: bool = False,
    now: datetime,
) -> Skip | None:
    """Decided from the present, immediately before the call: not from what was true when the batch was cut.

    ``registered``: whether an addressee or a subscriber has a seat in the mailing's edition by now. ``heard`` says
    that it is known what somebody has heard of the edition: then that decides whether a move is news to them, and not
    when they registered.
    """
    if recipient is None:
        return Skip.ERASED
    if suppressed:
        return Skip.SUPPRESSED
    if isinstance(recipient, Addressee):
        return _reason_to_skip_addressee(recipient, registered=registered, now=now)
    if isinstance(recipient, Subscriber):
        return _reason_to_skip_subscriber(mailing, recipient, registered=registered)
    return _reason_to_skip_registered(mailing, recipient, heard=heard, now=now)


def _reason_to_skip_registered(mailing: Mailing, recipient: Registration, *, heard: bool, now: datetime) -> Skip | None:
    mail = mailing.mail
    if mail.to_who_left:
        return _reason_to_skip_given_back(mailing, recipient)
    if not recipient.is_active:
        return Skip.REGISTRATION_CANCELLED
    if mail.of_a_round and mailing.detail not in ("", str(recipient.round)):
        return Skip.ASKED_AGAIN
    if mailing.until is not None and now >= mailing.until:
        return Skip.TOO_LATE
    if mailing.selection.since is not None and recipient.since < mailing.selection.since:
        return Skip.REGISTERED_BEFORE
    if mail.of_one_date and not (mail.tells_change and heard) and recipient.since > mailing.due_at:
        return Skip.REGISTERED_LATER
    if mail.quiet and now - recipient.asked_at < mail.quiet:
        return Skip.JUST_CONFIRMED
    return None


def _reason_to_skip_addressee(addressee: Addressee, *, registered: bool, now: datetime) -> Skip | None:
    if now >= addressee.expires_at:
        return Skip.ERASED  # as if DynamoDB had deleted it in time
    return Skip.REGISTERED_SINCE if registered else None


def _reason_to_skip_given_back(mailing: Mailing, registration: Registration) -> Skip | None:
    """One of an earlier round: they had a seat again in between, and gave that back with a mail of its own."""
    in_between = registration.is_active or mailing.detail not in ("", str(registration.round))
    return Skip.REGISTERED_SINCE if in_between else None


def _reason_to_skip_subscriber(mailing: Mailing, subscriber: Subscriber, *, registered: bool) -> Skip | None:
    if mailing.audience is Audience.SUBSCRIBER:
        if subscriber.standing is Standing.PENDING and mailing.detail not in ("", str(subscriber.round)):
            return Skip.ASKED_AGAIN  # its link would confirm nothing any more
        return None if subscriber.standing is Standing.PENDING else Skip.UNSUBSCRIBED
    if subscriber.standing is Standing.ENDED:
        return Skip.UNSUBSCRIBED
    if not subscriber.is_active:
        return Skip.NOT_CONFIRMED
    selection = mailing.selection
    if selection.whom is Whom.NOT_REGISTERED and registered:
        return Skip.REGISTERED
    return Skip.JOINED_EARLIER if selection.since and subscriber.since < selection.since else None
