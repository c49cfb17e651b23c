"""A registration, from API Gateway's event to the answer that sends the browser on."""

from __future__ import annotations

from http import HTTPStatus

from chalice import Chalice
from chalice.app import Response

from bench.ground import ground
from bench.measure import Figure
from bench.request import RUNS, SIZE, Measured, Request, beside_bare_calls


def measure(size: int = SIZE, runs: int = RUNS) -> list[Figure]:
    """CPU milliseconds.

    Peer: a Chalice route that does nothing, and bare calls with the same transaction and the same message.
    """
    with ground() as here:
        here.series()
        edition = here.edition(seats=size + 1)
        requests = [Request(here.registration(edition, f"person-{number}@example.org")) for number in range(size)]
        here.ask("mark")
        registered = Measured(
            name="register",
            requests=lambda: requests,
            accepted=lambda answer: bool(answer["statusCode"] == HTTPStatus.SEE_OTHER),
            idle=_idle(),
            most=0.75,
        )
        return [beside_bare_calls(here, registered, runs=runs)]


def _idle() -> Chalice:
    app = Chalice(app_name="idle", configure_logs=False)

    @app.route(
        "/editions/{edition_id}/registrations",
        methods=["POST"],
        content_types=["application/x-www-form-urlencoded"],
    )
    def nothing(edition_id: str) -> Response:
        return Response("", headers={"Location": f"/editions/{edition_id}"}, status_code=303)

    return app
