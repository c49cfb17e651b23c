"""A figure beside its floor or peer, refused where it cannot be true, and the clock both are measured with."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Any, Self


class Unmeasured(Exception):  # the run fails: a wrong figure is worse than none
    """A figure that cannot be true: nothing was measured, or not all of it."""


class Beside(StrEnum):
    """What stands beside a figure."""

    FLOOR = "floor"
    """Physical: the least that any program could use for the work. A value below it was measured wrongly."""
    PEER = "peer"
    """Another run or price to compare with, such as the bare calls by hand. A value may lie on either side of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the figure has to reach; ``of`` names which number of it is meant."""

    of: str = "ratio"
    least: float | None = None
    most: float | None = None

    def __post_init__(self) -> None:
        if (self.least is None) == (self.most is None):
            raise ValueError("a target has one bound: without any it would always be reached")

    def __str__(self) -> str:
        bound = f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"
        return bound if self.of == "ratio" else f"{self.of} {bound}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """``value`` and ``floor`` are medians over ``runs`` and have the same unit; ``beside`` says which kind
    of floor it is.

    ``size`` is how many people, calls or minutes each run was about. Where ``floor`` is a peer, ``least`` is the
    physical floor. ``may_be_zero``: zero is a result here, and not a sign that nothing was counted.

    Raises ``Unmeasured`` for a figure that cannot be true.
    """

    name: str
    value: float
    unit: str
    floor: float
    beside: Beside
    runs: int
    size: int
    least: float = 0.0
    may_be_zero: bool = False
    target: Target | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if wrong := self._wrong():
            raise Unmeasured(f"{self.name}: {wrong}")

    def _wrong(self) -> str:
        if self.runs < 1 or self.size < 1:
            return f"{self.runs} runs over {self.size} measure nothing"
        if not (math.isfinite(self.value) and math.isfinite(self.floor)):
            return f"{self.value:g} beside {self.floor:g} {self.unit} is no number"
        if not (self.may_be_zero or self.value):
            return f"0 {self.unit}: nothing was measured"
        if not (self.may_be_zero or self.floor > 0):
            return f"its {self.beside} is {self.floor:g} {self.unit}: nothing was measured"
        least = self.floor if self.beside is Beside.FLOOR else self.least
        # What is exactly the floor may be a rounding error below it.
        if self.value < least and not math.isclose(self.value, least):
            return f"{self.value:g} {self.unit} is less than the least possible, {least:g}"
        return ""

    @property
    def ratio(self) -> float:
        return self.value / self.floor if self.floor else 0.0

    @property
    def reached(self) -> bool:
        if self.target is None:
            return True
        number = getattr(self, self.target.of)
        return bool(
            (self.target.least is None or number >= self.target.least)
            and (self.target.most is None or number <= self.target.most)
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "value": _rounded(self.value),
            "unit": self.unit,
            "floor": _rounded(self.floor),
            "ratio": round(self.ratio, 4),
            "runs": self.runs,
        }


def some(name: str, figures: list[Figure]) -> list[Figure]:
    """The same figures. Raises ``Unmeasured`` when there are none: all of none would have reached their targets."""
    if not figures:
        raise Unmeasured(f"{name}: no figures")
    return figures


def _rounded(number: float) -> float:
    """Four significant digits: more would be noise."""
    return float(f"{number:.4g}")


class Meter:
    """Adds up what is spent inside ``with``: CPU seconds of this process, whatever else the machine does meanwhile."""

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0

    def __enter__(self) -> Self:
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu += time.process_time() - self._cpu
        self.wall += time.perf_counter() - self._wall


def repeated(runs: int, *steps: Callable[[], Any]) -> list[list[Any]]:
    """Take turns, ``runs`` times, so that what changes on the machine meanwhile meets all alike; a list of results for
    each step."""
    results: list[list[Any]] = [[] for _ in steps]
    for _ in range(runs):
        for step, kept in zip(steps, results, strict=True):
            gc.collect()
            kept.append(step())
    return results


def middle(numbers: Iterable[float]) -> float:
    return float(median(numbers))


def table(figures: Iterable[Figure]) -> str:
    """For people: a line a figure, the target beside it."""
    rows = [("", "value", "beside", "", "unit", "ratio", "target", "")]
    rows += [
        (
            figure.name,
            f"{figure.value:,.4g}" if figure.value < 1000 else f"{figure.value:,.0f}",  # noqa: PLR2004
            f"{figure.floor:,.4g}" if figure.floor < 1000 else f"{figure.floor:,.0f}",  # noqa: PLR2004
            str(figure.beside),
            figure.unit,
            f"{figure.ratio:.3f}",
            str(figure.target or "–"),
            ("ok" if figure.reached else "SHORT") * bool(figure.target) + f"  {figure.note}".rstrip(),
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(7)]
    lines = []
    for row in rows:
        name, value, floor, beside, unit, ratio, target, rest = row
        cells = [
            f"{name:<{widths[0]}}",
            f"{value:>{widths[1]}}",
            f"{floor:>{widths[2]}}",
            f"{beside:<{widths[3]}}",
            f"{unit:<{widths[4]}}",
            f"{ratio:>{widths[5]}}",
            f"{target:<{widths[6]}}",
            rest,
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
