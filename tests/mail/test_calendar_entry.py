"""The calendar entry as a calendar reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
import vobject
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.domain import edition as rules
from chalicelib.domain.edition import EditionMove, Location, Speaker, Status
from chalicelib.domain.refusals import Invalid
from chalicelib.mail.calendar import entry, sequence
from tests.builders import NOW, a_series, an_edition
from tests.mail.entries import ENTRIES, Sample
from tests.mail.samples import LINES, SITE

URL = "https://meet.example.org/kaffee"


def read(raw: bytes) -> tuple[Any, Any]:
    calendar: Any = icalendar.Calendar.from_ical(raw)
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def event_of(edition: rules.Edition, **given: Any) -> Any:
    return read(entry(a_series(), edition, site_url=SITE, now=NOW, **given))[1]


def test_an_entry_has_what_people_look_for() -> None:
    raw = entry(a_series(), an_edition(), site_url=SITE, now=NOW)
    calendar, event = read(raw)
    assert (calendar["version"], calendar["method"]) == ("2.0", "PUBLISH")
    assert event["summary"] == "Virtuelle Kaffeepause: Gemeinsam wirken"
    assert event["location"] == "https://meet.example.org/kaffee"
    assert event["url"] == f"{SITE}/editions/0123456789ab"
    assert event["status"] == "CONFIRMED"
    assert "Andrea Blau (Stadt mit Herz)" in event["description"]
    assert event["organizer"] == "mailto:kaffee@campus.example.org"
    assert event["organizer"].params["cn"] == "Campus für Ehrenamt"
    assert event["dtstart"].dt.astimezone(UTC) == datetime(2027, 3, 10, 13, 30, tzinfo=UTC)
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(minutes=45)
    assert event["dtstamp"].dt == NOW
    assert b"DTSTART:20270310T133000Z\r\n" in raw
    assert not calendar.walk("VTIMEZONE")  # nothing that readers could read differently


def test_lines_end_and_fold_as_the_standard_asks() -> None:
    raw = entry(a_series(), an_edition(title="Ä" * 150), site_url=SITE, now=NOW)
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 75  # RFC 5545 §3.1
    assert read(raw)[1]["summary"] == "Virtuelle Kaffeepause: " + "Ä" * 150


def test_a_moved_edition_keeps_its_uid_and_its_sequence_goes_up() -> None:
    first = an_edition()
    moved = rules.move(first, EditionMove(local_start=datetime(2027, 3, 11, 14, 30)), now=NOW)
    before, after = event_of(first), event_of(moved)
    assert before["uid"] == after["uid"] == "0123456789ab@kaffee.example.org"
    assert before["sequence"] < after["sequence"]


def test_a_cancelled_edition_takes_its_entry_back() -> None:
    calendar, event = read(
        entry(a_series(), rules.cancel(an_edition(), now=NOW), site_url=SITE, now=NOW + timedelta(days=1))
    )
    assert (calendar["method"], event["status"]) == ("CANCEL", "CANCELLED")
    assert event["sequence"] > event_of(an_edition(), round_=9)["sequence"]
    assert event["uid"] == event_of(an_edition())["uid"]
    assert event["dtstamp"].dt == NOW + timedelta(days=1)


def test_who_gave_their_seat_back_may_take_the_entry_out_of_their_calendar() -> None:
    assert event_of(an_edition(), cancelled=True)["status"] == "CANCELLED"
    assert an_edition().status is Status.PUBLISHED


def test_a_place_is_a_place_and_replies_go_where_the_series_says() -> None:
    raw = entry(
        a_series(reply_to="fragen@campus.example.org"),
        an_edition(location=Location(place="Rathaus; Saal 2, links")),
        site_url=SITE,
        now=NOW,
    )
    event = read(raw)[1]
    assert event["location"] == "Rathaus; Saal 2, links"
    assert event["organizer"] == "mailto:fragen@campus.example.org"


@pytest.mark.parametrize(
    ("location", "place", "link"),
    [
        (Location(place="Rathaus", join_url=URL), "Rathaus", True),
        (Location(place="Rathaus", online=True), "Rathaus", False),
        (Location(online=True), "Online", False),
    ],
)
def test_an_entry_has_the_place_where_there_is_one_and_the_link_beside_it(
    location: Location, place: str, *, link: bool
) -> None:
    event = event_of(an_edition(location=location))
    assert (event["location"], URL in event["description"]) == (place, link)


@given(title=LINES, sender=LINES, speaker=LINES)
@example(title="a\\nb;c,d", sender='Campus "für" Ehrenamt; x:y,z^', speaker="BEGIN:VALARM")
def test_any_words_read_back_the_same(title: str, sender: str, speaker: str) -> None:
    edition = an_edition(title=title, speakers=(Speaker(name=speaker),))
    _, event = read(entry(a_series(sender_name=sender), edition, site_url=SITE, now=NOW))
    assert event["summary"] == f"Virtuelle Kaffeepause: {title}"
    assert event["organizer"].params["cn"] == sender.replace("\\", "/")  # which a parameter cannot carry
    assert event["description"].startswith(speaker)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Etc/GMT+5", "EST5EDT"])
def test_the_moment_is_the_same_in_every_zone(zone: str) -> None:
    edition = an_edition(zone=zone)
    event = event_of(edition)
    assert event["dtstart"].dt.astimezone(UTC) == edition.starts_at
    assert event["dtend"].dt.astimezone(UTC) == edition.ends_at


@pytest.mark.parametrize("sample", ENTRIES, ids=str)
def test_another_reader_finds_the_same_moments(sample: Sample) -> None:
    calendar = vobject.readOne(sample.entry.decode())
    event = calendar.vevent
    assert calendar.method.value == "PUBLISH"
    assert (event.dtstart.value.astimezone(UTC), event.dtend.value.astimezone(UTC)) == (sample.start, sample.end)


@pytest.mark.parametrize("sample", ENTRIES, ids=str)
def test_samples_begin_and_end_as_they_say(sample: Sample) -> None:
    _, event = read(sample.entry)
    assert (event["dtstart"].dt, event["dtend"].dt) == (sample.start, sample.end)


@given(revision=st.integers(0, 50), before=st.integers(0, 10**6), later=st.integers(0, 10**6))
def test_a_revision_is_above_all_that_a_person_did_before_it(revision: int, before: int, later: int) -> None:
    old, new = an_edition(revision=revision), an_edition(revision=revision + 1)
    assert sequence(old, before) < sequence(new, later) < 2**31  # calendars keep 32 bits
    assert sequence(old, 1) < sequence(old, 2)


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1)).map(lambda at: at.replace(second=0, microsecond=0)),
    minutes=st.integers(5, 7 * 24 * 60),
)
@example(start=datetime(2027, 3, 28, 1, 30), minutes=60)  # clocks go forward in between
@example(start=datetime(2027, 10, 31, 2, 30), minutes=60)  # the hour that happens twice
@example(start=datetime(2027, 10, 31, 1, 30), minutes=45)
def test_an_entry_begins_and_ends_when_the_edition_does_across_any_change_of_clocks(
    start: datetime, minutes: int
) -> None:
    edition = an_edition(local_start=start, minutes=minutes)
    try:
        rules.wall_clock(start, edition.zone, "starts_at")
    except Invalid:
        return  # no edition begins then
    event = event_of(edition)
    assert event["dtstart"].dt.astimezone(UTC) == edition.starts_at
    assert event["dtend"].dt.astimezone(UTC) == edition.ends_at
