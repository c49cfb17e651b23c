"""A move or a cancellation is told to those who were sent the announcement, and did not register."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.builders import end_link, organised, registered, subscribed
from tests.stage import Stage
from tests.usecases.test_erase import meanwhile

OLD, NEW, THIRD = "2027-03-10T14:30", "2027-03-17T10:00", "2027-03-24T11:00"
MOVED = "Neuer Termin: 17. März, 10:00 Uhr – Gemeinsam wirken"
MOVED_AGAIN = "Neuer Termin: 24. März, 11:00 Uhr – Gemeinsam wirken"
OFF = "Fällt aus: Gemeinsam wirken (10. März)"


def announced(on_stage: Stage, *names: str, **edition: Any) -> str:
    made = organised(on_stage, publish=False, **edition)
    for name in names:
        subscribed(on_stage, f"{name}@example.org")
    on_stage.clock.turn(by=timedelta(minutes=1))
    on_stage.api("POST", f"/editions/{made}/publish", {"announce": "now"})
    later(on_stage)
    return made


def later(on_stage: Stage) -> None:
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))


def asked(on_stage: Stage, edition: str, action: str, **wish: Any) -> Any:
    status, answer = on_stage.api("POST", f"/editions/{edition}/{action}", wish)
    assert status == 200, answer
    return answer


def told(on_stage: Stage, name: str = "mia") -> list[str]:
    """What they got after they had subscribed and read the announcement."""
    beginnings = ("Neue", "Fällt aus", "Bitte beachten", "Jetzt")
    return [one for one in on_stage.subjects(f"{name}@example.org") if one.startswith(beginnings)]


def ledger(on_stage: Stage, edition: str, message: str) -> dict[str, str]:
    """Of the newest mailing of that kind: names, with why nothing was sent to them or what became of it."""
    items = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
    newest = [one["id"] for one in items if one["message"] == message and one["progress"] != "cancelled"][-1]
    people = on_stage.api("GET", f"/mailings/{newest}/recipients")[1]["items"]
    return {one["email"].split("@")[0]: one["reason"] or one["outcome"] for one in people}


def kinds(answer: Any) -> list[str]:
    return [one["message"] for one in answer["mailings"]]


def test_those_who_read_the_old_date_are_told_the_new_one(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia", "ole")
    subscribed(on_stage, "neu@example.org")
    answer = asked(on_stage, edition, "move", starts_at=NEW, note="Der Raum war **belegt**.")
    assert kinds(answer)[:2] == ["edition-moved", "announced-edition-moved"]
    planned = answer["mailings"][1]
    assert (planned["audience"], planned["progress"]) == ("subscribers", "planned")
    assert answer["announced_to"] == 2
    later(on_stage)
    assert [told(on_stage, name) for name in ("mia", "ole", "neu")] == [[MOVED], [MOVED], []]
    mail = on_stage.inbox("mia@example.org")[-1]
    text = " ".join(mail["text"].split())
    assert "Bisher: Mittwoch, 10. März 2027, 14:30 Uhr" in text
    assert "Der Raum war belegt." in text
    assert f"/editions/{edition}" in text
    assert end_link(on_stage) in mail["text"]
    assert "Hallo" not in mail["text"]
    assert "meet.example.org" not in mail["text"] + mail["html"], "the link to join is for those who registered"
    assert on_stage.files("mia@example.org") == []


def test_a_cancellation_is_told_with_its_reason(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    subscribed(on_stage, "neu@example.org")
    answer = asked(on_stage, edition, "cancel", reason="Andrea ist krank.", note="Wir melden uns.")
    assert kinds(answer) == ["edition-cancelled", "announced-edition-cancelled"]
    assert answer["announced_to"] == 1
    later(on_stage)
    assert [told(on_stage, name) for name in ("mia", "neu")] == [[OFF], []]
    text = on_stage.inbox("mia@example.org")[-1]["text"]
    assert "Andrea ist krank." in text
    assert "Wir melden uns." in text
    assert end_link(on_stage) in text


def test_whoever_is_registered_hears_once(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia", "ole")
    registered(on_stage, edition, "mia@example.org")
    asked(on_stage, edition, "move", starts_at=NEW)
    later(on_stage)
    assert told(on_stage) == told(on_stage, "ole") == [MOVED]
    assert "/registrations/" in on_stage.inbox("mia@example.org")[-1]["text"]
    assert ledger(on_stage, edition, "announced-edition-moved") == {"mia": "registered", "ole": "sent"}
    asked(on_stage, edition, "cancel")
    later(on_stage)
    assert len(told(on_stage)) == len(told(on_stage, "ole")) == 2


@pytest.mark.parametrize("action", ["move", "cancel"])
def test_whoever_heard_as_registered_and_left_at_once_hears_no_second_time(on_stage: Stage, action: str) -> None:
    edition = announced(on_stage, "mia")
    registered(on_stage, edition)
    place = on_stage.link("mia@example.org", "/registrations/")
    asked(on_stage, edition, action, **{"starts_at": NEW} if action == "move" else {})
    on_stage.settle()
    assert len(told(on_stage)) == 1
    on_stage.post(f"{place}/cancel")
    later(on_stage)
    assert len(told(on_stage)) == 1


def test_whoever_left_before_is_told_like_everybody(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    registered(on_stage, edition)
    on_stage.post(on_stage.link("mia@example.org", "/registrations/") + "/cancel")
    later(on_stage)
    asked(on_stage, edition, "move", starts_at=NEW)
    later(on_stage)
    assert told(on_stage) == [MOVED]


@pytest.mark.parametrize(("action", "wish"), [("move", {"starts_at": NEW}), ("cancel", {})])
def test_an_organiser_can_tell_no_subscribers(on_stage: Stage, action: str, wish: dict[str, Any]) -> None:
    edition = announced(on_stage, "mia")
    answer = asked(on_stage, edition, action, **wish, tell_subscribers="none")
    assert not [kind for kind in kinds(answer) if kind.startswith("announced")]
    assert "announced_to" not in answer
    later(on_stage)
    assert told(on_stage) == []


@pytest.mark.parametrize(("action", "wish"), [("move", {"starts_at": NEW}), ("cancel", {})])
@pytest.mark.parametrize("announce", [None, "now", "2027-02-03T10:00"])
def test_where_nobody_was_sent_an_announcement_nothing_is_planned(
    on_stage: Stage, action: str, wish: dict[str, Any], announce: str | None
) -> None:
    edition = organised(on_stage, publish=False)
    if announce != "now":
        subscribed(on_stage)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": announce})
    on_stage.run()
    answer = asked(on_stage, edition, action, **wish)
    assert "announced-edition-moved" not in kinds(answer)
    assert "announced-edition-cancelled" not in kinds(answer)


def test_asked_twice_they_are_told_once(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    for _ in range(2):
        asked(on_stage, edition, "move", starts_at=NEW)
    later(on_stage)
    for _ in range(2):
        asked(on_stage, edition, "move", starts_at=NEW)
        later(on_stage)
    for _ in range(2):
        asked(on_stage, edition, "cancel")
        later(on_stage)
    assert told(on_stage) == [MOVED, "Fällt aus: Gemeinsam wirken (17. März)"]


def test_a_second_move_before_they_heard_is_told_as_one(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    asked(on_stage, edition, "move", starts_at=NEW)
    asked(on_stage, edition, "move", starts_at=THIRD)
    later(on_stage)
    assert told(on_stage) == [MOVED_AGAIN]
    assert "10. März 2027" in on_stage.inbox("mia@example.org")[-1]["text"]


def test_a_second_move_after_they_heard_is_measured_from_the_first(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    asked(on_stage, edition, "move", starts_at=NEW)
    later(on_stage)
    asked(on_stage, edition, "move", starts_at=THIRD)
    later(on_stage)
    assert told(on_stage) == [MOVED, MOVED_AGAIN]
    text = on_stage.inbox("mia@example.org")[-1]["text"]
    assert "17. März 2027" in text
    assert "10. März 2027" not in text


def test_moved_back_before_they_heard_nobody_hears(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    asked(on_stage, edition, "move", starts_at=NEW)
    asked(on_stage, edition, "move", starts_at=OLD)
    later(on_stage)
    assert told(on_stage) == []
    assert ledger(on_stage, edition, "announced-edition-moved") == {"mia": "told-already"}


def test_moved_back_after_they_heard_they_hear(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    asked(on_stage, edition, "move", starts_at=NEW)
    later(on_stage)
    asked(on_stage, edition, "move", starts_at=OLD)
    later(on_stage)
    assert told(on_stage) == [MOVED, "Neuer Termin: 10. März, 14:30 Uhr – Gemeinsam wirken"]


def test_it_can_be_withdrawn_until_it_begins(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    planned = asked(on_stage, edition, "move", starts_at=NEW)["mailings"][1]
    assert on_stage.api("POST", f"/mailings/{planned['id']}/cancel")[0] == 200
    later(on_stage)
    assert told(on_stage) == []


def test_another_link_is_no_news_to_those_who_have_none(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    link = {"location": {"join_url": "https://elsewhere.example.org"}}
    assert kinds(asked(on_stage, edition, "move", **link))[0] == "joining-link"
    later(on_stage)
    assert told(on_stage) == []
    asked(on_stage, edition, "move", starts_at=NEW)
    on_stage.api("PATCH", f"/editions/{edition}", {"location": {"join_url": "https://third.example.org"}})
    later(on_stage)
    assert told(on_stage) == [MOVED], "another link in between calls off nothing of what they hear"


def test_moved_back_with_another_link_is_no_news_to_those_who_have_none(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    asked(on_stage, edition, "move", starts_at=NEW)
    asked(on_stage, edition, "move", starts_at=OLD, location={"join_url": "https://elsewhere.example.org"})
    later(on_stage)
    assert told(on_stage) == []
    assert ledger(on_stage, edition, "announced-edition-moved") == {"mia": "told-already"}


def test_another_place_is_told_without_the_link(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia", location={"place": "Rathaus", "join_url": "https://meet.example.org/kaffee"})
    asked(on_stage, edition, "move", location={"place": "Bücherei", "join_url": "https://meet.example.org/neu"})
    later(on_stage)
    assert told(on_stage) == ["Neuer Ort: Gemeinsam wirken"]
    text = on_stage.inbox("mia@example.org")[-1]["text"]
    assert "Bücherei" in text
    assert "meet.example.org" not in text


def test_whoever_unsubscribed_hears_no_more(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    on_stage.post(end_link(on_stage))
    asked(on_stage, edition, "move", starts_at=NEW)
    later(on_stage)
    assert told(on_stage) == []
    assert ledger(on_stage, edition, "announced-edition-moved") == {"mia": "unsubscribed"}


def test_whoever_was_corrected_since_the_move_is_not_told_again(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    asked(on_stage, edition, "move", starts_at=NEW)
    asked(on_stage, edition, "correct")
    later(on_stage)
    assert told(on_stage) == []
    assert ledger(on_stage, edition, "announced-edition-moved") == {"mia": "told-already"}


def test_a_correction_after_they_heard_of_the_move_does_not_repeat_the_date(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    asked(on_stage, edition, "move", starts_at=NEW)
    later(on_stage)
    before = len(on_stage.inbox("mia@example.org"))
    asked(on_stage, edition, "correct")
    later(on_stage)
    assert len(on_stage.inbox("mia@example.org")) == before, "they know all there is to know"
    on_stage.api("PATCH", f"/editions/{edition}", {"title": "Gemeinsam bewirken"})
    asked(on_stage, edition, "correct")
    later(on_stage)
    text = " ".join(on_stage.inbox("mia@example.org")[-1]["text"].split())
    assert "Titel: „Gemeinsam bewirken“ statt „Gemeinsam wirken“" in text
    assert "statt Mittwoch" not in text


def test_a_cancellation_calls_off_what_was_to_be_told_of_a_move(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    asked(on_stage, edition, "move", starts_at=NEW)
    asked(on_stage, edition, "cancel")
    later(on_stage)
    assert told(on_stage) == ["Fällt aus: Gemeinsam wirken (17. März)"]
    text = " ".join(on_stage.inbox("mia@example.org")[-1]["text"].split())
    assert "Mittwoch, 10. März 2027, 14:30 Uhr" in text, "the date that they know"


def half_announced(on_stage: Stage, *names: str) -> tuple[str, str]:
    """An announcement of which only one mail has left so far; its edition and its mailing."""
    edition = organised(on_stage, publish=False)
    for name in names:
        subscribed(on_stage, f"{name}@example.org")
    rest = list(range(1, len(names)))
    on_stage.faults.replace([{"do": "partial", "status": "TRANSIENT_FAILURE", "entries": rest, "times": 1}])
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    for lane in [*on_stage.lanes, *on_stage.lanes]:
        lane.turn()
    items = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
    return edition, next(one["id"] for one in items if one["message"] == "announcement")


def got_the_old_date(on_stage: Stage, names: tuple[str, ...]) -> list[str]:
    return [one for one in names if any(s.startswith("10. März") for s in on_stage.subjects(f"{one}@example.org"))]


@pytest.mark.parametrize("action", ["move", "cancel"])
def test_moved_while_it_is_being_announced_only_those_who_got_the_old_date_are_told(
    on_stage: Stage, action: str
) -> None:
    names = ("mia", "ole", "ida")
    edition, _ = half_announced(on_stage, *names)
    assert len(got_the_old_date(on_stage, names)) == 1
    answer = asked(on_stage, edition, action, **{"starts_at": NEW} if action == "move" else {})
    assert answer["announced_to"] == 1
    later(on_stage)
    first = got_the_old_date(on_stage, names)
    assert len(first) == 1, "the others were sent the new date, or nothing"
    assert [name for name in names if told(on_stage, name)] == first


def test_a_paused_announcement_says_the_new_date_when_it_goes_on(on_stage: Stage) -> None:
    names = ("mia", "ole", "ida")
    edition, mailing = half_announced(on_stage, *names)
    on_stage.api("POST", f"/mailings/{mailing}/pause")
    asked(on_stage, edition, "move", starts_at=NEW)
    later(on_stage)
    first = got_the_old_date(on_stage, names)
    assert [name for name in names if told(on_stage, name)] == first
    on_stage.api("POST", f"/mailings/{mailing}/resume")
    later(on_stage)
    assert got_the_old_date(on_stage, names) == first
    assert [name for name in names if told(on_stage, name)] == first


def test_an_announcement_that_begins_at_the_very_moment_of_the_move_says_the_new_date_or_is_followed(
    on_stage: Stage,
) -> None:
    """The worker that begins it has read the edition as it was; the move is saved before it has begun."""
    edition = organised(on_stage, publish=False)
    subscribed(on_stage)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})

    with meanwhile(on_stage, "TransactWriteItems", lambda: asked(on_stage, edition, "move", starts_at=NEW)):
        on_stage.lanes_named("broadcast").turn()
    later(on_stage)
    read = [one for one in on_stage.subjects("mia@example.org") if "März" in one]
    assert read == ["17. März, 10:00 Uhr: Gemeinsam wirken"]


def test_an_announcement_that_is_sent_while_the_move_is_being_decided_is_followed(on_stage: Stage) -> None:
    """The move has read that it waits; by the time the move is saved, everybody has the old date."""
    edition = organised(on_stage, publish=False)
    subscribed(on_stage)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    with meanwhile(on_stage, "TransactWriteItems", on_stage.settle):
        asked(on_stage, edition, "move", starts_at=NEW)
    assert got_the_old_date(on_stage, ("mia",)) == ["mia"]
    later(on_stage)
    assert told(on_stage) == [MOVED]


def test_a_worker_that_read_the_old_date_and_sends_it_after_the_move_is_followed(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    subscribed(on_stage)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    broadcast = on_stage.lanes_named("broadcast")
    broadcast.turn()

    with meanwhile(on_stage, "PutItem", lambda: asked(on_stage, edition, "move", starts_at=NEW)):
        broadcast.turn()
    assert got_the_old_date(on_stage, ("mia",)) == ["mia"], "it had read the edition before"
    later(on_stage)
    assert told(on_stage) == [MOVED]


def test_moved_when_it_has_begun_only_those_who_could_still_come_are_told(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    on_stage.travel(on_stage.clock.now().replace(month=3, day=10, hour=13, minute=40))
    assert kinds(asked(on_stage, edition, "move", duration_minutes=60)).count("announced-edition-moved") == 0
    assert kinds(asked(on_stage, edition, "move", starts_at=NEW)).count("announced-edition-moved") == 1
    later(on_stage)
    assert told(on_stage) == [MOVED]


def test_cancelled_when_it_has_begun_only_those_who_are_there_are_told(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    on_stage.travel(on_stage.clock.now().replace(month=3, day=10, hour=13, minute=40))
    assert kinds(asked(on_stage, edition, "cancel")) == ["edition-cancelled"]


@pytest.mark.parametrize("action", ["move", "cancel"])
def test_a_wish_that_cannot_be_is_told_beside_its_field(on_stage: Stage, action: str) -> None:
    edition = announced(on_stage)
    wish = {"starts_at": NEW} if action == "move" else {}
    for wrong in ("everybody", None, True, ["announced"]):
        status, answer = on_stage.api("POST", f"/editions/{edition}/{action}", wish | {"tell_subscribers": wrong})
        assert (status, [error["field"] for error in answer["errors"]]) == (422, ["tell_subscribers"])


@pytest.mark.parametrize(
    ("query", "subject", "says"),
    [
        (f"message=announced-edition-moved&starts_at={NEW}&note=Raum+belegt", MOVED, "Raum belegt"),
        ("message=announced-edition-cancelled&reason=Krank&note=Bis+bald", OFF, "Krank"),
    ],
)
def test_both_mails_can_be_looked_at_beforehand(on_stage: Stage, query: str, subject: str, says: str) -> None:
    edition = organised(on_stage)
    status, answer = on_stage.api("GET", f"/editions/{edition}/preview?{query}")
    assert (status, answer["subject"]) == (200, subject), answer
    assert says in answer["text"]


def test_whom_they_would_reach_can_be_asked_beforehand(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia", "ole")
    registered(on_stage, edition, "mia@example.org")
    subscribed(on_stage, "neu@example.org")
    for message in ("announced-edition-moved", "announced-edition-cancelled"):
        answer = on_stage.api("GET", f"/editions/{edition}/audience?message={message}")[1]
        assert {one["email"].split("@")[0]: one["left_out"] for one in answer["items"]} == {
            "mia": "registered",
            "ole": None,
        }
    draft = organised(on_stage, publish=False, series={"slug": "andere"})
    assert on_stage.api("GET", f"/editions/{draft}/audience?message=announced-edition-moved")[1]["items"] == []


def test_the_future_of_a_moved_edition_has_it_with_how_many_get_it(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia", "ole")
    subscribed(on_stage, "neu@example.org")
    asked(on_stage, edition, "move", starts_at=NEW)
    status, answer = on_stage.api("GET", f"/editions/{edition}/future")
    assert status == 200
    assert [one["get_it"] for one in answer["items"] if one["message"] == "announced-edition-moved"] == [2]
