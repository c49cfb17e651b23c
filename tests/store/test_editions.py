"""Editions in their series."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chalicelib.domain.edition import Edition
from tests.builders import an_edition
from tests.stage import Stage


def test_editions_come_in_order_of_their_start(on_stage: Stage) -> None:
    store = on_stage.world.store
    starts = {"c": datetime(2027, 5, 1, 9, 0), "a": datetime(2027, 3, 1, 9, 0), "b": datetime(2027, 4, 1, 9, 0)}
    for id_, start in starts.items():
        edition = an_edition(id=id_, local_start=start)
        store.changes().point(edition).commit()
    april = datetime(2027, 4, 1, 7, 0, tzinfo=UTC)

    def ids(found: list[Edition]) -> list[str]:
        return [edition.id for edition in found]

    assert ids(store.editions_of("kaffeepause")) == ["a", "b", "c"]
    assert ids(store.editions_of("kaffeepause", since=april)) == ["b", "c"]
    assert ids(store.editions_of("kaffeepause", until=april - timedelta(seconds=1), backwards=True)) == ["a"]
    assert ids(store.editions_of("kaffeepause", backwards=True, limit=2)) == ["c", "b"]
    assert store.editions_of("another") == []
