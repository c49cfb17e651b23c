"""``python -m bench <name> [--json] [--runs N] [--size N] [--why]``: one figure, or all of them one after the other."""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bench.measure import Figure, some, table

NAMES = (
    "fanout",
    "personal",
    "register",
    "webhook",
    "export",
    "report",
    "coldstart",
    "memory",
    "scale",
    "edited",
    "cost",
)
EXPLAINED = ("coldstart", "fanout")
"""Those that can tell where their time goes."""


def main(arguments: Sequence[str] | None = None) -> int:
    """1 when a figure falls short of its target, and somebody looks at it.

    Raises ``Unmeasured`` for what cannot be true.
    """
    parser = argparse.ArgumentParser(prog="python -m bench", description="Each figure beside its floor or peer.")
    parser.add_argument("name", nargs="?", choices=NAMES, help="which (all)")
    parser.add_argument("--json", action="store_true", help="name, value, unit, floor, ratio, runs")
    parser.add_argument("--runs", type=_at_least_one, help="how often; the median counts")
    parser.add_argument("--size", type=_at_least_one, help="how many people (of coldstart: no meaning)")
    parser.add_argument("--why", action="store_true", help=f"where the time goes ({' and '.join(EXPLAINED)})")
    given = parser.parse_args(arguments)
    if given.why:
        if given.name not in EXPLAINED:
            parser.error(f"--why goes with {' and '.join(EXPLAINED)}")
        return _explain(given)
    if given.name is None:
        return _each(given)
    figures = list(_measured(given))
    if given.json:
        shown = [figure.as_json() for figure in figures]
        print(json.dumps(shown[0] if len(shown) == 1 else shown, indent=2))
        return 0
    print(table(figures))
    return int(not all(figure.reached for figure in figures))


def _at_least_one(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{number} measures nothing")
    return number


def _explain(given: argparse.Namespace) -> int:
    why: Callable[..., Iterator[str]] = importlib.import_module(f"bench.{given.name}").why
    for line in why(**({"size": given.size} if given.size and given.name != "coldstart" else {})):
        print(line)
    return 0


def _measured(given: argparse.Namespace) -> Iterator[Figure]:
    measure: Callable[..., list[Figure]] = importlib.import_module(f"bench.{given.name}").measure
    wanted = {"runs": given.runs, "size": None if given.name == "coldstart" else given.size}
    yield from some(given.name, measure(**{name: value for name, value in wanted.items() if value}))


def _each(given: argparse.Namespace) -> int:
    """Each in a process of its own, so that none finds what another left behind."""
    more = [f"--{name}={value}" for name in ("runs", "size") if (value := getattr(given, name))]
    figures: list[Any] = []
    failed = 0
    for name in NAMES:
        command = [sys.executable, "-m", "bench", name, *more, *(["--json"] if given.json else [])]
        done = subprocess.run(command, stdout=subprocess.PIPE if given.json else None, text=True, check=False)
        failed |= done.returncode
        if given.json and not done.returncode:
            found = json.loads(done.stdout)
            figures += found if isinstance(found, list) else [found]
        elif not given.json:
            print(flush=True)
    if given.json:
        print(json.dumps(figures, indent=2))
    return failed


if __name__ == "__main__":
    sys.exit(main())
