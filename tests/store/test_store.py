"""What every question to the store has in common."""

from __future__ import annotations

import inspect
from typing import get_args, get_type_hints

import pytest

from chalicelib.domain.hint import Hint
from chalicelib.domain.refusals import NotFound
from chalicelib.store.sources import Sources
from chalicelib.store.store import Store
from tests.stage import Stage


def test_what_is_not_there_is_not_found(on_stage: Stage) -> None:
    store = on_stage.world.store
    for ask in (store.series, store.edition, store.edition_and_taken, store.mailing, store.sources.source):
        with pytest.raises(NotFound):
            ask("nonesuch")
    with pytest.raises(NotFound):
        store.subscriber("x", "y")


def test_whoever_asks_to_find_gets_none_for_what_is_not_there(on_stage: Stage) -> None:
    store = on_stage.world.store
    assert store.find_series("x") is store.find_edition("x") is store.find_mailing("x") is None
    assert store.find_registration("x", "y") is store.find_subscriber("x", "y") is store.find_suppression("x") is None
    assert store.find_slice("x", "") is store.find_ledger(Hint(mailing="m", series="s", batch="b")) is None


@pytest.mark.parametrize("part", [*Store.__mro__[:-1], Sources], ids=lambda part: part.__name__)
def test_questions_that_may_give_none_begin_with_find_and_no_others(part: type) -> None:
    named = {
        name: get_type_hints(question)["return"]
        for name, question in vars(part).items()
        if inspect.isfunction(question) and not name.startswith("_")
    }
    assert named
    may_be_none = {name for name, given in named.items() if given is not None and type(None) in get_args(given)}
    assert may_be_none == {name for name in named if name.startswith("find_")}
