"""The condition, filter and update expressions of the figures, read once and evaluated for real.

Conditions decide who wins a race: a canned table that ignored them would flatter whoever checks too little.
Of DynamoDB's language this knows what the application says in the figures, and refuses everything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

Value = dict[str, Any]
Item = dict[str, Value]
Condition = Callable[[Item, "Given"], bool]
Operand = Callable[[Item, "Given"], Value | None]
Change = Callable[[Item, Item, "Given"], None]

EXISTS = re.compile(r"(attribute_exists|attribute_not_exists)\(([#\w]+)\)")
COMPARISON = re.compile(r"([#:\w]+) (=|<>|<|>) ([#:\w]+)")
ASSIGNMENT = re.compile(r"([#\w]+) = ([#:\w]+)(?: ([+-]) ([#:\w]+))?")

ADDITION = re.compile(r"([#\w]+) (:\w+)")
UPDATE = re.compile(r"(?:ADD (?P<added>[^=]+?))?(?: ?\bSET (?P<assigned>.+))?")


class Unreadable(Exception):  # becomes a ValidationException
    """An expression this reader does not know, or one that does not fit the item."""


class Given(NamedTuple):
    """What a request's ``#names`` and ``:values`` stand for."""

    names: Mapping[str, str]
    values: Mapping[str, Value]


def names(text: str, given: Mapping[str, str]) -> set[str]:
    """The attributes that a projection names."""
    return {given.get(part, part) for part in text.split(", ")}


@cache
def condition(text: str) -> Condition:
    """Raises ``Unreadable``."""
    if " OR " in text:
        some = [_clause(part) for part in text.split(" OR ")]
        return lambda item, given: any(part(item, given) for part in some)
    every = [_clause(part) for part in text.split(" AND ")]
    return lambda item, given: all(part(item, given) for part in every)


@cache
def update(text: str) -> list[Change]:
    """Raises ``Unreadable``."""
    found = UPDATE.fullmatch(text)
    if not text or not found:
        raise Unreadable(text)
    added, assigned = found["added"], found["assigned"]
    changes = [_addition(part) for part in added.split(", ")] if added else []
    return changes + [_assignment(part) for part in assigned.split(", ")] if assigned else changes


def _clause(text: str) -> Condition:
    if found := EXISTS.fullmatch(text):
        function, attribute = found[1], _operand(found[2])
        return lambda item, given: (attribute(item, given) is None) == (function == "attribute_not_exists")
    if found := COMPARISON.fullmatch(text):
        left, compare, right = _operand(found[1]), COMPARISONS[found[2]], _operand(found[3])
        return lambda item, given: compare(left(item, given), right(item, given))
    raise Unreadable(text)


def _assignment(text: str) -> Change:
    found = ASSIGNMENT.fullmatch(text)
    if not found:
        raise Unreadable(text)
    name, sign, value = found[1], found[3], _operand(found[2])
    if sign:
        value = _sum(value, _operand(found[4]), 1 if sign == "+" else -1)

    def change(old: Item, new: Item, given: Given) -> None:
        made = value(old, given)
        if made is None:
            raise Unreadable("The provided expression refers to an attribute that does not exist in the item")
        new[given.names.get(name, name)] = made

    return change


def _addition(text: str) -> Change:
    found = ADDITION.fullmatch(text)
    if not found:
        raise Unreadable(text)
    name, value = found[1], found[2]

    def change(old: Item, new: Item, given: Given) -> None:
        attribute = given.names.get(name, name)
        before = old.get(attribute, {"N": "0"})
        new[attribute] = {"N": str(_number(before) + _number(given.values[value]))}

    return change


def _operand(text: str) -> Operand:
    if text.startswith(":"):
        return lambda _, given: given.values[text]
    return lambda item, given: item.get(given.names.get(text, text))


def _sum(first: Operand, second: Operand, sign: int) -> Operand:
    return lambda item, given: {"N": str(_number(first(item, given)) + sign * _number(second(item, given)))}


def _number(value: Value | None) -> Decimal:
    if value is None or "N" not in value:
        raise Unreadable("An operand in the update expression has an incorrect data type")
    return Decimal(value["N"])


def _ordered(check: Callable[[Any, Any], bool]) -> Callable[[Value | None, Value | None], bool]:
    """As in DynamoDB, different types have no order, and what is missing is neither more nor less."""
    return lambda left, right: (
        left is not None and right is not None and left.keys() == right.keys() and check(_plain(left), _plain(right))
    )


def _plain(value: Value) -> Any:
    ((kind, inner),) = value.items()
    return Decimal(inner) if kind == "N" else inner


_same = _ordered(lambda left, right: left == right)
COMPARISONS: dict[str, Callable[[Value | None, Value | None], bool]] = {
    "=": _same,
    "<>": lambda left, right: not _same(left, right),
    "<": _ordered(lambda left, right: left < right),
    ">": _ordered(lambda left, right: left > right),
}
