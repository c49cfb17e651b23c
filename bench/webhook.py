"""A registration by a webhook, from API Gateway's event to the answer that the tool waits for."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from chalice import Chalice
from chalice.app import Response
from standardwebhooks.webhooks import Webhook

from bench.ground import Ground, ground
from bench.measure import Figure
from bench.request import RUNS, SIZE, Measured, Request, beside_bare_calls


def measure(size: int = SIZE, runs: int = RUNS) -> list[Figure]:
    """CPU milliseconds.

    Peer: a Chalice route that does nothing, the library's own check of the signature, and the same
    transaction and message.
    """
    now = [datetime.now(UTC)]
    with ground(clock=lambda: now[0]) as here:
        here.series()
        edition = here.edition(seats=size + 1)
        source, secret = connected(here, edition)
        here.ask("mark")
        signer = Webhook(secret)

        def posted(number: int) -> Request:
            event, body = delivery(here, source, secret, number)

            def prepare() -> Callable[[], object]:
                headers = _signed(secret, "msg", datetime.now(UTC), body)  # the library looks at the real clock
                return partial(signer.verify, body, headers, json_parse=False)

            return Request(event, prepare)

        def requests() -> list[Request]:
            now[0] += timedelta(minutes=1)  # so many a minute are too many from one source
            return [posted(number) for number in range(size)]

        taken = Measured(
            name="webhook",
            requests=requests,
            accepted=lambda answer: json.loads(answer["body"]).get("state") == "registered",
            idle=_idle(),
            most=0.85,
        )
        return [beside_bare_calls(here, taken, runs=runs)]


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


def _idle() -> Chalice:
    app = Chalice(app_name="idle", configure_logs=False)

    @app.route("/hooks/{source_id}", methods=["POST"])
    def nothing(source_id: str) -> Response:
        return Response({"submission": source_id, "state": "registered"})

    return app
