"""From a mailing to its message: what is said, which values are personal, which headers and files go along.

Preview and sending both come through here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from chalicelib.domain.delivery import BATCH_SIZE
from chalicelib.domain.heard import Change, changed, read
from chalicelib.domain.mailing import Kind, Mailing
from chalicelib.domain.registration import called
from chalicelib.domain.series import Edition, Series, Status
from chalicelib.mail.messages import (
    Announcement,
    EditionCancelled,
    EditionFull,
    EditionMoved,
    Message,
    RegistrationConfirmation,
    Reminder,
    SeatGivenBack,
    SubmissionKept,
    SubscriptionConfirmation,
)
from chalicelib.mail.mime import Attachment
from chalicelib.mail.render import Unrenderable, render
from chalicelib.world import World

NO_FACTS: Mapping[str, str] = {}

WITH_CALENDAR = (RegistrationConfirmation, SeatGivenBack, EditionMoved, EditionCancelled)
TAKES_OUT = (SeatGivenBack, EditionCancelled)
"""Their calendar entry takes the date out of the calendar again."""


class Subject(NamedTuple):
    """What a mailing is about. ``edition`` is None for those about a series only."""

    series: Series
    edition: Edition | None


def compose(world: World, mailing: Mailing, about: Subject, *, now: datetime, change: Change | None = None) -> Message:
    """What the mailing says at ``now`` to those to whom it is ``change``; without one, to those who were told all that was before it.

    A registration that was confirmed a moment before the edition was called off is not told to come: its confirmation says that
    it was cancelled.
    """
    series, edition = about
    site_url = world.settings.public_url
    if mailing.kind is Kind.SUBMISSION_KEPT:
        return SubmissionKept(series=series, site_url=site_url)
    if edition is None:
        return SubscriptionConfirmation(series=series, site_url=site_url)
    if mailing.kind is Kind.SEAT_GIVEN_BACK:
        return SeatGivenBack(series=series, edition=edition, site_url=site_url)
    if edition.status is Status.CANCELLED:
        begun, was = mailing.due_at >= edition.starts_at, change.was if change else None
        return EditionCancelled(series=series, edition=edition, site_url=site_url, begun=begun, was=was)
    match mailing.kind:
        case Kind.ANNOUNCEMENT:
            is_open = now < edition.registration_closes_at
            return Announcement(series=series, edition=edition, site_url=site_url, is_open=is_open)
        case Kind.REMINDER:
            today = now.astimezone(ZoneInfo(edition.zone)).date()
            days_left = (edition.local_start.date() - today).days
            return Reminder(series=series, edition=edition, site_url=site_url, days_left=days_left)
        case Kind.EDITION_MOVED:
            was, news = change or changed(read(mailing.detail), edition)
            return EditionMoved(series=series, edition=edition, site_url=site_url, was=was, news=news)
        case Kind.EDITION_FULL:
            return EditionFull(series=series, edition=edition, site_url=site_url)
        case _:
            return RegistrationConfirmation(series=series, edition=edition, site_url=site_url)


def personal_values(
    world: World,
    mailing: Mailing,
    person: str,
    name: str,
    *,
    wanted: Collection[str],
    facts: Mapping[str, str] = NO_FACTS,
) -> dict[str, str]:
    """What differs from one recipient to the next, as far as the letter wants it: each link costs a signature.

    ``facts`` are what an addressee's mailing knows and nobody else does.
    """
    values: dict[str, str] = {}
    for one in wanted:
        match one:
            case "name":
                values[one] = called(name)
            case "manage_url":
                values[one] = world.links.manage(mailing.edition, person)
            case "confirm_url":
                values[one] = world.links.confirm(mailing.series, person, int(mailing.detail or 0))
            case "unsubscribe_url":
                values[one] = world.links.end(mailing.series, person)
            case _ if one in facts:
                values[one] = facts[one]
    return values


def headers(world: World, mailing: Mailing, series: Series) -> dict[str, str]:
    """Everybody's: RFC 3834 §5 for what a machine wrote, RFC 2919 for what a list sent."""
    if mailing.kind is Kind.ANNOUNCEMENT:
        return {"List-Id": f"<{series.slug}.{urlsplit(world.settings.public_url).hostname}>"}
    return {"Auto-Submitted": "auto-generated"}


def personal_headers(mailing: Mailing, values: dict[str, str]) -> dict[str, str]:
    """One-click unsubscription, RFC 8058 §3.1."""
    if mailing.kind is not Kind.ANNOUNCEMENT:
        return {}
    return {
        "List-Unsubscribe": f"<{values['unsubscribe_url']}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def attachments(world: World, mailing: Mailing, message: Message, *, now: datetime) -> tuple[Attachment, ...]:
    if not isinstance(message, WITH_CALENDAR):
        return ()
    from chalicelib.mail import calendar  # 75 ms, and most mails carry no entry

    cancelled = isinstance(message, TAKES_OUT)
    content = calendar.entry(
        message.series,
        message.edition,
        site_url=world.settings.public_url,
        now=now,
        round_=mailing.round,
        cancelled=cancelled,
    )
    method = "CANCEL" if cancelled else "PUBLISH"
    return (Attachment(f"{message.series.slug}.ics", f"text/calendar; charset=utf-8; method={method}", content),)


def check_fits(template: Mapping[str, str], files: tuple[Attachment, ...], headers: Mapping[str, str]) -> None:
    """Raise ``Unrenderable`` for what SES would refuse, before the first mail instead of at each."""
    size = sum(len(part.encode()) for part in template.values()) + sum(len(file.content) * 4 // 3 for file in files)
    if size + BATCH_SIZE * LARGEST_ENTRY > LARGEST_REQUEST:
        raise Unrenderable(f"The mail has {size:,} bytes; with {BATCH_SIZE} recipients SES takes no more than 1 MB.")
    for name, value in headers.items():
        if len(name) + len(value) > LONGEST_HEADER or not value.isascii() or not value.isprintable():
            raise Unrenderable(f"SES takes no {name} header like this: {value[:80]}")


LARGEST_REQUEST = 1_000_000
LARGEST_ENTRY = 4_000
LONGEST_HEADER = 996
"""SES API v2, MessageHeader: name and value together."""


def check_renders(world: World, mailing: Mailing, about: Subject, *, now: datetime) -> None:
    """Raise ``Unrenderable`` for a mail that could not be sent at ``now``."""
    message = compose(world, mailing, about, now=now)
    files = attachments(world, mailing, message, now=now)
    check_fits(render(message).as_template(), files, headers(world, mailing, about.series))
