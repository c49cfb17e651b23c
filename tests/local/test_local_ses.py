"""SES as the application sees it: boto3 over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.processes.system import LocalSystem

pytestmark = pytest.mark.processes

BROADCAST = "kaffeepause-broadcast"
EVERYTHING = "every-event"
"""A configuration set of the tests' own: the application does not ask for deliveries."""


@pytest.fixture
def events(system: LocalSystem) -> Callable[[str], list[dict[str, Any]]]:
    """Events by tag, read from a queue of our own beside the application's."""
    sqs, sns = system.client("sqs"), system.client("sns")
    queue = sqs.create_queue(QueueName="overheard")["QueueUrl"]
    (topic,) = (found["TopicArn"] for found in sns.list_topics()["Topics"])
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    given = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    if not _knows(system, EVERYTHING):
        sesv2 = system.client("sesv2")
        sesv2.create_configuration_set(ConfigurationSetName=EVERYTHING)
        types = ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "RENDERING_FAILURE", "DELIVERY_DELAY"]
        destination = {"Enabled": True, "MatchingEventTypes": types, "SnsDestination": {"TopicArn": topic}}
        sesv2.create_configuration_set_event_destination(
            ConfigurationSetName=EVERYTHING, EventDestinationName="all", EventDestination=destination
        )
    heard: list[dict[str, Any]] = []

    def about(tag: str) -> list[dict[str, Any]]:
        system.drain(hidden_too=False)
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            heard.extend(json.loads(message["Body"]) for message in messages)
            for message in messages:
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [event for event in heard if event["mail"]["tags"].get("test") == [tag]]

    yield about  # type: ignore[misc]
    sns.unsubscribe(SubscriptionArn=given["SubscriptionArn"])
    sqs.delete_queue(QueueUrl=queue)


def _knows(system: LocalSystem, name: str) -> bool:
    return name in system.client("sesv2").list_configuration_sets()["ConfigurationSets"]


def bulk(system: LocalSystem, *entries: dict[str, Any], test: str = "none", **changes: Any) -> list[dict[str, Any]]:
    content = {"Subject": "Hallo {{name}}", "Text": "Guten Tag {{ name }}, bis {{when}}.", "Html": "<p>{{name}}</p>"}
    request = {
        "FromEmailAddress": "=?utf-8?q?Kaffeek=C3=BCche?= <kaffee@example.org>",
        "ReplyToAddresses": ["antwort@example.org"],
        "ConfigurationSetName": BROADCAST,
        "DefaultContent": {"Template": {"TemplateContent": content, "TemplateData": '{"when": "Mittwoch"}'}},
        "DefaultEmailTags": [{"Name": "test", "Value": test}],
        "BulkEmailEntries": list(entries),
    } | changes
    return system.client("sesv2").send_bulk_email(**request)["BulkEmailEntryResults"]


def to(
    address: str, *, tags: dict[str, str] | None = None, headers: dict[str, str] | None = None, **data: str
) -> dict[str, Any]:
    return {
        "Destination": {"ToAddresses": [address]},
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": json.dumps(data)}},
        "ReplacementTags": [{"Name": name, "Value": value} for name, value in (tags or {}).items()],
        "ReplacementHeaders": [{"Name": name, "Value": value} for name, value in (headers or {}).items()],
    }


def raw(system: LocalSystem, address: str, **changes: Any) -> str:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "kaffee@example.org", address, "Müde? Kaffee!"
    message["Message-ID"], message["Date"] = "<mine@example.org>", "Mon, 01 Jan 2001 00:00:00 +0000"
    message.set_content("Schöne Grüße")
    message.add_alternative("<p>Schöne Grüße</p>", subtype="html")
    message.add_attachment(b"BEGIN:VCALENDAR", "text", "calendar", filename="termin ä.ics")
    request = {
        "FromEmailAddress": "kaffee@example.org",
        "Destination": {"ToAddresses": [address]},
        "Content": {"Raw": {"Data": message.as_bytes()}},
        "ConfigurationSetName": "kaffeepause-transactional",
    } | changes
    return str(system.client("sesv2").send_email(**request)["MessageId"])


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as error:
        call()
    return str(error.value.response["Error"]["Code"])


