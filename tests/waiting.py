"""Waiting for something that happens in another process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 120
"""Seconds. What is waited for comes within one; this only ends a test that would otherwise wait for ever."""


def until(reached: Callable[[], Any], what: str = "it never came to that") -> None:
    """Returns as soon as ``reached`` gives something true. Fails with ``what`` when that never happens."""
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
