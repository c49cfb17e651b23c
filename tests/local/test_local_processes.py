"""No process of the local system outlives the one that started it, whatever ends that."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes

PATIENCE = 60
"""Seconds: long enough for a busy machine; what ends at all ends at once."""

PROGRAM = """
import signal, sys, threading, time
from multiprocessing.connection import Connection
from local.processes.children import Child

def wait(ready: Connection) -> None:
    ready.send(None)
    threading.Event().wait()

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job is started with Ctrl-C ignored
    children = [Child(name, wait) for name in ("one", "two")]
    for child in children:
        child.ready()
    print(*(child.pid for child in children), flush=True)
    threading.Event().wait()
"""


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_children_end_with_their_parent(tmp_path: Path, by: signal.Signals) -> None:
    program = tmp_path / "parent.py"
    program.write_text(PROGRAM)
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen(
        [sys.executable, program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as parent:
        try:
            assert parent.stdout is not None
            children = [int(pid) for pid in parent.stdout.readline().split()]
            assert len(children) == 2
            parent.send_signal(by)
            parent.wait(PATIENCE)
            deadline = time.monotonic() + PATIENCE
            while any(map(alive, children)):
                assert time.monotonic() < deadline, "orphans"
                time.sleep(0.02)
        finally:
            parent.kill()  # else leaving the block would wait for it, however long


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # gone before its file was opened, or before it was read
        return False
