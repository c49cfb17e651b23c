"""Everybody who was registered is thanked once: when the recording is added, or at a set time without it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.builders import EDITION, organised, registered
from tests.stage import Stage

RECORDING = "https://film.example.org/kaffee"
DECK = {"title": "Wie man Menschen gewinnt", "url": "https://folien.example.org/1.pdf"}
END = datetime(2027, 3, 10, 14, 15, tzinfo=UTC)
NEXT_DAY = datetime(2027, 3, 11, 9, 0, tzinfo=UTC)
AT = "2027-03-12T10:00"
AT_UTC = datetime(2027, 3, 12, 9, 0, tzinfo=UTC)
MONTH_AFTER = "2027-04-09T16:14"


def changed(on_stage: Stage, edition: str, **wanted: Any) -> dict[str, Any]:
    status, answer = on_stage.api("PATCH", f"/editions/{edition}", wanted)
    assert status == 200, answer
    on_stage.run()
    return dict(answer)


def refused(on_stage: Stage, edition: str, **wanted: Any) -> str:
    before = on_stage.items()
    status, problem = on_stage.api("PATCH", f"/editions/{edition}", wanted)
    assert (status, [one["field"] for one in problem["errors"]]) == (422, ["thank"])
    assert on_stage.items() == before
    return str(problem["errors"][0]["detail"])


def published(on_stage: Stage, thank: Any = AT, **edition: Any) -> str:
    made = organised(on_stage, publish=False, **edition)
    status, answer = on_stage.api("POST", f"/editions/{made}/publish", {"announce": None, "thank": thank})
    assert status == 200, answer
    return made


def thanks(answer: dict[str, Any]) -> list[tuple[str, str]]:
    found = answer.get("mailings", answer.get("items", []))
    return [(one["due_at"], one["progress"]) for one in found if one["message"] == "thank-you"]


def planned(on_stage: Stage, edition: str) -> list[tuple[str, str]]:
    return thanks(on_stage.api("GET", f"/editions/{edition}/mailings")[1])


def thanked(on_stage: Stage) -> list[str]:
    return sorted(mail["to"].partition("@")[0] for mail in on_stage.inbox() if mail["subject"].startswith("Danke"))


def three_people(on_stage: Stage, edition: str) -> None:
    """One of whom gives the seat back."""
    for name in ("mia", "ole", "ada"):
        registered(on_stage, edition, f"{name}@example.org")
    on_stage.post(on_stage.link("ada@example.org", "/registrations/") + "/cancel")
    on_stage.run()


def another(on_stage: Stage, starts_at: str, *, publish: bool = True, **given: Any) -> str:
    made = on_stage.api("POST", "/series/kaffeepause/editions", EDITION | {"starts_at": starts_at} | given)[1]["id"]
    if publish:
        assert on_stage.api("POST", f"/editions/{made}/publish", {"announce": None})[0] == 200
    return str(made)


def test_adding_the_recording_thanks_those_who_had_a_seat_in_one_request(on_stage: Stage) -> None:
    edition = organised(on_stage, slides=[DECK])
    three_people(on_stage, edition)
    coming = another(on_stage, "2027-04-14T14:30", title="Loslassen lernen")
    on_stage.travel(NEXT_DAY)
    answer = changed(on_stage, edition, recording_url=RECORDING, thank="now")
    assert (answer["recording_url"], thanks(answer)) == (RECORDING, [("2027-03-11T10:00", "planned")])
    assert thanked(on_stage) == ["mia", "ole"]
    mail = on_stage.inbox("mia@example.org")[-1]
    assert mail["subject"] == "Danke, und die Aufzeichnung: Gemeinsam wirken"
    for said in ("Hallo Mia,", RECORDING, DECK["title"], DECK["url"], "Loslassen lernen", f"/editions/{coming}"):
        assert said in mail["text"]
        assert said in mail["html"]
    assert "Mittwoch, 14. April 2027, 14:30 Uhr" in mail["text"]


def test_the_same_request_again_thanks_nobody_again(on_stage: Stage) -> None:
    edition = organised(on_stage)
    three_people(on_stage, edition)
    on_stage.travel(NEXT_DAY)
    for _ in range(2):
        answer = changed(on_stage, edition, recording_url=RECORDING, thank="now")
        assert len(thanks(answer)) == 1
        on_stage.clock.turn(by=timedelta(minutes=5))
    assert thanked(on_stage) == ["mia", "ole"]


def test_at_a_set_time_they_are_thanked_without_a_recording(on_stage: Stage) -> None:
    edition = published(on_stage)
    three_people(on_stage, edition)
    on_stage.travel(AT_UTC - timedelta(minutes=1))
    assert thanked(on_stage) == []
    on_stage.travel(AT_UTC + timedelta(minutes=10))
    assert thanked(on_stage) == ["mia", "ole"]
    mail = on_stage.inbox("mia@example.org")[-1]
    assert mail["subject"] == "Danke: Gemeinsam wirken"
    assert "Aufzeichnung" not in mail["text"] + mail["html"]
    assert "Der nächste Termin" not in mail["text"] + mail["html"]
    assert planned(on_stage, edition) == [(AT, "finished")]


def test_a_recording_that_is_there_by_then_goes_along(on_stage: Stage) -> None:
    edition = published(on_stage)
    registered(on_stage, edition)
    on_stage.travel(NEXT_DAY)
    changed(on_stage, edition, recording_url=RECORDING)
    assert thanked(on_stage) == []
    on_stage.travel(AT_UTC)
    assert RECORDING in on_stage.inbox()[-1]["text"]


def test_the_recording_before_the_set_time_thanks_at_once_and_only_once(on_stage: Stage) -> None:
    edition = published(on_stage)
    registered(on_stage, edition)
    on_stage.travel(NEXT_DAY)
    answer = changed(on_stage, edition, recording_url=RECORDING, thank="now")
    assert thanks(answer) == [("2027-03-11T10:00", "planned")]
    assert thanked(on_stage) == ["mia"]
    on_stage.travel(AT_UTC + timedelta(days=1))
    assert thanked(on_stage) == ["mia"]


def test_a_recording_after_the_thanks_is_told_to_nobody_and_whoever_asks_is_told_what_to_do(on_stage: Stage) -> None:
    edition = published(on_stage)
    registered(on_stage, edition)
    on_stage.travel(AT_UTC + timedelta(days=1))
    assert "Write them a message" in refused(on_stage, edition, recording_url=RECORDING, thank="now")
    changed(on_stage, edition, recording_url=RECORDING)
    changed(on_stage, edition, thank=None)
    changed(on_stage, edition, thank=AT)
    assert thanked(on_stage) == ["mia"]


@pytest.mark.parametrize("first", ["", "https://video.example.org/first-cut"])
def test_thanked_already_whoever_asks_for_it_with_a_recording_is_told_that_nobody_gets_it(
    on_stage: Stage, first: str
) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.travel(NEXT_DAY)
    changed(on_stage, edition, thank="now", **({"recording_url": first} if first else {}))
    assert thanked(on_stage) == ["mia"]
    for late in ({"recording_url": RECORDING}, {"slides": [DECK]}):
        for again in ("now", {"in_minutes": 10}):
            assert "Write them a message" in refused(on_stage, edition, **late, thank=again)
    changed(on_stage, edition, recording_url=RECORDING, slides=[DECK])
    changed(on_stage, edition, recording_url=RECORDING, slides=[DECK], thank="now")  # nothing new: asked once more
    changed(on_stage, edition, recording_url="", slides=[], thank="now")
    on_stage.travel(NEXT_DAY + timedelta(days=1))
    assert thanked(on_stage) == ["mia"]


def test_it_can_be_planned_dated_anew_and_called_off_with_a_change(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    assert thanks(changed(on_stage, edition, thank=AT)) == [(AT, "planned")]
    assert thanks(changed(on_stage, edition, thank="2027-03-11T08:00")) == [("2027-03-11T08:00", "planned")]
    assert thanks(changed(on_stage, edition, thank=None)) == [("2027-03-11T08:00", "cancelled")]
    on_stage.travel(NEXT_DAY)
    assert thanked(on_stage) == []
    assert thanks(changed(on_stage, edition, thank={"in_minutes": 10})) == [
        ("2027-03-11T08:00", "cancelled"),
        ("2027-03-11T10:10", "planned"),
    ]
    on_stage.travel(NEXT_DAY + timedelta(minutes=10))
    assert thanked(on_stage) == ["mia"]


def test_its_mailing_can_be_withdrawn_and_it_can_be_asked_for_again(on_stage: Stage) -> None:
    edition = published(on_stage)
    registered(on_stage, edition)
    (mailing,) = [
        one["id"]
        for one in on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
        if one["message"] == "thank-you"
    ]
    assert on_stage.api("POST", f"/mailings/{mailing}/cancel")[0] == 200
    on_stage.travel(AT_UTC + timedelta(hours=1))
    assert thanked(on_stage) == []
    changed(on_stage, edition, thank="now")
    assert thanked(on_stage) == ["mia"]


@pytest.mark.parametrize(
    ("move", "due_at"),
    [
        ({"starts_at": "2027-03-17T14:30"}, "2027-03-19T10:00"),
        ({"starts_at": "2027-03-27T14:30"}, "2027-03-29T10:00"),  # clocks go forward in between
        ({"duration_minutes": 75}, "2027-03-12T10:30"),
        ({"location": {"join_url": "https://meet.example.org/neu"}}, AT),
    ],
)
def test_it_moves_along_and_keeps_its_distance_to_the_end(on_stage: Stage, move: dict[str, Any], due_at: str) -> None:
    edition = published(on_stage)
    registered(on_stage, edition)
    status, answer = on_stage.api("POST", f"/editions/{edition}/move", move)
    assert (status, thanks(answer)) == (200, [(due_at, "planned")])
    on_stage.travel(datetime(2027, 4, 20, tzinfo=UTC))
    assert thanked(on_stage) == ["mia"]
    assert planned(on_stage, edition) == [(due_at, "finished")]


def test_nobody_is_thanked_for_what_did_not_take_place(on_stage: Stage) -> None:
    edition = published(on_stage)
    registered(on_stage, edition)
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.travel(AT_UTC)
    assert thanked(on_stage) == []
    assert planned(on_stage, edition) == [(AT, "cancelled")]


def test_whoever_was_erased_or_bounced_gets_nothing(on_stage: Stage) -> None:
    edition = published(on_stage)
    for email in ("mia@example.org", "bounce@simulator.amazonses.com", "ole@example.org"):
        registered(on_stage, edition, email)
    on_stage.travel(NEXT_DAY)
    on_stage.api("POST", "/people/erase", {"email": "ole@example.org"})
    on_stage.travel(AT_UTC)
    assert thanked(on_stage) == ["mia"]


@pytest.mark.parametrize(
    ("thank", "said"),
    [
        ("now", "give a local time from 2027-03-10T15:15 on"),
        ({"in_minutes": 10}, "give a local time from 2027-03-10T15:15 on"),
        ("2027-03-10T15:14", "give a local time from 2027-03-10T15:15 on"),
        ("2027-01-10T15:14", "lies in the past"),
        ("2027-04-09T16:15", "until 2027-04-09T16:15"),
        ("2027-03-28T02:30", "does not exist"),
    ],
)
def test_a_time_that_will_not_do_is_refused_beside_its_field(on_stage: Stage, thank: Any, said: str) -> None:
    edition = organised(on_stage)
    assert said in refused(on_stage, edition, thank=thank)


@pytest.mark.parametrize("thank", ["2027-03-10T15:15", MONTH_AFTER])
def test_the_first_and_the_last_moment_that_will_do(on_stage: Stage, thank: str) -> None:
    edition = published(on_stage, thank)
    registered(on_stage, edition)
    on_stage.travel(datetime(2027, 4, 20, tzinfo=UTC))
    assert thanked(on_stage) == ["mia"]


def test_publishing_says_of_both_times_at_once_that_they_will_not_do(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    wanted = {"announce": "2027-03-12T10:00", "thank": "2027-03-09T10:00"}
    status, problem = on_stage.api("POST", f"/editions/{edition}/publish", wanted)
    assert (status, [one["field"] for one in problem["errors"]]) == (422, ["announce", "thank"])


def test_a_draft_is_told_to_say_it_when_it_is_published(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    assert "when you publish it" in refused(on_stage, edition, thank=AT)


def test_the_next_edition_is_the_first_one_that_people_can_register_for(on_stage: Stage) -> None:
    edition = published(on_stage)
    registered(on_stage, edition)
    another(on_stage, "2027-03-12T12:00", title="Schon zu", registration_closes_at="2027-03-12T09:00")
    another(on_stage, "2027-03-20T12:00", title="Ein Entwurf", publish=False)
    off = another(on_stage, "2027-03-21T12:00", title="Abgesagt")
    on_stage.api("POST", f"/editions/{off}/cancel")
    another(on_stage, "2027-05-14T14:30", title="Der übernächste")
    another(on_stage, "2027-04-14T14:30", title="Der nächste")
    on_stage.travel(AT_UTC)
    text = on_stage.inbox("mia@example.org")[-1]["text"]
    for title, named in (
        ("Der nächste\n", True),
        ("Der übernächste", False),
        ("Schon zu", False),
        ("Ein Entwurf", False),
        ("Abgesagt", False),
    ):
        assert (title in text) is named, title


def test_looked_at_before_its_end_an_edition_is_not_its_own_next_one(on_stage: Stage) -> None:
    edition = organised(on_stage)
    preview = f"/editions/{edition}/preview?message=thank-you&at=2027-03-01T10:00"
    assert "Der nächste Termin" not in on_stage.api("GET", preview)[1]["text"]
    another(on_stage, "2027-04-14T14:30", title="Der nächste")
    assert "Der nächste Termin:\n\nDer nächste\n" in on_stage.api("GET", preview)[1]["text"]


def test_it_speaks_english(on_stage: Stage) -> None:
    edition = published(on_stage, series={"language": "en"})
    registered(on_stage, edition)
    another(on_stage, "2027-04-14T14:30", title="Letting go")
    changed(on_stage, edition, recording_url=RECORDING)
    on_stage.travel(AT_UTC)
    mail = on_stage.inbox()[-1]
    assert mail["subject"] == "Thank you, and the recording: Gemeinsam wirken"
    for said in ("Hello Mia,", "is over. Thank you to everybody who was there!", "The next event:", "Letting go"):
        assert said in " ".join(mail["text"].split())


def test_the_preview_is_what_people_get(on_stage: Stage) -> None:
    edition = published(on_stage, slides=[DECK])
    registered(on_stage, edition)
    another(on_stage, "2027-04-14T14:30", title="Loslassen lernen")
    changed(on_stage, edition, recording_url=RECORDING)
    shown = on_stage.api("GET", f"/editions/{edition}/preview?message=thank-you")[1]
    ahead = on_stage.api("GET", f"/editions/{edition}/future")[1]["items"]
    assert [one["text"] for one in ahead if one["message"] == "thank-you"] == [shown["text"]]
    on_stage.travel(AT_UTC)
    mail = on_stage.inbox()[-1]
    for part in ("subject", "text", "html"):
        assert mail[part] == shown[part].replace("Alex", "Mia")


def test_the_future_of_a_draft_shows_it(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    ahead = on_stage.api("GET", f"/editions/{edition}/future?thank={AT}")[1]["items"]
    assert [one["due_at"] for one in ahead if one["message"] == "thank-you"] == [AT]
