from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.builders import organised, registered
from tests.stage import Stage

CONFIRMED = "Du bist dabei: Gemeinsam wirken"
OPT_IN = "Bitte bestätige: Ankündigungen zu „Virtuelle Kaffeepause“"


def registrations(on_stage: Stage, edition: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = on_stage.api("GET", f"/editions/{edition}/registrations")[1]["items"]
    return items


def test_a_registration_keeps_what_was_filled_in_and_which_words_were_agreed_to(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition, " mia@example.org ", "  Mia   Lang ", organisation="Stadt", note="Warum?\r\n\r\nWie?")
    (made,) = registrations(on_stage, edition)
    wording = made.pop("privacy_wording")
    assert made == {
        "name": "Mia   Lang",
        "email": "mia@example.org",
        "organisation": "Stadt",
        "note": "Warum?\n\nWie?",
        "status": "confirmed",
        "mail": None,
        "since": "2027-02-01T09:00:00Z",
        "consent": None,
    }
    assert len(wording) == 12


def test_the_same_form_twice_is_one_registration_one_seat_and_one_mail(on_stage: Stage) -> None:
    edition = organised(on_stage, seats=5)
    registered(on_stage, edition)
    before = on_stage.items()
    on_stage.clock.turn(by=timedelta(minutes=9))
    registered(on_stage, edition)
    assert on_stage.items() == before
    assert on_stage.subjects() == [CONFIRMED]


def test_who_registers_again_a_day_later_gets_the_confirmation_once_more_and_keeps_what_was_said_first(
    on_stage: Stage,
) -> None:
    """They have lost the mail. A form is no proof of who filled it in, so it changes neither name nor note."""
    edition = organised(on_stage, seats=2)
    registered(on_stage, edition, note="Warum?")
    on_stage.clock.turn(by=timedelta(days=1))
    registered(on_stage, edition, name="Mallory", note="")
    (made,) = registrations(on_stage, edition)
    assert (made["name"], made["note"], made["since"]) == ("Mia Lang", "Warum?", "2027-02-01T09:00:00Z")
    assert on_stage.subjects("mia@example.org") == [CONFIRMED] * 2
    assert on_stage.api("GET", f"/editions/{edition}")[1]["taken"] == 1


def test_who_lost_the_confirmation_gets_it_even_when_registration_is_closed(on_stage: Stage) -> None:
    edition = organised(on_stage, registration_closes_at="2027-02-02T09:00")
    registered(on_stage, edition)
    on_stage.clock.turn(by=timedelta(days=3))
    answer = on_stage.post(
        f"/editions/{edition}/registrations", {"name": "Mia", "email": "mia@example.org", "privacy": "yes"}
    )
    on_stage.run()
    assert answer.status_code == 409, "the answer is everybody's"
    assert on_stage.subjects() == [CONFIRMED] * 2


def test_who_gave_their_seat_back_registers_anew_with_what_they_say_now(on_stage: Stage) -> None:
    edition = organised(on_stage, seats=1)
    registered(on_stage, edition, note="Warum?")
    path = on_stage.link("mia@example.org", "/registrations/")
    on_stage.post(f"{path}/cancel")
    registered(on_stage, edition, "ole@example.org")
    answer = on_stage.post(
        f"/editions/{edition}/registrations", {"name": "Mia", "email": "mia@example.org", "privacy": "yes"}
    )
    assert answer.status_code == 409, "the seat is Ole's now"
    on_stage.post(on_stage.link("ole@example.org", "/registrations/") + "/cancel")
    registered(on_stage, edition, name="Mia L.")
    by_mail = {one["email"]: one for one in registrations(on_stage, edition)}
    assert (by_mail["mia@example.org"]["name"], by_mail["mia@example.org"]["note"]) == ("Mia L.", "")
    assert by_mail["ole@example.org"]["status"] == "cancelled"
    assert on_stage.link("mia@example.org", "/registrations/") == path, "the old link works again"


def test_the_box_for_announcements_asks_by_a_mail_of_its_own(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition, announcements="yes")
    registered(on_stage, edition, announcements="yes")
    assert sorted(on_stage.subjects()) == sorted([CONFIRMED, OPT_IN])
    (subscriber,) = on_stage.api("GET", "/series/kaffeepause/subscribers")[1]["items"]
    assert (subscriber["status"], subscriber["consent"]["source"]) == ("pending", "registration form")
    on_stage.post(on_stage.link("mia@example.org", "/confirm"))
    on_stage.clock.turn(by=timedelta(days=1))
    registered(on_stage, edition, announcements="yes")
    (subscriber,) = on_stage.api("GET", "/series/kaffeepause/subscribers")[1]["items"]
    assert subscriber["status"] == "active", "asking again never downgrades"


def test_registering_without_the_box_subscribes_nobody(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition, announcements="")
    assert on_stage.api("GET", "/series/kaffeepause/subscribers")[1]["items"] == []


def test_a_confirmation_carries_the_calendar_entry(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    (file,) = on_stage.files("mia@example.org")
    assert (file.name, file.content_type) == ("kaffeepause.ics", "text/calendar")
    assert b"METHOD:PUBLISH" in file.content
    page = on_stage.get(on_stage.link("mia@example.org", "/registrations/") + "/calendar.ics")
    assert page.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert page.body == file.content


def test_a_confirmation_that_comes_after_the_edition_was_called_off_says_so(on_stage: Stage) -> None:
    edition = organised(on_stage)
    on_stage.post(f"/editions/{edition}/registrations", {"name": "Mia", "email": "mia@example.org", "privacy": "yes"})
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.run()
    assert set(on_stage.subjects()) == {"Fällt aus: Gemeinsam wirken (10. März)"}


def test_the_last_moment_to_register_is_the_one_before_the_deadline(on_stage: Stage) -> None:
    edition = organised(on_stage, registration_closes_at="2027-03-09T18:00")
    on_stage.clock.turn(to=datetime(2027, 3, 9, 16, 59, 59, tzinfo=UTC))
    registered(on_stage, edition)
    on_stage.clock.turn(to=datetime(2027, 3, 9, 17, 0, tzinfo=UTC))
    form = {"name": "Ole", "email": "ole@example.org", "privacy": "yes"}
    assert on_stage.post(f"/editions/{edition}/registrations", form).status_code == 409


@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_long_list_of_registrations_is_read_page_by_page(on_stage: Stage, page: int) -> None:
    edition = organised(on_stage)
    for number in range(3):
        registered(on_stage, edition, f"p{number}@example.org")
    found: list[str] = []
    after = ""
    while after is not None:
        path = f"/editions/{edition}/registrations?limit={page}" + (f"&after={after}" if after else "")
        answer = on_stage.api("GET", path)[1]
        assert len(answer["items"]) <= page
        found += [one["email"] for one in answer["items"]]
        after = answer["next"]
    assert sorted(found) == ["p0@example.org", "p1@example.org", "p2@example.org"]
