"""Everything that can happen next: a function makes its next AWS call or dies, a report comes or is lost, time passes,
somebody decides something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from chalicelib.domain.delivery import BatchState, Outcome
from chalicelib.domain.mailing import Mailing, Progress
from tests.model.frozen import BATCH, MAILING, PEOPLE, Call, Read, Write
from tests.model.processes import Functions, Job, Kept, kept_mailing

DUE, QUEUED, CALLED_OFF, ENDED, SUPPRESSED, HALTED, DOUBTED = (1 << bit for bit in range(7))
"""A due row stands; a hint lies in the queue; the edition is cancelled; A has unsubscribed; A is suppressed; SES has
stopped us; SES answers nobody."""

NO_TO_ALL, NO_OF_A = 1, 2
"""What a function saw when it looked last: nobody of the mailing, or A, is to be written to."""


class Mail(NamedTuple):
    """SES's hidden truth about one mail that it took.

    ``coming`` are the reports that are on their way, ``fate`` is what it comes to.

    ``lost``: a report of it will never come. ``window``: nobody could note that it was taken. ``waited``: the grace
    period passed without its report. ``by`` is the slot whose function made the call and has not noted it yet.
    """

    coming: tuple[str, ...]
    fate: str = "send"
    lost: bool = False
    window: bool = False
    waited: bool = False
    by: int = 0


class Running(NamedTuple):
    """A function in a slot: where it is; whether the mailing and the batch are still as it read them; what it saw; who
    may get a second mail."""

    number: int
    mailing_as_read: bool = False
    batch_as_read: bool = False
    saw: int = 0
    excused: int = 0


class Left(NamedTuple):
    """How much of each kind may still go wrong or be decided. ``retried`` counts up."""

    deaths: int
    troubles: int
    acts: int
    retried: int = 0


class State(NamedTuple):
    mailing: Mailing
    batch: Kept
    bits: int
    mails: tuple[tuple[Mail, ...], ...]
    slots: tuple[Running | None, ...]
    left: Left


class Move(NamedTuple):
    """``rank`` is there for moves that lead to an end if nothing more goes wrong, the lower the sooner.

    ``wrong`` is a broken promise.
    """

    said: tuple[Any, ...]
    state: State
    rank: int | None = None
    wrong: str = ""


FATES = ("hard-bounce", "complaint", "reject")


def begin(left: Left) -> State:
    return State(kept_mailing(MAILING), Kept.of(BATCH), DUE | QUEUED, ((), ()), (None, None), left)


class Moves:
    """``slow``: a function may outlive its lease once SES has answered it.

    ``conditional``: writes are, on what was read.
    """

    def __init__(self, functions: Functions, *, slow: bool = False, conditional: bool = True) -> None:
        self.functions = functions
        self.slow = slow
        self.conditional = conditional

    def of(self, state: State) -> Iterator[Move]:
        for slot, running in enumerate(state.slots):
            if running is not None:
                yield from self._steps(state, slot, running)
        yield from self._reports(state)
        yield from self._time(state)
        yield from self._starts(state)
        if state.left.acts:
            yield from self._acts(state)

    # A function's next call

    def _steps(self, state: State, slot: int, running: Running) -> Iterator[Move]:
        call = self.functions.step(running.number).call
        assert call is not None
        if state.left.deaths:
            yield Move(("dies", slot + 1, call.name), _dead(state, slot))
        for move in self._next(state, slot, running, call):
            yield move
            if state.left.troubles and move.state.slots[slot] is None and not move.wrong:
                yield from self._comes_again(state, move, running)

    def _next(self, state: State, slot: int, running: Running, call: Call) -> Iterator[Move]:
        match call.name:
            case "raises":
                gone = state._replace(slots=_with(state.slots, slot, None))
                yield Move(("fails", slot + 1, call.what), gone, rank=slot)
            case "write":
                yield self._write(state, slot, running, call.what)
            case "ses":
                yield from self._ses(state, slot, running, call.what)
            case "read":
                yield self._read(state, slot, running, call.what)
            case "people":
                said = (bool(state.bits & ENDED), bool(state.bits & SUPPRESSED))
                saw = running.saw & NO_TO_ALL | NO_OF_A * any(said)
                yield self._on(state, slot, running._replace(saw=saw), ("looks at the people", slot + 1), said)
            case "due" | "unsettled":
                yield self._look(state, slot, running, call.name)
            case _:
                yield self._mark(state, slot, running, call)

    def _look(self, state: State, slot: int, running: Running, what: str) -> Move:
        if what == "due":
            return self._on(state, slot, running, ("looks for due rows", slot + 1), bool(state.bits & DUE))
        unsettled = state.batch.state is not BatchState.SENT
        return self._on(state, slot, running, ("looks for unsettled batches", slot + 1), unsettled)

    def _mark(self, state: State, slot: int, running: Running, call: Call) -> Move:
        """A call that leaves something behind, and whose answer tells nothing."""
        if call.name == "doubt":
            bits = state.bits | DOUBTED if call.what else state.bits & ~DOUBTED
            said = "writes that SES answers nobody" if call.what else "writes that SES answers again"
            return self._on(state._replace(bits=bits), slot, running, (said, slot + 1), "ok")
        bit, said, answer = {
            "hint": (QUEUED, "sends a hint", "hinted"),
            "halt": (HALTED, "writes that SES has stopped us", "ok"),
            "suppress": (SUPPRESSED if call.what == PEOPLE[0] else 0, "suppresses the address", "ok"),
        }[call.name]
        return self._on(state._replace(bits=state.bits | bit), slot, running, (said, slot + 1), answer)

    def _on(
        self, state: State, slot: int, running: Running, said: tuple[Any, ...], answer: Any, wrong: str = ""
    ) -> Move:
        """The function after its call; gone where that was its last: nothing can come in between."""
        step = self.functions.go_on(running.number, answer)
        there = running._replace(number=step.number)
        after = state._replace(slots=_with(state.slots, slot, there)) if step.call else self._ended(state, slot, there)
        return Move(said, after, rank=slot, wrong=wrong)

    def _ended(self, state: State, slot: int, running: Running) -> State:
        """The message that it handled is deleted."""
        ended = state._replace(slots=_with(state.slots, slot, None))
        match self.functions.job(running.number):
            case ("deliver",):
                hinted = "hinted" in self.functions.answers(running.number)
                return ended if hinted else ended._replace(bits=state.bits & ~QUEUED)
            case ("report", person, mail, event):
                at, which = PEOPLE.index(person), int(mail[1:]) - 1
                old = state.mails[at][which]
                told = old._replace(coming=tuple(one for one in old.coming if one != event))
                return ended._replace(mails=_with(state.mails, at, _with(state.mails[at], which, told)))
            case _:
                return ended

    def _comes_again(self, state: State, move: Move, running: Running) -> Iterator[Move]:
        """The same message once more: queues deliver at least once."""
        left = state.left._replace(troubles=state.left.troubles - 1)
        match self.functions.job(running.number):
            case ("deliver",) if not move.state.bits & QUEUED:
                again = move.state._replace(bits=move.state.bits | QUEUED, left=left)
                yield Move((*move.said, "; its message comes again"), again)
            case ("report", person, mail, event):
                at, which = PEOPLE.index(person), int(mail[1:]) - 1
                old = move.state.mails[at][which]
                if event not in old.coming:
                    twice = old._replace(coming=(*old.coming, event))
                    mails = _with(move.state.mails, at, _with(move.state.mails[at], which, twice))
                    yield Move((*move.said, "; its message comes again"), move.state._replace(mails=mails, left=left))

    def _read(self, state: State, slot: int, running: Running, what: str) -> Move:
        called_off, halted, doubted = (bool(state.bits & bit) for bit in (CALLED_OFF, HALTED, DOUBTED))
        said = ("reads", slot + 1, what)
        match what:
            case "ledger":
                stopped = state.mailing.progress in (Progress.PAUSED, Progress.CANCELLED) or called_off or halted
                running = running._replace(mailing_as_read=True, batch_as_read=True, saw=NO_TO_ALL * stopped)
                return self._on(
                    state, slot, running, said, Read(state.mailing, state.batch, called_off, halted, doubted)
                )
            case "mailing":
                return self._on(state, slot, running._replace(mailing_as_read=True), said, Read(state.mailing))
            case "batch":
                return self._on(state, slot, running._replace(batch_as_read=True), said, Read(batch=state.batch))
            case _:
                return self._on(state, slot, running, said, Read(called_off=called_off, halted=halted))

    def _write(self, state: State, slot: int, running: Running, written: Write) -> Move:
        stale = (written.mailing is not None and not running.mailing_as_read) or (
            written.batch is not None and not running.batch_as_read
        )
        if self.conditional and (stale or not written.in_order):
            return self._on(state, slot, running, ("is too late to write", slot + 1), "lost")
        other = state.slots[1 - slot]
        if other is not None:
            other = other._replace(
                mailing_as_read=other.mailing_as_read and written.mailing is None,
                batch_as_read=other.batch_as_read and written.batch is None,
            )
        mails = state.mails
        if written.batch is not None and self.functions.job(running.number) == ("deliver",):
            if written.batch.state is BatchState.SENDING:
                running = running._replace(excused=sum(1 << at for at, some in enumerate(mails) if _excused(some)))
            else:
                mails = tuple(
                    tuple(mail._replace(by=0) if mail.by == slot + 1 else mail for mail in some) for some in mails
                )
        changed = State(
            written.mailing or state.mailing,
            written.batch or state.batch,
            state.bits if written.due is None else (state.bits & ~DUE) | DUE * written.due,
            mails,
            _with(state.slots, 1 - slot, other),
            state.left,
        )
        return self._on(changed, slot, running, ("writes", slot + 1, written), "ok")

    def _ses(self, state: State, slot: int, running: Running, people: tuple[str, ...]) -> Iterator[Move]:
        """Everybody's mail is taken, which costs nothing; or something else happens, which does."""
        number = {person: f"{person[0]}{len(state.mails[at]) + 1}" for at, person in enumerate(PEOPLE)}
        ids = tuple(number[person] for person in people)
        wrong = _no(running, people)

        def answered(said: str, answer: Any, taken: tuple[str, ...], fate: str = "send", *, free: bool = False) -> Move:
            left = state.left if free else state.left._replace(troubles=state.left.troubles - 1)
            mails = state.mails
            broken = wrong
            for at, person in enumerate(PEOPLE):
                if person in taken:
                    broken = broken or _once_more(state, running, at)
                    ends = fate if at == 0 else "send"
                    coming = ("send",) if ends == "send" else ("send", ends)
                    mail = Mail(coming, ends, by=slot + 1, window=number[person] not in answer)
                    mails = _with(mails, at, (*mails[at], mail))
            changed = state._replace(mails=mails, left=left)
            return self._on(changed, slot, running, ("calls SES", slot + 1, people, said), answer, broken)

        yield answered("it takes everything", ids, people, free=True)
        if not state.left.troubles:
            return
        if PEOPLE[0] in people:
            for fate in FATES:
                yield answered(f"it takes everything; A's mail ends as {fate}", ids, people, fate)
        for status in ("MESSAGE_REJECTED", "TRANSIENT_FAILURE", "FAILED"):
            yield answered(f"{status} for the first", (status, *ids[1:]), people[1:])
        yield answered("FAILED for the first, whose mail it took", ("FAILED", *ids[1:]), people)
        yield answered("an error, and nothing is taken", "error", ())
        yield answered("an error, and everything is taken", "error", people)
        yield answered("no answer, and nothing is taken", "lost", ())
        yield answered("no answer, and everything is taken", "lost", people)
        yield answered("throttled", "throttled", ())
        yield answered("it has stopped us", "paused", ())

    # What else happens

    def _reports(self, state: State) -> Iterator[Move]:
        free = _free(state)
        for at, some in enumerate(state.mails):
            for which, mail in enumerate(some):
                for event in mail.coming:
                    name = f"{PEOPLE[at][0]}{which + 1}"
                    if free is not None:
                        yield self._start(state, free, ("report", PEOPLE[at], name, event), rank=2)
                    if state.left.troubles:
                        gone = mail._replace(coming=tuple(one for one in mail.coming if one != event), lost=True)
                        mails = _with(state.mails, at, _with(some, which, gone))
                        left = state.left._replace(troubles=state.left.troubles - 1)
                        yield Move(("a report is lost", name, event), state._replace(mails=mails, left=left))

    def _time(self, state: State) -> Iterator[Move]:
        if state.bits & HALTED:
            yield Move(("the halt ends",), state._replace(bits=state.bits & ~HALTED), rank=4)
        if state.bits & DOUBTED:
            yield Move(("SES is asked again",), state._replace(bits=state.bits & ~DOUBTED), rank=4)
        if state.batch.leased and self._may_outlive(state):
            batch = state.batch._replace(leased=False)
            yield Move(("the lease ends",), _taken_for_dead(state)._replace(batch=batch), rank=6)
        if state.batch.waiting:
            unknown = {person for person, one in state.batch.deliveries if one.outcome is Outcome.UNKNOWN}
            mails = tuple(
                tuple(mail._replace(waited=True) if PEOPLE[at] in unknown else mail for mail in some)
                for at, some in enumerate(state.mails)
            )
            batch = state.batch._replace(waiting=False)
            yield Move(("the grace period ends",), state._replace(batch=batch, mails=mails), rank=7)

    def _may_outlive(self, state: State) -> bool:
        """A lease is longer than a function can live: who holds the batch is dead by its end, unless functions are
        ``slow``."""
        for slot, running in enumerate(state.slots):
            if (
                running is None
                or state.batch.owner != _owner(slot)
                or self.functions.job(running.number) != ("deliver",)
            ):
                continue
            call = self.functions.step(running.number).call
            if not self.slow or (call is not None and call.name == "ses"):
                return False
        return True

    def _starts(self, state: State) -> Iterator[Move]:
        free = _free(state)
        if free is None:
            return
        if state.mailing.progress is Progress.PAUSED:
            yield self._start(state, free, ("resume",), rank=3)
        if state.bits & QUEUED:
            yield self._start(state, free, ("deliver",), rank=5)
        if state.bits & DUE:
            yield self._start(state, free, ("tick",), rank=8)

    def _acts(self, state: State) -> Iterator[Move]:
        left = state.left._replace(acts=state.left.acts - 1)
        for bit, said in (
            (ENDED, "A unsubscribes"),
            (SUPPRESSED, "A's address is suppressed"),
            (CALLED_OFF, "the edition is cancelled"),
        ):
            if not state.bits & bit:
                yield Move((said,), state._replace(bits=state.bits | bit, left=left))
        free = _free(state)
        if free is None:
            return
        acted = state._replace(left=left)
        if state.mailing.progress is Progress.SENDING:
            yield self._start(acted, free, ("pause",))
        if state.mailing.progress in (Progress.SENDING, Progress.PAUSED):
            yield self._start(acted, free, ("cancel",))
        if any(one.outcome is Outcome.FAILED for _, one in state.batch.deliveries):
            retried = acted._replace(left=left._replace(retried=left.retried + 1))
            yield self._start(retried, free, ("retry",))

    def _start(self, state: State, slot: int, job: Job, *, rank: int | None = None) -> Move:
        """A function begins with its first look: before that, nothing of it can be seen."""
        step = self.functions.start(job, _owner(slot))
        assert step.call is not None
        running = Running(step.number)
        (first,) = self._next(state._replace(slots=_with(state.slots, slot, running)), slot, running, step.call)
        return Move(("begins", slot + 1, job), first.state, rank)


