"""Of one request, everything that is wrong is told in one answer, each beside its field: also what only its edition or
series can tell."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.builders import organised, registered
from tests.stage import Stage

NEVER = "2027-03-28T02:30"
"""Clocks go forward then."""
PAST = "2026-12-01T09:00"
LATER = "2027-03-17T14:30"


def wrong(on_stage: Stage, method: str, path: str, body: Any = None) -> list[str]:
    status, answer = on_stage.api(method, path, body)
    assert status == 422, answer
    return [error["field"] for error in answer["errors"]]


@pytest.mark.parametrize("start", [NEVER, PAST])
@pytest.mark.parametrize(("announce", "also"), [(PAST, ["announce"]), (NEVER, ["announce"]), ("2027-03-01T09:00", [])])
def test_of_a_move(on_stage: Stage, start: str, announce: str, also: list[str]) -> None:
    edition = organised(on_stage, publish=False)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "2027-03-02T09:00"})
    moved = {"starts_at": start, "announce": announce}
    assert wrong(on_stage, "POST", f"/editions/{edition}/move", moved) == ["starts_at", *also]
    assert wrong(on_stage, "POST", f"/editions/{edition}/move", {"starts_at": start}) == ["starts_at"]


@pytest.mark.parametrize("time", [NEVER, PAST])
def test_also_where_something_else_cannot_be_read(on_stage: Stage, time: str) -> None:
    edition = organised(on_stage)
    path = f"/editions/{edition}"
    new = {"title": "", "starts_at": time, "duration_minutes": 45, "location": {"online": True}, "seats": -1}
    assert wrong(on_stage, "POST", "/series/kaffeepause/editions", new) == ["title", "seats", "starts_at"]
    draft = organised(on_stage, publish=False)
    change = {"seats": -1, "registration_closes_at": NEVER, "starts_at": time, "thank": time}
    told = ["seats", "starts_at", "registration_closes_at"]
    assert set(wrong(on_stage, "PATCH", f"/editions/{draft}", change)) == {*told, "thank"}
    move = {"starts_at": time, "duration_minutes": 0, "announce": time}
    assert wrong(on_stage, "POST", f"{path}/move", move) == ["duration_minutes", "starts_at", "announce"]
    assert wrong(on_stage, "POST", f"{path}/announce", {"announce": time, "to": "some"}) == ["to", "announce"]
    published = {"announce": time, "thank": time, "more": 1}
    assert wrong(on_stage, "POST", f"/editions/{draft}/publish", published) == ["more", "announce", "thank"]
    message = {"subject": "", "text": "Hallo", "at": time, "registered_since": NEVER}
    assert wrong(on_stage, "POST", f"{path}/messages", message) == ["subject", "at", "registered_since"]
    assert wrong(on_stage, "POST", f"{path}/messages/preview", message) == ["subject", "at", "registered_since"]
    assert wrong(on_stage, "POST", f"{path}/correct", {"text": 7, "at": time}) == ["text", "at"]
    reminder = on_stage.api("GET", f"{path}/mailings")[1]["items"][0]["id"]
    assert wrong(on_stage, "POST", f"/mailings/{reminder}/correct", {"text": 7, "at": time}) == ["text", "at"]
    assert wrong(on_stage, "POST", f"{path}/copy", {"starts_at": time, "title": 7})[-1] == "starts_at"


def test_what_is_not_there_is_not_there_even_where_the_request_cannot_be_read(on_stage: Stage) -> None:
    assert on_stage.api("POST", "/editions/0123456789ab/move", {"duration_minutes": 0})[0] == 404
    assert on_stage.api("POST", "/series/none/editions", {"title": ""})[0] == 404


@pytest.mark.parametrize("time", [NEVER, PAST])
def test_of_a_change_of_a_published_edition(on_stage: Stage, time: str) -> None:
    edition = organised(on_stage)
    change = {"seats": 3, "registration_closes_at": LATER, "tell_registered": True, "thank": time}
    told = ["registration_closes_at", "seats", "tell_registered", "thank"]
    assert wrong(on_stage, "PATCH", f"/editions/{edition}", change) == told


def test_a_new_link_that_is_told_is_not_wrong_because_the_seats_are(on_stage: Stage) -> None:
    edition = organised(on_stage, location={"join_url": "https://meet.example.org/a"})
    link = {"location": {"join_url": "https://meet.example.org/b"}, "tell_registered": True}
    assert wrong(on_stage, "PATCH", f"/editions/{edition}", {"seats": 3, **link}) == ["seats"]
    assert on_stage.api("PATCH", f"/editions/{edition}", link)[0] == 200


def test_of_a_change_of_what_is_over(on_stage: Stage) -> None:
    edition = organised(on_stage)
    on_stage.travel(on_stage.clock.now() + timedelta(days=40))
    change = {"starts_at": "2027-06-01T09:00", "seats": 3, "tell_registered": True}
    told = ["starts_at", "seats", "tell_registered"]
    assert wrong(on_stage, "PATCH", f"/editions/{edition}", {**change, "thank": PAST}) == [*told, "thank"]
    assert wrong(on_stage, "PATCH", f"/editions/{edition}", {**change, "thank": "now"}) == told


def test_of_a_change_of_a_draft(on_stage: Stage) -> None:
    draft = organised(on_stage, publish=False)
    change = {"starts_at": PAST, "registration_closes_at": NEVER, "tell_registered": True, "thank": "now"}
    told = ["registration_closes_at", "starts_at", "registration_closes_at", "tell_registered", "thank"]
    assert wrong(on_stage, "PATCH", f"/editions/{draft}", change) == told


@pytest.mark.parametrize(("announce", "also"), [(PAST, ["announce"]), (NEVER, ["announce"]), ("now", [])])
def test_of_publishing(on_stage: Stage, announce: str, also: list[str]) -> None:
    """The audience is asked about once nothing else is wrong."""
    draft = organised(on_stage, publish=False, registration_closes_at="2027-02-03T09:00")
    body = {"announce": announce, "thank": PAST, "audience_state": "1.2"}
    assert wrong(on_stage, "POST", f"/editions/{draft}/publish", body) == [*also, "thank"]
    on_stage.clock.turn(by=timedelta(days=3))
    closed = ["registration_closes_at", *also, "thank"]
    assert wrong(on_stage, "POST", f"/editions/{draft}/publish", body) == closed
    on_stage.clock.turn(by=timedelta(days=60))
    over = ["starts_at", *closed]
    assert wrong(on_stage, "POST", f"/editions/{draft}/publish", body) == over
    assert wrong(on_stage, "GET", f"/editions/{draft}/future?announce={announce}&thank={PAST}") == over


def test_of_an_audience_that_is_another_once_nothing_else_is_wrong(on_stage: Stage) -> None:
    draft = organised(on_stage, publish=False)
    status, answer = on_stage.api("POST", f"/editions/{draft}/publish", {"announce": "now", "audience_state": "1.2"})
    assert (status, "audience" in answer["detail"]) == (409, True)


def test_of_a_series(on_stage: Stage) -> None:
    organised(on_stage)
    change = {
        "sender_name": "🎉" * 60,
        "rhythm": {"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "at": "14:30"},
    }
    assert wrong(on_stage, "PATCH", "/series/kaffeepause", change) == ["sender_name", "rhythm.rule"]
    change = {"sender_name": "🎉" * 60, "drafts_ahead": True}
    assert wrong(on_stage, "PATCH", "/series/kaffeepause", change) == ["drafts_ahead", "sender_name"]


def test_of_a_new_series(on_stage: Stage) -> None:
    organised(on_stage)
    there = on_stage.api("GET", "/series/kaffeepause")[1]
    known = ("title", "language", "zone", "sender_address", "imprint_url", "privacy_url")
    made = {name: there[name] for name in known} | {"slug": "neu", "sender_name": "🎉" * 60, "drafts_ahead": True}
    assert wrong(on_stage, "POST", "/series", made) == ["drafts_ahead", "sender_name"]


def test_that_a_series_needs_its_rhythm_is_told_beside_what_was_sent(on_stage: Stage) -> None:
    organised(on_stage)
    rhythm = {"rule": "FREQ=MONTHLY;BYDAY=2WE", "at": "14:30"}
    assert on_stage.api("PATCH", "/series/kaffeepause", {"rhythm": rhythm, "drafts_ahead": True})[0] == 200
    status, answer = on_stage.api("PATCH", "/series/kaffeepause", {"rhythm": None})
    assert (status, [one["field"] for one in answer["errors"]]) == (422, ["rhythm"])
    assert answer["errors"][0]["detail"].startswith("For a draft ahead of time, the series needs a rhythm.")
    both = {"rhythm": None, "drafts_ahead": True}
    assert wrong(on_stage, "PATCH", "/series/kaffeepause", both) == ["drafts_ahead"]
    assert on_stage.api("PATCH", "/series/kaffeepause", {"rhythm": None, "drafts_ahead": False})[0] == 200


@pytest.mark.parametrize("path", ["messages", "messages/preview"])
@pytest.mark.parametrize(
    ("at", "since", "told"),
    [
        (PAST, NEVER, ["registered_since", "at"]),
        (PAST, "2027-03-01T09:00", ["at", "registered_since"]),
        (NEVER, NEVER, ["registered_since", "at"]),
        ("now", NEVER, ["registered_since"]),
    ],
)
def test_of_a_message(on_stage: Stage, path: str, at: str, since: str, told: list[str]) -> None:
    edition = organised(on_stage)
    written = {"subject": "Die Tür", "text": "Nimm die Seitentür.", "at": at, "registered_since": since}
    assert wrong(on_stage, "POST", f"/editions/{edition}/{path}", written) == told


@pytest.mark.parametrize("at", [PAST, NEVER])
def test_of_a_correction_of_a_message(on_stage: Stage, at: str) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    written = {"subject": "Die Tür", "text": "Nimm die Seitentür.", "at": "now"}
    message = on_stage.api("POST", f"/editions/{edition}/messages", written)[1]["mailings"][0]["id"]
    on_stage.run()
    assert wrong(on_stage, "POST", f"/mailings/{message}/correct", {"at": at}) == ["text", "at"]


def test_of_a_new_edition(on_stage: Stage) -> None:
    organised(on_stage)
    body = {"title": "Neu", "duration_minutes": 45, "location": {"place": "Aula"}}
    body |= {"starts_at": NEVER, "registration_closes_at": LATER.replace("17", "29")}
    told = ["starts_at", "registration_closes_at"]
    assert wrong(on_stage, "POST", "/series/kaffeepause/editions", body) == told
