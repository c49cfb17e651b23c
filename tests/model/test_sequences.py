"""What one person is told: nothing twice, nothing false when it is sent, nothing untold."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.model.sequences import ACTIONS, WORKERS, search, search_inside

pytestmark = pytest.mark.model

LARGE = pytest.mark.large
MAIN = tuple(action for action in ACTIONS if action not in ("link", "link_back", "remind"))


@pytest.mark.parametrize(
    ("most", "actions", "workers"),
    [
        pytest.param(3, ACTIONS, WORKERS, id="three actions"),
        pytest.param(4, ACTIONS, WORKERS, id="four actions", marks=LARGE),
        pytest.param(6, MAIN, WORKERS, id="six of the actions that matter most", marks=LARGE),
    ],
)
def test_nothing_is_told_twice_or_falsely_and_nothing_is_untold(
    most: int, actions: tuple[str, ...], workers: tuple[str, ...], record_property: Callable[[str, object], None]
) -> None:
    found = search(most, actions, workers)
    record_property("found", str(found))
    assert not found.wrong, "\n".join(found.trace)


@pytest.mark.parametrize(
    ("most", "actions"),
    [pytest.param(1, ACTIONS, id="after one"), pytest.param(2, ACTIONS, id="after two", marks=LARGE)],
)
def test_nor_is_it_where_one_action_happens_inside_anothers_request(
    most: int, actions: tuple[str, ...], record_property: Callable[[str, object], None]
) -> None:
    found = search_inside(most, actions)
    record_property("found", str(found))
    assert not found.wrong, "\n".join(found.trace)
