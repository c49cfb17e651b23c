"""A partition of the canned table.

An audience of a million would fill this machine's memory, so it may hold a ``Crowd``.
"""

from __future__ import annotations

import bisect
import heapq
from collections.abc import Iterator
from typing import Any

import msgspec

from bench.expressions import Item

_encode = msgspec.json.Encoder().encode


class Row:
    """An item as it is and as it travels. Never changed, so a snapshot need not copy it."""

    __slots__ = ("item", "raw", "size")

    def __init__(self, item: Item, raw: bytes | None = None) -> None:
        self.item = item
        self.raw = raw or _encode(item)
        # DynamoDB counts names and values, without the notation around them.
        self.size = sum(len(name) + _weight(value) for name, value in item.items())


def _weight(value: Any) -> int:
    match value:
        case str():
            return len(value)
        case dict():
            return sum(_weight(inner) + (len(name) if len(name) > 2 else 0) for name, inner in value.items())  # noqa: PLR2004
        case list():
            return sum(map(_weight, value))
    return 1


class Crowd:
    """``count`` items like one: its hash (32 hexadecimal digits at the end of ``sk``) and its number
    replaced in each."""

    NUMBER = b"0000000"

    def __init__(self, row: Row, count: int) -> None:
        self.row, self.count = row, count
        sk = row.item["sk"]["S"]
        self.head, self.hash = sk[:-32], sk[-32:].encode()
        self.step = 16**32 // count

    def key(self, number: int) -> str:
        return f"{self.head}{number * self.step:032x}"

    def number(self, sk: str) -> int | None:
        """Whose key this is."""
        try:
            number, rest = divmod(int(sk[len(self.head) :], 16), self.step)
        except ValueError:
            return None
        return number if not rest and number < self.count and self.key(number) == sk else None

    def at_or_behind(self, sk: str) -> int:
        """The first whose key is not before ``sk``."""
        return bisect.bisect_left(range(self.count), sk, key=self.key)

    def like(self, raw: bytes, number: int) -> bytes:
        return raw.replace(self.hash, b"%032x" % (number * self.step)).replace(self.NUMBER, b"%07d" % number)

    def get(self, number: int) -> Row:
        raw = self.like(self.row.raw, number)
        return Row(msgspec.json.decode(raw), raw)


class Partition:
    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.order: list[str] = []
        self.crowd: Crowd | None = None
        self.gone: set[str] = set()

    def copy(self) -> Partition:
        made = Partition()
        made.rows, made.order, made.crowd, made.gone = dict(self.rows), list(self.order), self.crowd, set(self.gone)
        return made

    def get(self, sk: str) -> Row | None:
        row = self.rows.get(sk)
        if row is None and self.crowd and sk not in self.gone and (number := self.crowd.number(sk)) is not None:
            return self.crowd.get(number)
        return row

    def put(self, sk: str, row: Row) -> None:
        if sk not in self.rows:
            if not self.order or sk > self.order[-1]:
                self.order.append(sk)
            else:
                bisect.insort(self.order, sk)
        self.rows[sk] = row

    def delete(self, sk: str) -> None:
        if self.rows.pop(sk, None):
            self.order.remove(sk)
        if self.crowd and self.crowd.number(sk) is not None:
            self.gone.add(sk)

    def between(self, low: str, high: str) -> Iterator[tuple[str, int | None]]:
        """Sort keys from ``low`` to ``high``, both included, with the number of those that are of the crowd."""
        first, last = bisect.bisect_left(self.order, low), bisect.bisect_right(self.order, high)
        own: Iterator[tuple[str, int | None]] = ((sk, None) for sk in self.order[first:last])
        if self.crowd is None:
            return own
        crowd = self.crowd
        numbers = range(crowd.at_or_behind(low), crowd.at_or_behind(high + "\0"))
        others: Iterator[tuple[str, int | None]] = (
            (sk, number) for number in numbers if (sk := crowd.key(number)) not in self.rows and sk not in self.gone
        )
        return heapq.merge(own, others, key=lambda found: found[0])
