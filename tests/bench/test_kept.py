"""A figure that lost more than a tenth is noticed, and one that chance disturbed is not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import kept as ratios
from bench.kept import MEASURED, TRIES, Kept, Ratios, compare
from bench.measure import Unmeasured
from local.aws.deployment import ROOT


def measuring(*told: float) -> tuple[Callable[[str], Ratios], list[float]]:
    """Gives one ratio after the other; the list is what is left."""
    left = list(told)
    return lambda name: {name: Kept(left.pop(0), "more")}, left


@pytest.mark.parametrize(
    ("better", "now", "lost"), [("more", 0.4, 0.2), ("more", 0.6, -0.2), ("less", 0.6, 0.2), ("less", 0.4, -0.2)]
)
def test_what_is_lost_depends_on_which_way_is_better(better: str, now: float, lost: float) -> None:
    assert Kept(0.5, better).lost(now) == pytest.approx(lost)


def test_a_figure_that_is_as_good_as_before_is_measured_once() -> None:
    measure, left = measuring(0.46, 0.1)
    assert list(compare({"fanout": Kept(0.5, "more")}, ["fanout"], measure)) == [("fanout", Kept(0.5, "more"), 0.46)]
    assert left == [0.1]


def test_a_run_that_chance_disturbed_is_measured_again() -> None:
    measure, left = measuring(0.3, 0.49, 0.1)
    ((_, _, ratio),) = compare({"fanout": Kept(0.5, "more")}, ["fanout"], measure)
    assert (ratio, left) == (0.49, [0.1])


def test_a_loss_is_said_after_three_tries_with_the_best_of_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    measure, left = measuring(0.3, 0.44, 0.4)
    found = list(compare({"fanout": Kept(0.5, "more")}, ["fanout"], measure))
    assert found == [("fanout", Kept(0.5, "more"), 0.44)]
    assert left == []
    monkeypatch.setattr(ratios, "compare", lambda _: found)
    assert ratios.main([]) == 1
    assert re.search(r"^fanout +0\.440 +0\.500 +\+12\.0 %  LOST$", capsys.readouterr().out, re.MULTILINE)


def test_a_figure_that_is_not_kept_or_not_measured_any_more_is_no_success() -> None:
    measure, _ = measuring(0.5, 0.5)
    with pytest.raises(Unmeasured, match="fanout is not in"):
        list(compare({}, ["fanout"], measure))
    with pytest.raises(Unmeasured, match="personal: kept and not measured"):
        list(compare({"fanout": Kept(0.5, "more"), "personal": Kept(0.5, "more")}, ["fanout"], measure))


def test_what_is_written_is_the_least_good_of_three_and_is_read_again(tmp_path: Path) -> None:
    told = [0.5, 0.9, 0.6] * len(MEASURED)
    ratios.write(tmp_path / "kept.json", lambda name: {name: Kept(told.pop(), "less")})
    assert ratios.read(tmp_path / "kept.json") == {name: Kept(0.9, "less") for name in MEASURED}
    assert TRIES == 3


def test_the_page_names_every_figure_that_is_kept() -> None:
    page = (ROOT / "docs" / "reference" / "performance.md").read_text("utf-8")
    assert ratios.read()
    assert [name for name in ratios.read() if f"| {name} |" not in page] == []
