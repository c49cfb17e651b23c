"""What every question to the store has in common."""

from __future__ import annotations

import pytest

from chalicelib.domain.refusals import NotFound
from tests.stage import Stage


def test_what_is_not_there_is_not_found(on_stage: Stage) -> None:
    store = on_stage.world.store
    for ask in (store.series, store.edition, store.edition_and_taken):
        with pytest.raises(NotFound):
            ask("nonesuch")
    assert store.registration("x", "y") is store.subscriber("x", "y") is store.mailing("x") is None
