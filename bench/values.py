"""Attribute values in DynamoDB's notation: found, changed and compared as DynamoDB does."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

Value = dict[str, Any]
Item = dict[str, Value]
Path = tuple[str, ...]


class Unreadable(Exception):  # the bench's own limit, told as a ValidationException
    """An expression this reader does not know, or does not fit the item."""


def at(item: Item, path: Path) -> Value | None:
    found = item.get(path[0])
    for part in path[1:]:
        if found is None or "M" not in found:
            return None
        found = found["M"].get(part)
    return found


def parent(item: Item, path: Path) -> Item:
    """The map that holds the last part, copied on the way down: rows are shared with snapshots."""
    here = item
    for part in path[:-1]:
        if "M" not in here.get(part, {}):
            raise Unreadable("The document path provided in the update expression is invalid for update")
        here[part] = {"M": dict(here[part]["M"])}
        here = here[part]["M"]
    return here


def put(item: Item, path: Path, value: Value | None) -> None:
    if value is None:
        raise Unreadable("The provided expression refers to an attribute that does not exist in the item")
    parent(item, path)[path[-1]] = value


def remove(item: Item, path: Path) -> None:
    parent(item, path).pop(path[-1], None)


def added(old: Value | None, value: Value | None) -> Value:
    ((kind, added),) = (value or {}).items()
    if kind == "N":
        return {"N": str(number(old or {"N": "0"}) + Decimal(added))}
    return {kind: sorted({*(old or {kind: []})[kind], *added})}


def number(value: Value | None) -> Decimal:
    if value is None or "N" not in value:
        raise Unreadable("An operand in the update expression has an incorrect data type")
    return Decimal(value["N"])


def as_list(value: Value | None) -> list[Value]:
    return list((value or {}).get("L", []))


def size(value: Value | None) -> Value | None:
    return None if value is None else {"N": str(len(next(iter(value.values()))))}


def plain(value: Value) -> Any:
    ((kind, inner),) = value.items()
    return Decimal(inner) if kind == "N" else inner


def ordered(check: Callable[[Any, Any], bool]) -> Callable[[Value | None, Value | None], bool]:
    def compare(left: Value | None, right: Value | None) -> bool:
        # As in DynamoDB, different types have no order, and what is missing is neither more nor less.
        return (
            left is not None and right is not None and left.keys() == right.keys() and check(plain(left), plain(right))
        )

    return compare


def same(left: Value | None, right: Value | None) -> bool:
    return left is not None and right is not None and left.keys() == right.keys() and plain(left) == plain(right)


def between(value: Value | None, low: Value | None, high: Value | None) -> bool:
    return COMPARISONS[">="](value, low) and COMPARISONS["<="](value, high)


COMPARISONS: dict[str, Callable[[Value | None, Value | None], bool]] = {
    "=": same,
    "<>": lambda left, right: not same(left, right),
    "<": ordered(lambda left, right: left < right),
    "<=": ordered(lambda left, right: left <= right),
    ">": ordered(lambda left, right: left > right),
    ">=": ordered(lambda left, right: left >= right),
}

FUNCTIONS: dict[str, Callable[..., bool]] = {
    "attribute_exists": lambda value: value is not None,
    "attribute_not_exists": lambda value: value is None,
    "begins_with": lambda value, start: value is not None and str(plain(value)).startswith(plain(start)),
    "contains": lambda value, part: value is not None and plain(part) in plain(value),
}
