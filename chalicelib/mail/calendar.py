"""The calendar entry of an edition (RFC 5545), by icalendar.

The UID stays for the edition's life and SEQUENCE goes up with whatever changes for the person, so that a calendar
updates its entry instead of adding another. Start and end are in UTC: a VTIMEZONE would need rules that no two
calendars read alike, and what changes for daylight saving between the two needs no thought.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

import icalendar

from chalicelib import paths
from chalicelib.domain.edition import Edition, Status
from chalicelib.domain.series import Series
from chalicelib.words.language import tongue

ROUNDS = 10_000
"""How far the SEQUENCE of two revisions of an edition lie apart: each is above all that one person did before it."""


def sequence(edition: Edition, round_: int = 0) -> int:
    """The SEQUENCE of an entry: up with every revision of the edition, and within one with every ``round_`` of its
    reader's registration.

    An entry for everybody is of round 0.
    """
    return edition.revision * ROUNDS + min(round_, ROUNDS - 1)


def entry(
    series: Series, edition: Edition, *, site_url: str, now: datetime, round_: int = 0, cancelled: bool = False
) -> bytes:
    """As a file: PUBLISH, or CANCEL when the edition was called off (or ``cancelled`` says so for one person).

    ``round_`` is that of the one registration whom it is for. A published entry has no attendees, nor has its
    cancellation: RFC 5546 §3.2.1 and §4.1.3.
    """
    cancelled = cancelled or edition.status is Status.CANCELLED
    event = icalendar.Event()
    event.add("uid", f"{edition.id}@{urlsplit(site_url).hostname}")
    event.add("sequence", sequence(edition, round_))
    event.add("dtstamp", now)
    event.add("dtstart", edition.starts_at)
    event.add("dtend", edition.ends_at)
    event.add("summary", f"{series.title}: {edition.title}")
    event.add("location", _where(series, edition))
    event.add("url", site_url + paths.EDITION(edition.id))
    event.add("description", _description(series, edition, site_url))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    organizer = icalendar.vCalAddress(f"mailto:{series.reply_to or series.sender_address}")
    # A backslash at its end would swallow the quote behind it: RFC 5545 §3.1 knows no escape in a parameter.
    organizer.params["cn"] = icalendar.vText(series.sender_name.replace("\\", "/"))
    event.add("organizer", organizer)
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Kaffeepause//Kaffeepause//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _where(series: Series, edition: Edition) -> str:
    """The place even of an edition that is online as well: calendars show it on a map."""
    location = edition.location
    return location.place or location.join_url or tongue(series.language).translate("Online")


def _description(series: Series, edition: Edition, site_url: str) -> str:
    spoken = tongue(series.language)
    lines = [spoken.speakers(edition.speakers), edition.location.join_url, site_url + paths.EDITION(edition.id)]
    return "\n".join(line for line in lines if line)
