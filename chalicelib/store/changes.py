"""Changes: what one decision changes, saved in one transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from chalicelib.domain import counts
from chalicelib.domain.addressee import Addressee
from chalicelib.domain.corrections import said
from chalicelib.domain.delivery import Batch
from chalicelib.domain.due import Due, Matter
from chalicelib.domain.edition import Edition
from chalicelib.domain.mailing import Mailing, Progress, with_batch
from chalicelib.domain.registration import Registration
from chalicelib.domain.submission import Submission
from chalicelib.domain.subscription import Subscriber
from chalicelib.domain.suppression import Lifting
from chalicelib.domain.troubles import troubles
from chalicelib.store import items, keys
from chalicelib.store.counts import count, counted_by, troubled_by
from chalicelib.store.due import due_row, due_row_stands, no_due_row
from chalicelib.store.keys import Key
from chalicelib.store.sources import Seen, remember
from chalicelib.store.table import Table, Write, attributes

Person = TypeVar("Person", Registration, Subscriber)

COUNTED_EVERY = timedelta(minutes=5)
"""How often the outcomes of a mailing are counted anew at most."""


class Changes:
    """What one decision changes, saved in one transaction: all of it or nothing.

    ``commit`` raises ``LostRace`` when anything it rests on has changed since it was read.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.writes: list[Write] = []
        # A transaction writes an item once, so what is counted in one is added up.
        self._counted: defaultdict[Key, Counter[str]] = defaultdict(Counter)

    def save(self, value: items.Value) -> Changes:
        self.writes.append(items.put(value))
        return self

    def save_counted(self, value: Person, *, was: Person | None, zone: str) -> Changes:
        """Save a registration or subscription, and count where it stands now, on the day it is in ``zone``."""
        self.save(replace(value, counted=True))
        for step in counts.steps(was, value, zone):
            if isinstance(value, Registration):
                where = keys.registration_count(value.edition, step.day, value.person.hash)
            else:
                where = keys.subscriber_count(value.series, step.day, value.hash)
            self._counted[where].update(counted_by(step))
        return self

    def point(self, edition: Edition, *, was: Edition | None = None) -> Changes:
        """Save the edition, and keep its pointer in its series where its start is.

        The one that goes is the one that was written.
        """
        self.save(replace(edition, pointed_at=edition.starts_at))
        here = keys.edition_pointer(edition.series, edition.starts_at, edition.id)
        if was is not None:
            before = keys.edition_pointer(was.series, was.pointed_at or was.starts_at, was.id)
            if before == here:
                return self
            self.writes.append({"Delete": {"Key": attributes(before)}})
        self.writes.append({"Put": {"Item": attributes(here)}})
        return self

    def keep_text(self, edition: Edition) -> Changes:
        """Keep what an announcement of it says now. What says the same is the same item, so nothing is asked first."""
        text = said(edition)
        item = attributes(keys.text(edition.id, text.digest)) | {"body": {"S": items.encode(text)}}
        self.writes.append({"Put": {"Item": item}})
        return self

    def delete_edition(self, edition: Edition) -> Changes:
        """Delete it with its pointer; conditional on nobody having written it since it was read.

        Only for one that nobody has registered for: nothing else of it is looked for.
        """
        where = {
            "Key": attributes(items.key(edition)),
            "ConditionExpression": "#version = :version",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":version": {"N": str(edition.version)}},
        }
        pointer = keys.edition_pointer(edition.series, edition.pointed_at or edition.starts_at, edition.id)
        self.writes += [{"Delete": where}, {"Delete": {"Key": attributes(pointer)}}]
        return self

    def count_seats(self, edition: Edition, *, taken: int) -> Changes:
        """Start, change or end counting. Conditional on ``taken`` being what it was when this was decided."""
        where = attributes(keys.seats(edition.id))
        if edition.seats is None:
            self.writes.append({"Delete": {"Key": where}})
            return self
        self.writes.append(
            {
                "Update": {
                    "Key": where,
                    "UpdateExpression": "SET taken = :taken, seats = :seats",
                    "ConditionExpression": "attribute_not_exists(taken) OR taken = :taken",
                    "ExpressionAttributeValues": {":taken": {"N": str(taken)}, ":seats": {"N": str(edition.seats)}},
                }
            }
        )
        return self

    def take_seats(self, edition: Edition, more: int) -> Changes:
        """Count one more seat as taken (1), or one as free again (-1). Unlimited seats are not counted."""
        if edition.seats is None or more == 0:
            return self
        if more > 0:
            self.writes.append(_seat(edition, "SET taken = taken + :one", "taken < seats"))
        else:
            self.writes.append(_seat(edition, "SET taken = taken - :one", "taken > :zero", ":zero"))
        return self

    def want_next_draft(self, slug: str, at: datetime) -> Changes:
        """The tick makes the series' next draft, or finds that there is one."""
        self.writes.append({"Put": {"Item": attributes(keys.due(Due(at, Matter.NEXT_DRAFT, slug)))}})
        return self

    def want_tally(self, mailing: Mailing, *, now: datetime) -> Changes:
        """The tick counts the mailing's outcomes anew, soon: once for all that ask within these minutes."""
        soon = COUNTED_EVERY - timedelta(seconds=now.timestamp() % COUNTED_EVERY.total_seconds())
        at = (now + soon).replace(microsecond=0)
        self.writes.append({"Put": {"Item": attributes(keys.due(Due(at, Matter.TALLY, mailing.id)))}})
        return self

    def done(self, due: Due) -> Changes:
        """What was due has been done; conditional on nobody having done it."""
        where = {"Key": attributes(keys.due(due)), "ConditionExpression": "attribute_exists(pk)"}
        self.writes.append({"Delete": where})
        return self

    def plan(self, mailing: Mailing) -> Changes:
        """A new mailing with its due row, and its pointer where a list is meant.

        One that is missed already needs no tick.
        """
        self.save(mailing)
        if mailing.progress is not Progress.MISSED:
            self.writes.append(due_row(mailing))
        if not mailing.audience.is_list or mailing.trial:
            return self
        self.writes.append({"Put": {"Item": attributes(keys.edition_mailing(mailing.edition, mailing.id))}})
        return self

    def replan(self, before: Mailing | None, after: Mailing | None) -> Changes:
        """Save what has become of a mailing that waits: nothing, a first one, another due time, or its end."""
        if after is None or after == before:
            return self
        if before is None:
            return self.plan(after)
        if not after.is_open:
            return self.close(after)
        if after.progress is Progress.PLANNED:
            self.reschedule(after, after.due_at)
            return self
        return self.save(after)  # paused: its due row comes back when it is resumed

    def reschedule(self, mailing: Mailing, at: datetime) -> Mailing:
        """Save the mailing with its due row at ``at``, gone from ``look_at``: the tick looks after it then.

        Gives the mailing as saved.
        """
        moved = replace(mailing, look_at=at)
        if not due_row_stands(mailing, at):
            self.writes.append(no_due_row(mailing))
        self.writes.append(due_row(moved))
        self.save(moved)
        return moved

    def close(self, mailing: Mailing) -> Changes:
        """Save the mailing without a due row: the tick has nothing to do for it, for good or until it is resumed."""
        self.writes.append(no_due_row(mailing))
        return self.save(mailing)

    def settle(self, mailing: Mailing, batch: Batch) -> Changes:
        """Save a batch where it lies; a mailing to one person holds its own.

        The due row of one that is finished with it is forgotten in passing.
        """
        if mailing.batch is None:
            return self.save(batch)
        return self.count_troubles(mailing, batch).save(with_batch(mailing, batch))

    def count_troubles(self, mailing: Mailing, batch: Batch) -> Changes:
        """Count what has gone wrong with ``batch``, of a mailing to one person; saving it is another matter."""
        if found := troubles(mailing, batch):
            self._counted[keys.troubles(mailing.series, mailing.edition)].update(troubled_by(mailing.kind, found))
        return self

    def lift(self, lifting: Lifting) -> Changes:
        """Take back the suppression that this was decided on, with the soft bounces of its address."""
        self.writes.append(
            {
                "Delete": {
                    "Key": attributes(keys.suppression(lifting.person)),
                    "ConditionExpression": "#reason = :reason AND #since = :since",
                    "ExpressionAttributeNames": {"#reason": "reason", "#since": "since"},
                    "ExpressionAttributeValues": {
                        ":reason": {"S": lifting.suppressed_for},
                        ":since": {"S": keys.iso(lifting.suppressed_at)},
                    },
                }
            }
        )
        self.writes.append({"Delete": {"Key": attributes(keys.soft_bounces(lifting.person))}})
        return self.save(lifting)

    def remember(self, source_id: str, known_as: str, seen: Seen, *, now: datetime) -> Changes:
        """A delivery of a source is taken; conditional on nobody having taken it."""
        self.writes.append(remember(source_id, known_as, seen, now=now))
        return self

    def erase(self, value: Submission | Addressee | Lifting) -> Changes:
        """Delete it; conditional on its being there."""
        where = {"Key": attributes(items.key(value)), "ConditionExpression": "attribute_exists(pk)"}
        self.writes.append({"Delete": where})
        return self

    def commit(self) -> None:
        if self.writes:
            self.table.write(self.writes + [count(where, added) for where, added in self._counted.items()])


def _seat(edition: Edition, update: str, condition: str, *values: str) -> Write:
    return {
        "Update": {
            "Key": attributes(keys.seats(edition.id)),
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {":one": {"N": "1"}} | {value: {"N": "0"} for value in values},
        }
    }
