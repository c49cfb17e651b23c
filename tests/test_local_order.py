"""The folders of ``local/``: each imports only from those above it, and none from what tests, measures or builds."""

from __future__ import annotations

from tests.test_architecture import ROOT, imports

# From top to bottom: each may import from those before it.
ORDER = ("aws", "ses", "site", "processes", "demo")


def folder(name: str) -> str:
    return name.split(".")[1] if name.startswith("local.") else ""


def test_every_folder_has_its_place() -> None:
    assert {path.parent.name for path in (ROOT / "local").glob("*/__init__.py")} == set(ORDER)
    assert [
        path.name for path in (ROOT / "local").glob("*.py") if path.name not in ("__init__.py", "__main__.py")
    ] == []


def test_each_folder_imports_only_from_those_above_it() -> None:
    seen, wrong = set(), []
    for here in ORDER:
        for path in (ROOT / "local" / here).glob("*.py"):
            for one in imports(path):
                there = folder(one.name)
                seen.add((here, there))
                if there and ORDER.index(there) > ORDER.index(here):
                    wrong.append(str(one))
                if one.name.split(".")[0] in ("bench", "tests", "infra"):
                    wrong.append(str(one))
    assert ("demo", "processes") in seen
    assert wrong == []
