"""The calendar entry of an edition (RFC 5545), by icalendar.

The UID stays for the edition's life and SEQUENCE goes up with every material change, so that a calendar updates its entry instead of
adding another.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import icalendar

from chalicelib.domain.series import Edition, Series, Status
from chalicelib.language import tongue


def entry(series: Series, edition: Edition, *, site_url: str, now: datetime, cancelled: bool = False) -> bytes:
    """As a file: PUBLISH, or CANCEL when the edition was called off (or ``cancelled`` says so for one person)."""
    cancelled = cancelled or edition.status is Status.CANCELLED
    start = edition.local_start.replace(tzinfo=ZoneInfo(edition.zone))
    event = icalendar.Event()
    event.add("uid", f"{edition.id}@{urlsplit(site_url).hostname}")
    event.add("sequence", edition.revision)
    event.add("dtstamp", now)
    end = edition.ends_at.astimezone(ZoneInfo(edition.zone))
    if start.utcoffset() != end.utcoffset():
        # The clocks change in between: an hour that happens twice has one name only in UTC.
        start, end = edition.starts_at, edition.ends_at
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("summary", f"{series.title}: {edition.title}")
    event.add("location", edition.location.join_url or edition.location.place)
    event.add("url", f"{site_url}/editions/{edition.id}")
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
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _description(series: Series, edition: Edition, site_url: str) -> str:
    spoken = tongue(series.language)
    lines = [spoken.speakers(edition.speakers), edition.location.join_url, f"{site_url}/editions/{edition.id}"]
    return "\n".join(line for line in lines if line)
