"""What AWS calls without anybody asking: the clock and the queues."""

from __future__ import annotations

import logging
import time
from typing import Any

from chalice import Blueprint
from chalice.app import CloudWatchEvent, Rate, SQSEvent

from chalicelib.domain.hint import Hint
from chalicelib.domain.mailing import Mailing
from chalicelib.queues import decode
from chalicelib.world import World, world

log = logging.getLogger(__name__)
workers = Blueprint(__name__)

RESERVE = 40.0
"""Seconds that one more SES call and noting its outcome may take: the client waits 30 for an answer."""

Failures = dict[str, list[dict[str, str]]]


@workers.schedule(Rate(1, unit=Rate.MINUTES), name="tick")
def tick(_: CloudWatchEvent) -> dict[str, int]:
    from chalicelib.usecases import tick as usecase  # each function imports what it uses

    return {"pushed": usecase.tick(world())}


@workers.on_sqs_message(queue="kaffeepause-transactional", batch_size=10, name="transactional")
def transactional(event: SQSEvent) -> Failures:
    return follow(event, until=_end(event))


@workers.on_sqs_message(queue="kaffeepause-broadcast", batch_size=10, name="broadcast")
def broadcast(event: SQSEvent) -> Failures:
    return follow(event, until=_end(event))


@workers.on_sqs_message(queue="kaffeepause-feedback", batch_size=10, name="feedback")
def feedback(event: SQSEvent) -> Failures:
    from chalicelib.usecases import feedback as usecase

    return _failed(usecase.feedback(world(), [(record.to_dict()["messageId"], record.body) for record in event]))


def follow(event: SQSEvent, *, until: float) -> Failures:
    """Do what each hint asks for, on its own: one that fails comes again, and after some tries lies in the
    dead letters."""
    failed: list[str] = []
    finished: list[Mailing] = []
    for record in event:
        message_id = record.to_dict()["messageId"]
        if time.monotonic() > until:
            failed.append(message_id)  # it comes again, to a function with more time
            continue
        try:
            if done := _follow(world(), decode(record.body), until=until):
                finished.append(done)
        except Exception:
            log.exception("message %s failed and will come again", message_id)
            failed.append(message_id)
    if finished:
        world().store.forget_finished(finished)
    return _failed(failed)


def _follow(world: World, hint: Hint, *, until: float) -> Mailing | None:
    """What a hint asks for.

    Each use case is imported where it is used: a function that dispatches need not know SES.
    """
    if hint.batch:
        from chalicelib.usecases.deliver import deliver

        return deliver(world, hint, until=until)
    from chalicelib.usecases.dispatch import dispatch

    dispatch(world, hint, until=until)
    return None


def _end(event: SQSEvent) -> float:
    """When to begin nothing new, so that what was begun ends before Lambda ends it (``time.monotonic``)."""
    context: Any = event.context
    left: float = context.get_remaining_time_in_millis() / 1000
    return time.monotonic() + left - RESERVE


def _failed(message_ids: list[str]) -> Failures:
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in message_ids]}