def _owner(slot: int) -> str:
    return f"worker {slot + 1}"


def _free(state: State) -> int | None:
    return next((slot for slot, running in enumerate(state.slots) if running is None), None)


def _with(values: tuple[Any, ...], at: int, value: Any) -> tuple[Any, ...]:
    return (*values[:at], value, *values[at + 1 :])


def _taken_for_dead(state: State) -> State:
    """Whoever holds the batch, if they still live."""
    mails = tuple(tuple(mail._replace(window=True) if mail.by else mail for mail in some) for some in state.mails)
    return state._replace(mails=mails)


def _dead(state: State, slot: int) -> State:
    mails = tuple(
        tuple(mail._replace(by=0, window=True) if mail.by == slot + 1 else mail for mail in some)
        for some in state.mails
    )
    left = state.left._replace(deaths=state.left.deaths - 1)
    return state._replace(slots=_with(state.slots, slot, None), mails=mails, left=left)


# The promises


def _excused(mails: tuple[Mail, ...]) -> bool:
    """Whether a second mail would be nobody's fault: nobody could note the first, and its report did not come within
    the grace period."""
    return all(mail.window and mail.waited and (mail.lost or "send" in mail.coming) for mail in mails)


def _no(running: Running, people: tuple[str, ...]) -> str:
    if running.saw & NO_TO_ALL:
        return "somebody is written to although the last look saw that nobody is to be"
    if running.saw & NO_OF_A and PEOPLE[0] in people:
        return "A is written to after a no that the last look saw"
    return ""


