"""A copy of the project to change, and Python run in it: what a test adds there, no other test sees."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED = ("app.py", "chalicelib", "templates", "local", "infra", "tests", ".chalice", "pyproject.toml")


def copied(to: Path) -> Path:
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, to / name)
    return to


def exchange(file: Path, before: str, after: str) -> None:
    """``before``, which stands there once, with ``after``."""
    text = file.read_text("utf-8")
    assert text.count(before) == 1, f"{file.name} has {text.count(before)} times\n{before}"
    file.write_text(text.replace(before, after), "utf-8")


def run(project: Path, *arguments: str) -> None:
    done = subprocess.run([sys.executable, *arguments], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
