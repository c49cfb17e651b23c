"""Confirmations: one person's mail with its calendar entry, claimed, guarded, assembled, sent and recorded."""

from __future__ import annotations

from typing import Any

from bench.ground import TRANSACTIONAL, Wrong, bare, ground
from bench.measure import Beside, Figure, Meter, Target, middle, repeated

SIZE, RUNS = 400, 5


def measure(size: int = SIZE, runs: int = RUNS) -> list[Figure]:
    """Mails per second of CPU.

    Peer: ``send_email`` of the same bytes, and the two conditional writes no safe design can do without.
    """
    with ground() as here:
        here.series()
        edition = here.edition()
        addresses = [f"person-{number}@example.org" for number in range(size)]
        here.register(edition, *addresses)
        here.ask("mark")
        ses, dynamodb = bare("sesv2"), bare("dynamodb")
        payloads: list[dict[str, Any]] = []
        ledger: list[dict[str, Any]] = []

        def ours() -> float:
            here.ask("rewind")
            here.record("SendEmail")
            meter = Meter()
            here.work(TRANSACTIONAL, meter)
            here.check_mailed(size)
            payloads[:] = [_with_calendar(call.payload) for call in here.record()]
            ledger[:] = [item for item in here.ask("items", {"pk": "MAILING#"}) if _of_one(item)]
            return size / meter.cpu

        def floor() -> float:
            here.ask("rewind")
            meter = Meter()
            with meter:
                for payload, item in zip(payloads, ledger, strict=True):
                    item["pk"]["S"] += "-floor"
                    dynamodb.put_item(TableName="bare", Item=item, ConditionExpression="attribute_not_exists(pk)")
                    ses.send_email(**payload)
                    dynamodb.put_item(TableName="bare", Item=item, ConditionExpression="attribute_exists(pk)")
            here.check_mailed(size)
            return size / meter.cpu

        repeated(1, ours, floor)
        mails, most = repeated(runs, ours, floor)
    return [
        Figure(
            name="personal",
            value=middle(mails),
            unit="mails/s",
            floor=middle(most),
            beside=Beside.PEER,
            runs=runs,
            size=size,
            target=Target(least=1.2),
        )
    ]


def _of_one(item: dict[str, Any]) -> bool:
    """The item that is claimed and recorded: a batch, or a mailing that carries its only one."""
    sent = "sent" in item.get("body", {}).get("S", "")
    return sent and (item["sk"]["S"].startswith("BATCH#") or '"batch":{' in item["body"]["S"])


def _with_calendar(payload: dict[str, Any]) -> dict[str, Any]:
    if b"text/calendar" not in payload["Content"]["Raw"]["Data"]:
        raise Wrong("a confirmation without its calendar entry")
    return payload
