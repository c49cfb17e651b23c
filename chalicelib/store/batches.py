"""The batches of a mailing, as they are kept."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.domain.delivery import Batch
from chalicelib.domain.mailing import Mailing
from chalicelib.store import items, keys
from chalicelib.store.table import Table


def batches(table: Table, mailing: Mailing, *, after: str = "") -> Iterator[Batch]:
    """Those of a mailing, page by page, from the one on that may hold somebody behind the keyed hash ``after``."""
    if mailing.batch is not None:
        return iter([mailing.batch])
    pk, start = keys.MAILING + mailing.id, keys.BATCH
    if after:
        before = table.query(pk, start=keys.BATCH, end=keys.BATCH + after, backwards=True, page=1, fields=("sk",))
        start = next((item["sk"]["S"] for item in before), start)
    return (items.load(Batch, item) for item in table.query(pk, start=start, end=keys.BATCH + "~"))
