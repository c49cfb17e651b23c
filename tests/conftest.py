"""Options, settings and fixtures of all tests.

Nothing heavy is imported here: ``pytest tests/domain`` takes a second or two.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.stage import Stage

FAULTS = "120"
"""Of a story's calls, one in so many is disturbed where nothing else is asked for."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--faults",
        metavar="N or K/N",
        default=FAULTS,
        help="tests/faults disturb every Nth AWS call of their stories, from the Kth on; 1 disturbs each call there is",
    )


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: looking through it again and again for garbage takes a tenth of the
    tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 100)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """At the end, where whoever has to repeat a failure looks."""
    config = terminalreporter.config
    if (seed := config.getoption("randomly_seed", None)) is not None:
        terminalreporter.write_line(f"Order: --randomly-seed={seed}  Faults: --faults={config.getoption('--faults')}")


@pytest.fixture
def on_stage() -> Iterator[Stage]:
    from tests.stage import stage

    with stage() as ready:
        yield ready
