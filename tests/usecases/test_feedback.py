"""What SES reports, in the shapes of its developer guide."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.usecases.feedback import feedback
from local.aws.clock import stamp
from local.ses.events import Event, fate
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


@pytest.mark.parametrize(
    ("details", "standing", "outcome"),
    [
        pytest.param({"complaintFeedbackType": "abuse"}, "ended", "complained", id="spam"),
        pytest.param({"complaintFeedbackType": None}, "ended", "complained", id="null"),
        pytest.param({}, "ended", "complained", id="no type"),
        pytest.param({"complaintSubType": "OnAccountSuppressionList"}, "ended", "complained", id="complained before"),
        pytest.param({"complaintFeedbackType": "not-spam"}, "active", "sent", id="not spam"),
        pytest.param({"complaintFeedbackType": "auth-failure"}, "active", "sent", id="a signature"),
        pytest.param({"complaintFeedbackType": "virus"}, "active", "sent", id="a virus scanner"),
    ],
)
def test_only_a_persons_complaint_is_a_no(
    on_stage: Stage, details: dict[str, Any], standing: str, outcome: str
) -> None:
    organised(on_stage)
    subscribed(on_stage)
    mail = on_stage.inbox("mia@example.org")[-1]
    told = {"complainedRecipients": [{"emailAddress": "mia@example.org"}]} | details
    assert reported(on_stage, Event("COMPLAINT", {"messageId": mail["id"], "tags": mail["tags"]}, told).body()) == []
    assert on_stage.api("GET", "/series/kaffeepause/subscribers")[1]["items"][0]["status"] == standing
    record = on_stage.api("POST", "/people/lookup", {"email": "mia@example.org"})[1]
    assert bool(record["suppressed"]) is (standing == "ended")
    assert record["mails"][0]["outcome"] == outcome


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


def somewhere(depth: int = 3) -> st.SearchStrategy[Any]:
    """Any JSON, with SES's own names in it, so that it comes near to what SES says."""
    names = (
        "eventType",
        "notificationType",
        "destination",
        "mail",
        "tags",
        "messageId",
        "bounce",
        "bounceType",
        "complaint",
        "mailing",
        "batch",
        "series",
        "person",
    )
    leaf = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=8)
        | st.sampled_from(["Bounce", "Complaint", "Send"])
    )
    if depth == 0:
        return leaf
    return (
        leaf
        | st.lists(somewhere(depth - 1), max_size=3)
        | st.dictionaries(st.sampled_from(names), somewhere(depth - 1), max_size=6)
    )


@st.composite
def spoilt(draw: st.DrawFn, good: dict[str, Any]) -> str:
    """A good report with one of its values replaced by anything, or left out, or no report at all."""
    if draw(st.booleans()):
        return json.dumps(draw(somewhere()))
    event = json.loads(json.dumps(good))
    place: Any = event
    while True:
        key = draw(st.sampled_from(sorted(place)))
        if isinstance(place[key], dict) and place[key] and draw(st.booleans()):
            place = place[key]
            continue
        if draw(st.booleans()):
            place[key] = draw(somewhere(2))
        else:
            del place[key]
        return json.dumps(event)


