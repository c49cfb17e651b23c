"""After the event: words, slides and the recording of an edition that is over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.builders import EDITION, organised, registered
from tests.stage import Stage

RECORDING = "https://film.example.org/kaffee"
DECK = {"title": "Wie man Menschen gewinnt", "url": "https://folien.example.org/1.pdf"}
BEFORE = datetime(2027, 3, 10, 14, 14, tzinfo=UTC)
END = datetime(2027, 3, 10, 14, 15, tzinfo=UTC)
LATER = datetime(2027, 3, 12, 9, 0, tzinfo=UTC)


def changed(on_stage: Stage, edition: str, **wanted: Any) -> dict[str, Any]:
    status, answer = on_stage.api("PATCH", f"/editions/{edition}", wanted)
    assert status == 200, answer
    return dict(answer)


def page_of(on_stage: Stage, edition: str) -> str:
    answer = on_stage.get(f"/editions/{edition}")
    assert answer.status_code == 200
    return answer.body.decode()


def test_words_recording_and_slides_of_a_past_edition_change_and_nobody_is_told(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.travel(LATER)
    told = len(on_stage.inbox())
    words = {"title": "Gemeinsam gewirkt", "announcement": "So war es.", "speakers": [{"name": "Ole Roth"}]}
    answer = changed(on_stage, edition, **words, recording_url=RECORDING, slides=[DECK])
    assert (answer["title"], answer["announcement"], answer["speakers"][0]["name"]) == (
        "Gemeinsam gewirkt",
        "So war es.",
        "Ole Roth",
    )
    assert (answer["recording_url"], answer["slides"], answer["phase"]) == (RECORDING, [DECK], "over")
    assert (answer["revision"], on_stage.api("GET", f"/editions/{edition}")[1]["slides"]) == (0, [DECK])
    on_stage.run()
    assert len(on_stage.inbox()) == told
    page = page_of(on_stage, edition)
    for said in ("Gemeinsam gewirkt", "So war es.", "Aufzeichnung und Folien", "Aufzeichnung ansehen", DECK["title"]):
        assert said in page
    assert f'href="{RECORDING}"' in page
    assert f'href="{DECK["url"]}"' in page


def test_whoever_was_registered_finds_recording_and_slides_behind_the_link_in_their_mail(on_stage: Stage) -> None:
    edition = organised(on_stage, slides=[DECK])
    registered(on_stage, edition)
    own = on_stage.link("mia@example.org", "/registrations/")
    changed(on_stage, edition, recording_url=RECORDING)
    before = on_stage.get(own).body.decode()
    assert (DECK["url"] in before, RECORDING in before) == (True, False), "before the end there is no recording"
    on_stage.travel(LATER)
    page = on_stage.get(own).body.decode()
    assert f'href="{RECORDING}"' in page
    assert DECK["title"] in page


def test_whoever_gave_their_seat_back_finds_neither(on_stage: Stage) -> None:
    edition = organised(on_stage, slides=[DECK])
    registered(on_stage, edition)
    own = on_stage.link("mia@example.org", "/registrations/")
    on_stage.post(f"{own}/cancel")
    assert DECK["title"] not in on_stage.get(own).body.decode()


def test_what_is_given_can_be_taken_away_again(on_stage: Stage) -> None:
    edition = organised(on_stage, slides=[DECK])
    on_stage.travel(LATER)
    changed(on_stage, edition, recording_url=RECORDING)
    answer = changed(on_stage, edition, recording_url="", slides=[])
    assert (answer["recording_url"], answer["slides"]) == ("", [])
    assert "Aufzeichnung" not in page_of(on_stage, edition)
    assert "Folien" not in page_of(on_stage, edition)


def test_when_and_where_it_was_stays_and_each_field_says_so(on_stage: Stage) -> None:
    edition = organised(on_stage, seats=5)
    on_stage.travel(LATER)
    before = on_stage.items()
    wanted = {
        "title": "Neu",
        "starts_at": "2027-03-11T14:30",
        "duration_minutes": 60,
        "location": {"place": "Rathaus"},
        "seats": 10,
        "registration_closes_at": "2027-03-10T12:00",
    }
    status, problem = on_stage.api("PATCH", f"/editions/{edition}", wanted)
    assert (status, {one["field"] for one in problem["errors"]}) == (422, {*wanted} - {"title"})
    assert "over" in problem["errors"][0]["detail"]
    assert on_stage.items() == before
    same = {name: EDITION[name] for name in ("starts_at", "duration_minutes", "location")} | {"seats": 5}
    assert changed(on_stage, edition, **same)["seats"] == 5


def test_a_link_of_one_that_is_over_is_told_to_nobody(on_stage: Stage) -> None:
    edition = organised(on_stage, location={"online": True})
    on_stage.travel(BEFORE)
    changed(on_stage, edition, location={"join_url": "https://meet.example.org/neu"})
    on_stage.travel(END)
    status, problem = on_stage.api("PATCH", f"/editions/{edition}", {"tell_registered": True})
    assert (status, [one["field"] for one in problem["errors"]]) == (422, ["tell_registered"])


def test_one_that_was_cancelled_stays_as_it_is(on_stage: Stage) -> None:
    edition = organised(on_stage)
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.travel(LATER)
    assert on_stage.api("PATCH", f"/editions/{edition}", {"slides": [DECK]})[0] == 410


def test_slides_stand_on_the_page_at_once_and_the_recording_from_the_end_on(on_stage: Stage) -> None:
    edition = organised(on_stage, slides=[DECK])
    changed(on_stage, edition, recording_url=RECORDING)
    on_stage.travel(BEFORE)
    page = page_of(on_stage, edition)
    assert ("Folien</h2>" in page, DECK["url"] in page, RECORDING in page) == (True, True, False)
    on_stage.travel(END)
    assert RECORDING in page_of(on_stage, edition)


def test_the_page_says_it_in_english(on_stage: Stage) -> None:
    edition = organised(on_stage, series={"language": "en"})
    on_stage.travel(LATER)
    changed(on_stage, edition, recording_url=RECORDING)
    page = page_of(on_stage, edition)
    assert ("Recording</h2>" in page, "Watch the recording" in page, "Slides" in page) == (True, True, False)


def test_a_copy_takes_neither_along(on_stage: Stage) -> None:
    edition = organised(on_stage, slides=[DECK])
    changed(on_stage, edition, recording_url=RECORDING)
    status, copy = on_stage.api("POST", f"/editions/{edition}/copy", {"starts_at": "2027-04-14T14:30"})
    assert (status, copy["slides"], copy["recording_url"]) == (201, [], "")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"recording_url": "film"}, "recording_url"),
        ({"slides": [{"title": "Ohne Adresse"}]}, "slides.0.url"),
        ({"slides": [DECK, {"title": "", "url": "https://a.example"}]}, "slides.1.title"),
        ({"slides": [DECK] * 11}, "slides"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(on_stage: Stage, wanted: dict[str, Any], field: str) -> None:
    edition = organised(on_stage)
    status, problem = on_stage.api("PATCH", f"/editions/{edition}", wanted)
    assert (status, [one["field"] for one in problem["errors"]]) == (422, [field])
