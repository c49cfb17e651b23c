"""How many people are registered and subscribed, and how many mails to one of them went wrong, as it is kept: numbers,
and nothing of the people."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import TypeVar

from chalicelib.domain.counts import Counts, Flow, Step
from chalicelib.domain.mails import Kind
from chalicelib.domain.registration import Place
from chalicelib.domain.subscription import Standing
from chalicelib.domain.troubles import Trouble
from chalicelib.store import keys
from chalicelib.store.keys import Key
from chalicelib.store.table import Item, Table, Write, attributes

ENTERED, LEFT = "to_", "from_"
"""What the names of the attributes begin with; a state follows."""


class PeopleCounts:
    table: Table

    def registration_counts(self, edition_id: str) -> Counts:
        """Four small items for each day on which somebody came or went."""
        prefix = keys.REGISTRATION_COUNT
        found = self.table.query(keys.EDITION + edition_id, prefix=prefix)
        return Counts.of(_flows(found, prefix, Place))

    def subscriber_counts(self, slug: str) -> Counts:
        """Four small items for each day on which somebody came or went."""
        return Counts.of(_flows(self.table.query(keys.subscriber_counts(slug)), "", Standing))

    def troubles(self, series: str, edition: str = "") -> Mapping[Kind, Mapping[Trouble, int]]:
        """Of mails to one person about the edition, or about the series alone; a kind that had none is not named."""
        item = self.table.get(keys.troubles(series, edition)) or {}
        found: dict[Kind, dict[Trouble, int]] = {}
        for kind, trouble in itertools.product(Kind, Trouble):
            number = int(item.get(_trouble(kind, trouble), {"N": "0"})["N"])
            if number:
                found.setdefault(kind, {})[trouble] = number
        return found


S = TypeVar("S", Place, Standing)


def _flows(found: Iterator[Item], prefix: str, states: type[S]) -> Iterator[Flow]:
    for item in found:
        day = keys.read_count_day(item["sk"]["S"].removeprefix(prefix))
        yield Flow(day, _numbers(item, ENTERED, states), _numbers(item, LEFT, states))


def _numbers(item: Item, beginning: str, states: type[S]) -> Mapping[Place | Standing, int]:
    return {state: int(item[beginning + state]["N"]) for state in states if beginning + state in item}


def counted_by(step: Step) -> list[str]:
    """The names of the numbers that a step adds one to."""
    return [beginning + state for beginning, state in ((ENTERED, step.entered), (LEFT, step.left)) if state]


def _trouble(kind: Kind, trouble: Trouble) -> str:
    return f"{trouble}_{kind.replace('-', '_')}"


def troubled_by(kind: Kind, troubles: Mapping[Trouble, int]) -> dict[str, int]:
    """By the names of the numbers that these are added to."""
    return {_trouble(kind, trouble): number for trouble, number in troubles.items()}


def count(where: Key, added: Mapping[str, int]) -> Write:
    """Unconditional: it is saved together with what it counts, whose version tells one who was late."""
    return {
        "Update": {
            "Key": attributes(where),
            "UpdateExpression": "ADD " + ", ".join(f"{name} :{name}" for name in added),
            "ExpressionAttributeValues": {f":{name}": {"N": str(number)} for name, number in added.items()},
        }
    }