def _once_more(state: State, running: Running, at: int) -> str:
    before, who = state.mails[at], "AB"[at]
    if len(before) >= 2 + state.left.retried:
        return f"{who} gets a third mail"
    if before and not state.left.retried and not running.excused & 1 << at:
        return f"{who} gets a second mail although the first was noted, or its report came in time"
    return ""


def settled(state: State) -> bool:
    """Nothing is left to be done, nor on its way."""
    return (
        state.batch.state is BatchState.SENT
        and state.mailing.progress in (Progress.FINISHED, Progress.CANCELLED)
        and not any(state.slots)
        and not any(mail.coming for some in state.mails for mail in some)
    )


def lie(state: State) -> str:
    """What the ledger says that SES did not do, once everything it does say has come."""
    if state.batch.state is not BatchState.SENT or any(state.slots):
        return ""
    for (_, one), some, who in zip(state.batch.deliveries, state.mails, "AB", strict=True):
        if any(mail.coming for mail in some):
            continue
        right = _right(some)
        if one.outcome not in right:
            return f"the ledger says {one.outcome} of {who}, and {', '.join(sorted(right))} is true"
    return ""


def _right(mails: tuple[Mail, ...]) -> set[Outcome]:
    ends = {mail.fate for mail in mails}
    if not mails:
        return {Outcome.FAILED, Outcome.SKIPPED}
    best = Outcome.SENT
    if "complaint" in ends:
        best = Outcome.COMPLAINED
    elif "hard-bounce" in ends:
        best = Outcome.BOUNCED
    elif ends == {"reject"}:
        best = Outcome.FAILED
    return {best} | ({Outcome.SENT, Outcome.FAILED, Outcome.SKIPPED} if any(mail.lost for mail in mails) else set())
