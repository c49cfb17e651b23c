"""The link of a published edition: set or changed without a move, told with the next mail or at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest

from tests.builders import organised, registered
from tests.faults.books import books
from tests.stage import Stage
from tests.usecases.test_what_one_person_is_told import asked, cut_and_not_sent, later, ledger
from tests.web.reading import Page

FIRST, SECOND = "https://meet.example.org/first", "https://meet.example.org/second"
LATER = {"online": True}
TOLD = "Dein Zugangslink: Gemeinsam wirken"


def linked(on_stage: Stage, edition: str, link: str = FIRST, *, place: str = "", tell: bool = True) -> dict[str, Any]:
    on_stage.clock.turn(by=timedelta(minutes=1))
    where = {"join_url": link} | ({"place": place} if place else {})
    status, answer = on_stage.api("PATCH", f"/editions/{edition}", {"location": where, "tell_registered": tell})
    assert status == 200, answer
    found: dict[str, Any] = answer
    return found


def links(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """The mailings about a link: progress and reason."""
    return [(one["progress"], one["reason"]) for one in answer["mailings"] if one["message"] == "joining-link"]


def subjects(on_stage: Stage, to: str = "mia@example.org") -> list[str]:
    return [mail["subject"] for mail in on_stage.inbox() if mail["to"] == to]


def event(on_stage: Stage) -> Any:
    return icalendar.Calendar.from_ical(on_stage.files("mia@example.org")[0].content).walk("VEVENT")[0]


def test_a_link_is_set_without_a_word_and_the_next_mails_and_the_personal_page_have_it(on_stage: Stage) -> None:
    edition = organised(on_stage, location=LATER)
    registered(on_stage, edition)
    answer = linked(on_stage, edition, tell=False)
    assert (answer["location"], links(answer)) == ({"join_url": FIRST}, [])
    on_stage.run()
    assert len(on_stage.inbox()) == 1
    assert FIRST in on_stage.get(on_stage.link("mia@example.org", "/registrations/")).body.decode()
    on_stage.travel(datetime(2027, 3, 9, 8, 0, tzinfo=UTC))
    reminder = on_stage.inbox()[-1]
    assert reminder["subject"] == "Morgen, 14:30 Uhr: Gemeinsam wirken"
    assert FIRST in reminder["text"]
    registered(on_stage, edition, "ole@example.org", "Ole")
    assert FIRST in on_stage.inbox()[-1]["text"]


@pytest.mark.parametrize("place", ["", "Rathaus"])
def test_on_request_everybody_who_registered_gets_it_at_once(on_stage: Stage, place: str) -> None:
    edition = organised(on_stage, location=LATER | ({"place": place} if place else {}))
    registered(on_stage, edition)
    registered(on_stage, edition, "ole@example.org", "Ole")
    before = event(on_stage)
    assert links(linked(on_stage, edition, place=place)) == [("planned", "")]
    on_stage.run()
    told = on_stage.inbox()[2:]
    assert sorted((mail["to"], mail["subject"]) for mail in told) == [
        ("mia@example.org", TOLD),
        ("ole@example.org", TOLD),
    ]
    mail = told[0]
    assert "hier ist dein Zugangslink." in mail["text"]
    assert (FIRST in mail["text"], FIRST in mail["html"]) == (True, True)
    assert Page(mail["html"]).all("h1")[0].text.strip() == "Dein Zugangslink"
    after = event(on_stage)
    assert (after["uid"], after["sequence"] > before["sequence"]) == (before["uid"], True)
    assert FIRST in after["description"]
    later(on_stage)
    assert books(on_stage).problems() == []


def test_reminders_stay_as_they_were_planned(on_stage: Stage) -> None:
    edition = organised(on_stage, location=LATER)
    registered(on_stage, edition)
    linked(on_stage, edition)
    linked(on_stage, edition, SECOND)
    on_stage.travel(datetime(2027, 3, 10, 13, 45, tzinfo=UTC))
    assert subjects(on_stage)[-2:] == ["Morgen, 14:30 Uhr: Gemeinsam wirken", "Heute, 14:30 Uhr: Gemeinsam wirken"]
    assert all(SECOND in mail["text"] for mail in on_stage.inbox()[-2:])


def test_the_same_link_again_is_told_once_and_another_one_again(on_stage: Stage) -> None:
    edition = organised(on_stage, location=LATER)
    registered(on_stage, edition)
    for link, mails in ((FIRST, 1), (FIRST, 1), (SECOND, 2), (SECOND, 2), (FIRST, 3)):
        linked(on_stage, edition, link)
        on_stage.run()
        assert subjects(on_stage).count(TOLD) == mails
        assert link in on_stage.inbox()[-1]["text"]


def test_a_link_that_was_set_without_a_word_can_be_told_later(on_stage: Stage) -> None:
    edition = organised(on_stage, location=LATER)
    registered(on_stage, edition)
    linked(on_stage, edition, tell=False)
    registered(on_stage, edition, "ole@example.org", "Ole")
    for _ in range(2):
        status, answer = on_stage.api("PATCH", f"/editions/{edition}", {"tell_registered": True})
        assert (status, len(links(answer))) == (200, 1)
        on_stage.run()
    assert (subjects(on_stage).count(TOLD), subjects(on_stage, "ole@example.org").count(TOLD)) == (1, 0)


def test_who_registered_with_the_link_gets_no_mail_about_it(on_stage: Stage) -> None:
    edition = organised(on_stage, location=LATER)
    asked(on_stage, edition, "ada")
    linked(on_stage, edition)
    asked(on_stage, edition, "ole")
    on_stage.run()
    assert [(mail["to"], FIRST in mail["text"]) for mail in on_stage.inbox()] == [
        ("ada@example.org", True),
        ("ole@example.org", True),
    ]
    assert set(ledger(on_stage, "joining-link")) <= {"skipped: told-already", "skipped: confirmation-follows"}


def test_a_move_with_nothing_but_another_link_tells_the_link(on_stage: Stage) -> None:
    edition = organised(on_stage, location={"join_url": FIRST})
    registered(on_stage, edition)
    status, answer = on_stage.api("POST", f"/editions/{edition}/move", {"location": {"join_url": SECOND}})
    assert (status, answer["changed"]) == (200, True)
    assert [one["message"] for one in answer["mailings"]] == ["joining-link", "reminder", "reminder"]
    on_stage.run()
    assert subjects(on_stage)[1:] == [TOLD]


def test_the_note_of_such_a_move_stands_in_the_mail_about_the_link(on_stage: Stage) -> None:
    edition = organised(on_stage, location={"join_url": FIRST})
    registered(on_stage, edition)
    wanted = {"location": {"join_url": SECOND}, "note": "Der alte Raum war **zu klein**."}
    for changed in (True, False):
        status, answer = on_stage.api("POST", f"/editions/{edition}/move", wanted)
        assert (status, answer["changed"], "in no mail" in answer.get("note", "")) == (200, changed, False)
    on_stage.run()
    (mail,) = on_stage.inbox()[1:]
    assert (mail["subject"], "Der alte Raum war zu klein." in mail["text"]) == (TOLD, True)
    assert "Der alte Raum war <strong>zu klein</strong>." in mail["html"]


def test_the_note_of_a_move_that_a_link_overtakes_is_not_lost(on_stage: Stage) -> None:
    edition = organised(on_stage, location={"join_url": FIRST})
    registered(on_stage, edition)
    wanted = {"starts_at": "2027-03-11T14:30", "note": "Der Saal ist belegt."}
    on_stage.api("POST", f"/editions/{edition}/move", wanted)
    linked(on_stage, edition, SECOND, tell=False)
    on_stage.settle()
    (mail,) = on_stage.inbox()[1:]
    assert mail["subject"] == "Neuer Termin: 11. März, 14:30 Uhr – Gemeinsam wirken"
    assert "Der Saal ist belegt." in mail["text"]


def test_a_move_right_after_it_tells_both_in_one_mail(on_stage: Stage) -> None:
    edition = organised(on_stage, location=LATER)
    registered(on_stage, edition)
    linked(on_stage, edition)
    on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": "2027-03-11T14:30"})
    on_stage.settle()
    (mail,) = on_stage.inbox()[1:]
    assert mail["subject"] == "Neuer Termin: 11. März, 14:30 Uhr – Gemeinsam wirken"
    assert "Bisher: Mittwoch, 10. März 2027, 14:30 Uhr" in mail["text"]
    assert FIRST in mail["text"]


def test_a_link_right_after_a_move_tells_both_in_one_mail_unasked(on_stage: Stage) -> None:
    edition = organised(on_stage, location={"join_url": FIRST})
    registered(on_stage, edition)
    on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": "2027-03-11T14:30"})
    answer = linked(on_stage, edition, SECOND, tell=False)
    ended = [one["reason"] for one in answer["mailings"] if one["message"] == "edition-moved"]
    assert (ended, links(answer)) == (["another link followed"], [("planned", "")])
    on_stage.settle()
    (mail,) = on_stage.inbox()[1:]
    assert mail["subject"] == "Neuer Termin: 11. März, 14:30 Uhr – Gemeinsam wirken"
    assert "Bisher: Mittwoch, 10. März 2027, 14:30 Uhr" in mail["text"]
    assert SECOND in mail["text"]


def test_a_link_that_is_being_told_is_not_told_any_more_once_there_is_another(on_stage: Stage) -> None:
    edition = organised(on_stage, location=LATER)
    registered(on_stage, edition)
    linked(on_stage, edition)
    cut_and_not_sent(on_stage)
    linked(on_stage, edition, SECOND, tell=False)
    later(on_stage)
    (mail,) = on_stage.inbox()[1:]
    assert (mail["subject"], FIRST in mail["text"], SECOND in mail["text"]) == (TOLD, False, True)
    assert ledger(on_stage, "joining-link") == ["sent", "skipped: link-changed"]


def test_a_move_is_measured_from_the_date_that_was_told_though_the_link_has_changed_since(on_stage: Stage) -> None:
    edition = organised(on_stage, location={"join_url": FIRST})
    registered(on_stage, edition)
    linked(on_stage, edition, SECOND, tell=False)
    on_stage.api("POST", f"/editions/{edition}/move", {"duration_minutes": 90})
    on_stage.run()
    mail = on_stage.inbox()[-1]
    assert mail["subject"] == "Neuer Zugangslink: Gemeinsam wirken"
    assert "„Gemeinsam wirken“ dauert jetzt 1 Stunde 30 Minuten." in mail["text"]


def test_a_cancellation_names_the_date_that_was_told_though_the_link_has_changed_since(on_stage: Stage) -> None:
    edition = organised(on_stage, location=LATER)
    registered(on_stage, edition)
    linked(on_stage, edition)
    on_stage.run()
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.run()
    assert subjects(on_stage)[1:] == [TOLD, "Fällt aus: Gemeinsam wirken (10. März)"]
    assert "Bisher" not in on_stage.inbox()[-1]["text"]


def test_a_link_that_does_not_hold_any_more_can_be_taken_back(on_stage: Stage) -> None:
    edition = organised(on_stage, location={"join_url": FIRST})
    registered(on_stage, edition)
    wanted = {"location": LATER, "tell_registered": True}
    status, answer = on_stage.api("PATCH", f"/editions/{edition}", wanted)
    assert (status, links(answer)) == (200, [("planned", "")])
    on_stage.run()
    mail = on_stage.inbox()[-1]
    assert mail["subject"] == "Neuer Zugangslink folgt: Gemeinsam wirken"
    assert "gilt nicht mehr" in mail["text"]
    assert FIRST not in mail["text"]


def test_while_it_runs_a_link_can_be_changed_and_after_its_end_not(on_stage: Stage) -> None:
    edition = organised(on_stage, location={"join_url": FIRST})
    registered(on_stage, edition)
    on_stage.travel(datetime(2027, 3, 10, 13, 40, tzinfo=UTC))
    linked(on_stage, edition, SECOND)
    on_stage.run()
    assert subjects(on_stage)[-1] == TOLD
    on_stage.travel(datetime(2027, 3, 10, 14, 30, tzinfo=UTC))
    wanted = {"location": {"join_url": FIRST}, "tell_registered": True}
    assert on_stage.api("PATCH", f"/editions/{edition}", wanted)[0] == 422


@pytest.mark.parametrize(
    ("location", "publish", "wanted", "said"),
    [
        ({"join_url": FIRST}, True, {}, "There is no new link to tell."),
        ({"join_url": FIRST}, True, {"location": {"join_url": FIRST}}, "There is no new link to tell."),
        (LATER, True, {"title": "Neu"}, "There is no new link to tell."),
        ({"place": "Rathaus"}, True, {"title": "Neu"}, "This edition is not online"),
        (LATER, False, {"location": {"join_url": FIRST}}, "Nobody is registered yet"),
    ],
)
def test_where_there_is_nothing_to_tell_nothing_is_changed(
    on_stage: Stage, location: dict[str, Any], publish: bool, wanted: dict[str, Any], said: str
) -> None:
    edition = organised(on_stage, location=location, publish=publish)
    before = on_stage.items()
    status, problem = on_stage.api("PATCH", f"/editions/{edition}", wanted | {"tell_registered": True})
    assert (status, [one["field"] for one in problem["errors"]]) == (422, ["tell_registered"])
    assert said in problem["errors"][0]["detail"]
    assert on_stage.items() == before


@pytest.mark.parametrize(
    "location",
    [{"place": "Rathaus"}, {"place": "Rathaus", "join_url": SECOND}, {"place": "Rathaus", "online": True}],
)
def test_anything_but_the_link_is_a_move(on_stage: Stage, location: dict[str, Any]) -> None:
    edition = organised(on_stage, location={"join_url": FIRST})
    status, problem = on_stage.api("PATCH", f"/editions/{edition}", {"location": location})
    assert (status, "move it" in problem["detail"]) == (409, True)


def test_a_draft_changes_its_link_like_any_other_field(on_stage: Stage) -> None:
    edition = organised(on_stage, location=LATER, publish=False)
    status, answer = on_stage.api("PATCH", f"/editions/{edition}", {"location": {"join_url": FIRST}})
    assert (status, answer["location"], answer["revision"]) == (200, {"join_url": FIRST}, 0)
