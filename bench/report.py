"""What an organiser looks at: a page of registrations with everybody's mails, and the numbers of the edition."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from bench.ground import BROADCAST, KEY, TRANSACTIONAL, Ground, Wrong, bare, ground
from bench.measure import Beside, Figure, Meter, Target, middle, repeated

SIZE, RUNS = 1000, 5
READ = ("GetItem", "Query", "BatchGetItem")
PER = 1000

Calls = list[tuple[str, dict[str, Any]]]


def measure(size: int = SIZE, runs: int = RUNS) -> list[Figure]:
    """CPU milliseconds: for 1000 people with their mails, and for the numbers, which are kept and read for nobody.

    Peer: the same reads by bare boto3.
    """
    with ground() as here:
        here.series()
        edition = here.edition(seats=size + 1)
        here.register(edition, *(f"person-{number}@example.org" for number in range(size)))
        here.work(TRANSACTIONAL, Meter())
        here.api("POST", f"/editions/{edition}/messages", {"subject": "The door", "text": "Ring twice.", "at": "now"})
        for queue in (TRANSACTIONAL, BROADCAST):
            here.work(queue, Meter())
        path = f"/editions/{edition}"
        page, numbers = f"{path}/registrations?mails=true&limit={size}", f"{path}/report"
        return [
            _beside_bare_reads(here, "report-people", page, size=size, runs=runs, scale=PER / size, most=0.75),
            _beside_bare_reads(here, "report-numbers", numbers, size=size, runs=runs, scale=1, most=0.5),
        ]


def _beside_bare_reads(
    here: Ground, name: str, path: str, *, size: int, runs: int, scale: float, most: float
) -> Figure:
    calls: Calls = []
    event = here.request("GET", f"/api/v1{path}", headers={"authorization": f"Bearer {KEY}"})
    times = max(1, 200 // size) if scale != 1 else 20  # one answer is too little to measure

    def ours() -> float:
        here.record(*READ)
        meter = Meter()
        for _ in range(times):
            with meter:
                answer = here.call("api_handler", event)
        calls[:] = [(call.operation, call.payload) for call in here.record()]
        if answer["statusCode"] != HTTPStatus.OK:
            raise Wrong(answer["body"])
        _check(json.loads(answer["body"]), size)
        return 1000 * meter.cpu * scale / times

    def floor() -> float:
        dynamodb, meter = bare("dynamodb"), Meter()
        ask = {"GetItem": dynamodb.get_item, "Query": dynamodb.query, "BatchGetItem": dynamodb.batch_get_item}
        with meter:
            for operation, payload in calls:
                ask[operation](**payload)
        return 1000 * meter.cpu * scale / times

    repeated(1, ours, floor)
    found, least = repeated(runs, ours, floor)
    return Figure(
        name=name,
        value=middle(found),
        unit="ms",
        floor=middle(least),
        beside=Beside.PEER,
        runs=runs,
        size=size,
        target=Target(most=most),
    )


def _check(answer: dict[str, Any], size: int) -> None:
    """Raises ``Wrong`` where not everybody is there, with a confirmation and the message."""
    if "items" not in answer:
        if answer["coming"] != size:
            raise Wrong(f"{answer['coming']} of {size} people are coming")
        return
    told = [[mail["outcome"] for mail in one["mails"]] for one in answer["items"]]
    if told != [["sent", "sent"]] * size:
        raise Wrong(f"{told[:3]} … of {len(told)} people, not two mails to each of {size}")
