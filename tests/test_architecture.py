"""The drawing of the house is the house: complete, and each module imports only from those above it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOUSE = ROOT / "chalicelib"
DRAWING = (ROOT / "docs" / "explanation" / "architecture.md").read_text()


def drawn() -> list[str]:
    """Modules in the order of the drawing: ``settings``, ``domain.refusals``, …"""
    block = next(block for block in DRAWING.split("```") if block.lstrip().startswith("chalicelib/"))
    modules, folder = [], ""
    for line in block.strip().splitlines()[1:]:
        indent, name = re.match(r"( *)(\S+)", line).groups()  # type: ignore[union-attr]
        if name.endswith("/"):
            folder = name[:-1] + "."
        elif name.endswith(".py") and name != "app.py":
            modules.append((folder if len(indent) == 4 else "") + name[:-3])
    return modules


def built() -> set[str]:
    files = (path.relative_to(HOUSE) for path in HOUSE.rglob("*.py") if path.name != "__init__.py")
    return {".".join(path.with_suffix("").parts) for path in files}


def imported(module: str) -> set[str]:
    """Our own modules that ``module`` imports, inside functions too."""
    tree = ast.parse((HOUSE / (module.replace(".", "/") + ".py")).read_text())
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chalicelib"):
            base = (node.module or "").removeprefix("chalicelib").lstrip(".")
            for alias in node.names:
                candidate = f"{base}.{alias.name}".lstrip(".")
                found.add(candidate if candidate in built() else base)
        elif isinstance(node, ast.Import):
            found |= {
                alias.name.removeprefix("chalicelib.") for alias in node.names if alias.name.startswith("chalicelib")
            }
    return found - {""}


def test_the_drawing_shows_every_module_and_no_other() -> None:
    assert sorted(drawn()) == sorted(built())


def group(module: str) -> str:
    return module.partition(".")[0]


@pytest.mark.parametrize("module", sorted(built()))
def test_a_module_imports_only_from_those_above_it(module: str) -> None:
    order = drawn()
    groups = list(dict.fromkeys(map(group, order)))
    for other in imported(module):
        assert groups.index(group(other)) <= groups.index(group(module)), f"{module} imports {other}, which is below it"


def test_no_two_modules_need_each_other() -> None:
    arrows = {module: imported(module) for module in built()}
    seen: dict[str, int] = {}

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " → ".join((*path, module))
        if module not in seen:
            seen[module] = 1
            for other in arrows.get(module, ()):
                visit(other, (*path, module))

    for module in arrows:
        visit(module, ())


def test_the_rules_need_nothing_but_the_standard_library() -> None:
    for file in (HOUSE / "domain").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                top = name.partition(".")[0]
                assert top in sys.stdlib_module_names or name.startswith("chalicelib.domain"), f"{file.name}: {name}"


def test_nothing_that_is_shipped_needs_what_is_not() -> None:
    for file in [ROOT / "app.py", *HOUSE.rglob("*.py")]:
        assert not re.search(r"^\s*(from|import) (local|tests|infra|bench|moto)\b", file.read_text(), re.MULTILINE), (
            file
        )


LATE = (
    "babel",
    "boto3",
    "email_validator",
    "icalendar",
    "markdown_it",
    "nh3",
    "chalicelib.mail.ses",
    "chalicelib.usecases.deliver",
)
"""Each of these weighs on a cold start, and most requests do not need it."""


def test_what_is_heavy_is_imported_only_where_it_is_used() -> None:
    code = f"import sys, app; print([name for name in {LATE!r} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
