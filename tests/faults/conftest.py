from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.faults.life import Life, Theatre
from tests.inside import Kept
from tests.stage import stage


class Empty(NamedTuple):
    theatre: Theatre
    begin: Kept


@pytest.fixture(scope="module")
def empty() -> Iterator[Empty]:
    """One stage for all tests of a module: setting one takes half a second."""
    with stage() as on_stage:
        yield Empty(Theatre(on_stage), on_stage.keep())


@pytest.fixture
def life(empty: Empty) -> Life:
    """The application on an empty stage, watched at each AWS call."""
    return empty.theatre.life(empty.begin)