def test_a_bulk_call_fills_in_what_belongs_to_each_person(system: LocalSystem) -> None:
    results = bulk(
        system,
        to("fill.anna@example.org", name="Anna", headers={"List-Unsubscribe": "<https://example.org/anna>"}),
        to("fill.ben@example.org", name="Ben", when="Freitag"),
    )
    assert [result["Status"] for result in results] == ["SUCCESS", "SUCCESS"]
    (anna,), (ben,) = system.inbox("fill.anna@example.org"), system.inbox("fill.ben@example.org")
    assert (anna["subject"], anna["text"], anna["html"]) == (
        "Hallo Anna",
        "Guten Tag Anna, bis Mittwoch.",
        "<p>Anna</p>",
    )
    assert ben["text"] == "Guten Tag Ben, bis Freitag."
    assert anna["id"] == results[0]["MessageId"]
    assert anna["from"] == "Kaffeeküche <kaffee@example.org>"
    assert ["List-Unsubscribe", "<https://example.org/anna>"] in anna["headers"]
    assert "List-Unsubscribe" not in dict(ben["headers"])


def test_headers_of_an_entry_go_over_those_of_the_call(system: LocalSystem) -> None:
    template = {"TemplateContent": {"Subject": "s", "Text": "t", "Html": "<p>h</p>"}, "TemplateData": "{}"}
    template["Headers"] = [{"Name": "List-Id", "Value": "<all>"}, {"Name": "X-Who", "Value": "everybody"}]
    bulk(system, to("over@example.org", headers={"x-who": "you"}), DefaultContent={"Template": template})
    headers = dict(system.inbox("over@example.org")[0]["headers"])
    assert headers["List-Id"] == "<all>"
    assert headers["x-who"] == "you"
    assert "X-Who" not in headers


def test_a_missing_variable_is_accepted_and_never_delivered(system: LocalSystem, events: Any) -> None:
    results = bulk(system, to("lost@example.org"), to("found@example.org", name="Ben"), test="missing")
    assert [result["Status"] for result in results] == ["SUCCESS", "SUCCESS"]
    assert not system.inbox("lost@example.org")
    assert system.inbox("found@example.org")
    (failure,) = [event for event in events("missing") if event["eventType"] == "Rendering Failure"]
    assert failure["mail"]["messageId"] == results[0]["MessageId"]
    assert "'name'" in failure["failure"]["errorMessage"]


def test_stray_braces_in_a_template_deliver_nothing_and_braces_in_data_are_text(system: LocalSystem) -> None:
    template = {"TemplateContent": {"Subject": "s", "Text": "{{name}} {{", "Html": "h"}, "TemplateData": "{}"}
    bulk(system, to("stray@example.org", name="Anna"), DefaultContent={"Template": template})
    assert not system.inbox("stray@example.org")
    bulk(system, to("text@example.org", name="{{when}}"))
    assert system.inbox("text@example.org")[0]["subject"] == "Hallo {{when}}"


def test_events_carry_our_tags_from_ses_through_sns_to_sqs(system: LocalSystem, events: Any) -> None:
    bulk(
        system,
        to("tagged@example.org", name="Anna", tags={"mailing": "m1", "recipient": "abc_1-2"}),
        test="tags",
        ConfigurationSetName=EVERYTHING,
    )
    sent, delivered = events("tags")
    assert (sent["eventType"], delivered["eventType"]) == ("Send", "Delivery")
    assert sent["mail"]["tags"]["mailing"] == ["m1"]
    assert sent["mail"]["tags"]["recipient"] == ["abc_1-2"]
    assert sent["mail"]["tags"]["ses:configuration-set"] == [EVERYTHING]
    assert sent["mail"]["destination"] == ["tagged@example.org"]
    assert sent["send"] == {}
    assert delivered["delivery"]["recipients"] == ["tagged@example.org"]


