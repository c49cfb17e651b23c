"""``make ci``: everything a change has to pass, part by part, and how long each part took.

Runs before anything is installed, so it uses the standard library only.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence

PARTS = (
    "java node browser spamassassin",  # at once says which system package is missing, not only when its part comes
    ".venv/demo",
    # before .venv/ready: on a new machine it shows that the local system runs with what the demo installs
    "story PORT=0",
    ".venv/ready",
    "check",
    "test",
    "test-local",
    "test-bench",
    "test-model STATES=few",
    "test-package",  # builds the package itself
    "bench-kept",  # measures cold starts out of that package
    "test-dynamodb FAULTS={fifth}",
    "test-plain",
    "test-node",
    "test-checkers",
    "test-browser",
    "test-faults FAULTS={fifth}",
)
"""Arguments of make, the quickest to fail first. ``{fifth}`` is which fifth of the fault tests' AWS calls is tried."""

FIFTHS = 5

_MAKE = ("make", "--no-print-directory")


def fifth() -> str:
    """``1/5`` to ``5/5``: the next one with every run on GitHub and with every commit elsewhere, so that five in a row
    try every call.

    ``FAULTS`` in the environment says another one.
    """
    number = os.environ.get("GITHUB_RUN_NUMBER") or _commits()
    return os.environ.get("FAULTS") or f"{int(number) % FIFTHS + 1}/{FIFTHS}"


def _commits() -> str:
    """How many there are; 0 where this is no clone."""
    command = ("git", "rev-list", "--count", "HEAD")
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return "0"


def run(parts: Sequence[str] = PARTS, *, make: Sequence[str] = _MAKE) -> int:
    """Stop at the first part that fails, with its exit code. The table of times is printed whatever happens."""
    began = time.monotonic()
    rows: list[tuple[str, float, str]] = []
    failed = 0
    try:
        for part in [part.format(fifth=fifth()) for part in parts]:
            _say(f"\n== make {part}")
            started, outcome = time.monotonic(), "interrupted"
            try:
                failed = subprocess.run((*make, *part.split()), check=False).returncode  # noqa: S603  # our own targets
                outcome = "FAILED" if failed else ""
            finally:
                rows.append((part, time.monotonic() - started, outcome))
            if failed:
                break
    finally:
        _say(table(rows, time.monotonic() - began, left=len(parts) - len(rows)))
    return failed


def table(rows: Sequence[tuple[str, float, str]], total: float, *, left: int) -> str:
    """One line a part, with minutes and seconds and what went wrong; the last one for all, with how many parts were
    ``left`` out."""
    lines = [*rows, ("all", total, f"{left} not run" if left else "")]
    return "\n" + "\n".join(
        f"{part:<24}{int(seconds) // 60:>4}:{int(seconds) % 60:02}  {outcome}".rstrip()
        for part, seconds, outcome in lines
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()  # before what the part itself writes


if __name__ == "__main__":
    sys.exit(run())
