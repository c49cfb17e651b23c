"""The table as DynamoDB sees it: read, query, write conditionally. Knows keys and attributes, not what they mean."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.store.keys import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]
"""An item in DynamoDB's own notation: ``{"pk": {"S": "…"}, "version": {"N": "3"}}``."""

Write = dict[str, Any]
"""One entry of TransactItems: ``{"Put": {…}}``, ``{"Update": {…}}``, ``{"Delete": {…}}`` or
``{"ConditionCheck": {…}}``."""

MAX_BATCH_GET = 100
MAX_BATCH_WRITE = 25
CONFLICTS_TRIED = 8

LOST = {"ConditionalCheckFailed", "ConditionalCheckFailedException"}
BUSY = {
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
}


class LostRace(Exception):  # not an error but news: decide again on fresh state
    """A condition no longer held: somebody else wrote first."""


class Table:
    """One DynamoDB table with ``pk`` and ``sk``, read consistently."""

    def __init__(self, client: DynamoDBClient, name: str) -> None:
        self.client = client
        self.name = name

    def get(self, key: Key) -> Item | None:
        answer: Any = self.client.get_item(TableName=self.name, Key=attributes(key), ConsistentRead=True)
        found: Item | None = answer.get("Item")
        return found

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """Those that exist, by key. Asks again for what DynamoDB leaves unprocessed."""
        wanted = list(dict.fromkeys(keys))
        found: dict[Key, Item] = {}
        for start in range(0, len(wanted), MAX_BATCH_GET):
            chunk: Any = [attributes(key) for key in wanted[start : start + MAX_BATCH_GET]]
            attempt = 0
            while chunk:
                answer: Any = self.client.batch_get_item(
                    RequestItems={self.name: {"Keys": chunk, "ConsistentRead": True}}
                )
                for item in answer["Responses"].get(self.name, []):
                    found[Key(item["pk"]["S"], item["sk"]["S"])] = item
                chunk = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys")
                if chunk:
                    back_off(attempt := attempt + 1)
        return found

    def query(
        self,
        pk: str,
        *,
        start: str = "",
        end: str = "",
        prefix: str = "",
        only: Mapping[str, Item] | None = None,
        fields: tuple[str, ...] = (),
        backwards: bool = False,
        page: int | None = None,
    ) -> Iterator[Item]:
        """Items of one partition in order of ``sk``, page by page: never more than a page in memory.

        ``start`` and ``end`` include both ends; ``only`` filters by attribute equality after reading.
        """
        names = {"#pk": "pk"}
        values: dict[str, Any] = {":pk": {"S": pk}}
        condition = "#pk = :pk"
        if prefix or start or end:
            names["#sk"] = "sk"
        if prefix:
            condition += " AND begins_with(#sk, :prefix)"
            values[":prefix"] = {"S": prefix}
        elif start and end:
            condition += " AND #sk BETWEEN :start AND :end"
            values |= {":start": {"S": start}, ":end": {"S": end}}
        elif start or end:
            condition += f" AND #sk {'>=' if start else '<='} :edge"
            values[":edge"] = {"S": start or end}
        asked: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": condition,
            "ConsistentRead": True,
            "ScanIndexForward": not backwards,
        }
        if only:
            names |= {f"#{name}": name for name in only}
            values |= {f":{name}": value for name, value in only.items()}
            asked["FilterExpression"] = " AND ".join(f"#{name} = :{name}" for name in only)
        if fields:
            names |= {f"#{name}": name for name in fields}
            asked["ProjectionExpression"] = ", ".join(f"#{name}" for name in fields)
        if page:
            asked["Limit"] = page
        asked |= {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
        while True:
            answer = self.client.query(**asked)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def by_person(self, person: str) -> Iterator[Item]:
        """Items of one person, from the index ``person``."""
        asked: dict[str, Any] = {
            "TableName": self.name,
            "IndexName": "person",
            "KeyConditionExpression": "person = :person",
            "ExpressionAttributeValues": {":person": {"S": person}},
        }
        for page in self.client.get_paginator("query").paginate(**asked):
            yield from page["Items"]

    def delete(self, keys: list[Key]) -> None:
        """Without conditions, 25 a call. What DynamoDB leaves unprocessed stays: this is for leftovers."""
        for start in range(0, len(keys), MAX_BATCH_WRITE):
            chunk: Any = [{"DeleteRequest": {"Key": attributes(key)}} for key in keys[start : start + MAX_BATCH_WRITE]]
            self.client.batch_write_item(RequestItems={self.name: chunk})

    def add_to_set(self, key: Key, name: str, value: str, *, expires: datetime) -> set[str]:
        """Add to a set of texts; gives what is in it now."""
        answer: Any = self.client.update_item(
            TableName=self.name,
            Key=attributes(key),
            UpdateExpression="ADD #set :value SET expires = :expires",
            ExpressionAttributeNames={"#set": name},
            ExpressionAttributeValues={":value": {"SS": [value]}, ":expires": {"N": str(int(expires.timestamp()))}},
            ReturnValues="ALL_NEW",
        )
        return set(answer["Attributes"][name]["SS"])

    def take_from_set(self, key: Key, name: str, values: Iterable[str]) -> None:
        """Take out of a set of texts what is in it."""
        self.client.update_item(
            TableName=self.name,
            Key=attributes(key),
            UpdateExpression="DELETE #set :values",
            ExpressionAttributeNames={"#set": name},
            ExpressionAttributeValues={":values": {"SS": sorted(values)}},
        )

    def count(self, key: Key, *, by: int = 1, expires: datetime) -> int:
        """Add to a number; gives what that makes."""
        answer: Any = self.client.update_item(
            TableName=self.name,
            Key=attributes(key),
            UpdateExpression="ADD #count :by SET expires = :expires",
            ExpressionAttributeNames={"#count": "count"},
            ExpressionAttributeValues={":by": {"N": str(by)}, ":expires": {"N": str(int(expires.timestamp()))}},
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["count"]["N"])

    def write(self, writes: list[Write]) -> None:
        """All or nothing. One write is a plain call at half the price of a transaction.

        Raises ``LostRace`` when a condition fails. DynamoDB turns away one of two transactions that touch an item at
        the same moment and boto3 does not try again, so we do, with jitter.
        """
        for attempt in range(CONFLICTS_TRIED):
            try:
                return self._write_once(writes)
            except ClientError as error:
                codes = reasons(error)
                if codes & LOST:
                    raise LostRace from error
                if not codes & BUSY:
                    raise
                back_off(attempt)
        raise LostRace

    def _write_once(self, writes: list[Write]) -> None:
        items: Any = [{verb: {"TableName": self.name, **what}} for write in writes for verb, what in write.items()]
        if len(items) > 1:
            self.client.transact_write_items(TransactItems=items)
            return
        calls: dict[str, Any] = {
            "Put": self.client.put_item,
            "Update": self.client.update_item,
            "Delete": self.client.delete_item,
        }
        for verb, asked in items[0].items():
            calls[verb](**asked)


def attributes(key: Key) -> Item:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def reasons(error: ClientError) -> set[str]:
    """Why DynamoDB said no: the error's code, or each code of a cancelled transaction."""
    told = {str(reason.get("Code")) for reason in error.response.get("CancellationReasons", [])}
    return told - {"None"} or {error.response["Error"]["Code"]}


def back_off(attempt: int) -> None:
    """Wait up to 10 ms, 20 ms, 40 ms … 640 ms: full jitter, so that those who collided do not meet again."""
    time.sleep(random.uniform(0, 0.01 * 2 ** min(attempt, 6)))  # noqa: S311  # not a secret
