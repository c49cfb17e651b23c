"""DynamoDB's condition, filter and update expressions, read once and evaluated for real.

Conditions decide who wins a race, so a canned table that ignored them would flatter whoever checks too little.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from bench.values import (
    COMPARISONS,
    FUNCTIONS,
    Item,
    Path,
    Unreadable,
    Value,
    added,
    as_list,
    at,
    between,
    number,
    put,
    remove,
    size,
)

Condition = Callable[[Item, "Given"], bool]
Operand = Callable[[Item, "Given"], Value | None]
Change = Callable[[Item, Item, "Given"], None]

TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),+\-.]|:\w+|#\w+|\w+)")


class Given(NamedTuple):
    """What a request's ``#names`` and ``:values`` stand for."""

    names: Mapping[str, str]
    values: Mapping[str, Value]


def condition(text: str) -> Condition:
    return _condition(text)


def update(text: str) -> list[Change]:
    return _update(text)


def paths(text: str, names: Mapping[str, str]) -> set[str]:
    """The top-level attributes a projection names."""
    return {names.get(part.strip(), part.strip()) for part in text.split(",")}


@lru_cache(maxsize=1000)
def _condition(text: str) -> Condition:
    reader = _Reader(text)
    read = reader.any_of()
    reader.end()
    return read


@lru_cache(maxsize=1000)
def _update(text: str) -> list[Change]:
    reader = _Reader(text)
    changes: list[Change] = []
    while reader.here:
        clause = reader.take().upper()
        changes.append(reader.change(clause))
        while reader.skip(","):
            changes.append(reader.change(clause))
    return changes


class _Reader:
    """Recursive descent over a handful of tokens."""

    def __init__(self, text: str) -> None:
        self.text, self.tokens, at = text, [], 0
        while at < len(text.rstrip()):
            found = TOKEN.match(text, at)
            if not found:
                raise Unreadable(text)
            self.tokens.append(found[1])
            at = found.end()
        self.at = 0

    @property
    def here(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def skip(self, token: str) -> bool:
        if self.here.upper() != token:
            return False
        self.at += 1
        return True

    def expect(self, token: str) -> None:
        if not self.skip(token):
            raise Unreadable(f"{token} expected in {self.text}")

    def end(self) -> None:
        if self.here:
            raise Unreadable(f"{self.here} in {self.text}")

    # Conditions

    def any_of(self) -> Condition:
        parts = [self.all_of()]
        while self.skip("OR"):
            parts.append(self.all_of())
        return parts[0] if len(parts) == 1 else lambda item, given: any(part(item, given) for part in parts)

    def all_of(self) -> Condition:
        parts = [self.one()]
        while self.skip("AND"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else lambda item, given: all(part(item, given) for part in parts)

    def one(self) -> Condition:
        if self.skip("NOT"):
            inverted = self.one()
            return lambda item, given: not inverted(item, given)
        if self.skip("("):
            inner = self.any_of()
            self.expect(")")
            return inner
        name = self.here
        if name in FUNCTIONS and self.tokens[self.at + 1 : self.at + 2] == ["("]:
            self.at += 2
            arguments = [self.operand()]
            while self.skip(","):
                arguments.append(self.operand())
            self.expect(")")
            check = FUNCTIONS[name]
            return lambda item, given: check(*(argument(item, given) for argument in arguments))
        return self.comparison(self.operand())

    def comparison(self, left: Operand) -> Condition:
        if self.skip("BETWEEN"):
            low = self.operand()
            self.expect("AND")
            high = self.operand()
            return lambda item, given: between(left(item, given), low(item, given), high(item, given))
        if self.skip("IN"):
            self.expect("(")
            listed = [self.operand()]
            while self.skip(","):
                listed.append(self.operand())
            self.expect(")")
            return lambda item, given: left(item, given) in [one(item, given) for one in listed]
        compare = COMPARISONS.get(self.take())
        if compare is None:
            raise Unreadable(self.text)
        right = self.operand()
        return lambda item, given: compare(left(item, given), right(item, given))

    def operand(self) -> Operand:
        if self.here == "size":
            self.take()
            self.expect("(")
            sized = self.operand()
            self.expect(")")
            return lambda item, given: size(sized(item, given))
        if self.here.startswith(":"):
            name = self.take()
            return lambda _, given: given.values[name]
        path = self.path()
        return lambda item, given: at(item, _named(path, given))

    def path(self) -> Path:
        parts = [self.take()]
        while self.skip("."):
            parts.append(self.take())
        return tuple(parts)

    # Updates

    def change(self, clause: str) -> Change:
        path = self.path()
        match clause:
            case "SET":
                self.expect("=")
                value = self.sum()
                return lambda old, new, given: put(new, _named(path, given), value(old, given))
            case "REMOVE":
                return lambda _, new, given: remove(new, _named(path, given))
            case "ADD":
                value = self.operand()
                return lambda old, new, given: put(
                    new, _named(path, given), added(at(old, _named(path, given)), value(old, given))
                )
        raise Unreadable(self.text)

    def sum(self) -> Operand:
        left = self.term()
        while self.here in ("+", "-"):
            sign, first, second = (1 if self.take() == "+" else -1), left, self.term()

            def left(
                item: Item, given: Given, sign: int = sign, first: Operand = first, second: Operand = second
            ) -> Value:
                return {"N": str(number(first(item, given)) + sign * number(second(item, given)))}

        return left

    def term(self) -> Operand:
        if self.here not in ("if_not_exists", "list_append"):
            return self.operand()
        function = self.take()
        self.expect("(")
        first = self.sum()
        self.expect(",")
        second = self.sum()
        self.expect(")")
        if function == "if_not_exists":
            return lambda item, given: first(item, given) or second(item, given)
        return lambda item, given: {"L": [*as_list(first(item, given)), *as_list(second(item, given))]}


def _named(path: Path, given: Given) -> Path:
    return tuple(given.names.get(part, part) for part in path)
