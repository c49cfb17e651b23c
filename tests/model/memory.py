"""The table in memory: what the store asks of DynamoDB, on a dictionary that can be put back to where it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from chalicelib.store.keys import Key
from chalicelib.store.table import Item, LostRace, Table, Write

Items = dict[tuple[str, str], Item]


class Memory(Table):
    """``before`` is called before each call, as AWS would be; items are never changed in place, so a copy of ``items``
    is a moment of the table."""

    def __init__(self) -> None:
        self.items: Items = {}
        self.before: Callable[[], None] = lambda: None

    def get(self, key: Key) -> Item | None:
        self.before()
        return self.items.get(key)

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Item]:
        self.before()
        return {key: self.items[key] for key in dict.fromkeys(keys) if key in self.items}

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
        page: int | None = None,  # noqa: ARG002  # all is one page here
    ) -> Iterator[Item]:
        self.before()
        wanted = only or {}
        found = [
            {name: item[name] for name in fields if name in item} if fields else item
            for (partition, sk), item in sorted(self.items.items())
            if partition == pk
            and sk.startswith(prefix)
            and sk >= start
            and (not end or sk <= end)
            and all(item.get(name) == value for name, value in wanted.items())
        ]
        return iter(found[::-1] if backwards else found)

    def by_person(self, person: str) -> Iterator[Item]:
        self.before()
        return iter([item for item in self.items.values() if item.get("person") == {"S": person}])

    def delete(self, keys: list[Key]) -> None:
        self.before()
        for key in keys:
            self.items.pop(key, None)

    def write(self, writes: list[Write]) -> None:
        """Raises ``LostRace``, and ``AssertionError`` for what DynamoDB refuses: two operations on one item."""
        self.before()
        after = dict(self.items)
        told = [(_where(asked), verb, asked) for write in writes for verb, asked in write.items()]
        assert len({where for where, _, _ in told}) == len(told), "multiple operations on one item"
        for where, verb, asked in told:
            if not _holds(asked, self.items.get(where)):
                raise LostRace
            if verb == "Put":
                after[where] = asked["Item"]
            elif verb == "Delete":
                after.pop(where, None)
            elif verb == "Update":
                after[where] = _updated(asked, self.items.get(where))
        self.items = after


def _where(asked: Item) -> Key:
    key = asked.get("Key") or asked["Item"]
    return Key(key["pk"]["S"], key["sk"]["S"])


def _holds(asked: Item, item: Item | None) -> bool:
    condition = asked.get("ConditionExpression", "")
    if not condition:
        return True
    for any_of in condition.split(" OR "):
        if all(_is_so(one, asked, item or {}) for one in any_of.split(" AND ")):
            return True
    return False


def _is_so(said: str, asked: Item, item: Item) -> bool:
    if found := re.fullmatch(r"attribute_(not_)?exists\((\S+)\)", said):
        return (_name(found[2], asked) in item) is not bool(found[1])
    left, how, right = said.split(" ")
    here, there = item.get(_name(left, asked)), _value(right, asked, item)
    if how == "=":
        return here is not None and here == there
    if how == "<>":
        return here != there
    assert how in "<>", said
    if here is None or there is None:
        return False
    return int(here["N"]) < int(there["N"]) if how == "<" else int(here["N"]) > int(there["N"])


def _updated(asked: Item, item: Item | None) -> Item:
    made = dict(item or asked["Key"])
    sets, _, removes = asked["UpdateExpression"].removeprefix("SET ").partition(" REMOVE ")
    for one in sets.split(", "):
        name, _, value = one.partition(" = ")
        parts = re.split(r" ([+-]) ", value)
        result = _value(parts[0], asked, made)
        if len(parts) > 1:
            by = int(_value(parts[2], asked, made)["N"])
            result = {"N": str(int(result["N"]) + (by if parts[1] == "+" else -by))}
        made[_name(name, asked)] = result
    for name in filter(None, removes.split(", ")):
        made.pop(_name(name, asked), None)
    return made


def _name(text: str, asked: Item) -> str:
    return str(asked.get("ExpressionAttributeNames", {}).get(text, text))


def _value(text: str, asked: Item, item: Item) -> Any:
    return asked["ExpressionAttributeValues"][text] if text.startswith(":") else item.get(_name(text, asked))
