"""Every key of the table, spelled here and nowhere else.

| what | pk | sk | read by |
|---|---|---|---|
| Series | `SERIES` | `<slug>` | list, slug |
| Edition | `EDITION#<id>` | `EDITION` | id |
| Edition in its series | `SERIES#<slug>` | `EDITION#<utc start>#<id>` | series page (a pointer, moved in the same transaction) |
| Text | `EDITION#<id>` | `TEXT#<digest>` | what its announcements said, for a correction to say what has changed |
| Seats | `EDITION#<id>` | `SEATS` | the counter; absent where seats are unlimited, so nothing is hot |
| Registration | `EDITION#<id>` | `REGISTRATION#<hash>` | attendee list, audience, one person |
| Registrations counted | `EDITION#<id>` | `COUNT#<local day>#<shard>` | how many, now and by day: written with every registration, so in four shards by the person's hash |
| Troubles | `EDITION#<id>`, or `SERIES#<slug>#TROUBLES` | `TROUBLES` | how many mails to one person came back or were not sent |
| Subscriber | `SERIES#<slug>#SUBSCRIBERS` | `<hash>` | audience: the hash spreads evenly, so ranges of it can be read side by side |
| Subscribers counted | `SERIES#<slug>#COUNTS` | `<local day>#<shard>` | as registrations; apart from the subscribers, whose partition holds their hashes only |
| Due | `DUE#<utc day>` | `<iso due>#<mailing>`, or `<iso due>#<matter>#<id>` for what is no mailing | the tick, consistently |
| Tick | `TICK` | `TICK` | the tick: the oldest day that may still hold due rows, and how far those who came before counts were kept are counted |
| Mailing | `MAILING#<id>` | `MAILING` | ledger; holds its only batch where one person is meant |
| Addressee | `MAILING#<id>` | `ADDRESSEE` (TTL) | ledger, where its one person is neither registered nor subscribed |
| Slice | `MAILING#<id>` | `SLICE#<lower>` | the cursor of whoever cuts this range of the audience |
| Batch | `MAILING#<id>` | `BATCH#<first hash>` | ledger; "which batch holds this person?" is one descending read |
| Mailing of an edition | `EDITION#<id>` | `MAILING#<mailing>` | what an edition implies: list, move, cancel |
| Halts | `HALT` | `HALT` | before every send: what SES refuses, until when and why; an attribute for each scope (account, lane, identity) |
| Suppression | `SUPPRESSIONS` | `<hash>` | before every send, a batch's range at once: nearly always empty, so nearly free |
| Soft bounces | `BOUNCES#<hash>` | `BOUNCES` (TTL) | which mails bounced lately, and when; too many are a suppression |
| Lifting | `LIFTINGS#<hash>` | `<iso lifted>` | a person's record: which suppressions were taken back |
| Source | `SOURCES` | `<id>` | list, id |
| Submission | `SOURCE#<id>` | `SUBMISSION#<iso received>#<hash>` (TTL) | list, one, replay |
| Seen | `SOURCE#<id>` | `SEEN#<hash>` (TTL) | the answer to a delivery that comes again; nothing personal |
| Count | `SOURCE#<id>` | `COUNT#<what>#<iso>` (TTL) | requests refused in an hour, taken in a minute |
| Test mails | `TESTS#<utc day>` | `<hash>`, or `ALL` (TTL) | how many were sent on a day |
| Person (index `person`) | `<hash>` | the item's pk | "what do you hold about me?", erase; not the registrations and subscriptions that were erased |
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple

from chalicelib.domain.due import Due, Matter

REGISTRATION = "REGISTRATION#"
REGISTRATION_COUNT = "COUNT#"
ADDRESSEE = "ADDRESSEE"
BATCH = "BATCH#"
EDITION = "EDITION#"
MAILING = "MAILING#"
SLICE = "SLICE#"
SERIES = "SERIES"
SOURCES = "SOURCES"
SOURCE = "SOURCE#"
SUBMISSION = "SUBMISSION#"
TEXT = "TEXT#"

COUNT_SHARDS = 4
"""Items that a day's changes are spread over: DynamoDB takes 500 transactions a second on one."""


class Key(NamedTuple):
    pk: str
    sk: str


def series(slug: str) -> Key:
    return Key(SERIES, slug)


