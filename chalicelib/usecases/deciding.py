"""A lost race means: decide again, on fresh state. In one place."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from chalicelib.domain.refusals import Conflict
from chalicelib.store.table import LostRace, back_off

P = ParamSpec("P")
R = TypeVar("R")

DECISIONS = 20


def decided_on_fresh_state(decide: Callable[P, R]) -> Callable[P, R]:
    """Run ``decide`` again whenever its commit finds that what it looked at has changed.

    Raises ``Conflict`` when that never ends.
    """

    @wraps(decide)
    def deciding(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(DECISIONS):
            try:
                return decide(*args, **kwargs)
            except LostRace:
                back_off(attempt)
        raise Conflict

    return deciding
