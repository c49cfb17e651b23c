"""``python -m tests.local.unrepaired``: what moto does without each repair of ``local.aws.repairs``, and with all of
them, as JSON.

Each is tried in a process of its own, forked before anything is repaired. What is measured is a number: how many of
moto's functions were called, or how much went wrong.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import re
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any

import boto3
import moto.dynamodb.models.table as tables
from moto import mock_aws
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sqs.models import Message, Queue, sqs_backends
from werkzeug.test import Client as WsgiClient

from local.aws.repairs import one_at_a_time, repairs
from local.aws.surroundings import ACCOUNT, REGION

MANY = 300
PATIENCE = 0.5
TURNS = "turns"
"""Not a repair of moto but of its server: ``one_at_a_time``."""


# moto itself, and what it has others do for it.
_COUNTED = re.compile(r"/moto/|/(copy|inspect)\.py$")


class Hand:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def now(self) -> datetime:
        return self.moment


class Calls:
    """How many calls of functions there are in moto while it counts: the same in every run, however busy
    the machine is."""

    def __init__(self) -> None:
        self.count = 0

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        sys.setprofile(self._called)
        try:
            yield
        finally:
            sys.setprofile(None)

    def _called(self, frame: FrameType, event: str, _: Any) -> None:
        if event != "return" and _COUNTED.search(frame.f_code.co_filename):
            self.count += 1


def calls(deed: Callable[[], object]) -> int:
    counting = Calls()
    with counting.counted():
        deed()
    return counting.count


@contextlib.contextmanager
def aws() -> Iterator[Callable[[str], Any]]:
    with mock_aws():
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
        yield session.client


def a_table(client: Any) -> Any:
    client.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def an_item(pk: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": pk}, "sk": {"S": "one"}}


def a_queue(client: Any) -> str:
    url: str = client.create_queue(QueueName="queue")["QueueUrl"]
    return url


def transactions(_: Hand) -> int:
    """What one transaction takes in a table of many items. With the repair, one that fails is undone as well."""
    with aws() as made:
        table = a_table(made("dynamodb"))
        for number in range(MANY):
            table.put_item(TableName="table", Item=an_item(str(number)))
        put = [{"Put": {"TableName": "table", "Item": an_item("new")}}]
        counted = calls(lambda: table.transact_write_items(TransactItems=put))
        there = {"TableName": "table", "Key": an_item("0"), "ConditionExpression": "attribute_not_exists(pk)"}
        try:
            table.transact_write_items(
                TransactItems=[{"Put": {"TableName": "table", "Item": an_item("other")}}, {"ConditionCheck": there}]
            )
        except table.exceptions.TransactionCanceledException:
            assert "Item" not in table.get_item(TableName="table", Key=an_item("other"))
        return counted


def queries(_: Hand) -> int:
    """What a query for one item takes in a table of many."""
    with aws() as made:
        table = a_table(made("dynamodb"))
        for number in range(MANY):
            table.put_item(TableName="table", Item=an_item(str(number)))
        asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "0"}}}
        return calls(lambda: table.query(TableName="table", **asked))


class LookedThrough(list[Message]):
    """Messages; ``then`` is done in another thread whenever somebody has looked at all of them."""

    then: Callable[[], None]

    def __init__(self, given: list[Message]) -> None:
        super().__init__(given)
        self.waiting: list[threading.Thread] = []

    def __iter__(self) -> Iterator[Message]:
        yield from super().__iter__()
        if not self.waiting:
            self.waiting.append(threading.Thread(target=self.then))
            self.waiting[0].start()
            self.waiting[0].join(PATIENCE)  # not for long: where it has to wait for its turn, it comes afterwards

    def wait(self) -> None:
        for thread in self.waiting:
            thread.join()


def deletions(_: Hand) -> int:
    """How many messages are lost that are sent while another one is deleted."""
    with aws() as made:
        client = made("sqs")
        url = a_queue(client)
        client.send_message(QueueUrl=url, MessageBody="first")
        client.send_message(QueueUrl=url, MessageBody="second")
        first = client.receive_message(QueueUrl=url)["Messages"][0]
        queue: Queue = sqs_backends[ACCOUNT][REGION].queues["queue"]
        queue._messages = sent = LookedThrough(queue._messages)
        sent.then = lambda: queue.add_message(Message("sent meanwhile", "body"))
        client.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
        sent.wait()
        assert first["Body"] not in [message.body for message in queue._messages]
        return 1 + len(sent.waiting) - len(queue._messages)


def messages(client: Any) -> str:
    """A queue with many messages; its address."""
    url = a_queue(client)
    for number in range(MANY):
        client.send_message(QueueUrl=url, MessageBody=str(number))
    return url


def counts(_: Hand) -> int:
    """What sending a message takes where many wait."""
    with aws() as made:
        client = made("sqs")
        url = messages(client)
        return calls(lambda: client.send_message(QueueUrl=url, MessageBody="one more"))


def clock(hand: Hand) -> int:
    """How many messages are not there again when the clock has travelled beyond their visibility timeout."""
    with aws() as made:
        client = made("sqs")
        url = a_queue(client)
        client.send_message(QueueUrl=url, MessageBody="body")
        hand.moment += timedelta(seconds=1)
        first = client.receive_message(QueueUrl=url, VisibilityTimeout=60)
        hand.moment += timedelta(seconds=61)
        again = client.receive_message(QueueUrl=url)
        return 2 - len(first.get("Messages", [])) - len(again.get("Messages", []))


def answers(hand: Hand) -> int:
    """What receiving ten messages takes."""
    with aws() as made:
        client = made("sqs")
        url = a_queue(client)
        for _ in range(20):
            client.send_message(QueueUrl=url, MessageBody="body")
        hand.moment += timedelta(seconds=1)
        ten = {"QueueUrl": url, "MaxNumberOfMessages": 10, "AttributeNames": ["All"]}
        client.receive_message(**ten)
        return calls(lambda: client.receive_message(**ten))


def methods(_: Hand) -> int:
    """What moto takes for a call that does next to nothing."""
    with aws() as made:
        client = made("sqs")
        url = a_queue(client)
        client.get_queue_url(QueueName="queue")
        assert url
        return calls(lambda: client.get_queue_url(QueueName="queue"))


def attributes(_: Hand) -> int:
    """What sending a message takes."""
    with aws() as made:
        client = made("sqs")
        url = a_queue(client)
        client.send_message(QueueUrl=url, MessageBody="body")
        return calls(lambda: client.send_message(QueueUrl=url, MessageBody="body"))


def responses(_: Hand) -> int:
    """What starting takes."""
    return calls(lambda: mock_aws().start())


def turns(_: Hand, *, in_turn: bool) -> int:
    """How many of two conditional writes succeed too many, where the second comes between the look and the
    write of the first."""
    looked = threading.Barrier(2)
    look = tables.get_filter_expression

    class AfterLooking:
        def __init__(self, condition: Any) -> None:
            self.condition = condition

        def expr(self, item: Any) -> Any:
            found = self.condition.expr(item)
            with contextlib.suppress(threading.BrokenBarrierError):  # the other one waits for its turn
                looked.wait(PATIENCE)
            return found

    tables.get_filter_expression = lambda *given: AfterLooking(look(*given))
    with mock_aws():
        served = DomainDispatcherApplication(create_backend_app)
        application = one_at_a_time(served) if in_turn else served
        a_table(boto3.client("dynamodb", region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"))
        body = json.dumps(
            {"TableName": "table", "Item": an_item("one"), "ConditionExpression": "attribute_not_exists(pk)"}
        )
        statuses: list[int] = []

        def put() -> None:
            headers = {
                "X-Amz-Target": "DynamoDB_20120810.PutItem",
                "Content-Type": "application/x-amz-json-1.0",
                "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20270101/{REGION}/dynamodb/aws4_request",
            }
            statuses.append(WsgiClient(application).post("/", data=body, headers=headers).status_code)

        threads = [threading.Thread(target=put) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(statuses) in ([200, 200], [200, 400]), statuses
    return statuses.count(200) - 1


TRIED: dict[str, Callable[[Hand], int]] = {
    "transactions": transactions,
    "queries": queries,
    "deletions": deletions,
    "counts": counts,
    "clock": clock,
    "answers": answers,
    "methods": methods,
    "attributes": attributes,
    "responses": responses,
}

WRONG = {"deletions", "clock", TURNS}
"""Those that are about what goes wrong; the others save work."""


def _tried(name: str, without: bool, told: Connection) -> None:
    hand = Hand()
    for each, mend in repairs(hand).items():
        if not (without and each == name):
            mend()
    told.send(turns(hand, in_turn=not without) if name == TURNS else TRIED[name](hand))


def _in_a_fork(name: str, *, without: bool) -> int:
    forked = multiprocessing.get_context("fork")
    here, there = forked.Pipe()
    process = forked.Process(target=_tried, args=(name, without, there))
    process.start()
    there.close()
    found: int = here.recv()
    process.join()
    return found


if __name__ == "__main__":
    found = {name: [_in_a_fork(name, without=True), _in_a_fork(name, without=False)] for name in (*TRIED, TURNS)}
    sys.stdout.write(json.dumps(found))
