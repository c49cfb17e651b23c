"""Whole stories, from the announcement to the last reminder."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.builders import organised, registered, subscribed
from tests.stage import Stage


def test_an_edition_is_published_and_everybody_gets_the_right_mail_at_the_right_moment(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    subscribed(on_stage, "sub@example.org")
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.run()
    assert on_stage.subjects("sub@example.org")[-1] == "10. März, 14:30 Uhr: Gemeinsam wirken"

    registered(on_stage, edition, "mia@example.org")
    registered(on_stage, edition, "ole@example.org", name="Ole Sand")
    on_stage.post(on_stage.link("ole@example.org", "/registrations/") + "/cancel")
    on_stage.travel(datetime(2027, 3, 10, 13, 30, tzinfo=UTC))

    assert on_stage.subjects("mia@example.org") == [
        "Du bist dabei: Gemeinsam wirken",
        "Morgen, 14:30 Uhr: Gemeinsam wirken",
        "Heute, 14:30 Uhr: Gemeinsam wirken",
    ]
    assert on_stage.subjects("ole@example.org") == [
        "Du bist dabei: Gemeinsam wirken",
        "Du bist abgemeldet: Gemeinsam wirken (10. März)",
    ]
    assert [mail["sent_at"] for mail in on_stage.inbox("mia@example.org")][1:] == [
        "2027-03-09T08:00:00+00:00",
        "2027-03-10T12:30:00+00:00",
    ]


def test_a_moved_edition_takes_its_reminders_along_and_tells_everybody(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.travel(datetime(2027, 3, 9, 9, 0, tzinfo=UTC))
    status, answer = on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": "2027-03-11T14:30"})
    assert (status, answer.get("changed", answer)) == (200, True)
    on_stage.travel(datetime(2027, 3, 11, 13, 30, tzinfo=UTC))
    assert [mail["sent_at"] for mail in on_stage.inbox()] == [
        "2027-02-01T09:00:00+00:00",
        "2027-03-09T08:00:00+00:00",
        "2027-03-09T09:00:00+00:00",
        "2027-03-10T08:00:00+00:00",
        "2027-03-11T12:30:00+00:00",
    ]
    moved = on_stage.inbox()[2]
    assert "Donnerstag, 11. März 2027" in moved["text"]
    assert "10. März" in moved["text"]
    entry = on_stage.inbox()[2]["attachments"]
    assert entry[0]["content_type"] == "text/calendar"


def test_a_cancelled_edition_is_called_off_once_and_reminds_nobody(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    assert on_stage.api("POST", f"/editions/{edition}/cancel")[1]["changed"]
    assert not on_stage.api("POST", f"/editions/{edition}/cancel")[1]["changed"]
    on_stage.travel(datetime(2027, 3, 11, tzinfo=UTC))
    assert len(on_stage.inbox()) == 2
    cancelled = on_stage.files("mia@example.org")[0].content.decode()
    assert "METHOD:CANCEL" in cancelled
    assert "STATUS:CANCELLED" in cancelled
