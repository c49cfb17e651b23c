from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.due import Due
from chalicelib.store import keys
from chalicelib.store.table import attributes
from tests.builders import organised, registered, subscribed
from tests.stage import Stage, listening


def progress(on_stage: Stage, edition: str) -> dict[str, str]:
    items = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
    return {mailing["due_at"]: mailing["progress"] for mailing in items}


def test_a_mailing_is_finished_once_all_its_batches_are_sent(on_stage: Stage) -> None:
    on_stage.clock.turn(by=timedelta(microseconds=123_456))  # real clocks know microseconds; due rows keep milliseconds
    edition = organised(on_stage, publish=False)
    subscribed(on_stage)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.travel(datetime(2027, 2, 2, 9, 0, tzinfo=UTC))
    assert progress(on_stage, edition)["2027-02-01T10:00"] == "finished"
    due = [item["pk"]["S"] for item in on_stage.items() if item["pk"]["S"].startswith(keys.DUE)]
    assert due, "the reminders are still due"
    assert not [pk for pk in due if pk.startswith(f"{keys.DUE}2027-02")]


def test_a_lost_hint_is_made_good_by_the_tick(on_stage: Stage) -> None:
    edition = organised(on_stage)
    answer = on_stage.post(
        f"/editions/{edition}/registrations", {"name": "Mia", "email": "mia@example.org", "privacy": "yes"}
    )
    assert answer.status_code == 303
    on_stage.world.queues.client.purge_queue(QueueUrl=on_stage.world.settings.transactional_queue_url)
    on_stage.run()
    assert on_stage.inbox() == []
    on_stage.travel(on_stage.clock.now() + timedelta(minutes=3))
    assert on_stage.subjects("mia@example.org") == ["Du bist dabei: Gemeinsam wirken"]


def test_after_a_day_without_ticks_everything_still_due_is_sent_and_what_came_too_late_is_missed(
    on_stage: Stage,
) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.clock.turn(to=datetime(2027, 3, 10, 12, 45, tzinfo=UTC))  # both reminders were due; 45 minutes are left
    on_stage.settle()
    assert progress(on_stage, edition) == {"2027-03-09T09:00": "sending", "2027-03-10T13:30": "sending"}
    late = organised(on_stage, starts_at="2027-03-11T10:00")
    registered(on_stage, late, "ole@example.org")
    on_stage.clock.turn(to=datetime(2027, 3, 12, 9, 0, tzinfo=UTC))
    on_stage.settle()
    assert progress(on_stage, late) == {"2027-03-11T09:00": "missed"}
    assert len(on_stage.subjects("ole@example.org")) == 1


def test_a_tick_with_nothing_to_do_costs_two_reads(on_stage: Stage) -> None:
    on_stage.tick()
    calls: list[str] = []
    client = on_stage.world.store.table.client
    with listening(client, "before-call.dynamodb", lambda model, **_: calls.append(model.name)):
        on_stage.tick()
    assert calls == ["BatchGetItem", "Query"]


def test_two_ticks_at_once_send_once(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.clock.turn(to=datetime(2027, 3, 9, 8, 0, tzinfo=UTC))
    on_stage.tick()
    on_stage.tick()
    on_stage.run()
    assert on_stage.subjects()[1:] == ["Morgen, 14:30 Uhr: Gemeinsam wirken"]


def test_what_nobody_knows_how_to_look_after_is_told_and_stops_nothing_else(
    on_stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    due = datetime(2027, 3, 9, 8, 0, tzinfo=UTC)
    newer = attributes(keys.due(Due(due - timedelta(minutes=1), "digest", "0123456789ab")))  # before the reminder
    on_stage.world.store.table.write([{"Put": {"Item": newer}}])
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.clock.turn(to=due)
    on_stage.tick()
    on_stage.run()
    assert on_stage.subjects()[1:] == ["Morgen, 14:30 Uhr: Gemeinsam wirken"]
    told = [record for record in caplog.records if record.levelname == "ERROR"]
    assert {record.getMessage() for record in told} == {"digest 0123456789ab could not be looked after"}
    assert "no tick knows what to do about a due digest" in caplog.text
    assert newer in on_stage.items()