def test_the_simulator_bounces_and_complains(system: LocalSystem, events: Any) -> None:
    addresses = [
        f"{name}@simulator.amazonses.com" for name in ("bounce+1", "complaint", "suppressionlist", "success", "ooto")
    ]
    bulk(system, *(to(address, name="x") for address in addresses), test="simulator", ConfigurationSetName=EVERYTHING)
    told = {
        address: [event for event in events("simulator") if event["mail"]["destination"] == [address]]
        for address in addresses
    }
    assert {address.partition("@")[0]: [event["eventType"] for event in found] for address, found in told.items()} == {
        "bounce+1": ["Send", "Bounce"],
        "complaint": ["Send", "Delivery", "Complaint"],
        "suppressionlist": ["Send", "Bounce"],
        "success": ["Send", "Delivery"],
        "ooto": ["Send", "Delivery"],
    }
    bounce = told[addresses[0]][1]["bounce"]
    assert (bounce["bounceType"], bounce["bouncedRecipients"][0]["emailAddress"]) == ("Permanent", addresses[0])
    assert not system.inbox(addresses[0])
    assert told[addresses[1]][2]["complaint"]["complainedRecipients"] == [{"emailAddress": addresses[1]}]


def test_a_raw_mail_arrives_as_it_was_but_for_message_id_and_date(system: LocalSystem) -> None:
    message_id = raw(system, "Raw.Anna@example.org")
    (mail,) = system.inbox("raw.anna@example.org")
    assert (mail["id"], mail["subject"]) == (message_id, "Müde? Kaffee!")
    assert mail["text"].strip() == "Schöne Grüße"
    assert mail["html"].strip() == "<p>Schöne Grüße</p>"
    assert mail["attachments"] == [{"name": "termin ä.ics", "content_type": "text/calendar", "size": 15}]
    headers = dict(mail["headers"])
    assert message_id in headers["Message-ID"]
    assert "2001" not in headers["Date"]


def test_an_unknown_configuration_set_is_refused(system: LocalSystem) -> None:
    assert refused(lambda: raw(system, "set@example.org", ConfigurationSetName="nobody")) == "NotFoundException"
    (result,) = bulk(system, to("set@example.org", name="x"), ConfigurationSetName="nobody")
    assert result["Status"] == "CONFIGURATION_SET_NOT_FOUND"
    assert not system.inbox("set@example.org")


def test_an_entry_that_ses_would_not_take_fails_alone(system: LocalSystem) -> None:
    results = bulk(
        system,
        to("müller@example.org", name="x"),
        to("anna@müller.example", name="x"),
        to("two words@example.org", name="x"),
        to("tag@example.org", name="x", tags={"id": "a#b"}),
        to("long@example.org", name="x", headers={"X-Long": "x" * 991}),
        to("injected@example.org", name="x", headers={"X-Line": "a\r\nBcc: b@example.org"}),
        to("alone@example.org", name="x"),
    )
    assert [result["Status"] for result in results] == ["INVALID_PARAMETER"] * 6 + ["SUCCESS"]


def test_a_call_that_is_wrong_as_a_whole_is_refused(system: LocalSystem) -> None:
    many = [to(f"many{number}@example.org", name="x") for number in range(51)]
    assert refused(lambda: bulk(system, *many)) == "BadRequestException"
    assert refused(lambda: bulk(system)) == "BadRequestException"
    large = {"TemplateContent": {"Subject": "s", "Text": "x" * 1_100_000}, "TemplateData": "{}"}
    assert refused(lambda: bulk(system, many[0], DefaultContent={"Template": large})) == "BadRequestException"
    assert refused(lambda: bulk(system, many[0], FromEmailAddress="Müller <m@example.org>")) == "BadRequestException"


