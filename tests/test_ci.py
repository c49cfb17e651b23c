"""``make ci``: the order of its parts, where it stops, and the table at its end."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra import ci

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def three_parts(tmp_path: Path) -> tuple[str, ...]:
    """A make with a part that passes, one that fails, and one after it."""
    (tmp_path / "Makefile").write_text("good:\n\t@echo well\nbad:\n\t@exit 3\nlast:\n\t@echo never\n")
    return ("make", "--no-print-directory", "-f", str(tmp_path / "Makefile"))


def test_every_part_has_its_time(three_parts: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    assert ci.run(["good", "last"], make=three_parts) == 0
    said = capfd.readouterr().out
    assert re.search(r"== make good\nwell\n", said)
    assert re.search(r"^good +0:\d\d\nlast +0:\d\d\nall +0:\d\d\n\Z", said, re.MULTILINE)


def test_the_first_part_that_fails_ends_it_and_is_named(
    three_parts: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    assert ci.run(["good", "bad", "last"], make=three_parts) != 0
    said = capfd.readouterr().out
    assert "never" not in said
    assert re.search(r"^good +0:\d\d\nbad +0:\d\d  FAILED\nall +0:\d\d  1 not run\n\Z", said, re.MULTILINE)


def test_times_are_minutes_and_seconds() -> None:
    assert ci.table([("check", 61.9, "")], 3600, left=0) == f"\n{'check':<24}   1:01\n{'all':<24}  60:00"


@pytest.mark.parametrize(
    ("run", "chosen"), [({"GITHUB_RUN_NUMBER": "7"}, "3/5"), ({"GITHUB_RUN_NUMBER": "7", "FAULTS": "1"}, "1")]
)
def test_each_run_tries_another_fifth_of_the_faults(
    monkeypatch: pytest.MonkeyPatch, run: dict[str, str], chosen: str
) -> None:
    monkeypatch.delenv("FAULTS", raising=False)
    for name, value in run.items():
        monkeypatch.setenv(name, value)
    assert ci.fifth() == chosen


def test_five_commits_in_a_row_try_all_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FAULTS", "GITHUB_RUN_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    tried = set()
    for commits in range(40, 45):
        monkeypatch.setattr(ci, "_commits", lambda commits=commits: str(commits))
        tried.add(ci.fifth())
    assert tried == {"1/5", "2/5", "3/5", "4/5", "5/5"}


def test_each_part_is_a_target_and_ci_has_no_order_of_its_own() -> None:
    targets = set(re.findall(r"^(\.?[a-z-]+(?:/[a-z]+)?):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    wanted = {word for part in ci.PARTS for word in part.split() if "=" not in word}
    assert wanted <= targets
    for file in (".ci/run", ".github/workflows/ci.yml"):
        assert re.findall(r"\bmake (\S+)$", (ROOT / file).read_text("utf-8"), re.MULTILINE) == ["ci"], file


def test_make_ci_needs_nothing_that_is_installed() -> None:
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); import infra.ci"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
