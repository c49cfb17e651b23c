"""What AWS does between the services: queues to handlers, and the schedule to ``tick``.

One thread a queue, so that no lane waits for another, and one for the schedule. Redelivery and dead letters are SQS's
own work: here a message that was not handled is simply not deleted.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from chalice import Chalice
from chalice.app import ScheduledEventConfig, SQSEventConfig
from chalice.config import Config
from chalice.local import LambdaContext

from local.aws.clock import Clock, stamp
from local.aws.deployment import Deployment
from local.aws.surroundings import ACCOUNT, REGION, Clients
from local.aws.work import Work

log = logging.getLogger(__name__)

MOST_IN_A_RECEIVE = 10
_EAGER, _IDLE = (
    0.02,
    0.2,
)  # seconds between looks; short polls, as a killed worker's long poll would still take messages
_MINUTE = 60
_TIMEOUT = 60
_MEGABYTES = 512


class Function:
    """A handler as Lambda would call it."""

    def __init__(self, app: Chalice, config: Config, name: str) -> None:
        self.name = name
        self._handler = app.handler_map[name]
        self._config = config.scope(config.chalice_stage, name)

    def __call__(self, event: dict[str, Any]) -> Any:
        context = LambdaContext(
            self.name,
            self._config.lambda_memory_size or _MEGABYTES,
            max_runtime_ms=(self._config.lambda_timeout or _TIMEOUT) * 1000,
        )
        return self._handler(event, context)


class Bus:
    """Runs the queue handlers and the schedules of ``app``, until the process ends."""

    def __init__(
        self, app: Chalice, config: Config, client: Clients, *, clock: Clock, work: Work, deployment: Deployment
    ) -> None:
        self._clock, self._work = clock, work
        self._threads: list[threading.Thread] = []
        for lane, source in enumerate(app.event_sources):
            function = Function(app, config, source.name)
            if isinstance(source, SQSEventConfig):
                batch_size = deployment.batch_size(source.name, default=source.batch_size)
                self._add(source.name, self._poll, Lane(function, source, client("sqs"), batch_size), lane)
            elif isinstance(source, ScheduledEventConfig):
                self._add(source.name, self._schedule, function, lane)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def _add(self, name: str, target: Any, *arguments: Any) -> None:
        self._threads.append(threading.Thread(target=target, args=arguments, name=name, daemon=True))

    def _poll(self, lane: Lane, number: int) -> None:
        pause = _EAGER
        while True:
            time.sleep(pause)
            self._work.begin(number)
            found = False
            try:
                found = lane.turn()
            except Exception:
                log.exception("queue %s", lane.queue)
                time.sleep(_IDLE)
            finally:
                self._work.end(number, did_something=found)
            pause = 0 if found else min(_IDLE, max(pause, _EAGER) * 1.5)

    def _schedule(self, function: Function, number: int) -> None:
        while True:
            time.sleep(_MINUTE - self._clock.now().timestamp() % _MINUTE)
            self._work.begin(number)
            try:
                function(scheduled(self._clock))
            except Exception:
                log.exception("schedule %s", function.name)
            finally:
                self._work.end(number, did_something=True)


class Lane:
    """One queue and its handler."""

    def __init__(self, function: Function, source: SQSEventConfig, sqs: Any, batch_size: int) -> None:
        self.queue = source.queue or str(source.queue_arn).rpartition(":")[2]
        self._function, self._sqs, self._batch_size = function, sqs, batch_size
        self._url = sqs.get_queue_url(QueueName=self.queue)["QueueUrl"]

    def turn(self) -> bool:
        """Take a batch, if there is one, let the function handle it, and delete what it did not report as failed."""
        messages = list(self._receive())
        if not messages:
            return False
        try:
            answer = self._function({"Records": [self._record(message) for message in messages]})
        except Exception:
            log.exception("function %s; the whole batch comes again", self._function.name)
            return True
        self._delete(_handled(messages, answer))
        return True

    def _receive(self) -> Iterator[dict[str, Any]]:
        """A batch as large as the function takes. The batching window is not waited for: it saves money, not time."""
        wanted = self._batch_size
        while wanted > 0:
            received = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(wanted, MOST_IN_A_RECEIVE),
                WaitTimeSeconds=0,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            yield from received
            wanted = wanted - len(received) if received else 0

    def _delete(self, messages: list[dict[str, Any]]) -> None:
        for start in range(0, len(messages), MOST_IN_A_RECEIVE):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages[start : start + MOST_IN_A_RECEIVE])
            ]
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)

    def _record(self, message: dict[str, Any]) -> dict[str, Any]:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {
                name: {
                    "stringValue": value.get("StringValue"),
                    "stringListValues": [],
                    "binaryListValues": [],
                    "dataType": value["DataType"],
                }
                for name, value in message.get("MessageAttributes", {}).items()
            },
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.queue}",
            "awsRegion": REGION,
        }


def scheduled(clock: Clock) -> dict[str, Any]:
    """The event of a schedule, as EventBridge sends it."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": stamp(clock.now()),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/tick"],
        "detail": {},
    }


def _handled(messages: list[dict[str, Any]], answer: Any) -> list[dict[str, Any]]:
    """The messages that may be deleted. As Lambda does, an answer that makes no sense counts as: all of them failed."""
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not failures:
        return messages
    failed = {failure.get("itemIdentifier") if isinstance(failure, dict) else None for failure in failures}
    if not failed <= {message["MessageId"] for message in messages}:
        return []
    return [message for message in messages if message["MessageId"] not in failed]
