from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.builders import end_link, organised, registered, subscribed
from tests.stage import Stage, listening


def published(on_stage: Stage, edition: str, announce: str | None = None) -> dict[str, Any]:
    status, answer = on_stage.api("POST", f"/editions/{edition}/publish", {"announce": announce})
    assert status == 200, answer
    found: dict[str, Any] = answer
    return found


def due(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(mailing["message"], mailing["due_at"]) for mailing in answer["mailings"]]


def test_publishing_tells_how_many_will_hear_of_it_and_what_is_sent_when(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    for name in ("mia", "ole"):
        subscribed(on_stage, f"{name}@example.org")
    answer = published(on_stage, edition, "2027-03-03T09:00")
    assert (answer["changed"], answer["subscribers"], answer["edition"]["status"]) == (True, 2, "published")
    assert due(answer) == [
        ("announcement", "2027-03-03T09:00"),
        ("reminder", "2027-03-09T09:00"),
        ("reminder", "2027-03-10T13:30"),
    ]
    assert {mailing["progress"] for mailing in answer["mailings"]} == {"planned"}


@pytest.mark.parametrize("action", ["move", "cancel", "publish"])
def test_a_request_reads_no_subscribers(on_stage: Stage, action: str) -> None:
    edition = organised(on_stage)
    subscribed(on_stage)
    asked: list[str] = []
    with listening(
        on_stage.world.store.table.client,
        "provide-client-params.dynamodb.Query",
        lambda params, **_: asked.append(json.dumps(params["ExpressionAttributeValues"])),
    ):
        body = {"move": {"duration_minutes": 45}, "publish": {"announce": None}}.get(action)
        status, _ = on_stage.api("POST", f"/editions/{edition}/{action}", body)
    assert status == 200
    assert asked
    assert [values for values in asked if "SUBSCRIBER" in values.upper() and "SERIES#" in values.upper()] == []


def test_publishing_twice_changes_nothing_and_says_so(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    subscribed(on_stage)
    first = published(on_stage, edition, "now")
    on_stage.run()
    before = on_stage.items()
    again = published(on_stage, edition, "now")
    on_stage.run()
    assert (again["changed"], again["note"]) == (False, "This edition was published already; nothing has changed.")
    assert due(again) == due(first)
    assert on_stage.items() == before
    assert len(on_stage.subjects()) == 2


def test_the_public_sees_an_edition_once_it_is_published(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    assert on_stage.get(f"/editions/{edition}").status_code == 404
    published(on_stage, edition)
    assert on_stage.get(f"/editions/{edition}").status_code == 200


def test_an_announcement_goes_out_at_its_wall_clock_time_to_whoever_is_subscribed_then(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False, starts_at="2027-04-07T14:30")
    for name in ("mia", "ole"):
        subscribed(on_stage, f"{name}@example.org")
    published(on_stage, edition, "2027-03-30T09:00")  # summer time by then
    on_stage.post(end_link(on_stage))
    subscribed(on_stage, "ada@example.org")
    on_stage.travel(datetime(2027, 3, 30, 6, 59, tzinfo=UTC))
    assert len(on_stage.inbox()) == 3
    on_stage.travel(datetime(2027, 3, 30, 7, 0, tzinfo=UTC))
    assert {mail["to"] for mail in on_stage.inbox()[3:]} == {"ole@example.org", "ada@example.org"}


def test_an_announcement_at_an_hour_that_happens_twice_goes_out_the_first_time(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False, starts_at="2027-11-10T14:30")
    answer = published(on_stage, edition, "2027-10-31T02:30")
    assert answer["mailings"][0]["due_at_utc"] == "2027-10-31T00:30:00Z"


def test_an_edition_at_an_hour_that_happens_twice_begins_the_first_time(on_stage: Stage) -> None:
    edition = organised(on_stage, starts_at="2027-10-31T02:30")
    assert on_stage.api("GET", f"/editions/{edition}")[1]["starts_at_utc"] == "2027-10-31T00:30:00Z"


def test_a_reminder_whose_time_has_passed_is_not_planned(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False, starts_at="2027-02-02T08:00")  # tomorrow; 09:00 the day before is past
    assert due(published(on_stage, edition)) == [("reminder", "2027-02-02T07:00")]


def test_a_series_reminds_by_its_own_rules(on_stage: Stage) -> None:
    rules = [{"days_before": 7, "at": "18:15"}, {"minutes_before": 15}, {"days_before": 0, "at": "08:00"}]
    edition = organised(on_stage, publish=False, series={"reminders": rules})
    assert due(published(on_stage, edition)) == [
        ("reminder", "2027-03-03T18:15"),
        ("reminder", "2027-03-10T08:00"),
        ("reminder", "2027-03-10T14:15"),
    ]
    registered(on_stage, edition)
    on_stage.travel(datetime(2027, 3, 10, 13, 30, tzinfo=UTC))
    assert on_stage.subjects()[1:] == [
        "In 7 Tagen: Gemeinsam wirken",
        "Heute, 14:30 Uhr: Gemeinsam wirken",
        "Heute, 14:30 Uhr: Gemeinsam wirken",
    ]


def test_a_series_without_reminders_reminds_nobody(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False, series={"reminders": []})
    assert due(published(on_stage, edition)) == []


def test_other_reminder_rules_hold_for_what_is_published_from_now_on(on_stage: Stage) -> None:
    first, second = organised(on_stage), organised(on_stage, publish=False)
    on_stage.api("PATCH", "/series/kaffeepause", {"reminders": [{"minutes_before": 30}]})
    assert due(published(on_stage, second)) == [("reminder", "2027-03-10T14:00")]
    kept = on_stage.api("GET", f"/editions/{first}/mailings")[1]["items"]
    assert [mailing["due_at"] for mailing in kept] == ["2027-03-09T09:00", "2027-03-10T13:30"]


def test_reminders_keep_their_wall_clock_time_across_a_change_of_clocks(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False, starts_at="2027-03-28T14:30")  # the night before, clocks go forward
    reminders = published(on_stage, edition)["mailings"]
    assert [mailing["due_at_utc"] for mailing in reminders] == ["2027-03-27T08:00:00Z", "2027-03-28T11:30:00Z"]


def test_what_would_not_render_is_refused_whole_while_the_organiser_listens(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False, announcement="&" * 20_000)
    before = on_stage.items()
    status, answer = on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    assert (status, [error["field"] for error in answer["errors"]]) == (422, ["announcement"])
    assert on_stage.items() == before
    assert on_stage.api("PATCH", f"/editions/{edition}", {"announcement": "Kurz."})[0] == 200
    assert published(on_stage, edition, "now")["changed"]


def test_a_draft_whose_start_has_passed_is_not_published(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False, starts_at="2027-02-02T08:00")
    on_stage.clock.turn(by=timedelta(days=2))
    status, answer = on_stage.api("POST", f"/editions/{edition}/publish", {"announce": None})
    assert (status, answer["errors"]) == (422, [{"field": "starts_at", "detail": "The start lies in the past."}])


def test_an_announcement_made_unfit_after_publishing_is_stopped_and_says_why(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    subscribed(on_stage)
    published(on_stage, edition, "2027-03-03T09:00")
    unfit = replace(on_stage.world.store.edition(edition), announcement="&" * 20_000)  # past the check at each change
    on_stage.world.store.changes().save(unfit).commit()
    on_stage.travel(datetime(2027, 3, 3, 9, 0, tzinfo=UTC))
    announcement = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"][0]
    assert announcement["progress"] == "refused"
    assert "mail programs cut it off" in announcement["reason"]
    assert len(on_stage.inbox()) == 1


@pytest.mark.parametrize("seats", [None, 3])
def test_seats_may_grow_and_shrink_but_not_below_what_is_taken(on_stage: Stage, seats: int | None) -> None:
    edition = organised(on_stage, seats=3)
    for name in ("mia", "ole"):
        registered(on_stage, edition, f"{name}@example.org")
    status, answer = on_stage.api("PATCH", f"/editions/{edition}", {"seats": 1})
    assert (status, answer["errors"]) == (
        422,
        [{"field": "seats", "detail": "2 seats are taken already; choose at least as many."}],
    )
    assert on_stage.api("PATCH", f"/editions/{edition}", {"seats": 2})[0] == 200
    form = {"name": "Ada", "email": "ada@example.org", "privacy": "yes"}
    assert on_stage.post(f"/editions/{edition}/registrations", form).status_code == 409
    assert on_stage.api("PATCH", f"/editions/{edition}", {"seats": seats})[0] == 200
    assert on_stage.post(f"/editions/{edition}/registrations", form).status_code == 303