def test_a_report_of_whatever_shape_hinders_no_other(on_stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    registered(on_stage, edition, "tom@example.org", "Tom Kern")
    of_mia, of_tom = events(on_stage, "bounce"), events(on_stage, "bounce", "tom@example.org")
    kept, seen = on_stage.keep(), {"failed": 0, "dropped": 0}

    @settings(max_examples=40)
    @given(good=st.sampled_from([json.loads(body) for body in of_mia]), data=st.data())
    def hinders_no_other(good: dict[str, Any], data: st.DataObject) -> None:
        on_stage.back_to(kept)
        bad = [(f"bad {number}", data.draw(spoilt(good))) for number in range(3)]
        beside = [(f"good {number}", body) for number, body in enumerate(of_tom)]
        failed = feedback(on_stage.world, [bad[0], *beside, *bad[1:]])
        assert [message_id for message_id in failed if message_id.startswith("good")] == []
        assert on_stage.api("POST", "/people/lookup", {"email": "tom@example.org"})[1]["suppressed"]
        assert "@example.org" not in caplog.text
        seen["failed"] += len(failed)
        seen["dropped"] += len(bad) - len(failed)

    hinders_no_other()
    assert all(seen.values()), seen


@pytest.mark.parametrize(
    "mail",
    [None, "x", 5, [], {}, {"tags": "x"}, {"messageId": "1", "tags": "x"}, {"messageId": "1", "tags": {"person": [5]}}],
)
def test_a_report_on_a_mail_of_no_known_shape_fails_alone(on_stage: Stage, mail: Any) -> None:
    registered(on_stage, organised(on_stage))
    bad = json.dumps({"eventType": "Send", "mail": mail})
    good = [(str(number), body) for number, body in enumerate(events(on_stage, "bounce"))]
    assert feedback(on_stage.world, [("bad", bad), *good]) == ["bad"]
    assert on_stage.api("POST", "/people/lookup", {"email": "mia@example.org"})[1]["suppressed"]


@pytest.mark.parametrize("person", ["", "mia@example.org", "x" * 3000, "\ud800"])
def test_tags_that_cannot_be_ours_concern_nobody(on_stage: Stage, person: str) -> None:
    """Its neighbour is about the same batch."""
    registered(on_stage, organised(on_stage))
    good = events(on_stage, "bounce")[-1]
    bad = json.loads(good)
    bad["mail"]["tags"]["person"] = [person]
    failed = feedback(on_stage.world, [("bad", json.dumps(bad)), ("good", good)])
    assert "good" not in failed
    assert on_stage.api("POST", "/people/lookup", {"email": "mia@example.org"})[1]["suppressed"]


def softly(on_stage: Stage, number: int, subtype: str, **recipient: str) -> list[str]:
    """The reports of one more mail to Mia that bounced now, but not for good."""
    newest = on_stage.inbox("mia@example.org")[-1]
    told = {"emailAddress": "mia@example.org"} | recipient
    details = {"bounceType": "Transient", "bounceSubType": subtype, "bouncedRecipients": [told]}
    details["timestamp"] = stamp(on_stage.clock.now())
    return [Event("BOUNCE", {"messageId": f"mail-{number}", "tags": newest["tags"]}, details).body()]


def bounced_softly(on_stage: Stage, *, times: int, apart: timedelta, subtype: str, **recipient: str) -> bool:
    """Whether Mia's address is suppressed after so many soft bounces so far apart. Each is reported twice."""
    registered(on_stage, organised(on_stage))
    for number in range(times):
        if number:
            on_stage.clock.turn(by=apart)
        assert reported(on_stage, *softly(on_stage, number, subtype, **recipient) * 2) == []
    return bool(on_stage.api("POST", "/people/lookup", {"email": "mia@example.org"})[1]["suppressed"])


FULL = {"action": "failed", "status": "4.2.2", "diagnosticCode": "smtp; 452 4.2.2 mailbox full"}


@pytest.mark.parametrize(
    ("times", "days", "suppressed"),
    [
        pytest.param(5, 7, True, id="five within four weeks"),
        pytest.param(4, 7, False, id="four within four weeks, each told twice"),
        pytest.param(8, 29, False, id="29 days apart"),
        pytest.param(12, 8, False, id="four in any thirty days"),
        pytest.param(20, 0, False, id="twenty on one day"),
    ],
)
def test_five_full_mailboxes_within_thirty_days_suppress(
    on_stage: Stage, times: int, days: int, suppressed: bool
) -> None:
    assert bounced_softly(on_stage, times=times, apart=timedelta(days=days), subtype="MailboxFull") is suppressed


def test_a_server_that_cannot_be_reached_counts(on_stage: Stage) -> None:
    assert bounced_softly(on_stage, times=5, apart=timedelta(days=1), subtype="General", **FULL)


def test_out_of_office_answers_never_count(on_stage: Stage) -> None:
    assert not bounced_softly(on_stage, times=30, apart=timedelta(days=1), subtype="General")


def test_bounces_long_ago_are_not_kept(on_stage: Stage) -> None:
    bounced_softly(on_stage, times=20, apart=timedelta(days=10), subtype="MailboxFull")
    (kept,) = [item["bounces"]["SS"] for item in on_stage.items() if item["sk"]["S"] == "BOUNCES"]
    assert len(kept) == 4


def test_reports_that_come_late_count_when_they_happened(on_stage: Stage) -> None:
    """All at once, after the queue stood still."""
    registered(on_stage, organised(on_stage))
    late = []
    for number in range(5):
        late += softly(on_stage, number, "MailboxFull")
        on_stage.clock.turn(by=timedelta(days=2))
    assert reported(on_stage, *late) == []
    assert on_stage.api("POST", "/people/lookup", {"email": "mia@example.org"})[1]["suppressed"]


def mail_of(on_stage: Stage, edition: str) -> dict[str, str | None]:
    """The column ``mail`` of an edition's registrations."""
    rows = on_stage.api("GET", f"/editions/{edition}/registrations")[1]["items"]
    return {row["email"]: row["mail"] for row in rows}


def test_a_bounced_confirmation_shows_in_the_list_of_registrations(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    registered(on_stage, edition, "tom@example.org", "Tom Kern")
    bounce = events(on_stage, "bounce")
    for _ in range(2):
        assert reported(on_stage, *bounce) == []
        assert mail_of(on_stage, edition) == {"mia@example.org": "bounced", "tom@example.org": None}


def test_a_bounced_mail_to_everybody_shows_with_each_registration(on_stage: Stage) -> None:
    edition = organised(on_stage)
    for email in ("mia@example.org", "tom@example.org", "ada@example.org"):
        registered(on_stage, edition, email, "Somebody")
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.settle()
    assert len(on_stage.inbox()) == 6
    assert reported(on_stage, *events(on_stage, "bounce"), *events(on_stage, "bounce", "tom@example.org")) == []
    assert mail_of(on_stage, edition) == {
        "mia@example.org": "bounced",
        "tom@example.org": "bounced",
        "ada@example.org": None,
    }


@pytest.mark.parametrize("behaviour", ["complaint", "success"])
def test_a_mail_that_arrived_shows_nothing_in_the_list(on_stage: Stage, behaviour: str) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    assert reported(on_stage, *events(on_stage, behaviour)) == []
    assert mail_of(on_stage, edition) == {"mia@example.org": None}


MIA, TOM = {"emailAddress": "Mia@Example.org"}, {"emailAddress": "tom@example.org"}
PERMANENT = {"bounceType": "Permanent", "bounceSubType": "General"}


def notified(on_stage: Stage, kind: str, details: dict[str, Any], number: int = 0) -> str:
    """What SES tells to the topic of an identity: another name for the kind, and no tags."""
    stamped = {"timestamp": stamp(on_stage.clock.now()), "feedbackId": str(number)} | details
    told = {"messageId": f"mail-{number}", "source": "kaffee@campus.example.org", "destination": ["mia@example.org"]}
    return json.dumps({"notificationType": kind, "mail": told, kind.lower(): stamped})


def suppressed(on_stage: Stage, email: str = "mia@example.org") -> bool:
    return bool(on_stage.api("POST", "/people/lookup", {"email": email})[1]["suppressed"])


def test_a_bounce_told_to_the_identity_finds_its_person_by_the_address(on_stage: Stage) -> None:
    registered(on_stage, organised(on_stage))
    assert reported(on_stage, notified(on_stage, "Bounce", PERMANENT | {"bouncedRecipients": [MIA]})) == []
    assert suppressed(on_stage)
    assert "@" not in "".join(item["pk"]["S"] + item["sk"]["S"] for item in on_stage.items())


def test_a_complaint_told_to_the_identity_ends_every_subscription(on_stage: Stage) -> None:
    """Nothing tells which series it was about."""
    organised(on_stage)
    organised(on_stage, series={"slug": "teepause", "title": "Teepause"})
    subscribed(on_stage)
    assert reported(on_stage, notified(on_stage, "Complaint", {"complainedRecipients": [MIA]})) == []
    assert suppressed(on_stage)
    assert on_stage.api("GET", "/series/kaffeepause/subscribers")[1]["items"][0]["status"] == "ended"


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("Complaint", {"complaintFeedbackType": "not-spam", "complainedRecipients": [MIA]}),
        ("Complaint", {"complainedRecipients": [MIA, TOM]}),
        ("Bounce", {"bounceType": "Transient", "bounceSubType": "General", "bouncedRecipients": [MIA]}),
        ("Delivery", {"recipients": ["mia@example.org"]}),
    ],
)
def test_what_is_told_to_the_identity_is_read_alike(on_stage: Stage, kind: str, details: dict[str, Any]) -> None:
    organised(on_stage)
    subscribed(on_stage)
    assert reported(on_stage, notified(on_stage, kind, details)) == []
    assert not suppressed(on_stage)
    assert on_stage.api("GET", "/series/kaffeepause/subscribers")[1]["items"][0]["status"] == "active"


def test_a_full_mailbox_told_to_both_topics_counts_once(on_stage: Stage) -> None:
    registered(on_stage, organised(on_stage))
    full = {"bounceType": "Transient", "bounceSubType": "MailboxFull", "bouncedRecipients": [MIA]}
    for number in range(5):
        assert not suppressed(on_stage)
        on_stage.clock.turn(by=timedelta(days=1))
        assert (
            reported(on_stage, *softly(on_stage, number, "MailboxFull"), notified(on_stage, "Bounce", full, number))
            == []
        )
    assert suppressed(on_stage)


def test_a_bounce_of_a_mail_to_several_is_everybodys_it_names(on_stage: Stage) -> None:
    registered(on_stage, organised(on_stage))
    assert reported(on_stage, notified(on_stage, "Bounce", PERMANENT | {"bouncedRecipients": [MIA, TOM]})) == []
    assert suppressed(on_stage)
    assert suppressed(on_stage, "tom@example.org")


def test_the_greeting_to_the_topic_of_an_identity_concerns_nobody(on_stage: Stage) -> None:
    greeting = {"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have successfully subscribed."}
    assert reported(on_stage, json.dumps(greeting)) == []
