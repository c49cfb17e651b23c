"""An organiser writes to those who registered."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.builders import organised, registered, subscribed
from tests.stage import KEY, Stage

WORDS = {"subject": "Der Eingang ist links", "text": "Bitte **links** klingeln:\n\n- Campus\n- www.example.org"}
AS_TEXT = "Hallo Mia,\n\nBitte links klingeln:\n\n- Campus\n- www.example.org\n\nHerzliche Grüße"
NOW = {**WORDS, "at": "now"}
CLOSING_TIME = datetime(2027, 5, 9, 14, 15, tzinfo=UTC)
"""Sixty days after the end."""


def written(on_stage: Stage, edition: str, wish: dict[str, Any]) -> dict[str, Any]:
    status, answer = on_stage.api("POST", f"/editions/{edition}/messages", wish)
    assert status == 200, answer
    on_stage.run()
    return dict(answer)


def readers_of(on_stage: Stage, subject: str = WORDS["subject"]) -> list[str]:
    return sorted(mail["to"].partition("@")[0] for mail in on_stage.inbox() if mail["subject"] == subject)


def outcomes(on_stage: Stage, mailing: str) -> dict[str, Any]:
    return dict(on_stage.api("GET", f"/mailings/{mailing}")[1])


def test_everybody_who_has_a_seat_reads_it_and_nobody_else(on_stage: Stage) -> None:
    edition = organised(on_stage)
    subscribed(on_stage, "sub@example.org")
    for name in ("mia", "ole", "ada"):
        registered(on_stage, edition, f"{name}@example.org")
    on_stage.post(on_stage.link("ada@example.org", "/registrations/") + "/cancel")
    answer = written(on_stage, edition, NOW)
    (mailing,) = answer["mailings"]
    assert (answer["changed"], mailing["message"], mailing["subject"], mailing["text"]) == (
        True,
        "message-to-registered",
        WORDS["subject"],
        WORDS["text"],
    )
    assert readers_of(on_stage) == ["mia", "ole"]
    mail = on_stage.inbox("mia@example.org")[-1]
    assert AS_TEXT in mail["text"]
    assert "„Gemeinsam wirken“ am Mittwoch, 10. März 2027, um 14:30 Uhr" in " ".join(mail["text"].split())
    assert "<strong>links</strong>" in mail["html"]
    assert on_stage.get(on_stage.link("mia@example.org", "/registrations/")).status_code == 200


def test_the_same_words_again_are_the_same_message_and_the_answer_says_so(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    first = written(on_stage, edition, NOW)["mailings"][0]["id"]
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    before = on_stage.items()
    for other in ({}, {"to": "confirmed"}, {"at": "2027-03-01T09:00"}, {"at": "2027-01-01T09:00"}):
        answer = written(on_stage, edition, NOW | other)
        assert (answer["changed"], answer["mailings"][0]["id"]) == (False, first)
        assert answer["note"] == "This message was written already and is finished; nothing has changed."
    assert on_stage.items() == before
    on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": "2027-03-17T10:00"})
    assert written(on_stage, edition, NOW)["changed"] is False
    assert written(on_stage, edition, NOW | {"subject": "Der Eingang ist rechts"})["changed"] is True
    assert readers_of(on_stage) == ["mia"]


def test_it_waits_for_its_time_and_whoever_registers_until_then_reads_it_too(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    (mailing,) = written(on_stage, edition, {**WORDS, "at": "2027-03-09T18:00"})["mailings"]
    assert (mailing["due_at"], mailing["progress"]) == ("2027-03-09T18:00", "planned")
    shown = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
    assert mailing in shown
    registered(on_stage, edition, "ole@example.org")
    on_stage.travel(datetime(2027, 3, 9, 16, 59, tzinfo=UTC))
    assert readers_of(on_stage) == []
    on_stage.travel(datetime(2027, 3, 9, 17, 1, tzinfo=UTC))
    assert readers_of(on_stage) == ["mia", "ole"]


def test_it_can_wait_some_minutes_and_be_withdrawn_until_then(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    (mailing,) = written(on_stage, edition, {**WORDS, "at": {"in_minutes": 10}})["mailings"]
    assert mailing["due_at"] == "2027-02-01T10:10"
    assert readers_of(on_stage) == []
    on_stage.travel(on_stage.clock.now() + timedelta(minutes=11))
    assert readers_of(on_stage) == ["mia"]


def test_what_waits_can_be_paused_resumed_and_cancelled(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    mailing = written(on_stage, edition, {**WORDS, "at": "2027-03-01T18:00"})["mailings"][0]["id"]
    for verb, progress in (("pause", "paused"), ("resume", "planned"), ("cancel", "cancelled")):
        assert on_stage.api("POST", f"/mailings/{mailing}/{verb}")[1]["progress"] == progress
    on_stage.travel(datetime(2027, 3, 2, tzinfo=UTC))
    assert readers_of(on_stage) == []
    answer = written(on_stage, edition, NOW)
    assert answer["note"] == "This message was written already and is cancelled; nothing has changed."


def test_only_whoever_registered_since_reads_it(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition, "old@example.org")
    on_stage.clock.turn(by=timedelta(days=2))  # to 10:00 in Berlin
    registered(on_stage, edition, "new@example.org")
    on_stage.clock.turn(by=timedelta(hours=1))
    answer = written(on_stage, edition, NOW | {"registered_since": "2027-02-03T10:00"})
    (mailing,) = answer["mailings"]
    assert mailing["registered_since"] == "2027-02-03T10:00"
    assert readers_of(on_stage) == ["new"]
    assert outcomes(on_stage, mailing["id"])["reasons"] == {"skipped": {"registered-before": 1}}
    written(on_stage, edition, NOW)
    assert readers_of(on_stage) == ["new", "new", "old"], "to all is another message"


def test_after_a_cancellation_one_can_write_and_what_was_written_before_is_called_off(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    waits = written(on_stage, edition, {**WORDS, "at": "2027-03-09T18:00"})["mailings"][0]["id"]
    under_way = on_stage.api("POST", f"/editions/{edition}/messages", NOW | {"subject": "Bis gleich"})[1]["mailings"][0]
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.run()
    assert readers_of(on_stage, "Bis gleich") == []
    assert outcomes(on_stage, under_way["id"])["progress"] in ("cancelled", "missed")
    assert outcomes(on_stage, waits)["reason"] == "the edition was cancelled"
    written(on_stage, edition, {"subject": "Neuer Versuch", "text": "Wir sehen uns im Mai.", "at": "now"})
    on_stage.travel(datetime(2027, 3, 11, tzinfo=UTC))
    assert readers_of(on_stage) == []
    assert readers_of(on_stage, "Neuer Versuch") == ["mia"]
    assert "Wir sehen uns im Mai." in on_stage.inbox("mia@example.org")[-1]["text"]


def test_after_the_edition_one_can_write_for_sixty_days(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.travel(datetime(2027, 3, 12, 9, 0, tzinfo=UTC))
    written(on_stage, edition, NOW)
    assert readers_of(on_stage) == ["mia"]
    on_stage.travel(CLOSING_TIME - timedelta(minutes=1))
    written(on_stage, edition, {"subject": "Zum Schluss", "text": "Danke!", "at": "now"})
    assert readers_of(on_stage, "Zum Schluss") == ["mia"]
    on_stage.travel(CLOSING_TIME)
    status, problem = on_stage.api("POST", f"/editions/{edition}/messages", NOW | {"subject": "Zu spät"})
    assert (status, problem["detail"]) == (
        410,
        "This edition ended too long ago: participants could be written to until 2027-05-09T16:15.",
    )


PAST = 'This time lies in the past; give "now" to send it at once.'


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({}, dict.fromkeys(("subject", "text", "at"), "This field is required.")),
        (NOW | {"subject": " ", "text": "\n"}, {"subject": "Please fill this in.", "text": "Please fill this in."}),
        (NOW | {"text": "x" * 10_001}, {"text": "At most 10000 characters, please; these are 10001."}),
        (NOW | {"to": "everybody"}, {"to": "This has to be one of: all, confirmed."}),
        (NOW | {"at": None}, {"at": 'Give "now", {"in_minutes": 10}, or a local date'}),
        (NOW | {"at": "2027-01-31T09:00"}, {"at": PAST}),
        (NOW | {"at": "2027-05-09T16:15"}, {"at": "Participants can be written to until 2027-05-09T16:15."}),
        (
            NOW | {"registered_since": "2027-02-01T10:00"},
            {"registered_since": "Nobody can have registered since then when the message goes out."},
        ),
        (
            NOW | {"at": "2027-03-28T02:30", "registered_since": "2027-03-28T02:15"},
            dict.fromkeys(("at", "registered_since"), "This time does not exist in Europe/Berlin"),
        ),
        (NOW | {"text": (">" * 19 + "a\n\n") * 250}, {"text": "The mail cannot be sent: The mail has"}),
    ],
)
@pytest.mark.parametrize("path", ["messages", "messages/preview"])
def test_what_cannot_be_sent_is_refused_beside_its_field_and_in_the_preview_too(
    on_stage: Stage, path: str, wish: dict[str, Any], said: dict[str, str]
) -> None:
    edition = organised(on_stage)
    before = on_stage.items()
    status, problem = on_stage.api("POST", f"/editions/{edition}/{path}", wish)
    assert status == 422, problem
    found = {error["field"]: error["detail"] for error in problem["errors"]}
    assert found.keys() == said.keys()
    assert all(found[name].startswith(words) for name, words in said.items()), found
    assert on_stage.items() == before


@pytest.mark.parametrize("path", ["messages", "messages/preview"])
def test_a_draft_has_nobody_to_write_to(on_stage: Stage, path: str) -> None:
    edition = organised(on_stage, publish=False)
    status, problem = on_stage.api("POST", f"/editions/{edition}/{path}", NOW)
    assert (status, problem["detail"]) == (409, "This edition is still a draft. Publish it first.")
    on_stage.api("POST", f"/editions/{edition}/cancel")
    assert on_stage.api("POST", f"/editions/{edition}/{path}", NOW)[0] == 410
    assert on_stage.api("POST", f"/editions/{'0' * 12}/{path}", NOW)[0] == 404


def test_the_preview_is_what_participants_get_and_nothing_is_saved(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    before = on_stage.items()
    path = f"/editions/{edition}/messages/preview"
    shown = on_stage.api("POST", path, NOW)[1]
    assert shown["notes"] == ["An address became a link: www.example.org."]
    assert on_stage.items() == before
    written(on_stage, edition, NOW)
    mail = on_stage.inbox("mia@example.org")[-1]
    assert shown["subject"] == mail["subject"]
    assert shown["text"].partition("\n-- \n")[0].replace("Alex", "Mia") == mail["text"].partition("\n-- \n")[0]
    for kind, part in (("text/html", "html"), ("text/plain", "text")):
        answer = on_stage.client.http.request(
            "POST",
            f"/api/v1{path}",
            headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", "Accept": kind},
            body=json.dumps(NOW).encode(),
        )
        assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8"
        assert answer.body.decode() == shown[part]


def test_a_message_is_no_mail_that_an_edition_implies(on_stage: Stage) -> None:
    edition = organised(on_stage)
    status, problem = on_stage.api("GET", f"/editions/{edition}/preview?message=message-to-registered")
    assert (status, [error["field"] for error in problem["errors"]]) == (422, ["message"])
    registered(on_stage, edition)
    written(on_stage, edition, {**WORDS, "at": "2027-03-09T18:00"})
    assert on_stage.api("PATCH", f"/editions/{edition}", {"title": "Neu"})[0] == 200
