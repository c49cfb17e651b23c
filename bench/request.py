"""A request that is saved by one transaction and hinted by one message, beside a Chalice route that does nothing and
the same two calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chalice import Chalice
from chalice.local import LambdaContext

from bench.ground import Ground, Wrong, bare
from bench.measure import Beside, Figure, Meter, Target, middle, repeated

SIZE, RUNS = 400, 5

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """``event`` is API Gateway's.

    ``prepare`` gives what the floor has to do besides; what it takes to prepare that is not measured.
    """

    event: Event
    prepare: Callable[[], Callable[[], object]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """``requests`` makes those of one run.

    ``accepted`` says whether an answer is the one that was hoped for; ``idle`` answers likewise. ``most`` is the ratio
    that is to be reached.
    """

    name: str
    requests: Callable[[], Sequence[Request]]
    accepted: Callable[[dict[str, Any]], bool]
    idle: Chalice
    most: float


def beside_bare_calls(here: Ground, measured: Measured, *, runs: int) -> Figure:
    """CPU milliseconds a request."""
    calls = (bare("dynamodb"), bare("sqs"))
    requests: Sequence[Request] = ()
    payloads: list[tuple[str, dict[str, Any]]] = []

    def ours() -> float:
        nonlocal requests
        here.ask("rewind")
        requests = measured.requests()
        here.record("TransactWriteItems", "SendMessageBatch", "SendMessage")
        meter = Meter()
        for request in requests:
            with meter:
                answer = here.call("api_handler", request.event)
            if not measured.accepted(answer):
                raise Wrong(answer["body"])
        payloads[:] = [(call.operation, call.payload) for call in here.record()]
        if len(payloads) != 2 * len(requests):
            raise Wrong(f"{len(payloads)} transactions and messages for {len(requests)} requests")
        return 1000 * meter.cpu / len(requests)

    def floor() -> float:
        here.ask("rewind")
        meter = Meter()
        context = LambdaContext("idle", 1024)
        for request, transaction, message in zip(requests, payloads[::2], payloads[1::2], strict=True):
            besides = request.prepare() if request.prepare else None
            with meter:
                measured.idle(request.event, context)
                if besides:
                    besides()
                for name, payload in (transaction, message):
                    _call(calls, name, payload)
        if (made := sum(here.ask("tell")["calls"].values())) != 2 * len(requests):
            raise Wrong(f"{made} bare calls for {len(requests)} requests")
        return 1000 * meter.cpu / len(requests)

    repeated(1, ours, floor)
    times, least = repeated(runs, ours, floor)
    return Figure(
        name=measured.name,
        value=middle(times),
        unit="ms",
        floor=middle(least),
        beside=Beside.PEER,
        runs=runs,
        size=len(requests),
        target=Target(most=measured.most),
    )


def _call(calls: tuple[Any, Any], name: str, payload: dict[str, Any]) -> None:
    """What the application called, by clients as boto3 makes them."""
    dynamodb, sqs = calls
    match name:
        case "TransactWriteItems":
            dynamodb.transact_write_items(**payload)
        case "SendMessageBatch":
            sqs.send_message_batch(**payload)
        case _:
            sqs.send_message(**payload)
