"""From a mailing to its message: what is said, which values are personal, which headers and files go along.

Preview and sending both come through here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from chalicelib.domain.delivery import BATCH_SIZE
from chalicelib.domain.heard import Change
from chalicelib.domain.mailing import Mailing
from chalicelib.domain.mails import MAILS, Entry, Headers, Kind
from chalicelib.domain.registration import called
from chalicelib.domain.series import Edition, Series, Status
from chalicelib.mail.messages import MESSAGE, EditionMessage, Message, Occasion
from chalicelib.mail.mime import Attachment
from chalicelib.mail.render import Unrenderable, render
from chalicelib.world import World

NO_FACTS: Mapping[str, str] = {}


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
    called_off = edition is not None and edition.status is Status.CANCELLED and not mailing.mail.to_who_left
    kind = Kind.EDITION_CANCELLED if called_off else mailing.kind
    return MESSAGE[kind].on(Occasion(series, edition, world.settings.public_url, mailing, now, change))


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
    if mailing.mail.headers is Headers.LIST:
        return {"List-Id": f"<{series.slug}.{urlsplit(world.settings.public_url).hostname}>"}
    return {"Auto-Submitted": "auto-generated"}


def personal_headers(mailing: Mailing, values: dict[str, str]) -> dict[str, str]:
    """One-click unsubscription, RFC 8058 §3.1."""
    if mailing.mail.headers is not Headers.LIST:
        return {}
    return {
        "List-Unsubscribe": f"<{values['unsubscribe_url']}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def attachments(world: World, mailing: Mailing, message: Message, *, now: datetime) -> tuple[Attachment, ...]:
    entry = MAILS[Kind(message.folder())].entry  # of what is said, which may be that the edition is cancelled
    if entry is None or not isinstance(message, EditionMessage):
        return ()
    from chalicelib.mail import calendar  # 75 ms, and most mails carry no entry

    content = calendar.entry(
        message.series,
        message.edition,
        site_url=world.settings.public_url,
        now=now,
        round_=mailing.round,
        cancelled=entry is Entry.REMOVED,
    )
    return (Attachment(f"{message.series.slug}.ics", f"text/calendar; charset=utf-8; method={entry}", content),)


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
