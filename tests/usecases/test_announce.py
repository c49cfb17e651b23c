"""An edition is announced later, and again: each text reaches each person once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.delivery import claim
from tests.builders import end_link, organised, registered, subscribed
from tests.faults.people import readers
from tests.stage import Stage

ANNOUNCED = "10. März, 14:30 Uhr: Gemeinsam wirken"
OTHER_TEXT = "Etwas anderes:\n\n- als zuvor"


def announced(on_stage: Stage, edition: str, announce: Any = "now", **more: Any) -> dict[str, Any]:
    status, answer = on_stage.api("POST", f"/editions/{edition}/announce", {"announce": announce} | more)
    assert status == 200, answer
    on_stage.run()
    found: dict[str, Any] = answer
    return found


def refused(on_stage: Stage, edition: str, status: int, **wish: Any) -> Any:
    told, answer = on_stage.api("POST", f"/editions/{edition}/announce", wish)
    assert told == status, answer
    return answer


def announcements(on_stage: Stage, name: str) -> list[str]:
    return [
        subject for subject in on_stage.subjects(f"{name}@example.org") if subject.endswith("Uhr: Gemeinsam wirken")
    ]


def reasons(on_stage: Stage, mailing: str) -> Any:
    return on_stage.api("GET", f"/mailings/{mailing}")[1]["reasons"].get("skipped", {})


def everybody(on_stage: Stage, *names: str) -> None:
    for name in names:
        subscribed(on_stage, f"{name}@example.org")


def test_what_was_published_without_a_word_can_be_announced_later(on_stage: Stage) -> None:
    edition = organised(on_stage)
    everybody(on_stage, "mia")
    on_stage.clock.turn(by=timedelta(days=10))
    answer = announced(on_stage, edition)
    assert [(one["message"], one["to"]) for one in answer["mailings"]] == [("announcement", "all")]
    assert answer["changed"]
    assert announcements(on_stage, "mia") == [ANNOUNCED]


def test_announced_again_it_reaches_only_those_who_have_not_read_it(on_stage: Stage) -> None:
    edition = organised(on_stage)
    everybody(on_stage, "mia")
    announced(on_stage, edition)
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    everybody(on_stage, "ole")
    again = announced(on_stage, edition)
    assert (announcements(on_stage, "mia"), announcements(on_stage, "ole")) == ([ANNOUNCED], [ANNOUNCED])
    assert reasons(on_stage, again["mailings"][0]["id"]) == {"told-already": 1}


def test_another_text_is_told_to_everybody(on_stage: Stage) -> None:
    edition = organised(on_stage)
    everybody(on_stage, "mia")
    announced(on_stage, edition)
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert on_stage.api("PATCH", f"/editions/{edition}", {"announcement": OTHER_TEXT})[0] == 200
    announced(on_stage, edition)
    assert announcements(on_stage, "mia") == [ANNOUNCED, ANNOUNCED]
    assert "als zuvor" in on_stage.inbox("mia@example.org")[-1]["text"]


def test_who_was_sent_the_text_by_the_first_of_three_is_not_sent_it_by_the_third(on_stage: Stage) -> None:
    edition = organised(on_stage)
    everybody(on_stage, "mia")
    announced(on_stage, edition)
    before = on_stage.api("GET", f"/editions/{edition}")[1]["announcement"]
    for text in (OTHER_TEXT, before):
        on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
        on_stage.api("PATCH", f"/editions/{edition}", {"announcement": text})
        announced(on_stage, edition)
    assert announcements(on_stage, "mia") == [ANNOUNCED, ANNOUNCED]


def test_those_with_a_seat_are_left_out_when_it_is_for_those_without_one(on_stage: Stage) -> None:
    edition = organised(on_stage)
    everybody(on_stage, "mia", "ole", "ida")
    registered(on_stage, edition, "mia@example.org")
    registered(on_stage, edition, "ida@example.org", "Ida Berg")
    on_stage.post(on_stage.link("ida@example.org", "/registrations/") + "/cancel")
    answer = announced(on_stage, edition, to="not_registered")
    assert [len(announcements(on_stage, name)) for name in ("mia", "ole", "ida")] == [0, 1, 1]
    assert reasons(on_stage, answer["mailings"][0]["id"]) == {"registered": 1}


def test_who_registers_while_it_waits_is_left_out_too(on_stage: Stage) -> None:
    edition = organised(on_stage)
    everybody(on_stage, "mia", "ole")
    announced(on_stage, edition, {"in_minutes": 10}, to="not_registered")
    registered(on_stage, edition, "mia@example.org")
    on_stage.travel(on_stage.clock.now() + timedelta(minutes=11))
    assert [len(announcements(on_stage, name)) for name in ("mia", "ole")] == [0, 1]


def test_joined_since_means_since_the_last_announcement_began(on_stage: Stage) -> None:
    edition = organised(on_stage)
    everybody(on_stage, "mia")
    on_stage.clock.turn(by=timedelta(hours=1))
    announced(on_stage, edition)
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    everybody(on_stage, "ole")
    on_stage.api("PATCH", f"/editions/{edition}", {"announcement": OTHER_TEXT})
    again = announced(on_stage, edition, to="joined_since")
    assert [len(announcements(on_stage, name)) for name in ("mia", "ole")] == [1, 1]
    assert reasons(on_stage, again["mailings"][0]["id"]) == {"joined-earlier": 1}


def test_nobody_can_have_joined_since_what_never_was(on_stage: Stage) -> None:
    answer = refused(on_stage, organised(on_stage), 422, announce="now", to="joined_since")
    assert answer["errors"] == [
        {
            "field": "to",
            "detail": 'This edition has not been announced yet, so nobody has joined since. Announce it to "all".',
        }
    ]


def test_a_bad_time_is_told_beside_people_who_cannot_be(on_stage: Stage) -> None:
    answer = refused(on_stage, organised(on_stage), 422, announce="2027-03-10T14:30", to="joined_since")
    assert [one["field"] for one in answer["errors"]] == ["announce", "to"]


def test_it_can_wait_some_minutes_and_be_withdrawn_until_then(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    everybody(on_stage, "mia")
    status, answer = on_stage.api("POST", f"/editions/{edition}/publish", {"announce": {"in_minutes": 10}})
    assert (status, answer["mailings"][0]["due_at"]) == (200, "2027-02-01T10:10")
    on_stage.run()
    on_stage.travel(on_stage.clock.now() + timedelta(minutes=9))
    withdrawn = on_stage.api("POST", f"/mailings/{answer['mailings'][0]['id']}/cancel")[1]
    assert (withdrawn["progress"], withdrawn["received"]) == ("cancelled", [])
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert announcements(on_stage, "mia") == []
    announced(on_stage, edition)
    assert announcements(on_stage, "mia") == [ANNOUNCED]


def test_what_waits_some_minutes_is_sent_then(on_stage: Stage) -> None:
    edition = organised(on_stage)
    everybody(on_stage, "mia")
    announced(on_stage, edition, {"in_minutes": 10})
    assert announcements(on_stage, "mia") == []
    on_stage.travel(on_stage.clock.now() + timedelta(minutes=11))
    assert on_stage.inbox("mia@example.org")[-1]["sent_at"] == "2027-02-01T09:10:00+00:00"


def test_asked_twice_it_is_planned_once(on_stage: Stage) -> None:
    edition = organised(on_stage)
    everybody(on_stage, "mia")
    first = announced(on_stage, edition, {"in_minutes": 10})
    second = announced(on_stage, edition, {"in_minutes": 10})
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["mailings"] == second["mailings"]
    assert second["note"] == "This announcement is planned or being sent already; nothing has changed."


def test_one_that_has_just_been_sent_is_not_waited_for(on_stage: Stage) -> None:
    edition = organised(on_stage)
    everybody(on_stage, "mia")
    first = announced(on_stage, edition)["mailings"][0]["id"]
    again = announced(on_stage, edition, to="not_registered")
    assert (again["changed"], reasons(on_stage, again["mailings"][0]["id"])) == (True, {"told-already": 1})
    assert on_stage.api("GET", f"/mailings/{first}")[1]["progress"] == "finished"


def test_two_to_different_people_cannot_be_planned_at_once(on_stage: Stage) -> None:
    edition = organised(on_stage)
    first = announced(on_stage, edition, {"in_minutes": 10})["mailings"][0]["id"]
    answer = refused(on_stage, edition, 409, announce="now", to="not_registered")
    assert first in answer["detail"]


def test_one_that_is_paused_is_not_said_to_be_on_its_way(on_stage: Stage) -> None:
    edition = organised(on_stage)
    waiting = on_stage.api("POST", f"/editions/{edition}/announce", {"announce": {"in_minutes": 10}})[1]
    on_stage.api("POST", f"/mailings/{waiting['mailings'][0]['id']}/pause")
    again = on_stage.api("POST", f"/editions/{edition}/announce", {"announce": "now"})[1]
    assert (again["changed"], again["note"].split(",")[0]) == (False, "This announcement is paused")
    answer = refused(on_stage, edition, 409, announce="now", to="not_registered")
    assert "is paused" in answer["detail"]
    assert "resume it" in answer["detail"]


def test_whoever_is_being_written_to_is_named_among_those_who_may_have_got_it(on_stage: Stage) -> None:
    edition = organised(on_stage)
    everybody(on_stage, "mia")
    mailing = on_stage.api("POST", f"/editions/{edition}/announce", {"announce": "now"})[1]["mailings"][0]["id"]
    on_stage.lanes_named("broadcast").turn()  # cut into batches
    store, now = on_stage.world.store, on_stage.clock.now()
    (batch,) = store.batches(store.mailing(mailing))
    store.changes().save(claim(batch, owner="a worker", now=now)).commit()
    received = on_stage.api("POST", f"/mailings/{mailing}/cancel")[1]["received"]
    assert [one["email"] for one in received] == ["mia@example.org"]


@pytest.mark.parametrize(
    ("wish", "field", "message"),
    [
        ({}, "announce", "This field is required."),
        ({"announce": None}, "announce", 'Give "now", {"in_minutes": 10}, or a local date and time'),
        ({"announce": {"in_minutes": 0}}, "announce.in_minutes", "between 1 and 1440"),
        ({"announce": {}}, "announce.in_minutes", "This field is required."),
        ({"announce": {"in_hours": 1}}, "announce.in_hours", "There is no such field."),
        ({"announce": "2027-03-10T14:30"}, "announce", "before the start"),
        ({"announce": "2027-01-10T14:30"}, "announce", "lies in the past"),
        ({"announce": "now", "to": "some"}, "to", "all, not_registered, joined_since"),
    ],
)
def test_a_wish_that_cannot_be_is_told_beside_its_field(
    on_stage: Stage, wish: dict[str, Any], field: str, message: str
) -> None:
    errors = refused(on_stage, organised(on_stage), 422, **wish)["errors"]
    assert any(error["field"] == field and message in error["detail"] for error in errors), errors


def test_only_what_is_published_and_has_not_begun_is_announced(on_stage: Stage) -> None:
    draft = organised(on_stage, publish=False)
    refused(on_stage, draft, 409, announce="now")
    on_stage.api("POST", f"/editions/{draft}/publish", {"announce": None})
    on_stage.travel(datetime(2027, 3, 10, 13, 40, tzinfo=UTC))
    refused(on_stage, draft, 422, announce="now")
    on_stage.travel(datetime(2027, 3, 10, 15, 0, tzinfo=UTC))
    refused(on_stage, draft, 410, announce="now")
    other = organised(on_stage, series={"slug": "andere"}, starts_at="2027-04-10T14:30")
    on_stage.api("POST", f"/editions/{other}/cancel")
    refused(on_stage, other, 410, announce="now")


def test_whoever_got_what_was_stopped_is_named_wherever_they_stand_in_the_list(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    readers(on_stage, 120)
    later = {"do": "partial", "status": "TRANSIENT_FAILURE", "entries": list(range(50)), "times": 2}
    on_stage.faults.replace([later])
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    broadcast = on_stage.lanes_named("broadcast")
    broadcast.turn()
    broadcast.turn()
    got_it = {mail["address"] for mail in on_stage.inbox()}
    assert len(got_it) == 20, "the first hundred wait"
    mailing = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"][0]["id"]
    stopped = on_stage.api("POST", f"/mailings/{mailing}/cancel")[1]
    assert {one["email"] for one in stopped["received"]} == got_it


def test_who_failed_in_the_first_and_got_the_second_is_not_told_by_a_retry_of_the_first(on_stage: Stage) -> None:
    edition = organised(on_stage)
    everybody(on_stage, "mia", "ole")
    on_stage.faults.replace([{"do": "partial", "status": "MESSAGE_REJECTED", "entries": [0, 1]}])
    first = announced(on_stage, edition)["mailings"][0]["id"]
    on_stage.faults.replace([])
    assert on_stage.api("GET", f"/mailings/{first}")[1]["totals"] == {"failed": 2}
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    announced(on_stage, edition)
    assert on_stage.api("POST", f"/mailings/{first}/retry")[1]["retried"] == 2
    on_stage.run()
    assert [announcements(on_stage, name) for name in ("mia", "ole")] == [[ANNOUNCED], [ANNOUNCED]]
    assert reasons(on_stage, first) == {"told-already": 2}


def test_of_two_that_still_have_somebody_waiting_the_first_tells_them(on_stage: Stage) -> None:
    """One was tried again while the other waits for its pace."""
    edition = organised(on_stage)
    everybody(on_stage, "mia", "ole")
    on_stage.faults.replace([{"do": "partial", "status": "MESSAGE_REJECTED", "entries": [0, 1], "times": 1}])
    first = announced(on_stage, edition)["mailings"][0]["id"]
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    on_stage.faults.replace([{"do": "throttle", "times": 1}])
    second = announced(on_stage, edition)["mailings"][0]["id"]
    assert on_stage.api("GET", f"/mailings/{second}")[1]["totals"] == {"waiting": 2}
    on_stage.api("POST", f"/mailings/{first}/retry")
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert [announcements(on_stage, name) for name in ("mia", "ole")] == [[ANNOUNCED], [ANNOUNCED]]
    assert on_stage.api("GET", f"/mailings/{first}")[1]["totals"] == {"sent": 2}
    assert reasons(on_stage, second) == {"told-already": 2}


def test_those_who_got_it_are_named_when_it_is_stopped_half_way(on_stage: Stage) -> None:
    edition = organised(on_stage)
    everybody(on_stage, "mia", "ole", "ida")
    on_stage.faults.replace([{"do": "partial", "status": "TRANSIENT_FAILURE", "entries": [1, 2], "times": 1}])
    _, answer = on_stage.api("POST", f"/editions/{edition}/announce", {"announce": "now"})
    mailing = answer["mailings"][0]["id"]
    next(lane for lane in on_stage.lanes if "broadcast" in lane.queue).turn()
    for lane in on_stage.lanes:
        lane.turn()
    stopped = on_stage.api("POST", f"/mailings/{mailing}/cancel")[1]
    assert (stopped["totals"], [one["outcome"] for one in stopped["received"]]) == ({"sent": 1, "waiting": 2}, ["sent"])
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    everyone = on_stage.api("GET", f"/mailings/{mailing}/recipients")[1]
    assert sorted((one["outcome"], one["reason"]) for one in everyone["items"]) == [
        ("sent", ""),
        ("skipped", "mailing-cancelled"),
        ("skipped", "mailing-cancelled"),
    ]
    skipped = on_stage.api("GET", f"/mailings/{mailing}/recipients?outcome=skipped")[1]["items"]
    got_it = stopped["received"][0]["email"]
    assert {one["email"] for one in skipped} | {got_it} == {f"{name}@example.org" for name in ("mia", "ole", "ida")}


def test_the_list_of_recipients_goes_on_page_by_page(on_stage: Stage) -> None:
    edition = organised(on_stage)
    readers(on_stage, 120)
    mailing = announced(on_stage, edition)["mailings"][0]["id"]
    found: list[str] = []
    after = ""
    while after is not None:
        page = on_stage.api("GET", f"/mailings/{mailing}/recipients?limit=35&after={after}")[1]
        found += [one["email"] for one in page["items"]]
        after = page["next"]
    assert len(found) == len(set(found)) == 120


def test_who_has_unsubscribed_is_told_nothing_again(on_stage: Stage) -> None:
    edition = organised(on_stage)
    everybody(on_stage, "mia", "ole")
    announced(on_stage, edition, {"in_minutes": 10})
    on_stage.post(end_link(on_stage, "ole@example.org"))
    on_stage.travel(on_stage.clock.now() + timedelta(minutes=11))
    assert [len(announcements(on_stage, name)) for name in ("mia", "ole")] == [1, 0]


def test_what_is_due_at_a_fraction_of_a_millisecond_is_sent_by_the_tick_of_that_millisecond(on_stage: Stage) -> None:
    """Keys keep milliseconds: a clock that is turned to the next due row stands just before the mailing's due time."""
    edition = organised(on_stage)
    everybody(on_stage, "mia")
    on_stage.clock.turn(by=timedelta(microseconds=454_306))
    announced(on_stage, edition, {"in_minutes": 10})
    on_stage.clock.turn(to=datetime(2027, 2, 1, 9, 10, 0, 454_000, tzinfo=UTC))
    on_stage.settle()
    assert announcements(on_stage, "mia") == [ANNOUNCED]


def test_where_everybody_was_sent_this_very_text_the_answer_says_so(on_stage: Stage) -> None:
    edition = organised(on_stage)
    everybody(on_stage, "mia", "ex")
    assert "warnings" not in announced(on_stage, edition)
    on_stage.post(end_link(on_stage, "ex@example.org"))
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    again = announced(on_stage, edition)
    assert (again["changed"], [one["field"] for one in again["warnings"]]) == (True, ["announcement"])
    assert again["warnings"][0]["detail"].startswith("Nobody would get it as things stand")
    assert announcements(on_stage, "mia") == [ANNOUNCED]
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    everybody(on_stage, "neu")
    assert "warnings" not in announced(on_stage, edition)
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    on_stage.api("PATCH", f"/editions/{edition}", {"announcement": OTHER_TEXT})
    assert "warnings" not in announced(on_stage, edition)
    assert len(announcements(on_stage, "mia")) == 2


def test_of_a_list_too_long_to_look_at_nothing_is_said(on_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    edition = organised(on_stage)
    readers(on_stage, 3)
    announced(on_stage, edition)
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    monkeypatch.setattr("chalicelib.usecases.announce.LOOKED_AT", 2)
    assert "warnings" not in announced(on_stage, edition)
