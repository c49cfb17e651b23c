"""Calendar entries with the moments that any reader has to find in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from chalicelib.mail.calendar import entry
from tests.builders import NOW, a_series, an_edition
from tests.mail.samples import SITE


class Sample(NamedTuple):
    """An edition's entry; ``start`` and ``end`` are written down, not computed."""

    name: str
    entry: bytes
    start: datetime
    end: datetime

    def __str__(self) -> str:
        return self.name


def _sample(name: str, zone: str, local_start: str, minutes: int, start: str, end: str) -> Sample:
    edition = an_edition(zone=zone, local_start=datetime.fromisoformat(local_start), minutes=minutes)
    made = entry(a_series(zone=zone), edition, site_url=SITE, now=NOW)
    begins, ends = (datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in (start, end))
    return Sample(name, made, begins, ends)


ENTRIES = [
    _sample("Berlin, winter", "Europe/Berlin", "2027-01-20T14:30", 45, "2027-01-20T13:30", "2027-01-20T14:15"),
    _sample("Berlin, summer", "Europe/Berlin", "2027-07-14T14:30", 45, "2027-07-14T12:30", "2027-07-14T13:15"),
    _sample("Berlin, after 2037", "Europe/Berlin", "2040-07-14T14:30", 45, "2040-07-14T12:30", "2040-07-14T13:15"),
    _sample(
        "Berlin, clocks go forward", "Europe/Berlin", "2027-03-28T01:30", 60, "2027-03-28T00:30", "2027-03-28T01:30"
    ),
    _sample("Berlin, clocks go back", "Europe/Berlin", "2027-10-31T01:30", 120, "2027-10-30T23:30", "2027-10-31T01:30"),
    _sample("Berlin, three days", "Europe/Berlin", "2027-03-26T09:00", 3420, "2027-03-26T08:00", "2027-03-28T17:00"),
    _sample("London, winter", "Europe/London", "2027-12-08T12:00", 60, "2027-12-08T12:00", "2027-12-08T13:00"),
    _sample("London, summer", "Europe/London", "2027-06-09T12:00", 60, "2027-06-09T11:00", "2027-06-09T12:00"),
    _sample("Dublin, winter", "Europe/Dublin", "2027-12-08T12:00", 60, "2027-12-08T12:00", "2027-12-08T13:00"),
    _sample("New York, summer", "America/New_York", "2027-07-14T20:30", 45, "2027-07-15T00:30", "2027-07-15T01:15"),
    _sample("Sydney, their summer", "Australia/Sydney", "2027-01-20T08:00", 60, "2027-01-19T21:00", "2027-01-19T22:00"),
    _sample("Kathmandu", "Asia/Kathmandu", "2027-05-05T10:00", 30, "2027-05-05T04:15", "2027-05-05T04:45"),
    _sample(
        "Lord Howe, half an hour", "Australia/Lord_Howe", "2027-01-20T11:00", 30, "2027-01-20T00:00", "2027-01-20T00:30"
    ),
    _sample("UTC", "UTC", "2027-05-05T10:00", 30, "2027-05-05T10:00", "2027-05-05T10:30"),
]
