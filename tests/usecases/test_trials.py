"""A test mail: the mail itself, to an address that wants to look at it, and in no account of the edition."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.web.api.proposals import PREVIEWED
from tests.builders import organised, registered, subscribed
from tests.stage import KEY, Stage

TEAM = "team@campus.example.org"


def tried(on_stage: Stage, edition: str, *, status: int = 202, to: str = TEAM, **wish: Any) -> Any:
    told, answer = on_stage.api("POST", f"/editions/{edition}/test-mails", {"to": to} | wish)
    assert told == status, answer
    on_stage.run()
    return answer


def newest(on_stage: Stage, to: str = TEAM) -> dict[str, Any]:
    return on_stage.inbox(to)[-1]


@pytest.mark.parametrize("kind", PREVIEWED)
def test_every_kind_of_mail_arrives_as_its_preview_shows_it(on_stage: Stage, kind: str) -> None:
    edition = organised(on_stage)
    shown = on_stage.api("POST", f"/editions/{edition}/preview", {"message": kind})[1]
    answer = tried(on_stage, edition, message=kind)
    mail = newest(on_stage)
    assert (mail["subject"], mail["text"]) == (f"[Test] {shown['subject']}", shown["text"])
    assert mail["html"] == shown["html"]
    assert (answer["message"], answer["to"]) == (kind, TEAM)
    assert on_stage.api("GET", f"/mailings/{answer['mailing']}")[1]["totals"] == {"sent": 1}


def test_proposed_values_stand_in_it_and_change_nothing(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    before = on_stage.api("GET", f"/editions/{edition}")[1]
    tried(on_stage, edition, title="Anders wirken", starts_at="2027-04-01T18:00", announcement="Ganz **neu**.")
    assert newest(on_stage)["subject"] == "[Test] 1. April, 18:00 Uhr: Anders wirken"
    assert "<strong>neu</strong>" in newest(on_stage)["html"]
    assert on_stage.api("GET", f"/editions/{edition}")[1] == before


def test_it_is_none_of_the_editions_mailings_and_counted_nowhere(on_stage: Stage) -> None:
    edition = organised(on_stage)
    subscribed(on_stage, TEAM)
    registered(on_stage, edition, TEAM)
    before = [
        on_stage.api("GET", f"/editions/{edition}{path}")[1] for path in ("", "/mailings", "/report", "/audience")
    ]
    tried(on_stage, edition, message="announcement")
    after = [on_stage.api("GET", f"/editions/{edition}{path}")[1] for path in ("", "/mailings", "/report", "/audience")]
    assert after == before
    on_stage.clock.turn(by=timedelta(minutes=1))
    on_stage.api("POST", f"/editions/{edition}/announce", {"announce": "now"})
    on_stage.run()
    assert newest(on_stage)["subject"] == "10. März, 14:30 Uhr: Gemeinsam wirken", "the real one comes all the same"


def test_its_links_lead_nowhere(on_stage: Stage) -> None:
    """Whoever looks at it may be subscribed and registered: a click must not end that."""
    edition = organised(on_stage)
    subscribed(on_stage, TEAM)
    registered(on_stage, edition, TEAM)
    tried(on_stage, edition, message="announcement")
    assert on_stage.post(on_stage.link(TEAM, "/end")).status_code == 404
    tried(on_stage, edition, message="reminder")
    assert on_stage.get(on_stage.link(TEAM, "/registrations/")).status_code == 404
    assert on_stage.api("GET", f"/editions/{edition}/audience")[1]["get_it"] == 1


@pytest.mark.parametrize("state", ["draft", "cancelled", "over"])
def test_it_is_sent_whatever_has_become_of_the_edition(on_stage: Stage, state: str) -> None:
    edition = organised(on_stage, publish=state != "draft")
    if state == "cancelled":
        on_stage.api("POST", f"/editions/{edition}/cancel")
        on_stage.run()
    elif state == "over":
        on_stage.travel(datetime.fromisoformat("2027-03-20T09:00:00+00:00"))
    tried(on_stage, edition, message="reminder", at="2027-03-09T09:00")
    assert newest(on_stage)["subject"].startswith("[Test] ")


def test_a_reminder_is_shown_as_at_its_due_time(on_stage: Stage) -> None:
    edition = organised(on_stage)
    tried(on_stage, edition, message="reminder")
    assert newest(on_stage)["subject"] == "[Test] Morgen, 14:30 Uhr: Gemeinsam wirken"


def test_there_are_only_so_many_a_day(on_stage: Stage) -> None:
    edition = organised(on_stage)
    for _ in range(5):
        tried(on_stage, edition)
    answer = on_stage.client.http.post(
        f"/api/v1/editions/{edition}/test-mails",
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"},
        body=b'{"to": "team@campus.example.org"}',
    )
    assert answer.status_code == 429
    assert answer.json_body["detail"].startswith("Enough test mails for today")
    assert 0 < int(answer.headers["Retry-After"]) <= 86_400
    assert len(on_stage.inbox(TEAM)) == 5
    # What one address was refused leaves the others their fifteen.
    for number in range(15):
        tried(on_stage, edition, to=f"member-{number}@campus.example.org")
    tried(on_stage, edition, status=429, to="one-more@campus.example.org")
    on_stage.clock.turn(by=timedelta(days=1))
    tried(on_stage, edition)


def test_an_address_that_came_back_is_not_written_to(on_stage: Stage) -> None:
    edition, bounces = organised(on_stage), "bounce@simulator.amazonses.com"
    tried(on_stage, edition, to=bounces)
    answer = tried(on_stage, edition, status=409, to=bounces)
    assert "(bounce)" in answer["detail"]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"to": "nobody"}, "to"),
        ({"message": "subscription-confirmation"}, "message"),
        ({"title": ""}, "title"),
        ({"x": 1}, "x"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(on_stage: Stage, wish: dict[str, Any], field: str) -> None:
    answer = tried(on_stage, organised(on_stage), status=422, **wish)
    assert [error["field"] for error in answer["errors"]] == [field]


def test_it_is_found_and_erased_with_the_person(on_stage: Stage) -> None:
    edition = organised(on_stage)
    tried(on_stage, edition)
    record = on_stage.api("POST", "/people/lookup", {"email": TEAM})[1]
    assert [(mail["message"], mail["outcome"]) for mail in record["mails"]] == [("announcement", "sent")]
    assert on_stage.api("POST", "/people/erase", {"email": TEAM})[1]["erased"]["addressees"] == 1


def test_a_message_can_be_tried_before_it_is_written_to_anybody(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition, "mia@example.org")
    wish = {"to": TEAM, "subject": "Die Tür", "text": "Nimm die **Seitentür**."}
    status, answer = on_stage.api("POST", f"/editions/{edition}/messages/test-mails", wish)
    assert (status, answer["message"]) == (202, "message-to-registered")
    on_stage.run()
    assert newest(on_stage)["subject"] == "[Test] Die Tür"
    assert "<strong>Seitentür</strong>" in newest(on_stage)["html"]
    assert "[Test] Die Tür" not in on_stage.subjects("mia@example.org")
    assert on_stage.api("POST", f"/editions/{edition}/messages", wish | {"to": "all", "at": "now"})[1]["changed"]
    assert on_stage.api("POST", f"/editions/{edition}/messages/test-mails", {"to": "x"})[0] == 422


@pytest.mark.parametrize("kind", ["subscription-confirmation", "submission-kept"])
def test_the_mails_of_a_series_can_be_tried_too(on_stage: Stage, kind: str) -> None:
    organised(on_stage)
    shown = on_stage.api("GET", f"/series/kaffeepause/preview?message={kind}")[1]
    status, answer = on_stage.api("POST", "/series/kaffeepause/test-mails", {"to": TEAM, "message": kind})
    assert (status, answer["message"]) == (202, kind)
    on_stage.run()
    assert (newest(on_stage)["subject"], newest(on_stage)["text"]) == (f"[Test] {shown['subject']}", shown["text"])


def test_a_correction_is_tried_with_what_the_organiser_says_of_it(on_stage: Stage) -> None:
    tried(on_stage, organised(on_stage), message="correction", note="Ein **Tippfehler**.")
    assert "<strong>Tippfehler</strong>" in newest(on_stage)["html"]
