"""A DynamoDB table in a dictionary: conditional writes and transactions for real, reads from bytes made ready beforehand."""

from __future__ import annotations

from typing import Any

import msgspec

from bench import expressions
from bench.crowd import Crowd, Partition, Row
from bench.expressions import Given
from bench.values import Item, Unreadable

MEGABYTE = 1024 * 1024
Asked = dict[str, Any]
_encode = msgspec.json.Encoder().encode


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

    # Reading

    def get_item(self, asked: Asked) -> bytes:
        row = self.row(asked["Key"])
        return b'{"Item":%b}' % _projected(row, asked) if row else b"{}"

    def batch_get_item(self, asked: Asked) -> bytes:
        ((name, wanted),) = asked["RequestItems"].items()
        if len(wanted["Keys"]) > 100:  # noqa: PLR2004
            raise Refused("ValidationException", message="Too many items requested for the BatchGetItem call")
        found = [_projected(row, wanted) for key in wanted["Keys"] if (row := self.row(key))]
        return b'{"Responses":{"%b":[%b]},"UnprocessedKeys":{}}' % (name.encode(), b",".join(found))

    def transact_get_items(self, asked: Asked) -> bytes:
        rows = ((self.row(one["Get"]["Key"]), one["Get"]) for one in asked["TransactItems"])
        answers = [b'{"Item":%b}' % _projected(row, given) if row else b"{}" for row, given in rows]
        return b'{"Responses":[%b]}' % b",".join(answers)

    def query(self, asked: Asked) -> bytes:
        if "IndexName" in asked:
            raise Refused("ValidationException", message="bench/table.py has no indexes")
        names, values = asked.get("ExpressionAttributeNames", {}), asked["ExpressionAttributeValues"]
        pk, low, high = _edges(asked["KeyConditionExpression"], Given(names, values))
        backwards = not asked.get("ScanIndexForward", True)
        if start := asked.get("ExclusiveStartKey"):
            edge = start["sk"]["S"]
            # The last key itself was in the page before.
            low, high = (low, _before(edge)) if backwards else (edge + "\0", high)
        partition = self.partitions.get(pk) or Partition()
        keep = expressions.condition(asked["FilterExpression"]) if "FilterExpression" in asked else None
        counted = asked.get("Select") == "COUNT"
        limit, size, scanned, last = asked.get("Limit", 0), 0, 0, ""
        found: list[bytes] = []
        like = _like(partition.crowd, asked, keep, Given(names, values))
        for sk, number in partition.between(low, high, backwards=backwards):
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
            if keep is None or keep(row.item, Given(names, values)):
                found.append(_projected(row, asked))
        else:
            last = ""
        items = b"" if counted else b'"Items":[%b],' % b",".join(found)
        more = b',"LastEvaluatedKey":%b' % _encode({"pk": {"S": pk}, "sk": {"S": last}}) if last else b""
        return b'{%b"Count":%d,"ScannedCount":%d%b}' % (items, len(found), scanned, more)

    # Writing

    def put_item(self, asked: Asked) -> bytes:
        return self._alone("Put", asked)

    def update_item(self, asked: Asked) -> bytes:
        return self._alone("Update", asked)

    def delete_item(self, asked: Asked) -> bytes:
        return self._alone("Delete", asked)

    def batch_write_item(self, asked: Asked) -> bytes:
        ((_, wanted),) = asked["RequestItems"].items()
        if len(wanted) > 25:  # noqa: PLR2004
            raise Refused("ValidationException", message="Too many items requested for the BatchWriteItem call")
        for one in wanted:
            for verb, given in one.items():
                self._store(given.get("Key") or given["Item"], _after(verb.removesuffix("Request"), None, given))
        return b'{"UnprocessedItems":{}}'

    def transact_write_items(self, asked: Asked) -> bytes:
        writes = [(verb, given) for one in asked["TransactItems"] for verb, given in one.items()]
        touched = {
            (key["pk"]["S"], key["sk"]["S"]) for key in (given.get("Key") or given["Item"] for _, given in writes)
        }
        if len(touched) < len(writes) or len(writes) > 100:  # noqa: PLR2004
            message = "Transaction request cannot include multiple operations on one item, nor more than 100"
            raise Refused("ValidationException", message=message)
        before = [self.row(given.get("Key") or given["Item"]) for _, given in writes]
        failed = [not _holds(row, given) for row, (_, given) in zip(before, writes, strict=True)]
        if any(failed):
            reasons = [
                _reason(row, given) if lost else {"Code": "None"}
                for lost, row, (_, given) in zip(failed, before, writes, strict=True)
            ]
            raise Refused("TransactionCanceledException", Message="Transaction cancelled", CancellationReasons=reasons)
        after = [_after(verb, row, given) for row, (verb, given) in zip(before, writes, strict=True)]
        for row, (verb, given) in zip(after, writes, strict=True):
            if verb != "ConditionCheck":
                self._store(given.get("Key") or given["Item"], row)
        return b"{}"

    def _alone(self, verb: str, asked: Asked) -> bytes:
        key = asked.get("Key") or asked["Item"]
        before = self.row(key)
        if not _holds(before, asked):
            reason = _reason(before, asked)
            raise Refused("ConditionalCheckFailedException", message=reason["Message"], **_item_of(reason))
        after = _after(verb, before, asked)
        self._store(key, after)
        match asked.get("ReturnValues", "NONE"):
            case "ALL_OLD" | "UPDATED_OLD" if before:
                return b'{"Attributes":%b}' % before.raw
            case "ALL_NEW" | "UPDATED_NEW" if after:
                return b'{"Attributes":%b}' % after.raw
        return b"{}"

    def _store(self, key: Item, row: Row | None) -> None:
        partition = self.partitions.setdefault(key["pk"]["S"], Partition())
        if row is None:
            partition.delete(key["sk"]["S"])
        else:
            partition.put(key["sk"]["S"], row)


