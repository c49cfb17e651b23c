"""The store: what is kept, in the words of the domain. One method a question, one ``Changes`` a transaction.

``Store`` is made of one class an aggregate, each in its file, and adds nothing to them. They are base classes and not
attributes: a question is asked as ``store.edition(...)``, whose name already says of what, and
``store.editions.edition(...)`` would say it twice. Questions that concern two aggregates (the edition with its plan,
the ledger of a batch) need not choose a side for their callers either. Names follow one habit: ``edition(...)`` raises
``NotFound`` and ``find_edition(...)`` gives None where there is none.

Only sources are an attribute: their questions are those of the webhooks, whose short names (``all``, ``seen``) mean
nothing without it.
"""

from __future__ import annotations

from chalicelib.store.changes import Changes
from chalicelib.store.counts import PeopleCounts
from chalicelib.store.due import DueRows
from chalicelib.store.editions import Editions
from chalicelib.store.mailings import Mailings
from chalicelib.store.people import People
from chalicelib.store.sources import Sources
from chalicelib.store.suppressions import Suppressions
from chalicelib.store.table import Table


class Store(Editions, People, PeopleCounts, Suppressions, Mailings, DueRows):
    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self.sources = Sources(table)

    def changes(self) -> Changes:
        return Changes(self.table)
