"""What the documents name is there: links, make targets, pictures, sections."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")] + sorted(
    (ROOT / "docs").rglob("*.md")
)

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


@each_document
def test_links_lead_somewhere(document: Path) -> None:
    broken = []
    for target in _links(document):
        path, _, anchor = target.partition("#")
        if "://" in path or path.startswith("mailto:"):
            continue
        file = (document.parent / path).resolve() if path else document
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            broken.append(target)
    assert broken == []


def _links(document: Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", document.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [link or image for link, image in re.findall(r"\]\(([^)\s]+)\)|<img [^>]*src=\"([^\"]+)\"", text)]


def _anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_document
def test_make_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert _named(document) - targets == set()


def _named(document: Path) -> set[str]:
    lines = re.findall(r"`make ([a-z -]+)[^`]*`|^\$ make ([a-z -]+)", document.read_text("utf-8"), re.MULTILINE)
    return {target for line in lines for target in " ".join(line).split()}


def test_these_tests_find_links_and_targets_where_there_are_some() -> None:
    readme = ROOT / "README.md"
    assert "docs/tutorial/first-series.md" in _links(readme)
    assert [image for image in _links(readme) if image.endswith(".png")]
    assert {"demo", "test"} <= _named(readme)


def _alarms() -> set[str]:
    resources = json.loads((ROOT / "infra" / "resources.json").read_text("utf-8"))["Resources"]
    return {name for name, one in resources.items() if one.get("Type") == "AWS::CloudWatch::Alarm"}


def test_every_alarm_has_its_section_in_troubleshooting() -> None:
    text = (ROOT / "docs" / "howto" / "troubleshooting.md").read_text("utf-8")
    sections = dict(re.findall(r"^## (\w+Alarm)\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL))
    assert set(sections) == _alarms() != set()
    for name, section in sections.items():
        assert "**Cause" in section, name
        assert re.search(r"\*\*do\b", section, re.IGNORECASE), name


def test_the_index_names_every_document_and_the_readme_every_folder() -> None:
    docs = ROOT / "docs"
    index = {(docs / link).resolve() for link in _links(docs / "README.md")}
    one_by_one = {path.resolve() for path in docs.rglob("*.md") if path.parent.name != "decisions"}
    assert one_by_one - index == {docs / "README.md"}
    places = (ROOT / "README.md").read_text("utf-8").split("## Where things live")[1].split("\n## ")[0]
    assert {name for name in _folders(ROOT) if f"`{name}/`" not in places} == set()


def test_contributing_names_every_folder_of_tests() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert {name for name in _folders(ROOT / "tests") if f"`tests/{name}`" not in text} == set()


def _folders(where: Path) -> set[str]:
    """Folders that git keeps: what a folder that was moved leaves behind is its caches."""
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text("utf-8").split()} | {".git"}
    found = {path.name for path in where.iterdir() if path.is_dir() and path.name not in ignored and _has_files(path)}
    assert len(found) > 5
    return found


def _has_files(folder: Path) -> bool:
    return any(path.is_file() and "__pycache__" not in path.parts for path in folder.rglob("*"))


def test_every_picture_is_shown_somewhere_and_none_is_heavy() -> None:
    shown = {
        name for document in DOCUMENTS for name in re.findall(r"images/([\w-]+\.png)", document.read_text("utf-8"))
    }
    pictures = {path.name: path.stat().st_size for path in (ROOT / "docs" / "images").iterdir()}
    assert shown == set(pictures) != set()
    assert {name: size for name, size in pictures.items() if size > 250_000} == {}
