"""The store: what is kept, in the words of the domain. One method a question, one ``Changes`` a transaction."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

from chalicelib.domain.addressee import Addressee
from chalicelib.domain.delivery import Batch, BatchState
from chalicelib.domain.halt import Halt
from chalicelib.domain.mailing import Audience, Mailing, Progress, Slice
from chalicelib.domain.refusals import NotFound
from chalicelib.domain.registration import Registration
from chalicelib.domain.series import Edition, Series
from chalicelib.domain.submission import Submission
from chalicelib.domain.subscription import Subscriber
from chalicelib.domain.suppression import COMPLAINT, Lifting, SoftBounce, Suppression
from chalicelib.queues import Hint
from chalicelib.store import items, keys
from chalicelib.store.keys import Key
from chalicelib.store.sources import Seen, Sources, remember
from chalicelib.store.table import Item, LostRace, Table, Write, attributes

LATELY = 60.0
"""Seconds."""

FEW_BATCHES = 3
"""Batches of one mailing are cut like those of another, but for who came and went in between."""

RULES_CHANGE = timedelta(hours=3)
"""How far a change of a zone's rules may move a start."""

Recipient = Registration | Subscriber | Addressee

ACTIVE: Item = {"active": {"BOOL": True}}


class SeatAsked(NamedTuple):
    """What a decision on a person's place needs. ``taken`` is 0 where seats are unlimited, as nobody counts."""

    edition: Edition
    taken: int
    held: Registration | None
    suppressed: bool


class People(NamedTuple):
    """Who is behind the hashes of a batch, and who of them must not be written to. ``registered`` are addressees with a seat by now."""

    known: dict[str, Recipient]
    suppressed: set[str]
    registered: frozenset[str] = frozenset()


class Held(NamedTuple):
    """What is held of one person; expired submissions and addressees among it, for DynamoDB deletes late."""

    registrations: list[Registration]
    subscribers: list[Subscriber]
    submissions: list[Submission]
    addressees: list[Addressee]


class Ledger(NamedTuple):
    """A batch and what it is about, as they are now; its person too, where it is only one."""

    mailing: Mailing
    batch: Batch
    series: Series
    edition: Edition | None
    halts: list[Halt]
    people: People | None


