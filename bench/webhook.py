"""A registration by a webhook, from API Gateway's event to the answer that the tool waits for."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from chalice import Chalice
from chalice.app import Response
from chalice.local import LambdaContext
from standardwebhooks.webhooks import Webhook

from bench.ground import Ground, Wrong, bare, ground
from bench.measure import Beside, Figure, Meter, Target, middle, repeated
from bench.register import call_bare

SIZE, RUNS = 400, 5


def measure(size: int = SIZE, runs: int = RUNS) -> list[Figure]:
    """CPU milliseconds. Peer: a Chalice route that does nothing, the library's own check of the signature, and the same transaction and message."""
    now = [datetime.now(UTC)]
    with ground(clock=lambda: now[0]) as here:
        here.series()
        edition = here.edition(seats=size + 1)
        source, secret = connected(here, edition)
        here.ask("mark")
        idle, calls, signer = _idle(), (bare("dynamodb"), bare("sqs")), Webhook(secret)
        deliveries: list[tuple[dict[str, Any], str]] = []
        payloads: list[tuple[str, dict[str, Any]]] = []

        def ours() -> float:
            here.ask("rewind")
            now[0] += timedelta(minutes=1)  # so many a minute are too many from one source
            deliveries[:] = [delivery(here, source, secret, number) for number in range(size)]
            here.record("TransactWriteItems", "SendMessageBatch", "SendMessage")
            meter = Meter()
            for event, _ in deliveries:
                with meter:
                    answer = here.call("api_handler", event)
                if json.loads(answer["body"]).get("state") != "registered":
                    raise Wrong(answer["body"])
            payloads[:] = [(call.operation, call.payload) for call in here.record()]
            if len(payloads) != 2 * size:
                raise Wrong(f"{len(payloads)} transactions and messages for {size} deliveries")
            return 1000 * meter.cpu / size

        def floor() -> float:
            here.ask("rewind")
            meter = Meter()
            context = LambdaContext("idle", 1024)
            for (event, body), transaction, message in zip(deliveries, payloads[::2], payloads[1::2], strict=True):
                headers = _signed(secret, "msg", datetime.now(UTC), body)  # the library looks at the real clock
                with meter:
                    idle(event, context)
                    signer.verify(body, headers, json_parse=False)
                    for name, payload in (transaction, message):
                        call_bare(calls, name, payload)
            if (made := sum(here.ask("tell")["calls"].values())) != 2 * size:
                raise Wrong(f"{made} bare calls for {size} deliveries")
            return 1000 * meter.cpu / size

        repeated(1, ours, floor)
        times, least = repeated(runs, ours, floor)
    return [
        Figure(
            name="webhook",
            value=middle(times),
            unit="ms",
            floor=middle(least),
            beside=Beside.PEER,
            runs=runs,
            size=size,
            target=Target(most=1.6),
        )
    ]


def connected(here: Ground, edition: str) -> tuple[str, str]:
    """A source for this edition, and its secret."""
    source = here.api("POST", "/sources", {"name": "A form", "kind": "standard", "to": {"edition": edition}})["id"]
    return str(source), str(here.api("GET", f"/sources/{source}/secrets", None)["items"][0]["secret"])


def delivery(here: Ground, source: str, secret: str, number: int) -> tuple[dict[str, Any], str]:
    """The event of a signed delivery, and its body."""
    data = {"name": "Jörg Müller-Weiß", "email": f"person-{number}@example.org", "organisation": "Stadt mit Herz"}
    body = json.dumps({"type": "registration.created", "data": data | {"privacy": "Ich bin einverstanden."}})
    headers = {"content-type": "application/json"} | _signed(secret, f"msg_{number}", here.clock(), body)
    return here.request("POST", f"/hooks/{source}", body, headers), body


def _signed(secret: str, known_as: str, at: datetime, body: str) -> dict[str, str]:
    return {
        "webhook-id": known_as,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(known_as, at, body),
    }


def _idle() -> Callable[[dict[str, Any], LambdaContext], Any]:
    app = Chalice(app_name="idle", configure_logs=False)

    @app.route("/hooks/{source_id}", methods=["POST"])
    def nothing(source_id: str) -> Response:
        return Response({"submission": source_id, "state": "registered"})

    return app
