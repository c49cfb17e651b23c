"""How busy the worker is, told to whoever waits for it to be done."""

from __future__ import annotations

import ctypes
import multiprocessing.sharedctypes


class Work:
    """How busy the lanes are, in memory that all processes share; without locks, as their holder may be killed."""

    def __init__(self, lanes: int = 16) -> None:
        self._busy = multiprocessing.sharedctypes.RawArray(ctypes.c_int64, lanes)
        self._done = multiprocessing.sharedctypes.RawArray(ctypes.c_int64, lanes)

    def begin(self, lane: int) -> None:
        self._busy[lane] = 1

    def end(self, lane: int, *, did_something: bool) -> None:
        self._done[lane] += did_something
        self._busy[lane] = 0

    def forget(self) -> None:
        """Whoever was busy is dead."""
        self._busy[:] = [0] * len(self._busy)

    def busy(self) -> bool:
        return any(self._busy)

    def done(self) -> int:
        return sum(self._done)
