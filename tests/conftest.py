from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stage import Stage, stage


@pytest.fixture
def on_stage() -> Iterator[Stage]:
    with stage() as ready:
        yield ready
