"""A figure beside its floor, and the clock both are measured with."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the figure has to reach; ``of`` names which number of it is meant."""

    of: str = "ratio"
    least: float | None = None
    most: float | None = None

    def __str__(self) -> str:
        bound = f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"
        return bound if self.of == "ratio" else f"{self.of} {bound}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """``value`` and ``floor`` are medians over ``runs`` and have the same unit."""

    name: str
    value: float
    unit: str
    floor: float
    runs: int
    target: Target | None = None
    note: str = ""

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
    """Take turns, ``runs`` times, so that what changes on the machine meanwhile meets all alike; a list of results for each step."""
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
    rows = [("", "value", "floor", "unit", "ratio", "target", "")]
    rows += [
        (
            figure.name,
            f"{figure.value:,.4g}" if figure.value < 1000 else f"{figure.value:,.0f}",  # noqa: PLR2004
            f"{figure.floor:,.4g}" if figure.floor < 1000 else f"{figure.floor:,.0f}",  # noqa: PLR2004
            figure.unit,
            f"{figure.ratio:.3f}",
            str(figure.target or "–"),
            ("ok" if figure.reached else "SHORT") * bool(figure.target) + f"  {figure.note}".rstrip(),
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    lines = []
    for row in rows:
        name, value, floor, unit, ratio, target, rest = row
        cells = [
            f"{name:<{widths[0]}}",
            f"{value:>{widths[1]}}",
            f"{floor:>{widths[2]}}",
            f"{unit:<{widths[3]}}",
            f"{ratio:>{widths[4]}}",
            f"{target:<{widths[5]}}",
            rest,
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