class Store:
    def __init__(self, table: Table) -> None:
        self.table = table
        self.sources = Sources(table)
        self._lately: dict[str, tuple[float, Series]] = {}

    def changes(self) -> Changes:
        return Changes(self.table)

    # Series and editions

    def series(self, slug: str) -> Series:
        """Raises ``NotFound``."""
        if (item := self.table.get(keys.series(slug))) is None:
            raise NotFound
        return items.load(Series, item)

    def series_lately(self, slug: str) -> Series:
        """The series as it was within the last minute: for its words, not for decisions. Raises ``NotFound``."""
        read_at, known = self._lately.get(slug, (-math.inf, None))
        if known is None or time.monotonic() - read_at > LATELY:
            known = self.series(slug)
            self._lately[slug] = (time.monotonic(), known)
        return known

    def all_series(self) -> list[Series]:
        return [items.load(Series, item) for item in self.table.query(keys.SERIES)]

    def edition(self, edition_id: str) -> Edition:
        """Raises ``NotFound``."""
        if (item := self.table.get(keys.edition(edition_id))) is None:
            raise NotFound
        return items.load(Edition, item)

    def edition_and_taken(self, edition_id: str) -> tuple[Edition, int]:
        """The edition and how many of its seats are taken (0 where they are unlimited, as nobody counts). Raises ``NotFound``."""
        edition, taken, _ = self.edition_for(edition_id, person="")
        return edition, taken

    def edition_for(self, edition_id: str, person: str) -> tuple[Edition, int, Registration | None]:
        """The edition, how many of its seats are taken and what ``person`` holds of it (erased or not), in one consistent read. Raises ``NotFound``."""
        wanted = (keys.edition(edition_id), keys.seats(edition_id), keys.registration(edition_id, person))
        return _seat_asked(self.table.get_many(wanted[: 3 if person else 2]), edition_id, person)[:3]

    def seat_asked(self, edition_id: str, person: str) -> SeatAsked:
        """All that a decision on ``person``'s place needs, in one consistent read. Raises ``NotFound``."""
        wanted = (
            keys.edition(edition_id),
            keys.seats(edition_id),
            keys.registration(edition_id, person),
            keys.suppression(person),
        )
        return _seat_asked(self.table.get_many(wanted), edition_id, person)

    def editions_of(
        self,
        slug: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        backwards: bool = False,
        limit: int = 50,
    ) -> list[Edition]:
        """Editions whose start lies between, in order of start, drafts among them.

        A pointer stands where the start was by the rules of its day, so those just outside are looked at as well.
        """
        pointers = self.table.query(
            keys.editions_of(slug),
            start=keys.EDITION + keys.iso(since - RULES_CHANGE) if since else keys.EDITION,
            end=keys.EDITION + keys.iso(until + RULES_CHANGE) if until else keys.EDITION + "~",
            backwards=backwards,
            page=limit,
        )
        editions: list[Edition] = []
        while len(editions) < limit and (some := list(itertools.islice(pointers, limit))):
            ids = [item["sk"]["S"].rpartition("#")[2] for item in some]
            found = self.table.get_many(map(keys.edition, ids))
            loaded = (items.load(Edition, found[key]) for key in map(keys.edition, ids) if key in found)
            editions += [
                one
                for one in loaded
                if (since is None or since <= one.starts_at) and (until is None or one.starts_at < until)
            ]
        return sorted(editions, key=lambda one: (one.starts_at, one.id), reverse=backwards)[:limit]

    # People

    def registration(self, edition_id: str, person: str) -> Registration | None:
        """None where it was erased."""
        item = self.table.get(keys.registration(edition_id, person))
        return _kept(items.load(Registration, item)) if item else None

    def registrations(self, edition_id: str, *, after: str = "", limit: int = 100) -> list[Registration]:
        """In order of their keyed hashes, without the erased ones."""
        found = self.table.query(
            keys.EDITION + edition_id,
            start=keys.REGISTRATION + after + ("!" if after else ""),
            end=keys.REGISTRATION + "~",
            page=limit,
        )
        kept = (one for item in found if (one := _kept(items.load(Registration, item))))
        return list(itertools.islice(kept, limit))

    def subscriber(self, slug: str, person: str) -> Subscriber | None:
        """An erased one too: whoever subscribes again goes on from it."""
        item = self.table.get(keys.subscriber(slug, person))
        return items.load(Subscriber, item) if item else None

    def subscription_asked(self, slug: str, person: str) -> tuple[Subscriber | None, bool]:
        """The subscription, and whether the address is suppressed, in one consistent read."""
        subscriber, suppression = keys.subscriber(slug, person), keys.suppression(person)
        found = self.table.get_many((subscriber, suppression))
        held = items.load(Subscriber, found[subscriber]) if subscriber in found else None
        return held, suppression in found

    def subscribers(self, slug: str, *, after: str = "", limit: int = 100) -> list[Subscriber]:
        """In order of their keyed hashes, without the erased ones."""
        pk = keys.subscriber(slug, "").pk
        found = self.table.query(pk, start=after + "!" if after else "", page=limit)
        kept = (one for item in found if (one := _kept(items.load(Subscriber, item))))
        return list(itertools.islice(kept, limit))

    def count_subscribers(self, slug: str, *, most: int) -> int:
        """At ``most`` so many: all of them are read for it, and a request has seconds."""
        found = self.table.query(keys.subscriber(slug, "").pk, only=ACTIVE, fields=("sk",))
        return sum(1 for _ in itertools.islice(found, most))

    def held_by(self, person: str) -> Held:
        """Everything this person agreed to, filled in or was written to about, by the index (which follows the table by moments)."""
        held = Held([], [], [], [])
        for item in self.table.by_person(person):
            pk, sk = item["pk"]["S"], item["sk"]["S"]
            if sk.startswith(keys.REGISTRATION):
                held.registrations.append(items.load(Registration, item))
            elif sk.startswith(keys.SUBMISSION):
                held.submissions.append(items.load(Submission, item))
            elif pk.startswith(keys.SERIES):
                held.subscribers.append(items.load(Subscriber, item))
            elif sk == keys.ADDRESSEE:
                held.addressees.append(items.load(Addressee, item))
        return held

    def why_suppressed(self, person: str) -> str:
        """The reason, or nothing."""
        suppression = self.suppression(person)
        return suppression.reason if suppression else ""

    def suppression(self, person: str) -> Suppression | None:
        item = self.table.get(keys.suppression(person))
        return Suppression(item["reason"]["S"], datetime.fromisoformat(item["since"]["S"])) if item else None

    def liftings(self, person: str) -> list[Lifting]:
        """The suppressions of this address that were taken back, oldest first."""
        return [items.load(Lifting, item) for item in self.table.query(keys.liftings(person))]

    def audience(self, mailing: Mailing, piece: Slice) -> Iterator[str]:
        """The keyed hashes in a slice of everybody a list mailing is for, in order, from behind its cursor."""
        pk, prefix = self._audience(mailing)
        start = prefix + piece.cursor + ("!" if piece.cursor else "")
        for item in self.table.query(pk, start=start, end=prefix + piece.upper, only=ACTIVE, fields=("sk",)):
            yield item["sk"]["S"][len(prefix) :]

    def recipients(self, mailing: Mailing, hashes: Sequence[str]) -> People:
        """The people behind a batch's hashes, as they are now, and which of them are suppressed.

        A batch is a run of neighbours, so its people are one range of their partition: a fraction of the units, and of the work, that
        asking for each of them would take.
        """
        if not hashes:
            return People({}, set())
        if mailing.addressed:
            item = self.table.get(keys.addressee(mailing.id))
            return People({mailing.person: items.load(Addressee, item)} if item else {}, set())
        pk, prefix = self._audience(mailing)
        first, last, wanted = min(hashes), max(hashes), set(hashes)
        read = _subscriber if prefix == "" else _registration
        found = self.table.query(pk, start=prefix + first, end=prefix + last, fields=("sk", "body"))
        wanted_items = ((item["sk"]["S"][len(prefix) :], item) for item in found)
        known = {hash_: one for hash_, item in wanted_items if hash_ in wanted and (one := read(item))}
        told = self.table.query(keys.suppression("").pk, start=first, end=last, fields=("sk",))
        return People(known, wanted & {item["sk"]["S"] for item in told})

    def _audience(self, mailing: Mailing) -> tuple[str, str]:
        if mailing.audience is Audience.SUBSCRIBERS or not mailing.edition:
            return keys.subscriber(mailing.series, "").pk, ""
        return keys.EDITION + mailing.edition, keys.REGISTRATION

    # Mailings

    def mailing(self, mailing_id: str) -> Mailing | None:
        item = self.table.get(keys.mailing(mailing_id))
        return items.load(Mailing, item) if item else None

    def mailings(self, ids: list[str]) -> list[Mailing]:
        """Those that exist."""
        return [items.load(Mailing, item) for item in self.table.get_many(map(keys.mailing, ids)).values()]

    def mailings_of(self, edition_id: str) -> list[Mailing]:
        """The list mailings an edition implies, in order of due time."""
        pointers = self.table.query(keys.EDITION + edition_id, prefix=keys.MAILING, fields=("sk",))
        found = self.mailings([item["sk"]["S"].removeprefix(keys.MAILING) for item in pointers])
        return sorted(found, key=lambda mailing: mailing.due_at)

    def edition_and_plan(self, edition_id: str) -> tuple[Edition, list[Mailing]]:
        """The edition and its list mailings, for a decision that is saved with the edition.

        They are read one after the other. Whatever plans a mailing saves the edition as well, so a decision whose edition is saved under its
        version saw every mailing that there was. Raises ``NotFound``; ``LostRace`` where a mailing is of a revision that the edition read
        before it does not have: then the decision could not be saved, and would be about items that are its own.
        """
        edition, planned = self.edition(edition_id), self.mailings_of(edition_id)
        if any(mailing.revision > edition.revision for mailing in planned):
            raise LostRace
        return edition, planned

    def batches(self, mailing: Mailing) -> Iterator[Batch]:
        """All of them, page by page."""
        if mailing.batch is not None:
            return iter([mailing.batch])
        found = self.table.query(keys.MAILING + mailing.id, prefix=keys.BATCH)
        return (items.load(Batch, item) for item in found)

    def batches_named(self, mailing: Mailing, firsts: list[str]) -> list[Batch]:
        """Those that exist of the batches with these names."""
        if mailing.batch is not None:
            return [mailing.batch] if mailing.batch.first in firsts else []
        found = self.table.get_many([keys.batch(mailing.id, first) for first in firsts])
        return [items.load(Batch, item) for item in found.values()]

    def batch_with(self, mailing: Mailing, person: str) -> Batch | None:
        """The batch that holds ``person``: batches are named by their first hash, so it is the last one not behind theirs."""
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

    def slice_of(self, mailing_id: str, lower: str) -> Slice | None:
        item = self.table.get(keys.slice_of(mailing_id, lower))
        return items.load(Slice, item) if item else None

    def slices(self, mailing_id: str) -> list[Slice]:
        found = self.table.query(keys.MAILING + mailing_id, prefix=keys.SLICE)
        return [items.load(Slice, item) for item in found]

    def ledger(self, hint: Hint) -> Ledger | None:
        """All that a decision on a batch needs, in one consistent read; None where there is no such batch."""
        mailing_key, batch_key = keys.mailing(hint.mailing), keys.batch(hint.mailing, hint.batch)
        series_key, edition_key, halt_key = keys.series(hint.series), keys.edition(hint.edition), keys.halt()
        wanted = [mailing_key, series_key, halt_key, *([edition_key] if hint.edition else [])]
        seat_key = keys.registration(hint.edition, hint.batch)
        person_key, read = (
            (seat_key, _registration) if hint.edition else (keys.subscriber(hint.series, hint.batch), _subscriber)
        )
        if hint.addressed:
            person_key, read = keys.addressee(hint.mailing), _addressee
            wanted += [seat_key] if hint.edition else []
        wanted += [person_key, keys.suppression(hint.batch)] if hint.alone else [batch_key]
        found = self.table.get_many(wanted)
        if mailing_key not in found or series_key not in found:
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
            people = People(
                known,
                suppressed={hint.batch} if keys.suppression(hint.batch) in found else set(),
                registered=frozenset({hint.batch} if has_seat else ()),
            )
        edition = items.load(Edition, found[edition_key]) if edition_key in found else None
        return Ledger(
            mailing, batch, items.load(Series, found[series_key]), edition, _halts(found.get(halt_key)), people
        )

    def halts(self) -> list[Halt]:
        """Those that stand, and those that have ended and were not forgotten yet."""
        return _halts(self.table.get(keys.halt()))

    def stop_sending(self, halts: Sequence[Halt], *, over: Sequence[Halt] = ()) -> None:
        """What each halt concerns waits until its end. Halts of other scopes stay, whoever writes them at the same moment.

        ``over`` have ended and are forgotten, unless one of them was renewed meanwhile.
        """
        try:
            self.table.write([_stop(halts, [old for old in over if old.scope not in {new.scope for new in halts}])])
        except LostRace:
            self.table.write([_stop(halts, [])])

    def due(self, now: datetime, *, since: datetime) -> Iterator[tuple[str, datetime]]:
        """Ids of mailings whose due row stands between ``since``'s day and ``now``, with the row's time."""
        day = since.astimezone(UTC).date()
        while day <= now.astimezone(UTC).date():
            for item in self.table.query(keys.due_day(day), end=keys.iso(now) + "~"):
                at, _, mailing_id = item["sk"]["S"].partition("#")
                yield mailing_id, datetime.fromisoformat(at)
            day += timedelta(days=1)

    def tick_since_and_halts(self) -> tuple[datetime | None, list[Halt]]:
        """From which day on the tick has to look for due rows, and the halts."""
        found = self.table.get_many([keys.tick(), keys.halt()])
        item = found.get(keys.tick())
        return datetime.fromisoformat(item["since"]["S"]) if item else None, _halts(found.get(keys.halt()))

    def forget_due(self, mailing_id: str, at: datetime) -> None:
        """A leftover: nobody looks for it."""
        self.table.write([{"Delete": {"Key": attributes(keys.due(at, mailing_id))}}])

    def forget_finished(self, mailings: list[Mailing]) -> None:
        """The due rows of mailings to one person that are finished, at once. The tick finds whatever is left of them."""
        self.table.delete([keys.due(mailing.look_at, mailing.id) for mailing in mailings])

    def remember_soft_bounce(
        self, person: str, bounce: SoftBounce, *, since: datetime, expires: datetime
    ) -> list[SoftBounce]:
        """The soft bounces of this address since ``since``, this one included. Forgets older ones."""
        key = keys.soft_bounces(person)
        kept = self.table.add_to_set(key, "bounces", f"{keys.iso(bounce.at)}#{bounce.mail}", expires=expires)
        old = {text for text in kept if text < keys.iso(since)}
        if old:
            self.table.take_from_set(key, "bounces", old)
        read = (text.partition("#") for text in kept - old)
        return [SoftBounce(mail, datetime.fromisoformat(at)) for at, _, mail in read]

    def suppress(self, person: str, reason: str, at: datetime) -> None:
        """Never write to this address again. A complaint stays one, whatever else comes."""
        said = {"reason": {"S": reason}, "since": {"S": keys.iso(at)}, "person": {"S": person}}
        put: Item = {"Item": attributes(keys.suppression(person)) | said}
        if reason != COMPLAINT:
            put |= {
                "ConditionExpression": "attribute_not_exists(pk) OR #reason <> :complaint",
                "ExpressionAttributeNames": {"#reason": "reason"},
                "ExpressionAttributeValues": {":complaint": {"S": COMPLAINT}},
            }
        try:
            self.table.write([{"Put": put}])
        except LostRace:
            if self.why_suppressed(person) != COMPLAINT:
                raise

    def remember_tick(self, since: datetime) -> None:
        self.table.write([{"Put": {"Item": attributes(keys.tick()) | {"since": {"S": keys.iso(since)}}}}])


