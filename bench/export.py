"""Everybody who comes to an edition, as CSV and as workbooks: piece after piece, until the list ends."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from xlsxwriter import Workbook

from bench.ground import KEY, Ground, Wrong, bare, ground
from bench.measure import Beside, Figure, Meter, Target, middle, repeated
from chalicelib.store import keys
from chalicelib.web.api.exports import CSV, XLSX

SIZE, RUNS = 50_000, 3
READ = ("GetItem", "Query")
PER = 1000

Calls = list[tuple[str, dict[str, Any]]]


def measure(size: int = SIZE, runs: int = RUNS) -> list[Figure]:
    """CPU milliseconds for 1000 people.

    Peer: the same reads by bare boto3, and the same cells written by csv and by XlsxWriter.
    """
    with ground() as here:
        here.series()
        edition = here.edition()
        people(here, edition, size)
        return [
            _beside(here, edition, name, kind, size=size, runs=runs, most=most)
            for name, kind, most in (("export-csv", CSV, 1.2), ("export-xlsx", XLSX, 1.2))
        ]


def people(here: Ground, edition: str, count: int) -> None:
    """So many registrations, each like the one that the form itself made."""
    here.register(edition, "person-0000000@example.org")
    (kept,) = here.ask("items", {"pk": keys.EDITION + edition, "sk": keys.REGISTRATION})
    here.multiply(kept["pk"]["S"], kept["sk"]["S"], count)


def _beside(here: Ground, edition: str, name: str, kind: str, *, size: int, runs: int, most: float) -> Figure:
    calls: Calls = []

    def ours() -> float:
        here.record(*READ)
        meter = Meter()
        found = sum(_rows(kind, answer) for answer in _pieces(here, edition, kind, meter))
        calls[:] = [(call.operation, call.payload) for call in here.record()]
        if found != size:
            raise Wrong(f"{found} rows of {size} people")
        return PER * 1000 * meter.cpu / size

    def floor() -> float:
        written, meter = (_bare_csv, Meter()) if kind == CSV else (_bare_xlsx, Meter())
        dynamodb = bare("dynamodb")
        with meter:
            found = _bare(dynamodb, calls, written)
        if found != size:
            raise Wrong(f"{found} bare rows of {size} people")
        return PER * 1000 * meter.cpu / size

    repeated(1, ours, floor)
    times, least = repeated(runs, ours, floor)
    return Figure(
        name=name,
        value=middle(times),
        unit="ms",
        floor=middle(least),
        beside=Beside.PEER,
        runs=runs,
        size=size,
        target=Target(most=most),
    )


def _pieces(here: Ground, edition: str, kind: str, meter: Meter) -> Iterator[dict[str, Any]]:
    """The answers, until none says where the list goes on."""
    path = query = f"/api/v1/editions/{edition}/registrations"
    while query:
        event = here.request("GET", query, headers={"accept": kind, "authorization": f"Bearer {KEY}"})
        with meter:
            answer: dict[str, Any] = here.call("api_handler", event)
        yield answer
        link = re.match("<(.*)>", answer["headers"].get("Link", ""))
        query = f"{path}{link[1]}" if link else ""


def _rows(kind: str, answer: dict[str, Any]) -> int:
    """How many people are in a file."""
    if kind == CSV:
        text: str = answer["body"]
        return text.count("\r\n") - int("header=present" in answer["headers"]["Content-Type"])
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(answer["body"]))) as book:
        return book.read("xl/worksheets/sheet1.xml").count(b"<row ") - 1


def _bare(dynamodb: Any, calls: Calls, write: Callable[[list[list[str]]], object]) -> int:
    """The calls, what they give, and a file of each that gives people.

    Where a page reaches beyond the end of a piece, those people are read again and written once, as ours are.
    """
    count, last = 0, ""
    for operation, payload in calls:
        if operation == "GetItem":
            dynamodb.get_item(**payload)
            continue
        items = [item for item in dynamodb.query(**payload)["Items"] if item["sk"]["S"] > last]
        rows = [_cells(json.loads(item["body"]["S"])) for item in items]
        count, last = count + len(rows), items[-1]["sk"]["S"] if items else last
        write(rows)
    return count


def _cells(body: dict[str, Any]) -> list[str]:
    person = body["person"]
    return [person["name"], person["address"], person["organisation"], body["note"], body["place"], body["since"], ""]


def _bare_csv(rows: list[list[str]]) -> None:
    csv.writer(io.StringIO(), delimiter=";").writerows(rows)


def _bare_xlsx(rows: list[list[str]]) -> None:
    with Workbook(io.BytesIO(), {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, cell)
