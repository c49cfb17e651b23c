"""A DynamoDB table in a dictionary: conditional writes and transactions for real, reads from bytes made
ready beforehand.

It does what the application asks of DynamoDB in the figures, and refuses everything else.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from bench import expressions
from bench.crowd import Crowd, Partition, Row
from bench.expressions import Given, Item, Unreadable

MEGABYTE = 1024 * 1024
MOST_READ, MOST_WRITTEN, MOST_IN_A_TRANSACTION = 100, 25, 100
TOP = "\U0010ffff"
Asked = dict[str, Any]
_encode = msgspec.json.Encoder().encode

COMMON = {"TableName", "ExpressionAttributeNames", "ExpressionAttributeValues", "ConsistentRead"}
KNOWN = {
    "get_item": {"Key", "ProjectionExpression"},
    "query": {
        *("KeyConditionExpression", "FilterExpression", "ProjectionExpression"),
        *("ExclusiveStartKey", "Limit", "ScanIndexForward"),
    },
    "put_item": {"Item", "ConditionExpression"},
    "update_item": {"Key", "UpdateExpression", "ReturnValues"},
    "batch_get_item": {"RequestItems"},
    "batch_write_item": {"RequestItems"},
    "transact_write_items": {"TransactItems", "ClientRequestToken"},
}
"""The operations there are, and what may be asked of each besides what is ``COMMON``."""


class Refused(Exception):  # becomes an answer, not a crash
    """What DynamoDB answers with a 400."""

    def __init__(self, kind: str, **more: Any) -> None:
        super().__init__(kind)
        self.kind, self.more = kind, more


class Table:
    def __init__(self) -> None:
        self.partitions: dict[str, Partition] = {}

    def copy(self) -> Table:
        made = Table()
        made.partitions = {pk: partition.copy() for pk, partition in self.partitions.items()}
        return made

    def row(self, key: Item) -> Row | None:
        partition = self.partitions.get(key["pk"]["S"])
        return partition.get(key["sk"]["S"]) if partition else None

    def multiply(self, pk: str, sk: str, count: int) -> None:
        """Make a crowd of ``count`` out of one item, or of the crowd that was made of it."""
        partition = self.partitions[pk]
        row = partition.crowd.row if partition.crowd else partition.rows[sk]
        partition.delete(sk)
        partition.crowd, partition.gone = Crowd(row, count), set()

    def answer(self, operation: str, asked: Asked) -> bytes:
        """Raises ``Refused``, also for what this table does not know."""
        if operation not in KNOWN:
            raise Refused("UnknownOperationException", message=f"bench/table.py has no {operation}")
        if unknown := asked.keys() - COMMON - KNOWN[operation]:
            raise _invalid(f"bench/table.py knows no {', '.join(sorted(unknown))} of {operation}")
        try:
            answered: bytes = getattr(self, operation)(asked)
        except Unreadable as wrong:
            raise _invalid(str(wrong)) from wrong
        return answered

    # Reading

    def get_item(self, asked: Asked) -> bytes:
        row = self.row(asked["Key"])
        return b'{"Item":%b}' % _projected(row, asked) if row else b"{}"

    def batch_get_item(self, asked: Asked) -> bytes:
        ((name, wanted),) = asked["RequestItems"].items()
        if len(wanted["Keys"]) > MOST_READ:
            raise _invalid("Too many items requested for the BatchGetItem call")
        found = [_projected(row, wanted) for key in wanted["Keys"] if (row := self.row(key))]
        return b'{"Responses":{"%b":[%b]},"UnprocessedKeys":{}}' % (name.encode(), b",".join(found))

    def query(self, asked: Asked) -> bytes:
        backwards = not asked.get("ScanIndexForward", True)
        given = _given(asked)
        pk, low, high = _edges(asked["KeyConditionExpression"], given)
        before = asked["ExclusiveStartKey"]["sk"]["S"] if "ExclusiveStartKey" in asked else ""
        if before:  # the last key itself was in the page before
            low, high = (low, before) if backwards else (before + "\0", high)
        partition = self.partitions.get(pk) or Partition()
        if backwards and partition.crowd:
            raise _invalid("bench/table.py reads a crowd forwards only")
        keep = expressions.condition(asked["FilterExpression"]) if "FilterExpression" in asked else None
        limit, size, scanned, last = asked.get("Limit", 0), 0, 0, ""
        found: list[bytes] = []
        like = _like(partition.crowd, asked, keep, given)
        between = partition.between(low, high)
        if backwards:
            between = (one for one in reversed(list(between)) if one[0] != before)
        for sk, number in between:
            if size >= MEGABYTE or (limit and scanned >= limit):
                break
            scanned, last = scanned + 1, sk
            if number is not None and partition.crowd:
                size += partition.crowd.row.size
                if like is not None:
                    found.append(partition.crowd.like(like, number))
                continue
            row = partition.rows[sk]
            size += row.size
            if keep is None or keep(row.item, given):
                found.append(_projected(row, asked))
        else:
            last = ""
        more = b',"LastEvaluatedKey":%b' % _encode({"pk": {"S": pk}, "sk": {"S": last}}) if last else b""
        return b'{"Items":[%b],"Count":%d,"ScannedCount":%d%b}' % (b",".join(found), len(found), scanned, more)

    # Writing

    def put_item(self, asked: Asked) -> bytes:
        if not _holds(self.row(asked["Item"]), asked):
            raise Refused("ConditionalCheckFailedException", message="The conditional request failed")
        self._store(asked["Item"], Row(asked["Item"]))
        return b"{}"

    def update_item(self, asked: Asked) -> bytes:
        if asked.get("ReturnValues") != "UPDATED_NEW":
            raise _invalid("bench/table.py answers UPDATED_NEW only")
        before = self.row(asked["Key"])
        after = _after("Update", before, asked)
        self._store(asked["Key"], after)
        old = before.item if before else asked["Key"]
        changed = {name: value for name, value in after.item.items() if old.get(name) != value} if after else {}
        return b'{"Attributes":%b}' % _encode(changed)

    def batch_write_item(self, asked: Asked) -> bytes:
        ((_, wanted),) = asked["RequestItems"].items()
        if len(wanted) > MOST_WRITTEN:
            raise _invalid("Too many items requested for the BatchWriteItem call")
        for one in wanted:
            for verb, given in one.items():
                self._store(_key(given), _after(verb.removesuffix("Request"), None, given))
        return b'{"UnprocessedItems":{}}'

    def transact_write_items(self, asked: Asked) -> bytes:
        writes = [(verb, given) for one in asked["TransactItems"] for verb, given in one.items()]
        touched = {(_key(given)["pk"]["S"], _key(given)["sk"]["S"]) for _, given in writes}
        if len(touched) < len(writes) or len(writes) > MOST_IN_A_TRANSACTION:
            raise _invalid("Transaction request cannot include multiple operations on one item, nor more than 100")
        before = [self.row(_key(given)) for _, given in writes]
        failed = [not _holds(row, given) for row, (_, given) in zip(before, writes, strict=True)]
        if any(failed):
            reasons = [{"Code": "ConditionalCheckFailed" if lost else "None"} for lost in failed]
            raise Refused("TransactionCanceledException", Message="Transaction cancelled", CancellationReasons=reasons)
        after = [_after(verb, row, given) for row, (verb, given) in zip(before, writes, strict=True)]
        for row, (verb, given) in zip(after, writes, strict=True):
            if verb != "ConditionCheck":
                self._store(_key(given), row)
        return b"{}"

    def _store(self, key: Item, row: Row | None) -> None:
        partition = self.partitions.setdefault(key["pk"]["S"], Partition())
        if row is None:
            partition.delete(key["sk"]["S"])
        else:
            partition.put(key["sk"]["S"], row)


def _invalid(message: str) -> Refused:
    return Refused("ValidationException", message=message)


def _key(given: Asked) -> Item:
    key: Item = given.get("Key") or given["Item"]
    return key


def _given(asked: Asked) -> Given:
    return Given(asked.get("ExpressionAttributeNames", {}), asked.get("ExpressionAttributeValues", {}))


def _holds(row: Row | None, asked: Asked) -> bool:
    if "ConditionExpression" not in asked:
        return True
    return expressions.condition(asked["ConditionExpression"])(row.item if row else {}, _given(asked))


def _after(verb: str, row: Row | None, asked: Asked) -> Row | None:
    match verb:
        case "Put":
            return Row(asked["Item"])
        case "Update":
            old = row.item if row else dict(asked["Key"])
            new = dict(old)
            for change in expressions.update(asked["UpdateExpression"]):
                change(old, new, _given(asked))
            return Row(new)
        case "ConditionCheck":
            return row
    return None


def _projected(row: Row, asked: Asked) -> bytes:
    if "ProjectionExpression" not in asked:
        return row.raw
    wanted = expressions.names(asked["ProjectionExpression"], asked.get("ExpressionAttributeNames", {}))
    return _encode({name: value for name, value in row.item.items() if name in wanted})


def _like(crowd: Crowd | None, asked: Asked, keep: expressions.Condition | None, given: Given) -> bytes | None:
    """What each of the crowd looks like in this answer; None where the filter keeps none of them."""
    if crowd is None or (keep and not keep(crowd.row.item, given)):
        return None
    return _projected(crowd.row, asked)


def _edges(text: str, given: Given) -> tuple[str, str, str]:
    """The partition, and the first and last sort key, that a key condition asks for. Raises ``Unreadable``."""
    rest = text.partition(" AND ")[2]
    pk, *edges = [given.values[name]["S"] for name in re.findall(r":\w+", text)]
    match re.sub(r"[:#]\w+|\bsk\b", "?", rest), edges:
        case "", []:
            return pk, "", TOP
        case "begins_with(?, ?)", [start]:
            return pk, start, start + TOP
        case "? BETWEEN ? AND ?", [low, high]:
            return pk, low, high
        case "? >= ?", [low]:
            return pk, low, TOP
        case "? <= ?", [high]:
            return pk, "", high
    raise Unreadable(text)
