"""Child processes that end with their parent, whatever ends it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any

_SPAWN = multiprocessing.get_context("spawn")  # a fork would copy the locks of threads that do not exist in the child
_PATIENCE = 180  # seconds; it takes three, and many times that on a machine that is busy
_LAST_WISH = 2


class DidNotStart(Exception):
    """A process of the local system ended, or said nothing, before it was ready."""


class Child:
    """A process that runs ``target(*arguments, ready)`` and sends one value through ``ready`` once it serves."""

    def __init__(self, name: str, target: Callable[..., None], *arguments: Any) -> None:
        self.name = name
        self._ready, theirs = _SPAWN.Pipe(duplex=False)
        self._process = _SPAWN.Process(target=_run, args=(target, arguments, theirs), name=name, daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    def ready(self) -> Any:
        """What it sent. Raises ``DidNotStart``."""
        try:
            if self._ready.poll(_PATIENCE):
                return self._ready.recv()
        except EOFError:
            self._process.join(_LAST_WISH)
        raise DidNotStart(f"The {self.name} process did not start (its own words are above).")

    def kill(self) -> None:
        """``kill -9``: nothing is finished, nothing given back."""
        self._process.kill()
        self._process.join()
        self._ready.close()

    def end(self) -> None:
        self._process.terminate()
        self._process.join(_LAST_WISH)
        self.kill()
        self._process.close()


def _run(target: Callable[..., None], arguments: tuple[Any, ...], ready: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends us in order
    threading.Thread(target=_end_with_parent, daemon=True).start()
    target(*arguments, ready)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)
