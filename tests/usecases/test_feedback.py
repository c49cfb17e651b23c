"""What SES reports, in the shapes of its developer guide."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.ses_events import Event, fate
from tests.builders import organised, registered, subscribed
from tests.stage import Stage

SIMULATOR = "simulator.amazonses.com"


def reported(on_stage: Stage, *bodies: str) -> list[dict[str, str]]:
    """Give these messages to the feedback function; gives those that failed and will come again."""
    event = on_stage.client.events.generate_sqs_event(list(bodies), queue_name="kaffeepause-feedback")
    answer = on_stage.client.lambda_.invoke("feedback", event).payload
    failures: list[dict[str, str]] = answer["batchItemFailures"]
    return failures


def events(on_stage: Stage, behaviour: str, email: str = "mia@example.org") -> list[str]:
    """What SES tells of the newest mail to ``email``, had it been sent to the simulator's address for ``behaviour``."""
    mail = on_stage.inbox(email)[-1]
    told: dict[str, Any] = {"messageId": mail["id"], "tags": mail["tags"], "destination": [email]}
    _, happened = fate(f"{behaviour}@{SIMULATOR}", told, on_stage.clock.now())
    assert happened
    return [event.body() for event in happened]


def test_a_hard_bounce_is_written_to_never_again(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    assert reported(on_stage, *events(on_stage, "bounce")) == []
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.run()
    assert len(on_stage.inbox()) == 1


def test_a_complaint_ends_the_subscription_and_is_written_to_never_again(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    subscribed(on_stage)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.run()
    assert reported(on_stage, *events(on_stage, "complaint")) == []
    (subscriber,) = on_stage.api("GET", "/series/kaffeepause/subscribers")[1]["items"]
    assert subscriber["status"] == "ended"
    registered(on_stage, edition)
    assert len(on_stage.inbox()) == 2


def test_a_complaint_about_a_confirmation_of_somebody_not_subscribed_is_no_failure(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    assert reported(on_stage, *events(on_stage, "complaint")) == []


def test_the_same_event_twice_changes_nothing_more(on_stage: Stage) -> None:
    organised(on_stage)
    subscribed(on_stage)
    complaint = events(on_stage, "complaint")
    reported(on_stage, *complaint)
    before = on_stage.items()
    assert reported(on_stage, *complaint, *reversed(complaint)) == []
    assert on_stage.items() == before


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        pytest.param("BOUNCE", {"bounceType": "Transient", "bounceSubType": "MailboxFull"}, id="a full mailbox"),
        pytest.param("BOUNCE", {"bounceType": "Undetermined", "bounceSubType": "Undetermined"}, id="unclear"),
        pytest.param("DELIVERY_DELAY", {"delayType": "MailboxFull"}, id="a delay"),
        pytest.param("DELIVERY", {}, id="a delivery"),
        pytest.param("SEND", {}, id="a send"),
        pytest.param("REJECT", {"reason": "Bad content"}, id="a reject"),
    ],
)
def test_what_may_pass_suppresses_nobody(on_stage: Stage, kind: str, details: dict[str, Any]) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    mail = on_stage.inbox()[-1]
    assert reported(on_stage, Event(kind, {"messageId": mail["id"], "tags": mail["tags"]}, details).body()) == []
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.run()
    assert len(on_stage.inbox()) == 2


def test_a_mail_that_is_not_ours_concerns_nobody(on_stage: Stage) -> None:
    before = on_stage.items()
    bounced = Event("BOUNCE", {"messageId": "x", "tags": {}}, {"bounceType": "Permanent"}).body()
    untagged = Event("BOUNCE", {"messageId": "x"}, {"bounceType": "Permanent"}).body()
    assert reported(on_stage, bounced, untagged) == []
    assert on_stage.items() == before


def test_a_message_nobody_understands_fails_alone(on_stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    organised(on_stage)
    subscribed(on_stage)
    good = events(on_stage, "complaint")
    failed = reported(on_stage, "no JSON from mia@example.org", json.dumps({"eventType": "Bounce"}), *good)
    assert len(failed) == 2
    assert on_stage.api("GET", "/series/kaffeepause/subscribers")[1]["items"][0]["status"] == "ended"
    assert "mia@example.org" not in caplog.text
