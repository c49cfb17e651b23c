from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest

from tests.builders import organised, registered
from tests.stage import Stage
from tests.web.reading import Page


def moved(on_stage: Stage, edition: str, **to: Any) -> dict[str, Any]:
    status, answer = on_stage.api("POST", f"/editions/{edition}/move", to)
    assert status == 200, answer
    found: dict[str, Any] = answer
    return found


def planned(on_stage: Stage, edition: str) -> list[tuple[str, str, str]]:
    items = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
    return [(one["message"], one["due_at"], one["progress"]) for one in items]


def test_moving_tells_what_will_happen(on_stage: Stage) -> None:
    edition = organised(on_stage)
    answer = moved(on_stage, edition, starts_at="2027-03-17T10:00")
    assert (answer["changed"], answer["edition"]["revision"], answer["edition"]["starts_at"]) == (
        True,
        1,
        "2027-03-17T10:00",
    )
    assert [(one["message"], one["due_at"]) for one in answer["mailings"]] == [
        ("edition-moved", "2027-02-01T10:00"),
        ("reminder", "2027-03-16T09:00"),
        ("reminder", "2027-03-17T09:00"),
    ]


def test_reminders_of_the_old_date_are_cancelled_and_say_why(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    moved(on_stage, edition, starts_at="2027-03-17T10:00")
    items = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
    assert [one["reason"] for one in items if one["progress"] == "cancelled"] == ["the edition was moved"] * 2
    on_stage.travel(datetime(2027, 3, 10, 14, 0, tzinfo=UTC))
    assert on_stage.subjects()[1:] == ["Neuer Termin: 17. März, 10:00 Uhr – Gemeinsam wirken"]


def test_moving_to_where_it_is_already_changes_nothing_and_says_so(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    before = on_stage.items()
    for body in ({}, {"starts_at": "2027-03-10T14:30"}, {"duration_minutes": 45}):
        answer = moved(on_stage, edition, **body)
        assert (answer["changed"], answer["note"]) == (False, "This edition is there already; nothing has changed.")
    on_stage.run()
    assert on_stage.items() == before
    assert len(on_stage.inbox()) == 1


def test_a_second_move_before_anybody_heard_of_the_first_is_told_as_one(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    moved(on_stage, edition, starts_at="2027-03-17T10:00")
    moved(on_stage, edition, starts_at="2027-03-24T11:00")
    on_stage.settle()
    (mail,) = on_stage.inbox()[1:]
    assert mail["subject"] == "Neuer Termin: 24. März, 11:00 Uhr – Gemeinsam wirken"
    assert "Bisher: Mittwoch, 10. März 2027, 14:30 Uhr" in mail["text"]
    assert "17. März" not in mail["text"]


def test_a_second_move_after_everybody_heard_of_the_first_is_told_for_itself(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    moved(on_stage, edition, starts_at="2027-03-17T10:00")
    on_stage.run()
    moved(on_stage, edition, starts_at="2027-03-24T11:00")
    on_stage.run()
    first, second = on_stage.inbox()[1:]
    assert "Bisher: Mittwoch, 10. März 2027, 14:30 Uhr" in first["text"]
    assert "Bisher: Mittwoch, 17. März 2027, 10:00 Uhr" in second["text"]


def test_every_move_renews_the_same_calendar_entry(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    entries = [on_stage.files("mia@example.org")[0].content]
    for day in (17, 24):
        on_stage.clock.turn(by=timedelta(hours=1))
        moved(on_stage, edition, starts_at=f"2027-03-{day}T10:00")
        on_stage.run()
        entries.append(on_stage.files("mia@example.org")[0].content)
    on_stage.clock.turn(by=timedelta(hours=1))
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.run()
    entries.append(on_stage.files("mia@example.org")[0].content)
    calendars: list[Any] = [icalendar.Calendar.from_ical(entry) for entry in entries]
    events = [calendar.walk("VEVENT")[0] for calendar in calendars]
    assert {str(event["uid"]) for event in events} == {f"{edition}@kaffee.example.org"}
    sequences = [event["sequence"] for event in events]
    assert sequences == sorted(set(sequences))
    assert [str(calendar["method"]) for calendar in calendars] == ["PUBLISH", "PUBLISH", "PUBLISH", "CANCEL"]
    stamps = [event["dtstamp"].dt for event in events]
    assert stamps == sorted(set(stamps))


@pytest.mark.parametrize(
    ("to", "headline", "said"),
    [
        (
            {"location": {"place": "Rathaus"}},
            "Neuer Ort",
            "„Gemeinsam wirken“ findet jetzt an einem anderen Ort statt.",
        ),
        ({"duration_minutes": 90}, "Neue Dauer", "„Gemeinsam wirken“ dauert jetzt 1 Stunde 30 Minuten."),
        (
            {"duration_minutes": 30, "location": {"join_url": "https://other.example.org"}},
            "Neuer Zugangslink",
            "für „Gemeinsam wirken“ gibt es einen neuen Zugangslink.\n„Gemeinsam wirken“ dauert jetzt 30 Minuten.",
        ),
    ],
)
def test_another_place_link_or_duration_is_told_as_well(
    on_stage: Stage, to: dict[str, Any], headline: str, said: str
) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    assert moved(on_stage, edition, **to)["edition"]["revision"] == 1
    on_stage.run()
    mail = on_stage.inbox()[-1]
    assert mail["subject"] == f"{headline}: Gemeinsam wirken"
    assert said in mail["text"]
    assert said.replace("\n", " ") in " ".join(Page(mail["html"]).text.split())
    assert Page(mail["html"]).all("h1")[0].text.strip() == headline
    assert "Tag und Uhrzeit bleiben. Das gilt jetzt:" in mail["text"]
    coming = [due for kind, due, progress in planned(on_stage, edition) if (kind, progress) == ("reminder", "planned")]
    assert coming == ["2027-03-09T09:00", "2027-03-10T13:30"]


def test_the_deadline_keeps_its_distance_and_the_page_its_place(on_stage: Stage) -> None:
    edition = organised(on_stage, registration_closes_at="2027-03-09T18:00")
    answer = moved(on_stage, edition, starts_at="2027-03-17T14:30")
    assert answer["edition"]["registration_closes_at"] == "2027-03-16T18:00"
    editions = on_stage.api("GET", "/series/kaffeepause/editions")[1]["items"]
    assert [(one["id"], one["starts_at"]) for one in editions] == [(edition, "2027-03-17T14:30")]


def test_a_deadline_that_would_lie_where_the_clocks_jump_is_what_they_show_instead(on_stage: Stage) -> None:
    """Nobody has chosen this time, so nobody is asked to choose another."""
    edition = organised(on_stage, registration_closes_at="2027-03-09T02:30")
    answer = moved(on_stage, edition, starts_at="2027-03-29T14:30")
    assert answer["edition"]["registration_closes_at"] == "2027-03-28T03:30"


def test_who_was_reminded_of_the_old_date_is_reminded_of_the_new_one(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.travel(datetime(2027, 3, 10, 12, 45, tzinfo=UTC))
    moved(on_stage, edition, starts_at="2027-03-17T14:30")
    on_stage.travel(datetime(2027, 3, 17, 13, 30, tzinfo=UTC))
    assert on_stage.subjects()[1:] == [
        "Morgen, 14:30 Uhr: Gemeinsam wirken",
        "Heute, 14:30 Uhr: Gemeinsam wirken",
        "Neuer Termin: 17. März, 14:30 Uhr – Gemeinsam wirken",
        "Morgen, 14:30 Uhr: Gemeinsam wirken",
        "Heute, 14:30 Uhr: Gemeinsam wirken",
    ]


def test_who_registers_after_a_move_is_not_told_of_a_date_they_never_had(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition, "mia@example.org")
    moved(on_stage, edition, starts_at="2027-03-17T14:30")
    on_stage.clock.turn(by=timedelta(seconds=1))  # and the workers have not come to it yet
    registered(on_stage, edition, "ole@example.org")
    on_stage.settle()
    assert len(on_stage.subjects("mia@example.org")) == 2
    assert on_stage.subjects("ole@example.org") == ["Du bist dabei: Gemeinsam wirken"]


def test_nobody_is_told_of_a_move_who_gave_their_seat_back(on_stage: Stage) -> None:
    edition = organised(on_stage)
    for name in ("mia", "ole"):
        registered(on_stage, edition, f"{name}@example.org")
    on_stage.post(on_stage.link("ole@example.org", "/registrations/") + "/cancel")
    moved(on_stage, edition, starts_at="2027-03-17T14:30")
    on_stage.run()
    told = [mail["to"] for mail in on_stage.inbox() if mail["subject"].startswith("Neuer Termin")]
    assert told == ["mia@example.org"]
