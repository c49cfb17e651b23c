from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Each function logs what it does, and is run thousands of times."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What each search found, under its test's name."""
    for report in terminalreporter.getreports("passed"):
        for name, told in report.user_properties:
            if name == "found":
                terminalreporter.write_line(f"\n{report.nodeid.rpartition('::')[2]}\n{told}")