def test_the_account_counts_what_was_sent(system: LocalSystem) -> None:
    sesv2 = system.client("sesv2")
    system.travel(
        advance="P1DT1H"
    )  # what other tests have sent does not count any more, and cannot drop out between two looks
    assert sesv2.get_account()["SendQuota"]["SentLast24Hours"] == 0
    bulk(system, to("count1@example.org", name="x"), to("count2@example.org", name="x"))
    account = sesv2.get_account()
    assert account["SendQuota"]["SentLast24Hours"] == 2
    assert account["SendingEnabled"]
    assert account["SendQuota"]["MaxSendRate"] > 0


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("throttle", "TooManyRequestsException"),
        ("quota", "TooManyRequestsException"),
        ("paused", "SendingPausedException"),
    ],
)
def test_a_fault_refuses_as_often_as_it_should(system: LocalSystem, fault: str, code: str) -> None:
    system.faults([{"operation": "SendEmail", "do": fault, "times": 2}])
    address = f"{fault}@example.org"
    assert [refused(lambda: raw(system, address)) for _ in range(2)] == [code, code]
    assert not system.inbox(address)
    raw(system, address)
    assert len(system.inbox(address)) == 1


def test_bulk_tells_of_faults_entry_by_entry(system: LocalSystem) -> None:
    entries = [to(f"partly{number}@example.org", name="x") for number in range(3)]
    system.faults(
        [{"do": "partial", "entries": [1], "status": "ACCOUNT_THROTTLED", "times": 1}, {"do": "quota", "times": 1}]
    )
    assert [result["Status"] for result in bulk(system, *entries)] == ["SUCCESS", "ACCOUNT_THROTTLED", "SUCCESS"]
    assert {result["Status"] for result in bulk(system, *entries)} == {"ACCOUNT_DAILY_QUOTA_EXCEEDED"}
    assert not system.inbox("partly1@example.org")


def test_an_error_after_accepting_has_sent_the_mail(system: LocalSystem) -> None:
    system.faults([{"operation": "SendBulkEmail", "do": "error-after-accepting", "times": 1}])
    assert refused(lambda: bulk(system, to("accepted@example.org", name="x"))) == "InternalServiceErrorException"
    assert len(system.inbox("accepted@example.org")) == 1


def test_an_answer_that_hangs_comes_after_the_mail(system: LocalSystem) -> None:
    system.faults([{"do": "hang-after-accepting", "seconds": 0.5, "times": 1}])
    raw(system, "hanging@example.org")
    answered = system.now()
    (mail,) = system.inbox("hanging@example.org")
    assert answered - datetime.fromisoformat(mail["sent_at"]) > timedelta(seconds=0.4)


def test_events_get_lost_come_twice_and_come_late(system: LocalSystem, events: Any) -> None:
    system.faults([{"events": "lost", "types": ["Send"], "times": 1}])
    bulk(system, to("a@example.org", name="x"), test="lost", ConfigurationSetName=EVERYTHING)
    assert [event["eventType"] for event in events("lost")] == ["Delivery"]
    system.faults([{"events": "double", "types": ["Send"]}])
    bulk(system, to("a@example.org", name="x"), test="double", ConfigurationSetName=EVERYTHING)
    assert [event["eventType"] for event in events("double")] == ["Send", "Send", "Delivery"]
    system.faults([{"events": "reorder", "times": 1}])
    bulk(system, to("a@example.org", name="x"), test="reorder", ConfigurationSetName=EVERYTHING)
    assert [event["eventType"] for event in events("reorder")] == ["Delivery", "Send"]
    system.faults([{"events": "late", "seconds": 600}])
    bulk(system, to("a@example.org", name="x"), test="late", ConfigurationSetName=EVERYTHING)
    assert events("late") == []
    system.travel(advance="PT11M")
    assert {event["eventType"] for event in events("late")} == {"Send", "Delivery"}


def test_a_fault_that_would_do_nothing_is_refused(system: LocalSystem) -> None:
    with pytest.raises(ValueError, match="unknown fault"):
        system.faults([{"do": "nonsense"}])
