"""Each repair of moto is still needed: without it, moto does more work for the same, or gets it wrong."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from local.aws.clock import Clock
from local.aws.deployment import ROOT
from local.aws.repairs import repairs
from tests.local.unrepaired import TRIED, WRONG

pytestmark = pytest.mark.processes

WORTH_IT = 1.15
"""How much more moto has to do without a repair that only saves work."""


@pytest.fixture(scope="module")
def found() -> dict[str, tuple[int, int]]:
    """By repair: without it, and with all of them."""
    command = [sys.executable, "-m", "tests.local.unrepaired"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {name: (without, repaired) for name, (without, repaired) in json.loads(answer.stdout).items()}


def test_every_repair_is_tried() -> None:
    assert set(repairs(Clock())) == set(TRIED)


@pytest.mark.parametrize("repair", sorted(TRIED.keys() - WRONG))
def test_moto_does_more_without_it(found: dict[str, tuple[int, int]], repair: str) -> None:
    without, repaired = found[repair]
    assert without > WORTH_IT * repaired > 0, f"moto no longer needs the repair {repair!r}: take it away"


@pytest.mark.parametrize("repair", sorted(WRONG))
def test_moto_gets_it_wrong_without_it(found: dict[str, tuple[int, int]], repair: str) -> None:
    without, repaired = found[repair]
    assert without, f"moto no longer needs the repair {repair!r}: take it away"
    assert repaired == 0