def _given(asked: Asked) -> Given:
    return Given(asked.get("ExpressionAttributeNames", {}), asked.get("ExpressionAttributeValues", {}))


def _holds(row: Row | None, asked: Asked) -> bool:
    if "ConditionExpression" not in asked:
        return True
    return expressions.condition(asked["ConditionExpression"])(row.item if row else {}, _given(asked))


def _reason(row: Row | None, asked: Asked) -> dict[str, Any]:
    reason: dict[str, Any] = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
    if row and asked.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
        reason["Item"] = row.item
    return reason


def _item_of(reason: dict[str, Any]) -> dict[str, Any]:
    return {"Item": reason["Item"]} if "Item" in reason else {}


def _after(verb: str, row: Row | None, asked: Asked) -> Row | None:
    match verb:
        case "Put":
            return Row(asked["Item"])
        case "Update":
            old = row.item if row else dict(asked["Key"])
            new = dict(old)
            for change in expressions.update(asked["UpdateExpression"]):
                try:
                    change(old, new, _given(asked))
                except Unreadable as wrong:
                    raise Refused("ValidationException", message=str(wrong)) from wrong
            return Row(new)
        case "ConditionCheck":
            return row
    return None


def _projected(row: Row, asked: Asked) -> bytes:
    if "ProjectionExpression" not in asked:
        return row.raw
    wanted = expressions.paths(asked["ProjectionExpression"], asked.get("ExpressionAttributeNames", {}))
    return _encode({name: value for name, value in row.item.items() if name in wanted})


def _like(crowd: Crowd | None, asked: Asked, keep: expressions.Condition | None, given: Given) -> bytes | None:
    """What each of the crowd looks like in this answer; None where the filter keeps none of them."""
    if crowd is None or (keep and not keep(crowd.row.item, given)):
        return None
    return _projected(crowd.row, asked)


def _edges(text: str, given: Given) -> tuple[str, str, str]:
    """The partition, and the first and last sort key, that a key condition asks for."""
    first, _, rest = text.partition(" AND ")
    pk = given.values[first.partition("=")[2].strip()]["S"]
    rest = rest.strip()
    if not rest:
        return pk, "", TOP
    if rest.startswith("begins_with"):
        start = given.values[rest.rpartition(",")[2].strip(" )")]["S"]
        return pk, start, start + TOP
    if " BETWEEN " in rest:
        low, _, high = rest.partition(" BETWEEN ")[2].partition(" AND ")
        return pk, given.values[low.strip()]["S"], given.values[high.strip()]["S"]
    _, sign, name = rest.split()
    edge = given.values[name]["S"]
    edges = {">=": (edge, TOP), ">": (edge + "\0", TOP), "<=": ("", edge), "<": ("", _before(edge)), "=": (edge, edge)}
    return pk, *edges[sign]


TOP = "\U0010ffff"


def _before(edge: str) -> str:
    """The last text before ``edge``, near enough: nobody's key ends in the last character of Unicode."""
    return edge[:-1] + chr(ord(edge[-1]) - 1) + TOP
