"""Breadth first through every state; the first broken promise ends it, with the shortest way there told in
plain words."""

from __future__ import annotations

import itertools
import time
from array import array
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from tests.model.frozen import Write
from tests.model.moves import Left, Moves, State, begin, lie, settled
from tests.model.processes import Functions

BITS = 20
"""How much room a component of a state has in its key."""


@dataclass(frozen=True, slots=True)
class Found:
    """``wrong`` is the promise that was broken, and ``trace`` how; both empty where none was."""

    states: int
    depth: int
    moves: int
    seconds: float
    functions: int
    wrong: str
    trace: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.states:,} states, {self.moves:,} moves, {self.depth} deep, {self.seconds:.0f} s; "
            f"the functions stood at {self.functions:,} different points"
        )


class _Known:
    """Gives equal components one number, and the component back."""

    def __init__(self) -> None:
        self._by_value: dict[Hashable, int] = {}
        self._by_identity: dict[int, int] = {}
        self.values: list[Any] = []

    def number(self, value: Any) -> int:
        if (found := self._by_identity.get(id(value))) is not None:
            return found
        if (found := self._by_value.get(value)) is None:
            found = self._by_value[value] = len(self.values)
            self.values.append(value)
            self._by_identity[id(value)] = found  # it is kept alive here, so its identity stays its own
        return found


class Space:
    """Every state met, by number; how it was met; and where it goes if nothing more goes wrong."""

    def __init__(self, moves: Moves) -> None:
        self.moves = moves
        self._known = [_Known() for _ in State._fields]
        self._numbers: dict[int, int] = {}
        self._keys: list[int] = []
        self.before = array("l")
        self.onwards = array("l")

    def number(self, state: State, *, before: int) -> int:
        key = 0
        for known, value in zip(self._known, state, strict=True):
            key = key << BITS | known.number(value)
        if (found := self._numbers.get(key)) is None:
            found = self._numbers[key] = len(self._keys)
            self._keys.append(key)
            self.before.append(before)
            self.onwards.append(-1)
        return found

    def state(self, number: int) -> State:
        key, values = self._keys[number], []
        for known in reversed(self._known):
            values.append(known.values[key & ((1 << BITS) - 1)])
            key >>= BITS
        return State(*reversed(values))

    def __len__(self) -> int:
        return len(self._keys)

    def trace(self, number: int) -> list[str]:
        """The moves from the beginning to this state."""
        way = [number]
        while (before := self.before[way[-1]]) >= 0:
            way.append(before)
        way.reverse()
        return [self._told(here, there) for here, there in itertools.pairwise(way)]

    def _told(self, here: int, there: int) -> str:
        for move in self.moves.of(self.state(here)):
            if self.number(move.state, before=here) == there:
                return in_words(move.said)
        raise AssertionError("a state was reached by no move")


def search(left: Left, *, slow: bool = False, conditional: bool = True) -> Found:
    """Look at every state within ``left``. Ends at the first broken promise."""
    began = time.monotonic()
    functions = Functions()
    space = Space(Moves(functions, slow=slow, conditional=conditional))
    start = begin(left)
    space.number(start, before=-1)
    done, depth, edge, moved, wrong, said = 0, 0, 1, 0, "", []
    while done < len(space) and not wrong:
        if done == edge:
            depth, edge = depth + 1, len(space)
        state, best = space.state(done), 99
        wrong = lie(state)
        if wrong:
            break
        for move in space.moves.of(state):
            moved += 1
            if move.wrong:
                wrong, said = move.wrong, [in_words(move.said)]
                break
            number = space.number(move.state, before=done)
            if move.rank is not None and move.rank < best:
                best, space.onwards[done] = move.rank, number
        done += 1 if not wrong else 0
    if not wrong:
        done = _never_settled(space)
        wrong = "" if done < 0 else "it never comes to an end"
    trace = (*space.trace(done), *said, wrong) if wrong else ()
    return Found(len(space), depth, moved, time.monotonic() - began, len(functions), wrong, trace)


def _never_settled(space: Space) -> int:
    """A state from which nothing leads to an end although nothing more goes wrong; -1 where there is none."""
    good = bytearray(len(space))
    for number in range(len(space)):
        way, here = [], number
        while not good[here]:
            if here in way[-400:] or (space.onwards[here] < 0 and not settled(space.state(here))):
                return number
            way.append(here)
            if settled(space.state(here)):
                break
            here = space.onwards[here]
        for one in way:
            good[one] = 1
    return -1


def in_words(said: tuple[Any, ...]) -> str:
    match said:
        case ("begins", slot, job):
            return f"worker {slot}: begins to {' '.join(str(part)[:12] for part in job)}"
        case ("reads", slot, what):
            return f"worker {slot}: reads the {what}"
        case ("writes", slot, Write() as written):
            return f"worker {slot}: writes{_written(written)}"
        case ("fails", slot, why):
            return f"worker {slot}: fails ({why}), and its message comes again"
        case ("dies", slot, call):
            return f"worker {slot}: dies before its next call ({call})"
        case ("calls SES", slot, people, how):
            return f"worker {slot}: calls SES for {' and '.join(person[0].upper() for person in people)}: {how}"
        case (*before, "; its message comes again"):
            return in_words(tuple(before)) + "; its message comes again"
        case (str(what), int(slot)):
            return f"worker {slot}: {what}"
        case _:
            return " ".join(map(str, said))


def _written(written: Write) -> str:
    told = ""
    if written.mailing is not None:
        told += f" the mailing as {written.mailing.progress}"
    if written.batch is not None:
        people = ", ".join(
            f"{person[0].upper()} {one.outcome}{': ' * bool(one.reason)}{one.reason}"
            for person, one in written.batch.deliveries
        )
        told += f" the batch as {written.batch.state} ({people})"
    if written.due is not None:
        told += ", with a due row" if written.due else ", without a due row"
    return told
