from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from chalicelib.usecases import deciding


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each function logs what it does, and is run thousands of times; and it need not wait after a lost race."""
    monkeypatch.setattr(deciding, "back_off", lambda _: None)
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What each search found, under its test's name."""
    for report in terminalreporter.getreports("passed"):
        for name, told in report.user_properties:
            if name == "found":
                terminalreporter.write_line(f"\n{report.nodeid.rpartition('::')[2]}\n{told}")
