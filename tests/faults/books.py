"""The ledger and the inbox side by side: what we wrote of every mail, and what people found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.domain.delivery import Batch, BatchState, Delivery, Outcome
from chalicelib.domain.mailing import Mailing, Progress
from chalicelib.store import items, keys
from tests.stage import Stage

Told = tuple[str, str]
"""Whom a mailing tells: its id and the person's keyed hash, as in the tags of every mail."""

ENDED = (Progress.FINISHED, Progress.MISSED, Progress.CANCELLED, Progress.REFUSED)
ARRIVED = {Outcome.SENT: 1, Outcome.COMPLAINED: 1, Outcome.BOUNCED: 0, Outcome.SKIPPED: 0, Outcome.FAILED: 0}
"""How many mails somebody finds in the end."""


@dataclass(frozen=True)
class Books:
    mailings: dict[str, Mailing]
    deliveries: dict[Told, Delivery]
    batches: list[Batch]
    inbox: Counter[Told]
    now: datetime

    def outcomes(self) -> Counter[str]:
        """How many of each outcome, with the reason where there is one."""
        return Counter(in_words(one) for one in self.deliveries.values())

    def problems(self, *, twice: Iterable[Told] = ()) -> list[str]:
        """Where somebody was lost, or told twice, or the ledger says what is not so.

        ``twice`` may have been told twice, at most.
        """
        forgiven = set(twice)
        found = [f"{told}: in the inbox, not in the ledger" for told in self.inbox.keys() - self.deliveries.keys()]
        for told, one in self.deliveries.items():
            mails, right = self.inbox[told], ARRIVED.get(one.outcome, -1)
            if mails != right and not (told in forgiven and mails <= 2 and one.outcome is Outcome.SENT):
                found.append(f"{self.name(told)}: {in_words(one)}, and {mails} in the inbox")
        found += [
            f"batch of {self.mailings[one.mailing].kind}: {one.state}"
            for one in self.batches
            if one.state is not BatchState.SENT
        ]
        begun = [
            one for one in self.mailings.values() if one.progress is not Progress.PLANNED or one.due_at <= self.now
        ]
        found += [f"{one.kind}: still {one.progress}" for one in begun if one.progress not in ENDED]
        return found

    def name(self, told: Told) -> str:
        mailing = self.mailings[told[0]]
        return f"{mailing.kind} {mailing.detail} r{mailing.revision} to {told[1][:6]}".replace("  ", " ")

    def summary(self) -> dict[str, str]:
        """Everything that was to be said and what became of it, comparable from one life to another."""
        return {self.name(told): in_words(one) for told, one in sorted(self.deliveries.items())}


def in_words(one: Delivery) -> str:
    return f"{one.outcome}: {one.reason}" if one.reason else str(one.outcome)


def books(on_stage: Stage) -> Books:
    """As they are now."""
    inbox = Counter(told(mail.tags) for mail in on_stage.mailbox.newest_first())
    return opened(on_stage.items(), inbox, now=on_stage.clock.now())


def told(tags: Mapping[str, list[str]]) -> Told:
    return tags["mailing"][0], tags["person"][0]


def opened(rows: Iterable[dict[str, Any]], inbox: Counter[Told], *, now: datetime) -> Books:
    """From everything in the table."""
    mailings: dict[str, Mailing] = {}
    batches: list[Batch] = []
    for row in rows:
        if row["pk"]["S"].startswith(keys.MAILING) and row["sk"]["S"] == "MAILING":
            mailing = items.load(Mailing, row)
            mailings[mailing.id] = mailing
            batches += [mailing.batch] * (mailing.batch is not None)
        elif row["sk"]["S"].startswith(keys.BATCH):
            batches.append(items.load(Batch, row))
    deliveries = {(batch.mailing, hash_): one for batch in batches for hash_, one in batch.deliveries.items()}
    assert len(deliveries) == sum(len(batch.deliveries) for batch in batches), "somebody is in two batches of a mailing"
    return Books(mailings, deliveries, batches, inbox, now)
