"""What one person is told, for every sequence of an organiser's and their own actions: real use cases and store, on a
table in memory.

After each action the worker does nothing, or only cuts lists into batches, or works off everything. Every moment that
is reached this way is looked at once, and from each the rest is worked off, too.
"""

from __future__ import annotations

import email
import email.policy
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

from chalicelib.domain.edition import Edition, EditionChange, EditionMove, Location, Status
from chalicelib.domain.hint import Hint
from chalicelib.domain.mailing import LOOK_AGAIN
from chalicelib.domain.mails import Lane
from chalicelib.domain.refusals import Refusal
from chalicelib.domain.series import Language
from chalicelib.mail.pace import Account, Pace
from chalicelib.mail.ses import Mailer
from chalicelib.store.store import Store
from chalicelib.usecases import organise
from chalicelib.usecases.cancel import cancel
from chalicelib.usecases.deliver import deliver
from chalicelib.usecases.dispatch import dispatch
from chalicelib.usecases.move import move
from chalicelib.usecases.publish import publish
from chalicelib.usecases.register import Application, give_back, register
from chalicelib.usecases.tick import tick
from chalicelib.world import World
from tests.builders import a_person, a_series, a_subscriber, an_edition
from tests.model.deployment import SETTINGS
from tests.model.memory import Items, Memory

NOW = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)
DAY_BEFORE = datetime(2027, 3, 9, 9, 0, tzinfo=UTC)
TENTH, ELEVENTH = datetime(2027, 3, 10, 14, 30), datetime(2027, 3, 11, 14, 30)
HERE, THERE = Location(join_url="https://meet.example.org/here"), Location(join_url="https://meet.example.org/there")
EDITION = an_edition(status=Status.DRAFT, published_at=None, location=HERE, local_start=TENTH)
HASH = "a" * 32
APPLICATION = Application(person=a_person(hash=HASH, address="mia@example.org"))

SUBJECTS = {
    r"You’re in:": "in",
    r"New (date|time):": "moved",
    r"Your link to join:": "link",
    r"Please note, something has changed:": "changed",
    r"Cancelled:": "cancelled",
    r"Today,|Tomorrow,|In \d+ days?:": "reminded",
    r"\d+ March, ": "announced",
}
"""What a mail is about, by how its subject begins. Any other is told as it is, and concerns nothing here."""


class Told(NamedTuple):
    """A mail: ``what`` it is about, the day of March it names and the one it calls past, and whether its link is the
    new one (None: it has none)."""

    what: str
    day: int
    was: int | None = None
    there: bool | None = None

    def __str__(self) -> str:
        was = f", until now the {self.was}th" if self.was else ""
        return f"told: {self.what}, the {self.day}th{was}{', by the new link' if self.there else ''}"


def read(subject: str, text: str) -> Told:
    what = next((name for pattern, name in SUBJECTS.items() if re.match(pattern, subject)), subject)
    was = re.search(r"Previously: .*?(\d+) March", text)
    days = re.findall(r"(\d+) March", text.replace(was[0], "") if was else text)
    there = "/there" in text if "meet.example.org" in text else None
    return Told(what, int(days[0]), int(was[1]) if was else None, there)


class Post:
    """SES, as somebody who reads the mails."""

    def __init__(self) -> None:
        self.told: list[Told] = []

    def get_account(self) -> Any:
        return {"SendQuota": {"MaxSendRate": 500.0}}

    def send_email(self, **asked: Any) -> Any:
        mail = email.message_from_bytes(asked["Content"]["Raw"]["Data"], policy=email.policy.default)
        body = mail.get_body(("plain",))
        assert body is not None
        self.told.append(read(str(mail["Subject"]), body.get_content()))
        return {"MessageId": f"mail {len(self.told)}"}


class Lines:
    """The queues: each hint waits once, in order."""

    def __init__(self) -> None:
        self.waiting: list[Hint] = []

    def send(self, _: Lane, hints: Iterable[Hint], **__: Any) -> None:
        self.waiting += [one for one in hints if one not in self.waiting]


@dataclass(frozen=True)
class Sheet(World):
    """A world on paper."""

    table: Memory = field(default_factory=Memory)
    post: Post = field(default_factory=Post)
    lines: Lines = field(default_factory=Lines)

    @cached_property
    def store(self) -> Store:
        return Store(self.table)

    @cached_property
    def queues(self) -> Any:
        return self.lines

    @cached_property
    def mailer(self) -> Any:
        client: Any = self.post
        return Mailer(client, dict.fromkeys(Lane, "set"), dict.fromkeys(Lane, Pace(Account(client), 1e9)))


class Moment(NamedTuple):
    """Where things stand. ``asked`` is how often the person registered."""

    items: Items
    hints: tuple[Hint, ...]
    now: datetime
    told: tuple[Told, ...]
    asked: int

    def key(self) -> Any:
        """Equal for moments with the same future, whatever came before."""
        rows = sorted((key, _lasting(item)) for key, item in self.items.items())
        return hash(tuple(rows)), self.hints, self.now, frozenset(self.told), self.told[-1:], self.asked