class Changes:
    """What one decision changes, saved in one transaction: all of it or nothing.

    ``commit`` raises ``LostRace`` when anything it rests on has changed since it was read.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.writes: list[Write] = []

    def save(self, value: items.Value) -> Changes:
        self.writes.append(items.put(value))
        return self

    def point(self, edition: Edition, *, was: Edition | None = None) -> Changes:
        """Save the edition, and keep its pointer in its series where its start is. The one that goes is the one that was written."""
        self.save(replace(edition, pointed_at=edition.starts_at))
        here = keys.edition_pointer(edition.series, edition.starts_at, edition.id)
        if was is not None:
            before = keys.edition_pointer(was.series, was.pointed_at or was.starts_at, was.id)
            if before == here:
                return self
            self.writes.append({"Delete": {"Key": attributes(before)}})
        self.writes.append({"Put": {"Item": attributes(here)}})
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

    def take_seat(self, edition: Edition) -> Changes:
        if edition.seats is not None:
            self.writes.append(_seat(edition, "SET taken = taken + :one", "taken < seats"))
        return self

    def free_seat(self, edition: Edition) -> Changes:
        if edition.seats is not None:
            self.writes.append(_seat(edition, "SET taken = taken - :one", "taken > :zero", ":zero"))
        return self

    def plan(self, mailing: Mailing) -> Changes:
        """A new mailing with its due row, and its pointer where a list is meant. One that is missed already needs no tick."""
        self.save(mailing)
        if mailing.progress is not Progress.MISSED:
            self.writes.append(_due_row(mailing))
        if mailing.audience is Audience.PERSON:
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
            self.look_again(after, after.due_at)
            return self
        return self.save(after)  # paused: its due row comes back when it is resumed

    def look_again(self, mailing: Mailing, at: datetime) -> Mailing:
        """Save the mailing and move its due row: the tick looks after it then. Gives the mailing as saved."""
        moved = replace(mailing, look_at=at)
        if not due_row_stands(mailing, at):
            self.writes.append(_forget_due(mailing))
        self.writes.append(_due_row(moved))
        self.save(moved)
        return moved

    def close(self, mailing: Mailing) -> Changes:
        """Save the mailing in its last state: the tick has nothing more to do for it."""
        self.writes.append(_forget_due(mailing))
        return self.save(mailing)

    def leave(self, mailing: Mailing) -> Changes:
        """Take the due row away from where it stands."""
        self.writes.append(_forget_due(mailing))
        return self

    def reopen(self, mailing: Mailing) -> Changes:
        """Save the mailing and put a due row where it says: the tick looks after it from then on."""
        self.writes.append(_due_row(mailing))
        return self.save(mailing)

    def settle(self, mailing: Mailing, batch: Batch) -> Changes:
        """Save a batch where it lies; a mailing to one person is finished with it (its due row is forgotten in passing)."""
        if mailing.batch is None:
            return self.save(batch)
        finished = batch.state is BatchState.SENT and mailing.progress is Progress.SENDING
        progress = Progress.FINISHED if finished else mailing.progress
        return self.save(replace(mailing, batch=batch, progress=progress))

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
            self.table.write(self.writes)


def _seat_asked(found: dict[Key, Item], edition_id: str, person: str) -> SeatAsked:
    edition, seats = found.get(keys.edition(edition_id)), found.get(keys.seats(edition_id))
    if edition is None:
        raise NotFound
    held = found.get(keys.registration(edition_id, person))
    return SeatAsked(
        items.load(Edition, edition),
        int(seats["taken"]["N"]) if seats else 0,
        items.load(Registration, held) if held else None,
        suppressed=keys.suppression(person) in found,
    )


Erasable = TypeVar("Erasable", Registration, Subscriber)


def _kept(one: Erasable) -> Erasable | None:
    """Nobody, where the person was erased."""
    return None if one.is_erased else one


def _subscriber(item: Item) -> Recipient | None:
    return _kept(items.load(Subscriber, item))


def _registration(item: Item) -> Recipient | None:
    return _kept(items.load(Registration, item))


def _addressee(item: Item) -> Recipient | None:
    return items.load(Addressee, item)


def _halts(item: Item | None) -> list[Halt]:
    """Each is an attribute of the one item, named by its scope: two workers that write different ones do not meet."""
    return [
        Halt(scope, datetime.fromisoformat(told["until"]["S"]), told["reason"]["S"], told["alarm"]["BOOL"])
        for scope, kept in (item or {}).items()
        if (told := kept.get("M"))
    ]


def _stop(halts: Sequence[Halt], over: Sequence[Halt]) -> Write:
    names = {f"#{number}": halt.scope for number, halt in enumerate([*halts, *over])}
    told = [
        {"M": {"until": {"S": keys.iso(halt.until)}, "reason": {"S": halt.reason}, "alarm": {"BOOL": halt.alarm}}}
        for halt in [*halts, *over]
    ]
    values = {f":{number}": value for number, value in enumerate(told)}
    kept, ended = range(len(halts)), range(len(halts), len(names))
    update = "SET " + ", ".join(f"#{number} = :{number}" for number in kept)
    asked: Item = {
        "Key": attributes(keys.halt()),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }
    if ended:
        update += " REMOVE " + ", ".join(f"#{number}" for number in ended)
        asked["ConditionExpression"] = " AND ".join(f"#{number} = :{number}" for number in ended)
    return {"Update": asked | {"UpdateExpression": update}}


def _seat(edition: Edition, update: str, condition: str, *values: str) -> Write:
    return {
        "Update": {
            "Key": attributes(keys.seats(edition.id)),
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {":one": {"N": "1"}} | {value: {"N": "0"} for value in values},
        }
    }


def due_row_stands(mailing: Mailing, at: datetime) -> bool:
    """Whether the due row found at ``at`` is where the mailing expects it; else it is a leftover. Keys keep milliseconds."""
    return keys.iso(mailing.look_at) == keys.iso(at)


def _due_row(mailing: Mailing) -> Write:
    row = attributes(keys.due(mailing.look_at, mailing.id))
    if mailing.progress is Progress.PLANNED:
        row["planned"] = {"BOOL": True}
    return {"Put": {"Item": row}}


def _forget_due(mailing: Mailing) -> Write:
    return {"Delete": {"Key": attributes(keys.due(mailing.look_at, mailing.id))}}
