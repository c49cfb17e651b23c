"""Mailings, their slices and batches, as they are kept, and the ledger: all that a decision on a batch needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from chalicelib.domain.delivery import Batch, BatchState
from chalicelib.domain.edition import Edition
from chalicelib.domain.hint import Hint
from chalicelib.domain.ledger import Ledger
from chalicelib.domain.mailing import Mailing, Slice
from chalicelib.domain.mails import Kind
from chalicelib.domain.people import Recipients
from chalicelib.domain.series import Series
from chalicelib.domain.tally import Counts, counts_of
from chalicelib.store import items, keys
from chalicelib.store.batches import batches
from chalicelib.store.due import load_halts
from chalicelib.store.people import known_addressee, known_registration, known_subscriber
from chalicelib.store.table import LostRace, Table

FEW_BATCHES = 3
"""Batches of one mailing are cut like those of another, but for people who came or went in between."""


class Overview(NamedTuple):
    """A batch by its name: whether it is settled, and its outcomes."""

    first: str
    settled: bool
    counts: Counts


class Mailings:
    table: Table

    def find_mailing(self, mailing_id: str) -> Mailing | None:
        return items.find(Mailing, self.table.get(keys.mailing(mailing_id)))

    def mailing(self, mailing_id: str) -> Mailing:
        """Raises ``NotFound``."""
        return items.existing(Mailing, self.table.get(keys.mailing(mailing_id)))

    def mailings(self, ids: list[str]) -> list[Mailing]:
        """Those that exist."""
        return [items.load(Mailing, item) for item in self.table.get_many(map(keys.mailing, ids)).values()]

    def mailings_of(self, edition_id: str) -> list[Mailing]:
        """The list mailings an edition implies, in order of due time; those of one moment in the order of ``Kind``."""
        pointers = self.table.query(keys.EDITION + edition_id, prefix=keys.MAILING, fields=("sk",))
        found = self.mailings([item["sk"]["S"].removeprefix(keys.MAILING) for item in pointers])
        order = list(Kind)
        return sorted(found, key=lambda one: (one.due_at, order.index(one.kind), one.id))

    def edition_and_plan(self, edition_id: str) -> tuple[Edition, list[Mailing]]:
        """The edition and its list mailings, for a decision that is saved with the edition.

        They are read one after the other. Whatever plans a mailing saves the edition as well, so a decision whose
        edition is saved under its version saw every mailing that there was. Raises ``NotFound``; ``LostRace`` where a
        mailing is of a revision that the edition read before it does not have: then the decision could not be saved,
        and would be about items that are its own.
        """
        edition = items.existing(Edition, self.table.get(keys.edition(edition_id)))
        return edition, self.plan_of(edition)

    def plan_of(self, edition: Edition) -> list[Mailing]:
        """As of ``edition_and_plan``, of an edition that was read before. Raises ``LostRace``."""
        planned = self.mailings_of(edition.id)
        if any(mailing.revision > edition.revision for mailing in planned):
            raise LostRace
        return planned

    def batches(self, mailing: Mailing, *, after: str = "") -> Iterator[Batch]:
        """All of them, page by page, from the one on that may hold somebody behind the keyed hash ``after``."""
        return batches(self.table, mailing, after=after)

    def batches_named(self, mailing: Mailing, firsts: list[str]) -> list[Batch]:
        """Those that exist of the batches with these names."""
        if mailing.batch is not None:
            return [mailing.batch] if mailing.batch.first in firsts else []
        found = self.table.get_many([keys.batch(mailing.id, first) for first in firsts])
        return [items.load(Batch, item) for item in found.values()]

    def find_batch_with(self, mailing: Mailing, person: str) -> Batch | None:
        """The batch that holds ``person``: batches are named by their first hash, so it is the last one not
        behind theirs."""
        if mailing.batch is not None:
            return mailing.batch if person in mailing.batch.deliveries else None
        pk = keys.MAILING + mailing.id
        found = self.table.query(pk, start=keys.BATCH, end=keys.BATCH + person, backwards=True, page=1)
        batch = next((items.load(Batch, item) for item in found), None)
        return batch if batch and person in batch.deliveries else None

    def batches_among(self, mailing: Mailing, first: str, last: str) -> Iterator[Batch]:
        """The batches of a list mailing that hold anybody from ``first`` up to ``last``."""
        pk = keys.MAILING + mailing.id
        for item in self.table.query(pk, start=keys.BATCH, end=keys.BATCH + last, backwards=True, page=FEW_BATCHES):
            batch = items.load(Batch, item)
            yield batch
            if batch.first <= first:
                return

    def unsettled(self, mailing: Mailing) -> Iterator[str]:
        """Names of the batches that are not sent yet."""
        if mailing.batch is not None:
            yield from [mailing.batch.first] * (mailing.batch.state is not BatchState.SENT)
            return
        for item in self.table.query(keys.MAILING + mailing.id, prefix=keys.BATCH, fields=("sk", "phase")):
            if item["phase"]["S"] != BatchState.SENT:
                yield item["sk"]["S"].removeprefix(keys.BATCH)

    def look_over(self, mailing: Mailing, *, page: int | None = None) -> Iterator[Overview]:
        """Each batch of a list mailing, without its people; ``page`` is how many are read at once, where not all are
        wanted."""
        fields = ("sk", "phase", "tally")
        for item in self.table.query(keys.MAILING + mailing.id, prefix=keys.BATCH, fields=fields, page=page):
            first, settled = item["sk"]["S"].removeprefix(keys.BATCH), item["phase"]["S"] == BatchState.SENT
            if "tally" in item:
                yield Overview(first, settled, items.load_counts(item["tally"]["S"]))
                continue
            for batch in self.batches_named(mailing, [first]):  # written before tallies were
                yield Overview(first, settled, counts_of(batch))

    def find_slice(self, mailing_id: str, lower: str) -> Slice | None:
        return items.find(Slice, self.table.get(keys.slice_of(mailing_id, lower)))

    def slices(self, mailing_id: str) -> list[Slice]:
        found = self.table.query(keys.MAILING + mailing_id, prefix=keys.SLICE)
        return [items.load(Slice, item) for item in found]

    def find_ledger(self, hint: Hint) -> Ledger | None:
        """All that a decision on a batch needs, in one consistent read; None where there is no such batch."""
        mailing_key, batch_key = keys.mailing(hint.mailing), keys.batch(hint.mailing, hint.batch)
        series_key, edition_key, halt_key = keys.series(hint.series), keys.edition(hint.edition), keys.halt()
        wanted = [
            mailing_key,
            halt_key,
            *([series_key] if hint.series else []),
            *([edition_key] if hint.edition else []),
        ]
        seat_key = keys.registration(hint.edition, hint.batch)
        person_key, read = (
            (seat_key, known_registration)
            if hint.edition
            else (keys.subscriber(hint.series, hint.batch), known_subscriber)
        )
        if hint.addressed:
            person_key, read = keys.addressee(hint.mailing), known_addressee
            wanted += [seat_key] if hint.edition else []
        wanted += [person_key, keys.suppression(hint.batch)] if hint.alone else [batch_key]
        found = self.table.get_many(wanted)
        if mailing_key not in found or (hint.series and series_key not in found):
            return None
        mailing = items.load(Mailing, found[mailing_key])
        batch = mailing.batch or (items.load(Batch, found[batch_key]) if batch_key in found else None)
        if batch is None:
            return None
        people = None
        if hint.alone:
            person = read(found[person_key]) if person_key in found else None
            known = {hint.batch: person} if person else {}
            has_seat = hint.addressed and seat_key in found and found[seat_key]["active"]["BOOL"]
            people = Recipients(
                known,
                suppressed={hint.batch} if keys.suppression(hint.batch) in found else set(),
                registered=frozenset({hint.batch} if has_seat else ()),
            )
        edition = items.load(Edition, found[edition_key]) if edition_key in found else None
        series = items.load(Series, found[series_key]) if hint.series else None
        return Ledger(mailing, batch, series, edition, load_halts(found.get(halt_key)), people)