_VERSION = re.compile(r'"version":\d+')


def _lasting(item: Any) -> str:
    beside = {name: value for name, value in item.items() if name not in ("version", "body")}
    return json.dumps(beside, sort_keys=True) + _VERSION.sub("", item.get("body", {}).get("S", ""))


class Wrong(Exception):  # what a person was told, and should not have been
    """A promise is broken."""


ACTIONS = (
    "publish",
    "announce",
    "change",
    "move",
    "move_back",
    "link",
    "link_back",
    "cancel",
    "register",
    "give_back",
    "remind",
)
WORKERS = ("lag", "cut", "work")


class Play:
    """One edition, one person who subscribes to its series and may register, and whoever does something, by name."""

    def __init__(self) -> None:
        self.now, self.asked = NOW, 0
        self.world = Sheet(SETTINGS, clock=lambda: self.now, new_id=lambda: "0123456789ab")
        changes = self.world.store.changes()
        changes.save(a_series(language=Language.ENGLISH)).point(EDITION)
        changes.save(a_subscriber(hash=HASH, address="mia@example.org")).commit()

    def moment(self) -> Moment:
        world = self.world
        return Moment(world.table.items, tuple(world.lines.waiting), self.now, tuple(world.post.told), self.asked)

    def back_to(self, moment: Moment) -> None:
        world = self.world
        world.table.items, world.lines.waiting[:], self.now = moment.items, moment.hints, moment.now
        world.post.told[:], self.asked = moment.told, moment.asked
        world.store._lately.clear()  # a process may have begun a minute ago, or just now

    @property
    def edition(self) -> Edition:
        return self.world.store.edition(EDITION.id)

    # The organiser

    def publish(self) -> None:
        publish(self.world, EDITION.id, announce=None)

    def announce(self) -> None:
        publish(self.world, EDITION.id, announce=self.now)

    def change(self) -> None:
        organise.change_edition(self.world, EDITION.id, EditionChange(title="Gemeinsam mehr wirken"))

    def move(self) -> None:
        move(self.world, EDITION.id, EditionMove(local_start=ELEVENTH))

    def move_back(self) -> None:
        move(self.world, EDITION.id, EditionMove(local_start=TENTH))

    def link(self) -> None:
        move(self.world, EDITION.id, EditionMove(location=THERE))

    def link_back(self) -> None:
        wanted = EditionChange(location=HERE)
        organise.change_edition(self.world, EDITION.id, wanted, tell_registered=True)

    def cancel(self) -> None:
        cancel(self.world, EDITION.id)

    # The person

    def register(self) -> None:
        register(self.world, EDITION.id, APPLICATION)
        self.asked += 1

    def give_back(self) -> None:
        give_back(self.world, EDITION.id, HASH)

    # Time, and the worker

    def remind(self) -> None:
        """The day before the tenth comes."""
        if self.now >= DAY_BEFORE:
            raise Refusal
        self.now = DAY_BEFORE

    def lag(self) -> None:
        """It does nothing."""

    def cut(self) -> None:
        """It cuts lists into batches, and then stands still."""
        tick(self.world)
        held = []
        while self.world.lines.waiting:
            hint = self.world.lines.waiting.pop(0)
            if hint.batch:
                held.append(hint)
            else:
                dispatch(self.world, hint)
        self.world.lines.waiting += held

    def work(self) -> None:
        """It works off everything that is due, and what follows from it within twenty minutes."""
        began = self.now
        for _ in range(4):
            tick(self.world)
            while self.world.lines.waiting:
                self._follow(self.world.lines.waiting.pop(0))
            self.now += LOOK_AGAIN
        self.now = began

    def _follow(self, hint: Hint) -> None:
        before = len(self.world.post.told)
        if hint.batch:
            deliver(self.world, hint)
        else:
            dispatch(self.world, hint)
        for number in range(before, len(self.world.post.told)):
            self._check(self.world.post.told[number], self.world.post.told[:number])

    # The promises

    def _check(self, told: Told, before: list[Told]) -> None:
        """What was just told is so, and is news."""
        edition = self.edition
        if told.day != edition.local_start.day:
            raise Wrong(f"told the {told.day}th, and it is on the {edition.local_start.day}th")
        if told.there is not None and told.there != (edition.location == THERE):
            raise Wrong("told a link that does not hold")
        if told.what == "announced":
            if told in before or edition.status is Status.CANCELLED:
                raise Wrong("announced twice, or after it was cancelled")
        elif told.what in SUBJECTS.values():
            self._check_of_the_registered(told, [one for one in before if one.what != "announced"], edition)

    def _check_of_the_registered(self, told: Told, before: list[Told], edition: Edition) -> None:
        registration = self.world.store.find_registration(EDITION.id, HASH)
        if registration is None or not registration.is_active:
            raise Wrong(f"told “{told.what}” without being registered")
        if (told.what == "cancelled") != (edition.status is Status.CANCELLED):
            raise Wrong(f"told “{told.what}”, and the edition is {edition.status}")
        known = before[-1] if before else None
        match told.what:
            case "in" if sum(one.what == "in" for one in before) >= self.asked:
                raise Wrong("confirmed more often than asked for")
            case "cancelled" if known and known.what == "cancelled":
                raise Wrong("told twice that it is cancelled")
            case "moved" | "changed" | "link":
                self._check_change(told, known, edition)

    def _check_change(self, told: Told, known: Told | None, edition: Edition) -> None:
        if known and (known.day, bool(known.there)) == (edition.local_start.day, edition.location == THERE):
            raise Wrong("told of a change that is none to them")
        if told.was and (known is None or known.day != told.was):
            raise Wrong(f"told that it was on the {told.was}th, which they had not heard")
        if told.what == "link" and (known is None or known.day != told.day):
            raise Wrong("told a link and not the new date")
        if told.what == "moved" and known and known.day == told.day:
            raise Wrong("told a new date that is the old one")

    def settle(self) -> None:
        """Once all is worked off, nothing is untold."""
        self.work()
        registration = self.world.store.find_registration(EDITION.id, HASH)
        if registration is None or not registration.is_active:
            return
        told = [one for one in self.world.post.told if one.what != "announced"]
        edition = self.edition
        if not told:
            raise Wrong("registered, and never told")
        if edition.status is Status.CANCELLED:
            if told[-1].what != "cancelled":
                raise Wrong("not told that it is cancelled")
        elif (told[-1].day, bool(told[-1].there)) != (edition.local_start.day, edition.location == THERE):
            raise Wrong("not told when or where it is now")


