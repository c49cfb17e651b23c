"""The drawing in docs/explanation/architecture.md is the house: complete, and in the order of what may need what."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
HOUSE = ROOT / "chalicelib"
DRAWING = (ROOT / "docs" / "explanation" / "architecture.md").read_text()


def drawn() -> list[str]:
    """Modules in the order of the drawing: ``settings``, ``domain.refusals``, …"""
    block = next(block for block in DRAWING.split("```") if block.lstrip().startswith("chalicelib/"))
    modules: list[str] = []
    folders: list[str] = []
    for line in block.strip().splitlines()[1:]:
        indent, name = re.match(r"( *)(\S+)", line).groups()  # type: ignore[union-attr]
        del folders[len(indent) // 2 - 1 :]  # each level is drawn two spaces further in
        if name.endswith("/"):
            folders.append(name[:-1])
        elif name.endswith(".py") and name != "app.py":
            modules.append(".".join((*folders, name[:-3])))
    return modules


def built() -> set[str]:
    files = (path.relative_to(HOUSE) for path in HOUSE.rglob("*.py") if path.name != "__init__.py")
    return {".".join(path.with_suffix("").parts) for path in files}


def test_the_drawing_shows_every_module_and_no_other() -> None:
    assert sorted(drawn()) == sorted(built())
