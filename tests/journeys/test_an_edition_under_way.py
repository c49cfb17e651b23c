"""A workshop of three days, on its second day: neither past nor closed to whoever organises it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest

from tests.builders import organised, registered, subscribed
from tests.stage import Stage
from tests.web.reading import Page

THREE_DAYS = 45 * 60 + 30
SECOND_DAY = datetime(2027, 3, 11, 9, 0, tzinfo=UTC)
END = datetime(2027, 3, 12, 11, 0, tzinfo=UTC)
GERMAN = "Mittwoch, 10. März 2027, 14:30 Uhr bis Freitag, 12. März 2027, 12:00 Uhr"
IN_A_SENTENCE = "am Mittwoch, 10. März 2027, um 14:30 Uhr (bis Freitag, 12. März 2027, 12:00 Uhr)"
ENGLISH = "Wednesday, 10 March 2027, 14:30 to Friday, 12 March 2027, 12:00"


def a_workshop(on_stage: Stage, **given: Any) -> str:
    """Published, with Mia registered."""
    edition = organised(on_stage, duration_minutes=THREE_DAYS, **given)
    registered(on_stage, edition)
    return edition


def words(on_stage: Stage, path: str, language: str = "de") -> str:
    return " ".join(Page(on_stage.get(path, **{"Accept-Language": language}).body).text.split())


@pytest.mark.parametrize(
    ("language", "on_now", "until", "closed", "dates"),
    [
        (
            "de",
            "Läuft gerade",
            "bis Freitag, 12. März 2027, 12:00 Uhr",
            "Läuft gerade; die Anmeldung ist geschlossen.",
            GERMAN,
        ),
        (
            "en",
            "On now",
            "until Friday, 12 March 2027, 12:00",
            "This event is on now; registration is closed.",
            ENGLISH,
        ),
    ],
)
def test_every_page_says_that_it_runs_and_until_when(
    on_stage: Stage, language: str, on_now: str, until: str, closed: str, dates: str
) -> None:
    edition = a_workshop(on_stage, series={"language": language})
    mine = on_stage.link("mia@example.org", "/registrations/")
    on_stage.travel(SECOND_DAY)
    for path in ("/", "/series/kaffeepause"):
        assert on_now in words(on_stage, path, language)
        assert dates in words(on_stage, path, language)
    page = Page(on_stage.get(f"/editions/{edition}").body)
    said = " ".join(page.text.split())
    assert (f"{on_now} {until}" in said, closed in said, dates in said, page.buttons) == (True, True, True, {})
    own = words(on_stage, mine, language)
    assert dates in own
    assert ("hat begonnen" in own or "has started" in own) is True


def test_it_stands_among_what_comes_up_until_its_end_and_among_the_past_afterwards(on_stage: Stage) -> None:
    a_workshop(on_stage)
    for moment, heading in (
        (datetime(2027, 3, 10, 13, 29, tzinfo=UTC), "Kommende Termine"),
        (datetime(2027, 3, 10, 13, 30, tzinfo=UTC), "Kommende Termine"),
        (END - timedelta(minutes=1), "Kommende Termine"),
        (END, "Vergangene Termine"),
    ):
        on_stage.travel(moment)
        page = words(on_stage, "/series/kaffeepause")
        above = page[: page.index("Gemeinsam wirken")]
        headings = {known: above.rfind(known) for known in ("Kommende Termine", "Vergangene Termine")}
        assert max(headings, key=lambda known: headings[known]) == heading, moment
    assert "Läuft gerade" not in words(on_stage, "/")


def test_what_runs_does_not_hide_what_comes_next(on_stage: Stage) -> None:
    a_workshop(on_stage)
    made = organised(on_stage, starts_at="2027-03-24T14:30", title="Danach")
    on_stage.travel(SECOND_DAY)
    front = words(on_stage, "/")
    assert front.index("Läuft gerade") < front.index("Gemeinsam wirken") < front.index("Danach")
    series = [link["href"] for link in Page(on_stage.get("/series/kaffeepause").body).all("a")]
    assert f"/editions/{made}" in series


@pytest.mark.parametrize(
    ("moment", "phase"),
    [
        (datetime(2027, 3, 10, 13, 29, tzinfo=UTC), "upcoming"),
        (datetime(2027, 3, 10, 13, 30, tzinfo=UTC), "running"),
        (SECOND_DAY, "running"),
        (END, "over"),
    ],
)
def test_the_api_says_where_it_stands_and_when_it_ends(on_stage: Stage, moment: datetime, phase: str) -> None:
    edition = a_workshop(on_stage)
    on_stage.clock.turn(to=moment)
    one = on_stage.api("GET", f"/editions/{edition}")[1]
    assert (one["status"], one["phase"]) == ("published", phase)
    assert (one["ends_at"], one["ends_at_utc"]) == ("2027-03-12T12:00", "2027-03-12T11:00:00Z")
    assert [each["phase"] for each in on_stage.api("GET", "/series/kaffeepause/editions")[1]["items"]] == [phase]


def test_the_api_says_draft_and_cancelled_whatever_the_clock_says(on_stage: Stage) -> None:
    draft, off = organised(on_stage, publish=False), organised(on_stage)
    assert on_stage.api("POST", f"/editions/{off}/cancel")[1]["edition"]["phase"] == "cancelled"
    on_stage.clock.turn(to=END)
    for edition, phase in ((draft, "draft"), (off, "cancelled")):
        assert on_stage.api("GET", f"/editions/{edition}")[1]["phase"] == phase


def test_it_can_be_called_off_and_people_are_told_that_the_rest_is_cancelled(on_stage: Stage) -> None:
    edition = a_workshop(on_stage)
    on_stage.travel(SECOND_DAY)
    status, answer = on_stage.api("POST", f"/editions/{edition}/cancel")
    assert (status, [(one["message"], one["progress"]) for one in answer["mailings"]]) == (
        200,
        [("edition-cancelled", "planned")],
    )
    on_stage.run()
    mail = on_stage.inbox()[-1]
    assert mail["subject"] == "Der Rest fällt aus: Gemeinsam wirken"
    assert "nicht weitergehen" in mail["text"]
    calendar: Any = icalendar.Calendar.from_ical(on_stage.files("mia@example.org")[0].content)
    assert str(calendar["method"]) == "CANCEL"
    assert "Fällt aus" in words(on_stage, "/series/kaffeepause")
    assert "Läuft gerade" not in words(on_stage, "/")


def test_a_cancellation_that_waits_behind_a_halt_is_told_until_the_end_and_not_after(on_stage: Stage) -> None:
    edition = a_workshop(on_stage)
    on_stage.travel(SECOND_DAY)
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.clock.turn(to=END - timedelta(minutes=1))  # no worker ran until now
    on_stage.settle()
    assert on_stage.subjects()[-1] == "Der Rest fällt aus: Gemeinsam wirken"


def test_one_that_is_over_is_neither_called_off_nor_moved(on_stage: Stage) -> None:
    edition = a_workshop(on_stage)
    on_stage.clock.turn(to=END)
    for act, body in (("cancel", None), ("move", {"starts_at": "2027-03-24T14:30"})):
        assert on_stage.api("POST", f"/editions/{edition}/{act}", body)[0] == 410


def test_its_place_and_its_end_may_change_while_it_runs_and_people_are_told(on_stage: Stage) -> None:
    edition = a_workshop(on_stage)
    on_stage.travel(SECOND_DAY)
    for body, headline, said in (
        ({"location": {"place": "Rathaus"}}, "Neuer Ort", "Rathaus"),
        (
            {"duration_minutes": 49 * 60},
            "Neue Dauer",
            "„Gemeinsam wirken“ endet jetzt am Freitag, 12. März 2027, 15:30 Uhr.",
        ),
    ):
        status, answer = on_stage.api("POST", f"/editions/{edition}/move", body)
        assert (status, answer["changed"]) == (200, True)
        on_stage.run()
        mail = on_stage.inbox()[-1]
        assert mail["subject"] == f"{headline}: Gemeinsam wirken"
        assert said in mail["text"]


def test_its_end_is_not_put_into_the_past(on_stage: Stage) -> None:
    edition = a_workshop(on_stage)
    on_stage.travel(SECOND_DAY)
    status, answer = on_stage.api("POST", f"/editions/{edition}/move", {"duration_minutes": 60})
    assert (status, answer["errors"]) == (
        422,
        [{"field": "duration_minutes", "detail": "The end lies in the past."}],
    )


def test_one_that_has_begun_without_its_speaker_can_be_put_off(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.travel(datetime(2027, 3, 10, 13, 40, tzinfo=UTC))
    answer = on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": "2027-03-17T14:30"})[1]
    assert (answer["changed"], answer["edition"]["phase"]) == (True, "upcoming")
    on_stage.run()
    assert on_stage.subjects()[-1] == "Neuer Termin: 17. März, 14:30 Uhr – Gemeinsam wirken"
    status, answer = on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": "2027-01-10T14:30"})
    assert (status, answer["errors"][0]["detail"]) == (422, "The start lies in the past.")


def test_nobody_registers_for_what_has_begun_and_who_gave_their_seat_back_is_not_invited_again(on_stage: Stage) -> None:
    edition = a_workshop(on_stage)
    mine = on_stage.link("mia@example.org", "/registrations/")
    on_stage.travel(SECOND_DAY)
    form = {"name": "Ole", "email": "ole@example.org", "privacy": "yes"}
    assert on_stage.post(f"/editions/{edition}/registrations", form).status_code == 409
    assert on_stage.post(f"{mine}/cancel").status_code == 303
    assert "Erneut anmelden" not in words(on_stage, mine)


def test_every_mail_and_its_text_part_say_the_day_it_ends(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False, duration_minutes=THREE_DAYS)
    subscribed(on_stage, "ole@example.org")
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    registered(on_stage, edition)
    on_stage.travel(datetime(2027, 3, 9, 8, 0, tzinfo=UTC))
    on_stage.api("POST", f"/editions/{edition}/move", {"location": {"place": "Rathaus"}})
    on_stage.run()
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.run()
    about = on_stage.inbox()[1:]
    assert len(about) == 5
    for mail in about:
        dates = IN_A_SENTENCE if mail["subject"].startswith("Fällt aus") else GERMAN
        assert dates in " ".join(mail["text"].split()), mail["subject"]
        assert dates in mail["html"], mail["subject"]
        assert "45 Stunden" not in mail["text"]


@pytest.mark.parametrize(
    ("language", "start", "zones"),
    [
        ("de", "2027-03-26T18:00", "zu Beginn MEZ, am Ende MESZ"),
        ("en", "2027-03-26T18:00", "CET at the start, CEST at the end"),
        ("de", "2027-10-29T18:00", "zu Beginn MESZ, am Ende MEZ"),
        ("en", "2026-12-31T18:00", "CET"),
    ],
)
def test_where_clocks_change_meanwhile_start_and_end_are_each_said_with_their_zone(
    on_stage: Stage, language: str, start: str, zones: str
) -> None:
    on_stage.clock.turn(to=datetime(2026, 12, 1, tzinfo=UTC))
    edition = a_workshop(on_stage, starts_at=start, series={"language": language})
    mail = on_stage.inbox("mia@example.org")[-1]
    assert f"({zones})" in " ".join(mail["text"].split())
    assert f">{zones}</span>" in mail["html"]
    facts = words(on_stage, f"/editions/{edition}", language)
    assert f"{zones} {'Wo' if language == 'de' else 'Where'}" in facts


def test_an_evening_past_midnight_says_both_days_and_one_of_a_day_does_not(on_stage: Stage) -> None:
    late = organised(on_stage, starts_at="2027-03-10T22:00", duration_minutes=180)
    usual = organised(on_stage)
    assert "22:00 Uhr bis Donnerstag, 11. März 2027, 01:00 Uhr" in words(on_stage, f"/editions/{late}")
    assert "45 Minuten" in words(on_stage, f"/editions/{usual}")
    assert " bis " not in words(on_stage, f"/editions/{usual}").partition("Wann")[2][:90]
