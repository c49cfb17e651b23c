"""``python -m bench.kept [--write]``: has a figure lost more than a tenth against the numbers in ``kept.json``?

Ratios of CPU only, medians of interleaved runs, which are alike on a machine that is busy: never a wall time. A figure
that is short is measured again before anything is said.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench.measure import Unmeasured

FILE = Path(__file__).with_name("kept.json")

MEASURED = {
    "fanout": ("--size=2000", "--runs=5"),
    "personal": ("--size=150", "--runs=7"),
    "register": ("--size=150", "--runs=7"),
    "webhook": ("--size=150", "--runs=7"),
    "export": ("--size=5000", "--runs=7"),
    "report": ("--size=200", "--runs=7"),
    "coldstart": ("--runs=5",),
}
"""All in under a minute, and large enough for ratios that differ by a few hundredths from run to run."""

LOSS = 0.10
TRIES = 3

Ratios = dict[str, "Kept"]


class Kept(NamedTuple):
    """``better`` says which way is better: ``more`` (mails a second) or ``less`` (milliseconds)."""

    ratio: float
    better: str

    def lost(self, now: float) -> float:
        """The share that is lost, below zero where something was won."""
        return 1 - now / self.ratio if self.better == "more" else now / self.ratio - 1


def measured(name: str) -> Ratios:
    """By the benchmark of that name, in a process of its own. Raises ``CalledProcessError``."""
    command = [sys.executable, "-m", "bench", name, "--json", *MEASURED[name]]
    found = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    figures = found if isinstance(found, list) else [found]
    return {one["name"]: Kept(one["ratio"], "more" if one["unit"].endswith("/s") else "less") for one in figures}


def compare(
    kept: Ratios, names: Sequence[str] = tuple(MEASURED), measure: Callable[[str], Ratios] = measured
) -> Iterator[tuple[str, Kept, float]]:
    """Each figure with what is kept of it and its best ratio: one that has lost too much is measured again, up to three
    times in all, as chance only ever disturbs some of the runs.

    Raises ``Unmeasured`` where the figures are not those that are kept.
    """
    left = set(kept)
    for name in names:
        best: dict[str, float] = {}
        for _ in range(TRIES):
            for figure, now in measure(name).items():
                if figure not in kept:
                    raise Unmeasured(f"{figure} is not in {FILE.name}: python -m bench.kept --write")
                ratios = [now.ratio] + ([best[figure]] if figure in best else [])
                best[figure] = min(ratios, key=kept[figure].lost)
            if all(kept[figure].lost(ratio) <= LOSS for figure, ratio in best.items()):
                break
        left -= best.keys()
        yield from ((figure, kept[figure], ratio) for figure, ratio in best.items())
    if left:
        raise Unmeasured(f"{', '.join(sorted(left))}: kept and not measured")


def read(file: Path = FILE) -> Ratios:
    return {name: Kept(**one) for name, one in json.loads(file.read_text("utf-8")).items()}


def write(file: Path = FILE, measure: Callable[[str], Ratios] = measured) -> None:
    """The numbers of now: of three measurements the least good one, each the median of its runs.

    What is kept has to hold on a machine that is busy with something else, where the best of three is compared with it.
    """
    told: dict[str, Any] = {}
    for name in MEASURED:
        three = [measure(name) for _ in range(TRIES)]
        for figure, one in three[0].items():
            worst = min if one.better == "more" else max
            ratio = worst(found[figure].ratio for found in three)
            told[figure] = Kept(round(ratio, 3), one.better)._asdict()
    file.write_text(json.dumps(told, indent=2) + "\n", "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """1 when a figure has lost more than a tenth."""
    parser = argparse.ArgumentParser(prog="python -m bench.kept", description="Ratios against those in kept.json.")
    parser.add_argument("--write", action="store_true", help="keep the ratios of now")
    if parser.parse_args(arguments).write:
        write()
    failed = 0
    for figure, kept, ratio in compare(read()):
        lost = kept.lost(ratio)
        failed |= int(lost > LOSS)
        print(f"{figure:<24}{ratio:>8.3f}{kept.ratio:>8.3f}{100 * lost:>+7.1f} %  {'LOST' * (lost > LOSS)}".rstrip())
    return failed


if __name__ == "__main__":
    sys.exit(main())
