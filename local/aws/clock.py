"""The clock that travels: real time plus an offset that all processes of the local system share."""

from __future__ import annotations

import ctypes
import multiprocessing.sharedctypes
from datetime import UTC, datetime, timedelta

_MICROSECOND = timedelta(microseconds=1)


class Clock:
    """Handed to ``World`` in place of the real one, so nothing is patched.

    The offset is a plain number in shared memory without a lock: a process that is killed could never give a lock back.
    """

    def __init__(self) -> None:
        self._offset = multiprocessing.sharedctypes.RawValue(ctypes.c_int64, 0)

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC) + timedelta(microseconds=self._offset.value)

    def travel(self, moment: datetime) -> None:
        """Make it ``moment`` now.

        Time already past stays as it is: the caller sees to it that it is a journey forward.
        """
        self._offset.value = (moment - datetime.now(UTC)) // _MICROSECOND


def stamp(moment: datetime) -> str:
    """As AWS writes moments: UTC, with milliseconds and ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
