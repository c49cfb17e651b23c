"""What Lambda and SES would tell the application, made of what the application told them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from local.aws.surroundings import ACCOUNT, REGION


class Called(NamedTuple):
    """A call to AWS: ``payload`` as boto3 takes it."""

    operation: str
    payload: dict[str, Any]
    answer: dict[str, Any]

    @classmethod
    def read(cls, operation: str, body: str, answer: str) -> Called:
        """From what was on the wire, where bytes travel in base64."""
        payload = json.loads(body)
        raw = payload.get("Content", {}).get("Raw")
        template = payload.get("DefaultContent", {}).get("Template", {})
        for holder, name in [(raw, "Data"), *((one, "RawContent") for one in template.get("Attachments", []))]:
            if holder:
                holder[name] = base64.b64decode(holder[name])
        return cls(operation, payload, json.loads(answer))


def sqs_event(queue: str, messages: list[tuple[str, str]]) -> dict[str, Any]:
    """What Lambda hands over."""
    records = [
        {
            "messageId": name,
            "receiptHandle": name,
            "body": body,
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
            "awsRegion": REGION,
        }
        for name, body in messages
    ]
    return {"Records": records}


def asks_to_send(body: str) -> bool:
    """Whether a message names a batch to send; else it asks to cut an audience into batches."""
    return any(value for name, value in json.loads(body).items() if name in ("batch", "alone"))


def accepted(call: Called, now: datetime) -> Iterator[dict[str, Any]]:
    """One event for each mail of a SendEmail or SendBulkEmail call."""
    given = call.payload
    if call.operation == "SendEmail":
        yield _event(given, given["Destination"], given["EmailTags"], call.answer["MessageId"], now)
        return
    for entry, result in zip(given["BulkEmailEntries"], call.answer["BulkEmailEntryResults"], strict=True):
        tags = [*given.get("DefaultEmailTags", []), *entry.get("ReplacementTags", [])]
        yield _event(given, entry["Destination"], tags, result["MessageId"], now)


def _event(
    given: dict[str, Any], to: dict[str, Any], tags: list[dict[str, str]], message_id: str, now: datetime
) -> dict[str, Any]:
    return {
        "eventType": "Send",
        "mail": {
            "timestamp": f"{now:%Y-%m-%dT%H:%M:%S.000Z}",
            "source": given["FromEmailAddress"],
            "sourceArn": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/example.org",
            "sendingAccountId": ACCOUNT,
            "messageId": message_id,
            "destination": to["ToAddresses"],
            "headersTruncated": False,
            "headers": [],
            "commonHeaders": {"subject": "…"},
            "tags": {"ses:configuration-set": [given["ConfigurationSetName"]]}
            | {tag["Name"]: [tag["Value"]] for tag in tags},
        },
        "send": {},
    }
