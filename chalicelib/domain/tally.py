"""Tally: how many mails of a mailing have come to which outcome, kept so that nobody has to read the ledger for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from chalicelib.domain.delivery import Batch, Outcome

MOST_FAILING = 20
"""So many batches in which a mail failed are kept by name, to show who it was."""


class Counted(NamedTuple):
    """``number`` mails with this outcome, for this reason (empty where there is none)."""

    outcome: Outcome
    reason: str
    number: int


Counts = tuple[Counted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """As of a moment. ``failing`` are names of batches in which a mail failed, at most ``MOST_FAILING``."""

    at: datetime
    counts: Counts = ()
    failing: tuple[str, ...] = ()

    @property
    def totals(self) -> dict[Outcome, int]:
        """By outcome, in the order of the outcomes."""
        added = Counter[Outcome]()
        for one in self.counts:
            added[one.outcome] += one.number
        return {outcome: added[outcome] for outcome in Outcome if added[outcome]}

    @property
    def reasons(self) -> dict[Outcome, dict[str, int]]:
        """By outcome and reason, of those that have one."""
        found: dict[Outcome, dict[str, int]] = {}
        for one in self.counts:
            if one.reason:
                found.setdefault(one.outcome, {})[one.reason] = one.number
        return found

    @property
    def number(self) -> int:
        return sum(one.number for one in self.counts)


def counts_of(batch: Batch) -> Counts:
    """Of one batch, in a fixed order."""
    return _ordered(Counter((one.outcome, one.reason) for one in batch.deliveries.values()))


def tally(batches: Iterable[tuple[str, Counts]], *, at: datetime) -> Tally:
    """Of all batches, each by its name."""
    added: Counter[tuple[Outcome, str]] = Counter()
    failing: list[str] = []
    for name, counts in batches:
        added.update({(one.outcome, one.reason): one.number for one in counts})
        if len(failing) < MOST_FAILING and any(one.outcome is Outcome.FAILED for one in counts):
            failing.append(name)
    return Tally(at=at, counts=_ordered(added), failing=tuple(failing))


def _ordered(added: Mapping[tuple[Outcome, str], int]) -> Counts:
    return tuple(Counted(outcome, reason, number) for (outcome, reason), number in sorted(added.items()))
