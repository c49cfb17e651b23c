"""A million subscribers, planned and cut into batches, nothing sent: is it linear?"""

from __future__ import annotations

from functools import partial
from typing import Any

from bench.events import asks_to_send
from bench.ground import BROADCAST, Ground, Wrong, bare, ground
from bench.measure import Beside, Figure, Meter, Target, middle, repeated

SIZE, RUNS = 1_000_000, 3
READ_AND_WRITTEN = ("Query", "TransactWriteItems", "SendMessageBatch")


def measure(size: int = SIZE, runs: int = RUNS) -> list[Figure]:
    """Mails per second of CPU, publishing included.

    The smallest size has the bare calls beside it (the same queries, transactions and messages), the larger ones have
    the smallest.
    """
    small, middling = max(size // 100, 100), max(size // 10, 100)
    with ground() as here:
        here.series()
        _planned(here, small)  # warm
        calls: list[tuple[str, dict[str, Any]]] = []
        little, bare_ones, more, most = repeated(
            runs,
            partial(_planned, here, small, calls),
            partial(_bare, small, calls),
            partial(_planned, here, middling),
            partial(_planned, here, size),
        )
    linear = Target(least=0.9)
    return [
        Figure(
            name=f"scale-{small}",
            value=middle(little),
            unit="mails/s",
            floor=middle(bare_ones),
            beside=Beside.PEER,
            runs=runs,
            size=small,
        ),
        Figure(
            name=f"scale-{middling}",
            value=middle(more),
            unit="mails/s",
            floor=middle(little),
            beside=Beside.PEER,
            runs=runs,
            size=middling,
            target=linear,
        ),
        Figure(
            name=f"scale-{size}",
            value=middle(most),
            unit="mails/s",
            floor=middle(little),
            beside=Beside.PEER,
            runs=runs,
            size=size,
            target=linear,
            note=f"{size / middle(most):.0f} s in all",
        ),
    ]


def _planned(here: Ground, people: int, calls: list[tuple[str, dict[str, Any]]] | None = None) -> float:
    here.subscribers(people)
    here.ask("mark")
    here.ask("rewind")
    edition = here.edition(publish=False)
    if calls is not None:
        here.record(*READ_AND_WRITTEN)
    meter = Meter()
    with meter:
        here.publish(edition, announce="now")
    waiting = here.work(BROADCAST, meter, hold=asks_to_send).held
    if calls is not None:
        calls[:] = [(call.operation, call.payload) for call in here.record()]
        if missing := {*READ_AND_WRITTEN} - {operation for operation, _ in calls}:
            raise Wrong(f"{', '.join(sorted(missing))} was never called, and would be missing in the bare calls")
    if waiting * 50 < people:
        raise Wrong(f"{waiting} batches for {people} people")
    return people / meter.cpu


def _bare(people: int, calls: list[tuple[str, dict[str, Any]]]) -> float:
    """The calls and nothing else.

    What the transactions wrote is there already, so that they write without conditions.
    """
    dynamodb, sqs = bare("dynamodb"), bare("sqs")
    meter = Meter()
    for operation, payload in calls:
        for one in payload.get("TransactItems", []):
            for given in one.values():
                for condition in ("ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"):
                    given.pop(condition, None)
        with meter:
            match operation:
                case "Query":
                    dynamodb.query(**payload)
                case "TransactWriteItems":
                    dynamodb.transact_write_items(**payload)
                case _:
                    sqs.send_message_batch(**payload)
    return people / meter.cpu
