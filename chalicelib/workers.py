"""What AWS calls without anybody asking: the clock and the queues."""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec
from chalice import Blueprint
from chalice.app import CloudWatchEvent, Rate, SQSEvent

from chalicelib.queues import Hint
from chalicelib.world import World, world

log = logging.getLogger(__name__)
workers = Blueprint(__name__)

Failures = dict[str, list[dict[str, str]]]


@workers.schedule(Rate(1, unit=Rate.MINUTES), name="tick")
def tick(_: CloudWatchEvent) -> dict[str, int]:
    from chalicelib.usecases import tick as usecase  # each function imports what it uses

    return {"pushed": usecase.tick(world())}


@workers.on_sqs_message(queue="kaffeepause-transactional", batch_size=10, name="transactional")
def transactional(event: SQSEvent) -> Failures:
    return one_by_one(event, follow)


@workers.on_sqs_message(queue="kaffeepause-broadcast", batch_size=10, name="broadcast")
def broadcast(event: SQSEvent) -> Failures:
    return one_by_one(event, follow)


@workers.on_sqs_message(queue="kaffeepause-feedback", batch_size=10, name="feedback")
def feedback(event: SQSEvent) -> Failures:
    from chalicelib.usecases import feedback as usecase

    return one_by_one(event, lambda world, body: usecase.feedback(world, msgspec.json.decode(body)))


def follow(world: World, body: str) -> None:
    """Do what a hint asks for."""
    hint = msgspec.json.decode(body, type=Hint)
    if hint.batch:
        from chalicelib.usecases.deliver import deliver

        deliver(world, hint.mailing, hint.batch)
    else:
        from chalicelib.usecases.dispatch import dispatch

        dispatch(world, hint.mailing)


def one_by_one(event: SQSEvent, handle: Callable[[World, str], None]) -> Failures:
    """Each message on its own: one that fails comes again, and after some tries lies in the dead letters; the others are done."""
    failed = []
    for record in event:
        try:
            handle(world(), record.body)
        except Exception:
            message_id = record.to_dict()["messageId"]
            log.exception("message %s failed and will come again", message_id)
            failed.append({"itemIdentifier": message_id})
    return {"batchItemFailures": failed}
