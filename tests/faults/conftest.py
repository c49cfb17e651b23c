from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pytest

from tests.faults.life import Life, Theatre
from tests.inside import Kept
from tests.stage import stage


class Empty(NamedTuple):
    theatre: Theatre
    begin: Kept


@pytest.fixture(scope="module")
def empty() -> Iterator[Empty]:
    """One stage for all tests of a module: setting one takes half a second."""
    with stage() as on_stage:
        yield Empty(Theatre(on_stage), on_stage.keep())


@pytest.fixture
def life(empty: Empty) -> Life:
    """The application on an empty stage, watched at each AWS call."""
    return empty.theatre.life(empty.begin)


class Sample:
    """Every so many of a story's calls: ``3``, every third; ``1/3``, ``2/3`` and ``3/3`` are the thirds that together
    are all; ``1``, all."""

    def __init__(self, text: str) -> None:
        found = re.fullmatch(r"(?:([1-9]\d*)/)?([1-9]\d*)", text)
        if not found or int(found[1] or 1) > int(found[2]):
            raise pytest.UsageError(f"--faults takes N or K/N, with K from 1 to N, not {text!r}")
        self.first, self.every = int(found[1] or 1) - 1, int(found[2])

    def of(self, calls: Sequence[str]) -> list[int]:
        """The numbers of the calls to disturb, at least one."""
        chosen = list(range(self.first, len(calls), self.every))
        assert chosen, f"a story of {len(calls)} calls has no call {self.first + 1}"
        return chosen

    def cases(self, number: int) -> set[int]:
        """Which of a test's cases to take, of this many: its share, and never none."""
        return set(range(self.first, number, self.every)) or {self.first % number}

    def some(self, numbers: Sequence[int]) -> list[int]:
        """All of these; the first and the last where only few calls are disturbed."""
        assert numbers, "there is nothing to choose from"
        return list(numbers) if self.every < FEW else sorted({numbers[0], numbers[-1]})


FEW = 10
"""One call in so many, or fewer, is what ``make test`` takes."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of the tests marked ``sampled``, leave their share of cases; all of them where their calls are shared out, so
    that each call has its turn."""
    sample, cases = Sample(config.getoption("--faults")), defaultdict[str, list[pytest.Item]](list)
    for item in items:
        shares_calls = "sample" in getattr(item, "fixturenames", ()) and sample.every < FEW
        if item.get_closest_marker("sampled") and not shares_calls:
            cases[item.nodeid.partition("[")[0]].append(item)
    left_out = [
        item
        for found in cases.values()
        for number, item in enumerate(sorted(found, key=lambda item: item.nodeid))  # they are in random order
        if number not in sample.cases(len(found))
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def sample(request: pytest.FixtureRequest) -> Sample:
    return Sample(request.config.getoption("--faults"))
