"""The functions as automata: what each does next, given the answers it has had.

Found by running the real function, and remembered.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

from chalicelib.domain.delivery import LEASE, Batch, BatchState
from chalicelib.domain.mailing import Mailing
from chalicelib.domain.refusals import Refusal
from chalicelib.usecases import deliver as delivering
from chalicelib.usecases import mailings
from chalicelib.usecases.feedback import feedback
from chalicelib.usecases.tick import SendingStopped, tick
from tests.model.deployment import GRACE, SETTINGS
from tests.model.frozen import HINT, MAILING, NOW, VERSION, Call, Frozen, Read, Suspended, Write, frozen

Job = tuple[str, ...]
"""``("deliver",)``, ``("tick",)``, ``("report", person, mail, event)``, ``("pause",)`` …"""

REPORTS = {
    "send": {"eventType": "Send"},
    "reject": {"eventType": "Reject"},
    "hard-bounce": {"eventType": "Bounce", "bounce": {"bounceType": "Permanent"}},
    "complaint": {"eventType": "Complaint", "complaint": {}},
}


def _run(world: Frozen, job: Job) -> None:
    match job:
        case ("deliver",):
            delivering.deliver(world, HINT)
        case ("tick",):
            with contextlib.suppress(SendingStopped):
                tick(world)
        case ("report", person, mail, event):
            tags = {"mailing": [MAILING.id], "batch": [HINT.batch], "series": [HINT.series], "person": [person]}
            body = REPORTS[event] | {"mail": {"messageId": mail, "tags": tags}}
            failed = feedback(world, [("1", json.dumps(body))])
            assert failed == [], body
        case (verb,):
            with contextlib.suppress(Refusal):
                getattr(mailings, verb)(world, MAILING.id)


class Kept(NamedTuple):
    """A batch as it lies in the table, with its times as what they mean: it can be compared, and its times
    do not run away.

    ``leased`` and ``waiting`` say whether the lease and the grace period still run; None where there is none.
    """

    state: BatchState
    owner: str
    leased: bool | None
    waiting: bool | None
    deliveries: tuple[Any, ...]

    @classmethod
    def of(cls, batch: Batch) -> Kept:
        return cls(
            batch.state,
            batch.owner,
            None if batch.lease_until is None else batch.lease_until > NOW,
            None if batch.unproved_at is None else batch.unproved_at + GRACE > NOW,
            tuple(batch.deliveries.items()),
        )

    def batch(self) -> Batch:
        return Batch(
            mailing=MAILING.id,
            first=self.deliveries[0][0],
            deliveries=dict(self.deliveries),
            state=self.state,
            owner=self.owner,
            lease_until=None if self.leased is None else NOW + (LEASE if self.leased else -timedelta(seconds=1)),
            unproved_at=None if self.waiting is None else (NOW if self.waiting else NOW - GRACE),
            attempt=1,
            finished_at=NOW if self.state is BatchState.SENT else None,
            version=VERSION,
        )


def kept_mailing(mailing: Mailing) -> Mailing:
    """Without what tells one moment from another."""
    return replace(mailing, look_at=MAILING.look_at, left=-1, version=VERSION)


class Step(NamedTuple):
    """What a function does next, and how it goes on is known by its number. ``call`` is None at its end."""

    call: Call | None
    number: int


class Functions:
    """Every function at every point, each numbered when first met."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Job, str, tuple[Any, ...]], int] = {}
        self._steps: list[Step] = []
        self._known: list[tuple[Job, str, tuple[Any, ...]]] = []
        self._next: dict[tuple[int, Any], Step] = {}

    def __len__(self) -> int:
        return len(self._steps)

    def start(self, job: Job, owner: str) -> Step:
        return self._at(job, owner, ())

    def step(self, number: int) -> Step:
        return self._steps[number]

    def job(self, number: int) -> Job:
        return self._known[number][0]

    def answers(self, number: int) -> tuple[Any, ...]:
        return self._known[number][2]

    def go_on(self, number: int, answer: Any) -> Step:
        """After its next call is answered so."""
        if (known := self._next.get((number, answer))) is None:
            job, owner, answers = self._known[number]
            known = self._at(job, owner, (*answers, answer))
            shorter = _without_lost_rounds(job, (*answers, answer))
            if shorter != (*answers, answer):
                same = self._at(job, owner, shorter)
                assert same.call == known.call, f"{job} remembers a round that it lost"
                known = same
            self._next[number, answer] = known
        return known

    def _at(self, job: Job, owner: str, answers: tuple[Any, ...]) -> Step:
        key = (job, owner, answers)
        if key not in self._numbers:
            self._numbers[key] = len(self._steps)
            self._known.append(key)
            self._steps.append(Step(self._call(job, owner, answers), len(self._steps)))
        return self._steps[self._numbers[key]]

    @staticmethod
    def _call(job: Job, owner: str, answers: tuple[Any, ...]) -> Call | None:
        given = [_thawed(answer) for answer in answers]
        try:
            _run(frozen(SETTINGS, given, owner), job)
        except Suspended as suspended:
            return _frozen(suspended.call)
        except Exception as error:  # noqa: BLE001  # it fails as it would in Lambda, and its message comes again
            return Call("raises", repr(error))
        return None


def _without_lost_rounds(job: Job, answers: tuple[Any, ...]) -> tuple[Any, ...]:
    """Of a race lost twice only the second: a function that decides again on fresh state keeps nothing of
    the round before."""
    if answers[-1] != "lost":
        return answers
    match job:
        case ("deliver",):
            return answers[:-3] + answers[-1:] if answers[-3:-2] == ("lost",) else answers
        case ("retry",):
            return answers[:2]
        case ("tick",):
            return answers
        case _:
            return ()


def _thawed(answer: Any) -> Any:
    if isinstance(answer, Read) and answer.batch is not None:
        return answer._replace(batch=answer.batch.batch())
    return answer


def _frozen(call: Call) -> Call:
    if not isinstance(call.what, Write):
        return call
    mailing, batch = call.what.mailing, call.what.batch
    return Call(
        call.name,
        call.what._replace(
            mailing=None if mailing is None else kept_mailing(mailing), batch=None if batch is None else Kept.of(batch)
        ),
    )
