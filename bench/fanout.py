"""A broadcast, from the due mailing to SES's last answer: audience, ledger, guards, rendering, sending."""

from __future__ import annotations

from typing import Any

from bench.ground import BROADCAST, bare, ground
from bench.measure import Beside, Figure, Meter, Target, middle, repeated

SIZE, RUNS = 20_000, 3


def measure(size: int = SIZE, runs: int = RUNS) -> list[Figure]:
    """Mails per second of CPU. Peer: nothing but ``send_bulk_email``, with the very payloads the application sent."""
    with ground() as here:
        here.series()
        here.subscribers(min(size, 200))
        ses = bare("sesv2")
        payloads: list[tuple[str, dict[str, Any]]] = []

        def ours() -> float:
            here.ask("rewind")
            here.edition(announce="now")
            here.record("SendBulkEmail", "SendEmail")
            meter = Meter()
            here.work(BROADCAST, meter)
            payloads[:] = [(call.operation, call.payload) for call in here.record()]
            here.check_mailed(people())
            return people() / meter.cpu

        def floor() -> float:
            here.ask("rewind")
            meter = Meter()
            with meter:
                for name, payload in payloads:
                    (ses.send_bulk_email if name == "SendBulkEmail" else ses.send_email)(**payload)
            here.check_mailed(people())
            return people() / meter.cpu

        def people() -> int:
            return here.now_subscribed

        here.ask("mark")
        repeated(1, ours, floor)  # templates, connections and caches are warm, as in a function that lives
        here.subscribers(size)
        here.ask("mark")
        mails, most = repeated(runs, ours, floor)
    return [
        Figure(
            name="fanout",
            value=middle(mails),
            unit="mails/s",
            floor=middle(most),
            beside=Beside.PEER,
            runs=runs,
            size=size,
            target=Target(least=0.45),
        )
    ]