@dataclass(frozen=True)
class Found:
    """``actions`` is how many were tried.

    ``wrong`` is the promise that was broken, and ``trace`` how; both empty where none was.
    """

    actions: int
    moments: int
    depth: int
    seconds: float
    wrong: str
    trace: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.actions:,} actions tried in {self.moments:,} different moments, "
            f"{self.depth} deep, {self.seconds:.0f} s"
        )


def search(most: int, actions: Sequence[str] = ACTIONS, workers: Sequence[str] = WORKERS) -> Found:
    """Every sequence of up to ``most`` of these actions, each followed by each of these workers."""
    search = _Search()
    return search.found(lambda: [None for _ in search.moments(most, actions, workers)])


def search_inside(most: int, actions: Sequence[str] = ACTIONS) -> Found:
    """Each action inside each other's request, before every one of its calls, in each moment that ``most`` actions
    before lead to."""
    search = _Search()
    return search.found(
        lambda: [search.inside(moment, actions) for moment in search.moments(most, actions, ("lag", "work"))]
    )


class _Search:
    def __init__(self) -> None:
        self.play, self.tried, self.depth = Play(), 0, 0
        self.way: tuple[str, ...] = ()
        self.seen: set[Any] = set()

    def found(self, look: Callable[[], Any]) -> Found:
        began, wrong = time.monotonic(), ""
        try:
            look()
        except Wrong as found:
            wrong = str(found)
        trace = (*self.way, *map(str, self.play.world.post.told), wrong) if wrong else ()
        return Found(self.tried, len(self.seen), self.depth, time.monotonic() - began, wrong, trace)

    def moments(self, most: int, actions: Sequence[str], workers: Sequence[str]) -> Iterator[Moment]:
        start = self.play.moment()
        self.seen.add(start.key())
        now: list[tuple[Moment, tuple[str, ...]]] = [(start, ())]
        yield start
        for _ in range(most):
            now, before = [], now
            self.depth += 1
            for moment, way in before:
                for after, longer in self._after(moment, way, actions, workers):
                    now.append((after, longer))
                    yield after

    def _after(
        self, moment: Moment, way: tuple[str, ...], actions: Sequence[str], workers: Sequence[str]
    ) -> Iterator[tuple[Moment, tuple[str, ...]]]:
        for action in actions:
            for worker in workers:
                self.way = longer = (*way, action, worker)
                self.play.back_to(moment)
                if not self._done(action):
                    break
                getattr(self.play, worker)()
                after = self.play.moment()
                if (key := after.key()) not in self.seen:
                    self.seen.add(key)
                    self.play.settle()
                    yield after, longer

    def _done(self, action: str) -> bool:
        """Whether it was not refused."""
        self.tried += 1
        try:
            getattr(self.play, action)()
        except Refusal:
            return False
        return True

    def inside(self, moment: Moment, actions: Sequence[str]) -> None:
        way = self.way
        for outer in actions:
            for inner in actions:
                number = 1
                while self._happens_inside(moment, outer, inner, number, way):
                    number += 1
        self.way = way

    def _happens_inside(self, moment: Moment, outer: str, inner: str, number: int, way: tuple[str, ...]) -> bool:
        """Whether ``outer`` had so many calls that ``inner`` could happen right after this one."""
        table, calls, happened = self.play.world.table, 0, False
        self.way = (*way, f"{outer}, and after its call {number}: {inner}")
        self.play.back_to(moment)

        def count() -> None:
            nonlocal calls, happened
            calls += 1
            if calls == number + 1 and not happened:
                happened = True
                self._done(inner)

        table.before = count
        self._done(outer)
        table.before = lambda: None
        self.play.settle()
        return happened
