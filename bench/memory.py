"""Does memory grow with the audience? A fresh process for each size cuts and sends one broadcast and tells its peak."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

from bench.ground import BROADCAST, ROOT, Ground, Wrong, environment, ground, settle
from bench.measure import Beside, Figure, Meter, Target, middle, repeated

SIZE, RUNS = 100_000, 1
FEW = 1_000


def measure(size: int = SIZE, runs: int = RUNS) -> list[Figure]:
    """Megabytes that the peak has grown by, beside the peak for a hundredth of the people."""
    with ground() as here:
        here.series()
        few, many = repeated(runs, partial(_peak, here, min(FEW, max(1, size // 10))), partial(_peak, here, size))
    growth = middle(more - less for less, more in zip(few, many, strict=True))
    return [
        Figure(
            name="memory",
            value=growth,
            unit="MB",
            floor=middle(few),
            beside=Beside.PEER,
            runs=runs,
            size=size,
            # Of two peaks that are alike, either may be the higher by chance.
            least=-middle(few),
            may_be_zero=True,
            target=Target(of="value", most=20),
            note=f"grown from {middle(few):.1f} to {middle(many):.1f} MB",
        )
    ]


def _peak(here: Ground, people: int) -> float:
    here.subscribers(people)
    here.ask("mark")
    here.ask("rewind")
    here.edition(announce="now")
    done = subprocess.run(
        [sys.executable, "-m", "bench.memory", str(here.port)],
        env=environment(here.port),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    here.check_mailed(people)
    return float(done.stdout)


def _work(port: int) -> float:
    """Send everything; this process's peak in megabytes."""
    settle(port).work(BROADCAST, Meter())
    # getrusage would tell of whoever started us, too: Linux keeps its peak across exec.
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise Wrong("this system does not tell a process's peak; Linux does")


if __name__ == "__main__":
    print(_work(int(sys.argv[1])))
