"""A broadcast, from the due mailing to SES's last answer: audience, ledger, guards, rendering, sending."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.ground import BROADCAST, Ground, bare, ground
from bench.measure import Beside, Figure, Meter, Target, middle, repeated
from bench.stages import Profiled, shares

SIZE, RUNS = 20_000, 3


def measure(size: int = SIZE, runs: int = RUNS) -> list[Figure]:
    """Mails per second of CPU, in the clear and over TLS.

    Peer: nothing but ``send_bulk_email``, with the very payloads the application sent.
    """
    return [_measured("fanout", size, runs, secured=False), _measured("fanout-tls", size, runs, secured=True)]


def why(size: int = SIZE) -> Iterator[str]:
    """The share of each stage, in percent of the CPU."""
    with ground() as here:
        here.series()
        here.subscribers(min(size, 200))
        here.ask("mark")
        _sent(here, Meter())
        here.ask("rewind")
        here.subscribers(size)
        here.ask("mark")
        meter = Profiled()
        _sent(here, meter)
    yield from (f"{100 * share:6.1f} %  {stage}" for stage, share in shares(meter.profile))


def _sent(here: Ground, meter: Meter) -> None:
    """An edition is announced to everybody."""
    here.ask("rewind")
    here.edition(announce="now")
    here.record("SendBulkEmail", "SendEmail")
    here.work(BROADCAST, meter)


def _measured(name: str, size: int, runs: int, *, secured: bool) -> Figure:
    with ground(secured=secured) as here:
        here.series()
        here.subscribers(min(size, 200))
        ses = bare("sesv2")
        payloads: list[tuple[str, dict[str, Any]]] = []

        def ours() -> float:
            meter = Meter()
            _sent(here, meter)
            payloads[:] = [(call.operation, call.payload) for call in here.record()]
            here.check_mailed(people())
            return people() / meter.cpu

        def floor() -> float:
            here.ask("rewind")
            meter = Meter()
            with meter:
                for operation, payload in payloads:
                    (ses.send_bulk_email if operation == "SendBulkEmail" else ses.send_email)(**payload)
            here.check_mailed(people())
            return people() / meter.cpu

        def people() -> int:
            return here.now_subscribed

        here.ask("mark")
        repeated(1, ours, floor)  # templates, connections and caches are warm, as in a function that lives
        here.subscribers(size)
        here.ask("mark")
        mails, most = repeated(runs, ours, floor)
    return Figure(
        name=name,
        value=middle(mails),
        unit="mails/s",
        floor=middle(most),
        beside=Beside.PEER,
        runs=runs,
        size=size,
        target=Target(least=0.8),
    )
