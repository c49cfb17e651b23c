"""A figure that cannot be true is refused, and says why."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest

from bench import __main__ as command
from bench.measure import Beside, Figure, Target, Unmeasured, some, table


def a_figure(**given: Any) -> Figure:
    usual: dict[str, Any] = {"value": 14, "floor": 4, "beside": Beside.FLOOR, "runs": 1, "size": 500}
    return Figure(name="cost", unit="write units", **(usual | given))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"value": 3.9}, "less than the least possible, 4"),
        ({"value": -1, "beside": Beside.PEER}, "less than the least possible, 0"),
        ({"value": 0.01, "floor": 0.1, "beside": Beside.PEER, "least": 0.02}, "less than the least possible, 0.02"),
        ({"value": 0}, "nothing was measured"),
        ({"value": 0, "beside": Beside.PEER}, "nothing was measured"),
        ({"floor": 0}, "its floor is 0"),
        ({"floor": 0, "beside": Beside.PEER}, "its peer is 0"),
        ({"value": nan}, "no number"),
        ({"value": inf}, "no number"),
        ({"floor": nan}, "no number"),
        ({"runs": 0}, "measure nothing"),
        ({"size": 0}, "measure nothing"),
    ],
)
def test_a_figure_that_cannot_be_true_is_refused(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unmeasured, match=f"^cost: .*{reason}"):
        a_figure(**given)


def test_a_peer_may_be_beaten_and_a_floor_may_be_reached() -> None:
    assert a_figure(value=3, beside=Beside.PEER).ratio == 0.75
    # 0.1 + 0.2 is more than 0.3 by a rounding error.
    assert a_figure(value=0.3, floor=0.1 + 0.2).ratio == pytest.approx(1)
    assert a_figure(value=0, floor=0, may_be_zero=True).ratio == 0


def test_a_target_without_a_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="one bound"):
        Target()


def test_the_table_says_what_is_a_floor_and_what_is_a_peer() -> None:
    _, floor, peer = table([a_figure(), a_figure(beside=Beside.PEER)]).splitlines()
    assert floor.split() == ["cost", "14", "4", "floor", "write", "units", "3.500", "–"]
    assert peer.split() == ["cost", "14", "4", "peer", "write", "units", "3.500", "–"]


@pytest.mark.parametrize("option", ["--runs", "--size"])
def test_no_runs_and_nobody_are_refused_before_anything_runs(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["fanout", option, "0"])
    assert "0 measures nothing" in capsys.readouterr().err


def test_a_benchmark_without_figures_is_refused() -> None:
    assert some("fanout", [a_figure()]) == [a_figure()]
    with pytest.raises(Unmeasured, match="fanout: no figures"):
        some("fanout", [])
