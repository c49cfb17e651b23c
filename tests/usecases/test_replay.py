from __future__ import annotations

import boto3

from infra.replay import replay
from tests.builders import organised, registered
from tests.stage import Stage


def test_dead_letters_are_replayed_once_the_cause_is_mended(on_stage: Stage) -> None:
    sqs = boto3.client("sqs")
    dead = sqs.get_queue_url(QueueName="kaffeepause-feedback-dead-letters")["QueueUrl"]
    organised(on_stage)
    person = on_stage.world.addresses.hash("mia@example.org")
    report = (
        '{"eventType": "Bounce", "bounce": {"bounceType": "Permanent"}, "mail": {"messageId": "1", "tags": '
        '{"mailing": ["m"], "batch": ["b"], "series": ["kaffeepause"], "person": ["' + person + '"]}}}'
    )
    sqs.send_message(QueueUrl=dead, MessageBody=report)
    assert replay(sqs, stack="kaffeepause", lane="feedback") == 1
    on_stage.run()
    assert on_stage.world.store.why_suppressed(person) == "bounce"
    assert replay(sqs, stack="kaffeepause", lane="feedback") == 0


def test_what_cannot_be_read_is_put_aside_and_what_ses_says_for_a_greeting_is_not(on_stage: Stage) -> None:
    edition = organised(on_stage)
    sqs = boto3.client("sqs")
    feedback = sqs.get_queue_url(QueueName="kaffeepause-feedback")["QueueUrl"]
    sqs.send_message(QueueUrl=feedback, MessageBody="Successfully validated SNS topic for Amazon SES event publishing.")
    sqs.send_message(QueueUrl=feedback, MessageBody='{"eventType": "Send"}')
    registered(on_stage, edition)
    left = sqs.get_queue_attributes(QueueUrl=feedback, AttributeNames=["All"])["Attributes"]
    assert (
        left["ApproximateNumberOfMessagesNotVisible"] == "1"
    )  # it comes again, and after five times lies in the dead letters
