"""The application as a process that may die at any AWS call, and is started again as AWS does it.

Time goes on meanwhile: what a dead process held shows again in its queue, the next minute ticks, and a person whose
page did not answer presses the button again.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from chalicelib import world as worlds
from chalicelib.store import keys
from chalicelib.usecases.tick import SendingStopped
from tests import inside
from tests.faults.books import Told, books, told
from tests.inside import Kept
from tests.stage import SameClients, Stage

SENDING = ("SendEmail", "SendBulkEmail")

When = Literal["before", "after"]


class Died(BaseException):
    """The process is gone: nothing is caught, nothing tidied up."""


class Death(NamedTuple):
    """Before the call of this number is made, or after AWS has answered it."""

    number: int
    when: When


@dataclass
class Calls:
    """The application's AWS calls by name, in order, up to where it dies and on from there.

    ``unnoted`` is whom SES had accepted mails for when it died, with nothing noted of them yet. ``asking`` is told each
    call's name before it is made, ``answered`` after: both may raise what the application meets instead, or let the
    world go on in the meantime.
    """

    mailbox: Callable[[], list[Told]]
    death: Death | None = None
    names: list[str] = field(default_factory=list)
    unnoted: frozenset[Told] = frozenset()
    asking: Callable[[str], None] = lambda _: None
    answered: Callable[[str], None] = lambda _: None
    _before_sending: int = 0

    def before(self, name: str) -> None:
        self.names.append(name)
        self._meet("before")
        self.asking(name)
        if name in SENDING:
            self._before_sending = len(self.mailbox())

    def after(self, name: str) -> None:
        self._meet("after")
        self.answered(name)

    def _meet(self, when: When) -> None:
        if self.death != (len(self.names) - 1, when):
            return
        self.death = None
        done = self.names if when == "after" else self.names[:-1]
        if done and done[-1] in SENDING:
            self.unnoted = frozenset(self.mailbox()[self._before_sending :])
        raise Died


class Theatre:
    """A stage for many lives, one after the other."""

    def __init__(self, on_stage: Stage) -> None:
        self.stage = on_stage
        self._clients = SameClients()  # its own, since it listens to them as long as they live
        self._settings = on_stage.world.settings
        self.start_process()
        self.calls = Calls(self._mailbox)
        world = on_stage.world
        for client in (world.store.table.client, world.queues.client, world.mailer.client):
            client.meta.events.register_first("before-call", self._before)
            client.meta.events.register_last("after-call", self._after)

    def _before(self, model: Any, **_: Any) -> None:
        self.calls.before(model.name)

    def _after(self, model: Any, **_: Any) -> None:
        self.calls.after(model.name)

    def _mailbox(self) -> list[Told]:
        return [told(mail.tags) for mail in self.stage.mailbox.newest_first()][::-1]

    def start_process(self) -> None:
        """A new process: nothing of the old one is left but what it wrote."""
        self.stage.world = worlds.build(self._settings, self.stage.clock.now, self._clients)
        worlds.install(self.stage.world)

    def settle_for(self, **settings: Any) -> None:
        """Go on with other settings, until the next life."""
        self.stage.world = worlds.build(replace(self._settings, **settings), self.stage.clock.now, self._clients)
        worlds.install(self.stage.world)

    def life(self, begin: Kept, death: Death | None = None) -> Life:
        """From ``begin`` on; ``death`` counts from there."""
        self.stage.back_to(begin)
        self.start_process()
        self.calls = Calls(self._mailbox, death)
        return Life(self, self.calls)


@dataclass
class Life:
    theatre: Theatre
    calls: Calls

    @property
    def stage(self) -> Stage:
        return self.theatre.stage

    def press(self, button: Callable[[], Any]) -> None:
        """Who gets no answer presses once more."""
        try:
            button()
        except Died:
            self.theatre.start_process()
            button()

    def work(self) -> None:
        """Let the queues run empty, whoever dies at it."""
        while True:
            try:
                self.stage.run()
            except Died:
                self.theatre.start_process()
            else:
                return

    def tick(self) -> None:
        try:
            self.stage.tick()
        except SendingStopped:
            pass  # the alarm rings, and the next minute ticks all the same
        except Died:
            self.theatre.start_process()

    def until(self, moment: datetime) -> None:
        """Time passes, with a tick whenever anything happens."""
        self.work()
        while (stop := self.stage.next_moment()) and stop < moment:
            self.stage.clock.turn(to=stop)
            self.tick()
            self.work()
        self.stage.clock.turn(to=max(moment, self.stage.clock.now()))  # it may have jumped meanwhile
        self.tick()
        self.work()

    def wait(self, time: timedelta) -> None:
        self.until(self.stage.clock.now() + time)


Chapter = Callable[[Life], None]


@dataclass(frozen=True)
class Looks:
    """How things stand: what people found, and everything in the table but what differs from one life to the next
    (times, ids of SES)."""

    inbox: Counter[Told]
    ledger: dict[str, str]
    table: dict[tuple[str, str], Any]


def looks(on_stage: Stage) -> Looks:
    now = books(on_stage)
    return Looks(now.inbox, now.summary(), {_key(row): _lasting(row) for row in on_stage.items()})


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return row["pk"]["S"], row["sk"]["S"]


def _lasting(row: dict[str, Any]) -> Any:
    by_mailing = row["pk"]["S"].startswith(("MAILING#", keys.DUE, "TICK"))
    return None if by_mailing or row["sk"]["S"].startswith("COUNT#") else row


class Story:
    """Chapters, lived through once undisturbed; then again and again, with a death in them.

    A life that looks at the end of a chapter as the undisturbed one did has the same future, and need not be told to
    its end.
    """

    def __init__(
        self, theatre: Theatre, begin: Kept, chapters: Iterable[Chapter], *, events_arrive: bool = True
    ) -> None:
        self.theatre, self.chapters, self.events_arrive = theatre, list(chapters), events_arrive
        self._begins: list[Kept] = [begin]
        self._looks: list[Looks] = []
        self._calls: list[list[str]] = []
        for chapter in self.chapters:
            life = self._life(len(self._looks))
            chapter(life)
            self._calls.append(list(life.calls.names))
            self._looks.append(looks(theatre.stage))
            self._begins.append(theatre.stage.keep())

    @property
    def calls(self) -> list[str]:
        return [name for names in self._calls for name in names]

    @property
    def end(self) -> Looks:
        return self._looks[-1]

    def _life(self, chapter: int, death: Death | None = None) -> Life:
        life = self.theatre.life(self._begins[chapter], death)
        self.theatre.stage.faults.replace([] if self.events_arrive else [{"events": "lost"}])
        return life

    def problems(self, death: Death, *, to_the_end: bool = False) -> list[str]:
        """What is not as it should be in the life with this death.

        ``to_the_end``: whoever asks looks at the table afterwards.
        """
        at, number = self._where(death.number)
        return self._told_from(at, self._life(at, Death(number, death.when)), to_the_end=to_the_end)

    def disturbed(self, number: int, happening: Callable[[Life], None], *, in_time: bool = False) -> list[str]:
        """What is not as it should be where something happens right before this call.

        ``in_time``: it may send what somebody is about to call off, so what is skipped else may arrive.
        """
        at, number = self._where(number)
        life = self._life(at)
        happened = []

        def happens(name: str) -> None:
            if len(life.calls.names) == number + 1:
                happened.append(name)
                happening(life)

        life.calls.asking = happens
        problems = self._told_from(at, life, in_time=in_time)
        assert happened, "it did not come to that call"
        return problems

    def troubled(self, trouble: Callable[[Life], None]) -> list[str]:
        """What is not as it should be with this trouble in all chapters."""
        life = self._life(0)
        trouble(life)
        return self._told_from(0, life, to_the_end=True)

    def _where(self, number: int) -> tuple[int, int]:
        """Chapter and number in it."""
        at = 0
        while number >= len(self._calls[at]):
            number -= len(self._calls[at])
            at += 1
        return at, number

    def _told_from(self, at: int, life: Life, *, to_the_end: bool = False, in_time: bool = False) -> list[str]:
        for chapter, usual in zip(self.chapters[at:], self._looks[at:], strict=True):
            chapter(life)
            assert life.calls.death is None, "it did not come to that call"
            now = looks(self.theatre.stage)
            # Only where SES had accepted mails, nothing was noted of them yet, and its events are lost as well.
            may_come_twice = frozenset() if self.events_arrive else life.calls.unnoted
            if in_time:
                usual = _with_what_came_in_time(usual, now)  # noqa: PLW2901
            if problems := list(_differences(now, usual, may_come_twice)):
                return problems
            if now.table == usual.table and not to_the_end:
                return ["dead letters"] * inside.dead()
        return [*books(self.theatre.stage).problems(twice=may_come_twice), *["dead letters"] * inside.dead()]


def _with_what_came_in_time(usual: Looks, now: Looks) -> Looks:
    """The usual looks, but for mails that were skipped then and are sent now."""
    sent = {name for name, was in usual.ledger.items() if was.startswith("skipped") and now.ledger.get(name) == "sent"}
    inbox = now.inbox if sum((now.inbox - usual.inbox).values()) == len(sent) else usual.inbox
    return Looks(inbox, usual.ledger | dict.fromkeys(sent, "sent"), usual.table)


def _differences(now: Looks, usual: Looks, may_come_twice: frozenset[Told]) -> Iterable[str]:
    for name in usual.ledger.keys() | now.ledger.keys():
        was, became = usual.ledger.get(name), now.ledger.get(name)
        if was != became:
            yield f"{name}: {became}, not {was}"
    for one in usual.inbox.keys() | now.inbox.keys():
        most = usual.inbox[one] + (one in may_come_twice)
        if not usual.inbox[one] <= now.inbox[one] <= most:
            yield f"{one}: {now.inbox[one]} mails, not {usual.inbox[one]}"


def deaths(numbers: Iterable[int]) -> Iterable[Death]:
    """Before and after each of these calls."""
    whens: tuple[When, ...] = ("before", "after")
    return itertools.starmap(Death, itertools.product(numbers, whens))
