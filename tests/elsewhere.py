"""AWS's own DynamoDB Local in the place of moto's table, where ``KAFFEEPAUSE_DYNAMODB`` names one (``make
test-dynamodb``)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from local.aws import dynamodb

_here: list[tuple[Any, str]] = []
"""The client and the table's name, while a stage is set there."""


def move() -> dict[str, str]:
    """Let clients made from now on find it, with a new empty table; gives what changes in the functions'
    environment."""
    _here.clear()
    endpoint = os.environ.get(dynamodb.ENDPOINT)
    if not endpoint:
        return {}
    os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = endpoint  # boto3 prefers it, and moto catches amazonaws.com only
    client = dynamodb.client(endpoint)
    _here.append((client, dynamodb.make_table(client)))
    return {"TABLE": _here[0][1]}


def leave() -> None:
    for client, table in _here:
        client.delete_table(TableName=table)
    _here.clear()


def moved() -> bool:
    return bool(_here)


def items() -> list[dict[str, Any]]:
    """Everything in the table, by a client that is not the application's."""
    ((client, table),) = _here
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]


def put_back(kept: Iterable[dict[str, Any]]) -> None:
    """Make the table hold these items and no others."""
    ((client, table),) = _here
    wanted = {_key(item): item for item in kept}
    there = {_key(item): item for item in items()}
    for key in there.keys() - wanted.keys():
        client.delete_item(TableName=table, Key={"pk": {"S": key[0]}, "sk": {"S": key[1]}})
    for key, item in wanted.items():
        if there.get(key) != item:
            client.put_item(TableName=table, Item=item)


def _key(item: dict[str, Any]) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]
