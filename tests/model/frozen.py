"""The store, the queues and SES as a function meets them in the search: each call is answered from a log, and the first
that has no answer yet stops it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.domain.delivery import batch_of
from chalicelib.domain.due import Due
from chalicelib.domain.edition import Edition, Status
from chalicelib.domain.halt import Halt, doubt_scope
from chalicelib.domain.hint import Hint
from chalicelib.domain.ledger import Ledger
from chalicelib.domain.mailing import Mailing, Progress, plan_mailing
from chalicelib.domain.mails import Kind, Lane
from chalicelib.domain.people import Recipients
from chalicelib.domain.refusals import NotFound
from chalicelib.domain.series import Series
from chalicelib.domain.subscription import Standing, Subscriber
from chalicelib.settings import Settings
from chalicelib.store.due import EVERYBODY, Ticked, due_again
from chalicelib.store.mailings import Overview
from chalicelib.store.table import LostRace
from chalicelib.world import World
from tests.builders import a_series, a_subscriber, an_edition

NOW = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)
"""Time does not pass by the clock here: what a lease or a grace period means is written into the batch that is read."""

SERIES: Series = a_series()
EDITION: Edition = an_edition()
CALLED_OFF = replace(EDITION, status=Status.CANCELLED)
PEOPLE = ("a" * 32, "b" * 32)
MAILING: Mailing = replace(
    plan_mailing(Kind.ANNOUNCEMENT, series=SERIES.slug, edition=EDITION.id, due_at=NOW), progress=Progress.SENDING
)
BATCH = batch_of(MAILING.id, list(PEOPLE))
HINT = Hint(mailing=MAILING.id, series=SERIES.slug, edition=EDITION.id, batch=PEOPLE[0])
HALT = Halt("account", NOW + timedelta(hours=1), "paused", alarm=True)
DOUBT = Halt(doubt_scope(Lane.BROADCAST), NOW + timedelta(hours=1), "no answer", alarm=False)
VERSION = 7
"""Of whatever is read; what the function itself writes afterwards counts on from there."""


class Call(NamedTuple):
    """An AWS call that a function is about to make. ``what`` it writes, sends or asks for."""

    name: str
    what: Any = None


class Suspended(BaseException):
    """The function has come to a call that nobody has answered yet."""

    def __init__(self, call: Call) -> None:
        self.call = call


class Log:
    """The answers that a run gets, in order; behind them it is suspended."""

    def __init__(self, answers: Sequence[Any]) -> None:
        self._answers = iter(answers)
        self.writes = {"mailing": 0, "batch": 0}

    def ask(self, name: str, what: Any = None) -> Any:
        answer = next(self._answers, None)
        if answer is None:
            raise Suspended(Call(name, what))
        return answer


class Read(NamedTuple):
    """What a read finds, as far as it looks."""

    mailing: Mailing | None = None
    batch: Any = None
    called_off: bool = False
    halted: bool = False
    doubted: bool = False


class Write(NamedTuple):
    """What a transaction leaves behind. None: it is not about that."""

    mailing: Mailing | None
    batch: Any
    due: bool | None
    in_order: bool
    """Whether the versions it is conditional on are those that were read."""


class Changes:
    def __init__(self, log: Log) -> None:
        self._log = log
        self._mailing: Mailing | None = None
        self._batch: Any = None
        self._due: bool | None = None

    def settle(self, _: Mailing, batch: Any) -> Changes:
        self._batch = batch
        return self

    def save(self, value: Any) -> Changes:
        if isinstance(value, Mailing):
            self._mailing = replace(value, tally=None)  # a number that nothing is decided by
        else:
            self._batch = value
        return self

    def reschedule(self, changed: Mailing, at: datetime) -> Mailing:
        self._due, self._mailing = True, replace(changed, look_at=at, tally=None)
        return self._mailing

    def want_tally(self, _: Mailing, *, now: datetime) -> Changes:
        assert now >= NOW
        return self

    def close(self, changed: Mailing) -> Changes:
        self._due = False
        return self.save(changed)

    def commit(self) -> None:
        written = self._log.writes
        saved = {"mailing": self._mailing, "batch": self._batch}
        in_order = all(one is None or one.version == VERSION + written[name] for name, one in saved.items())
        if self._log.ask("write", Write(self._mailing, self._batch, self._due, in_order)) == "lost":
            raise LostRace
        for name, one in saved.items():
            written[name] += one is not None


class Store:
    def __init__(self, log: Log) -> None:
        self._log = log

    def changes(self) -> Changes:
        return Changes(self._log)

    def _read(self, what: str) -> Read:
        found: Read = self._log.ask("read", what)
        for name, one in (("mailing", found.mailing), ("batch", found.batch)):
            if one is not None:
                self._log.writes[name] = 0
        return found

    def find_ledger(self, _: Hint) -> Ledger:
        found = self._read("ledger")
        assert found.mailing
        return Ledger(
            mailing=found.mailing,
            batch=found.batch,
            series=SERIES,
            edition=CALLED_OFF if found.called_off else EDITION,
            halts=[HALT] * found.halted + [DOUBT] * found.doubted,
            people=None,
        )

    def recipients(self, _: Mailing, hashes: Sequence[str]) -> Recipients:
        ended, suppressed = self._log.ask("people", tuple(hashes))
        known = {hash_: SUBSCRIBED[hash_] for hash_ in hashes}
        if ended and PEOPLE[0] in known:
            known[PEOPLE[0]] = GONE
        return Recipients(dict(known), {PEOPLE[0]} if suppressed else set())

    def find_mailing(self, _: str) -> Mailing | None:
        return self._read("mailing").mailing

    def mailing(self, mailing_id: str) -> Mailing:
        found = self.find_mailing(mailing_id)
        assert found
        return found

    def edition(self, _: str) -> Edition:
        return CALLED_OFF if self._read("edition").called_off else EDITION

    def batches(self, _: Mailing) -> Iterator[Any]:
        return iter([self._read("batch").batch])

    def batches_named(self, _: Mailing, firsts: Sequence[str]) -> list[Any]:
        return [self._read("batch").batch] if firsts else []

    def unsettled(self, _: Mailing) -> Iterator[str]:
        return iter([PEOPLE[0]] if self._log.ask("unsettled") else [])

    def look_over(self, _: Mailing, *, page: int | None = None) -> Iterator[Overview]:  # noqa: ARG002  # all at once
        return iter([Overview(PEOPLE[0], not self._log.ask("unsettled"), ())])

    def slices(self, _: str) -> list[Any]:
        return []

    def mailings_of(self, _: str) -> list[Mailing]:
        return []  # beside this one, which nobody corrects

    def series(self, _: str) -> Series:
        return SERIES

    def ticked_and_halts(self) -> tuple[Ticked, list[Halt]]:
        halted = self._read("halts").halted
        return Ticked(NOW, EVERYBODY), [HALT] * halted

    def due(self, _: datetime, *, since: datetime) -> Iterator[Due]:
        assert since == NOW
        return iter([due_again(MAILING)] if self._log.ask("due") else [])

    def forget_due(self, _: Due) -> None:
        self._log.ask("write", Write(None, None, due=False, in_order=True))

    def stop_sending(self, halts: Sequence[Halt], *, over: Sequence[Halt] = ()) -> None:
        assert not over
        for halt in halts:
            if halt.scope == DOUBT.scope:
                self._log.ask("doubt", halt.until > NOW)
            else:
                self._log.ask("halt")

    def suppress(self, person: str, _: str, __: datetime) -> None:
        self._log.ask("suppress", person)

    def subscriber(self, _: str, __: str) -> Subscriber:
        raise NotFound

    def all_series(self) -> list[Series]:
        return [SERIES]


SUBSCRIBED = {hash_: a_subscriber(hash=hash_, address=f"{hash_[0]}@example.org") for hash_ in PEOPLE}
GONE = replace(SUBSCRIBED[PEOPLE[0]], standing=Standing.ENDED)


class Queues:
    def __init__(self, log: Log) -> None:
        self._log = log

    def send(self, _: Any, hints: Iterable[Hint], *, delay: timedelta = timedelta()) -> None:
        assert delay >= timedelta()
        if list(hints):
            self._log.ask("hint")


class Ses:
    """SES's client.

    The answer to a call says what became of each of its mails: an id, or a status; or it is an error.
    """

    def __init__(self, log: Log) -> None:
        self._log = log

    def get_account(self) -> Any:
        return {"SendQuota": {"MaxSendRate": 500.0}}

    def send_email(self, **asked: Any) -> Any:
        (result,) = self._call([asked["EmailTags"]])
        if result["Status"] != "SUCCESS":
            raise _refused("SendEmail", *ALONE[result["Status"]])
        return {"MessageId": result["MessageId"]}

    def send_bulk_email(self, **asked: Any) -> Any:
        return {"BulkEmailEntryResults": self._call([entry["ReplacementTags"] for entry in asked["BulkEmailEntries"]])}

    def _call(self, tags: list[list[dict[str, str]]]) -> list[dict[str, str]]:
        people = tuple(tag["Value"] for given in tags for tag in given if tag["Name"] == "person")
        answer = self._log.ask("ses", people)
        match answer:
            case "error":
                raise _refused("SendEmail", "InternalFailure", 500)
            case "lost":
                raise ReadTimeoutError(endpoint_url="https://email.example.org")
            case "throttled":
                raise _refused("SendEmail", "TooManyRequestsException", 429)
            case "paused":
                raise _refused("SendEmail", "SendingPausedException", 400)
        return [{"Status": "SUCCESS", "MessageId": told} if told[0] in "ab" else {"Status": told} for told in answer]


ALONE = {
    "MESSAGE_REJECTED": ("MessageRejected", 400),
    "TRANSIENT_FAILURE": ("TooManyRequestsException", 429),
    "FAILED": ("InternalFailure", 500),
}


def _refused(operation: str, code: str, status: int) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)


class Frozen(World):
    """A world whose AWS answers from a log."""

    log: Log

    @cached_property
    def store(self) -> Any:
        return Store(self.log)

    @cached_property
    def queues(self) -> Any:
        return Queues(self.log)

    @cached_property
    def mailer(self) -> Any:
        from chalicelib.mail.pace import Account, Pace
        from chalicelib.mail.ses import Mailer

        client: Any = Ses(self.log)
        return Mailer(client, dict.fromkeys(Lane, "set"), dict.fromkeys(Lane, Pace(Account(client), 1e9)))


class Nowhere:
    def client(self, service: str, **_: Any) -> Any:
        raise AssertionError(f"{service} is not to be asked")


NOWHERE = Nowhere()


def frozen(settings: Settings, answers: Sequence[Any], owner: str) -> Frozen:
    made = Frozen(settings, clock=lambda: NOW, new_id=lambda: owner, aws=NOWHERE)
    object.__setattr__(made, "log", Log(answers))
    return made