def edition(edition_id: str) -> Key:
    return Key(EDITION + edition_id, "EDITION")


def edition_pointer(slug: str, starts_at: datetime, edition_id: str) -> Key:
    return Key(editions_of(slug), f"{EDITION}{iso(starts_at)}#{edition_id}")


def editions_of(slug: str) -> str:
    """The partition of a series' pointers."""
    return f"SERIES#{slug}"


def text(edition_id: str, digest: str) -> Key:
    return Key(EDITION + edition_id, TEXT + digest)


def seats(edition_id: str) -> Key:
    return Key(EDITION + edition_id, "SEATS")


def registration(edition_id: str, person: str) -> Key:
    return Key(EDITION + edition_id, REGISTRATION + person)


def subscriber(slug: str, person: str) -> Key:
    return Key(f"SERIES#{slug}#SUBSCRIBERS", person)


def registration_count(edition_id: str, day: date, person: str) -> Key:
    return Key(EDITION + edition_id, REGISTRATION_COUNT + _day_and_shard(day, person))


def subscriber_count(slug: str, day: date, person: str) -> Key:
    return Key(subscriber_counts(slug), _day_and_shard(day, person))


def subscriber_counts(slug: str) -> str:
    return f"SERIES#{slug}#COUNTS"


def troubles(series: str, edition: str) -> Key:
    """Of the mails about the edition, or where ``edition`` is empty of those about the series alone."""
    return Key(EDITION + edition if edition else f"SERIES#{series}#TROUBLES", "TROUBLES")


def _day_and_shard(day: date, person: str) -> str:
    return f"{day.isoformat()}#{int(person[0], 16) % COUNT_SHARDS}"


def read_count_day(day_and_shard: str) -> date:
    return date.fromisoformat(day_and_shard.partition("#")[0])


def due(one: Due) -> Key:
    what = one.id if one.matter == Matter.MAILING else f"{one.matter}#{one.id}"
    return Key(due_day(one.at.astimezone(UTC).date()), f"{iso(one.at)}#{what}")


def read_due(sk: str) -> Due:
    """What ``due`` spelled."""
    at, _, what = sk.partition("#")
    matter, _, known_as = what.rpartition("#")
    return Due(datetime.fromisoformat(at), matter or Matter.MAILING, known_as)


DUE = "DUE#"


def due_day(day: date) -> str:
    return f"{DUE}{day.isoformat()}"


def tick() -> Key:
    return Key("TICK", "TICK")


def mailing(mailing_id: str) -> Key:
    return Key(MAILING + mailing_id, "MAILING")


def addressee(mailing_id: str) -> Key:
    return Key(MAILING + mailing_id, ADDRESSEE)


def edition_mailing(edition_id: str, mailing_id: str) -> Key:
    return Key(EDITION + edition_id, MAILING + mailing_id)


def batch(mailing_id: str, first: str) -> Key:
    return Key(MAILING + mailing_id, BATCH + first)


def slice_of(mailing_id: str, lower: str) -> Key:
    return Key(MAILING + mailing_id, SLICE + lower)


def halt() -> Key:
    return Key("HALT", "HALT")


def soft_bounces(person: str) -> Key:
    return Key(f"BOUNCES#{person}", "BOUNCES")


def suppression(person: str) -> Key:
    return Key("SUPPRESSIONS", person)


def lifting(person: str, lifted_at: datetime) -> Key:
    return Key(liftings(person), iso(lifted_at))


def liftings(person: str) -> str:
    return f"LIFTINGS#{person}"


def test_mails(day: date, whose: str) -> Key:
    return Key(f"TESTS#{day.isoformat()}", whose)


def source(source_id: str) -> Key:
    return Key(SOURCES, source_id)


def submission(source_id: str, submission_id: str) -> Key:
    """``submission_id`` begins with when it was received, so that a source's submissions lie in order."""
    return Key(SOURCE + source_id, SUBMISSION + submission_id)


def seen(source_id: str, known_as: str) -> Key:
    return Key(SOURCE + source_id, f"SEEN#{known_as}")


def count(source_id: str, what: str, since: datetime) -> Key:
    return Key(SOURCE + source_id, counts(what) + iso(since))


def counts(what: str) -> str:
    return f"COUNT#{what}#"


def iso(moment: datetime) -> str:
    """UTC to the millisecond, so that text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
