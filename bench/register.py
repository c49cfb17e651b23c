"""A registration, from API Gateway's event to the answer that sends the browser on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalice import Chalice
from chalice.app import Response
from chalice.local import LambdaContext

from bench.ground import Wrong, bare, ground
from bench.measure import Beside, Figure, Meter, Target, middle, repeated

SIZE, RUNS = 400, 5


def measure(size: int = SIZE, runs: int = RUNS) -> list[Figure]:
    """CPU milliseconds. Peer: a Chalice route that does nothing, and bare calls with the same transaction and the same message."""
    with ground() as here:
        here.series()
        edition = here.edition(seats=size + 1)
        events = [here.registration(edition, f"person-{number}@example.org") for number in range(size)]
        here.ask("mark")
        idle, calls = _idle(), (bare("dynamodb"), bare("sqs"))
        payloads: list[tuple[str, dict[str, Any]]] = []

        def ours() -> float:
            here.ask("rewind")
            here.record("TransactWriteItems", "SendMessageBatch", "SendMessage")
            meter = Meter()
            for event in events:
                with meter:
                    answer = here.call("api_handler", event)
                if answer["statusCode"] != 303:  # noqa: PLR2004
                    raise Wrong(answer["body"])
            payloads[:] = [(call.operation, call.payload) for call in here.record()]
            if len(payloads) != 2 * size:
                raise Wrong(f"{len(payloads)} transactions and messages for {size} registrations")
            return 1000 * meter.cpu / size

        def floor() -> float:
            here.ask("rewind")
            meter = Meter()
            context = LambdaContext("idle", 1024)
            for event, transaction, message in zip(events, payloads[::2], payloads[1::2], strict=True):
                with meter:
                    idle(event, context)
                    for name, payload in (transaction, message):
                        call_bare(calls, name, payload)
            if (made := sum(here.ask("tell")["calls"].values())) != 2 * size:
                raise Wrong(f"{made} bare calls for {size} registrations")
            return 1000 * meter.cpu / size

        repeated(1, ours, floor)
        times, least = repeated(runs, ours, floor)
    return [
        Figure(
            name="register",
            value=middle(times),
            unit="ms",
            floor=middle(least),
            beside=Beside.PEER,
            runs=runs,
            size=size,
            target=Target(most=1.6),
        )
    ]


def _idle() -> Callable[[dict[str, Any], LambdaContext], Any]:
    app = Chalice(app_name="idle", configure_logs=False)

    @app.route(
        "/editions/{edition_id}/registrations",
        methods=["POST"],
        content_types=["application/x-www-form-urlencoded"],
    )
    def nothing(edition_id: str) -> Response:
        return Response("", headers={"Location": f"/editions/{edition_id}"}, status_code=303)

    return app


def call_bare(calls: tuple[Any, Any], name: str, payload: dict[str, Any]) -> None:
    """What the application called, by clients as boto3 makes them."""
    dynamodb, sqs = calls
    match name:
        case "TransactWriteItems":
            dynamodb.transact_write_items(**payload)
        case "SendMessageBatch":
            sqs.send_message_batch(**payload)
        case _:
            sqs.send_message(**payload)
