"""botocore's data, cut down to the calls that the functions make.

botocore reads what it knows of a service when a client is made, that is at every cold start: each operation and shape
of SES, and every endpoint of every service there is.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CALLED = {
    "dynamodb": (
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "TransactWriteItems",
        "UpdateItem",
    ),
    "sesv2": ("DeleteSuppressedDestination", "GetAccount", "SendBulkEmail", "SendEmail"),
    "sqs": ("SendMessage", "SendMessageBatch"),
}
"""The operations of each AWS service that the functions call; a test compares this with what they do call."""

SERVICES = tuple(CALLED)

NEEDED = ("service-2", "paginators-1")
"""What botocore knows of a service: of it, neither waiters nor examples, nor rules for endpoints, which our clients do
not ask (``chalicelib/aws/clients.py``)."""

Json = dict[str, Any]


def cut(data: Path) -> None:
    """Leave in ``data``, botocore's folder, only what the functions use; uncompressed, as the zip is compressed
    itself."""
    prefixes = set()
    for service, operations in CALLED.items():
        folder = max(path for path in (data / service).iterdir() if path.is_dir())  # the newest, which botocore takes
        for file in sorted(data.glob(f"{service}/*/*")):
            if file.parent == folder and _kind(file) in NEEDED:
                content = _read(file)
                if _kind(file) == "service-2":
                    content = of_service(content, operations)
                    prefixes.add(content["metadata"]["endpointPrefix"])
                elif _kind(file) == "paginators-1":
                    content["pagination"] = _only(content["pagination"], operations)
                _write(folder / f"{_kind(file)}.json", content)
            if file.suffix != ".json" or _kind(file) not in NEEDED or file.parent != folder:
                file.unlink()
    (data / "partitions.json").unlink()  # for the rules
    endpoints = _read(data / "endpoints.json")
    _write(data / "endpoints.json", of_services(endpoints, prefixes))


def of_service(model: Json, operations: tuple[str, ...]) -> Json:
    """The operations, and the shapes that they take and give, without what is there for people to read."""
    kept = _only(model["operations"], operations)
    shapes: Json = {}
    asked = list(_shapes_in(kept))
    while asked:
        name = asked.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            asked += _shapes_in(shapes[name])
    cut: Json = _without_words(model | {"operations": kept, "shapes": _only(model["shapes"], shapes)})
    return cut


def of_services(endpoints: Json, prefixes: set[str]) -> Json:
    """Every partition with its regions, and of its services those of ours it has."""
    partitions = [one | {"services": _only(one["services"], prefixes)} for one in endpoints["partitions"]]
    return endpoints | {"partitions": partitions}


def _only(entries: Json, names: Any) -> Json:
    return {name: entry for name, entry in entries.items() if name in names}


def _shapes_in(part: Any) -> Iterator[str]:
    """A shape is named by ``{"shape": name}``, wherever it is used."""
    if isinstance(part, dict):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from _shapes_in(one)


def _without_words(part: Any) -> Any:
    if isinstance(part, list):
        return [_without_words(one) for one in part]
    if isinstance(part, dict):
        return {
            name: _without_words(one)
            for name, one in part.items()
            if not (name == "documentation" and isinstance(one, str))
        }
    return part


def _kind(file: Path) -> str:
    return file.name.partition(".")[0]


def _read(file: Path) -> Any:
    return json.loads(gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes())


def _write(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, separators=(",", ":"), ensure_ascii=False), "utf-8")
