"""Hints to the workers: SQS is speed, the table is the truth.

A hint that is lost costs at most the time until the tick looks again, so a failing queue never fails the request that
was saved.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.hint import Hint
from chalicelib.domain.mails import Lane

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

log = logging.getLogger(__name__)

MAX_ENTRIES = 10
"""SQS takes at most ten messages in one SendMessageBatch call."""


class Queues:
    def __init__(self, client: SQSClient, urls: Mapping[Lane, str]) -> None:
        self.client = client
        self.urls = urls

    def send(self, lane: Lane, hints: Iterable[Hint], *, delay: timedelta = timedelta()) -> None:
        """Send them, to arrive after ``delay`` (SQS allows 15 minutes).

        Never raises: a lost hint is the tick's to find.
        """
        waiting = iter(hints)
        later: dict[str, Any] = {"DelaySeconds": int(delay.total_seconds())} if delay else {}
        while chunk := list(itertools.islice(waiting, MAX_ENTRIES)):
            bodies = [encode(hint) for hint in chunk]
            try:
                if len(bodies) == 1:
                    self.client.send_message(QueueUrl=self.urls[lane], MessageBody=bodies[0], **later)
                    continue
                entries: Any = [{"Id": str(number), "MessageBody": body, **later} for number, body in enumerate(bodies)]
                answer = self.client.send_message_batch(QueueUrl=self.urls[lane], Entries=entries)
            except (ClientError, BotoCoreError):
                log.warning("%d hints to %s lost; the tick will find what they were about", len(bodies), lane)
                continue
            if refused := answer.get("Failed"):
                log.warning("%d hints to %s refused; the tick will find what they were about", len(refused), lane)


_DEFAULTS = {field.name: field.default for field in fields(Hint)}


def encode(hint: Hint) -> str:
    """As JSON, without what has its default: a queue is paid for by size."""
    said = {name: value for name, default in _DEFAULTS.items() if (value := getattr(hint, name)) != default}
    return msgspec.json.encode(said).decode()


def decode(body: str) -> Hint:
    """Raises ``msgspec.ValidationError`` for a body that is no hint."""
    return msgspec.json.decode(body, type=Hint)
