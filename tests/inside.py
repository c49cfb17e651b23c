"""moto from the inside: what time will bring, what lies in the table, queues without HTTP.

Nothing here is a call of the application's.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import Queue, sqs_backends

from chalicelib.store import keys
from local.aws.surroundings import ACCOUNT, REGION
from local.ses.mailbox import Mail
from tests import elsewhere


class Kept(NamedTuple):
    """What outlives a process, at one moment."""

    table: dict[Any, dict[Any, Any]]
    mails: list[Mail]
    moment: datetime
    elsewhere: list[dict[str, Any]]


class Sqs:
    """What Lambda's pollers do with a queue.

    They ask it all the time, and over HTTP that is half of what a test takes.
    """

    def get_queue_url(self, **asked: Any) -> dict[str, Any]:
        return {"QueueUrl": asked["QueueName"]}

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        name = asked["QueueUrl"]
        patience = int(_backend().get_queue(name).visibility_timeout)
        found = _backend().receive_message(name, asked["MaxNumberOfMessages"], 0, patience)
        return {
            "Messages": [
                {
                    "MessageId": message.id,
                    "ReceiptHandle": message.receipt_handle,
                    "Body": message.body,
                    "MD5OfBody": message.body_md5,
                    "Attributes": {"ApproximateReceiveCount": str(message.approximate_receive_count)},
                }
                for message in found
            ]
        }

    def delete_message_batch(self, **asked: Any) -> None:
        for entry in asked["Entries"]:
            _backend().delete_message(asked["QueueUrl"], entry["ReceiptHandle"])


def table() -> dict[Any, dict[Any, Any]]:
    (found,) = dynamodb_backends[ACCOUNT][REGION].tables.values()
    return found.items


def items() -> list[dict[str, Any]]:
    """Everything in the table, in DynamoDB's notation."""
    return [item.to_json()["Attributes"] for rows in table().values() for item in list(rows.values())]


def keep(mails: list[Mail], moment: datetime) -> Kept:
    assert not any(hidden()), "messages are under way, and would not be kept"
    return Kept(copy.deepcopy(table()), mails, moment, elsewhere.items() if elsewhere.moved() else [])


def put_back(kept: Kept) -> None:
    """The table as it was, and empty queues."""
    empty()
    table().update(copy.deepcopy(kept.table))
    if elsewhere.moved():
        elsewhere.put_back(kept.elsewhere)


def provisioned() -> bool:
    """Whether there is a table and queues."""
    return bool(dynamodb_backends[ACCOUNT][REGION].tables and _queues())


def empty() -> None:
    """An empty table, and empty queues."""
    table().clear()
    for queue in _queues():
        queue._messages, queue._pending_messages = [], set()


def due_rows() -> Iterator[datetime]:
    if elsewhere.moved():
        rows = ((item["pk"]["S"], item["sk"]["S"]) for item in elsewhere.items())
        yield from (datetime.fromisoformat(sk.partition("#")[0]) for pk, sk in rows if pk.startswith(keys.DUE))
        return
    for partition, rows in table().items():
        if str(partition.value).startswith(keys.DUE):
            yield from (datetime.fromisoformat(row.value.partition("#")[0]) for row in rows)


def hidden() -> Iterator[datetime]:
    """When each message shows (again)."""
    for queue in _queues():
        if queue.dead_letter_queue is not None:
            for message in queue._messages:
                shows = max(message.visible_at, message.delayed_until)
                # When its time has passed, not while it is being reached.
                yield datetime.fromtimestamp(shows / 1000, UTC) + timedelta(milliseconds=1)


def dead() -> int:
    """How many messages lie in the dead letters."""
    return sum(len(queue._messages) for queue in _queues() if queue.dead_letter_queue is None)


def lose_messages() -> None:
    """All that wait in the queues."""
    for queue in _queues():
        queue._messages = []


def _queues() -> list[Queue]:
    return list(_backend().queues.values())


def _backend() -> Any:
    return sqs_backends[ACCOUNT][REGION]
