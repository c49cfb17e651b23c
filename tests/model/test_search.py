"""Every state that deliver, tick, feedback and an organiser can come to; and what would happen without each
of the guards."""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import pytest

from chalicelib.domain import delivery, guards
from chalicelib.usecases import deliver
from tests.model.moves import Left
from tests.model.search import Found, search

pytestmark = pytest.mark.model

LARGE = pytest.mark.large
"""Too many states for every run of CI."""

Record = Callable[[str, object], None]


@pytest.mark.parametrize(
    ("left", "slow"),
    [
        pytest.param(Left(deaths=1, troubles=0, acts=0), False, id="one death"),
        pytest.param(Left(deaths=0, troubles=1, acts=0), False, id="one trouble"),
        pytest.param(Left(deaths=0, troubles=0, acts=1), False, id="one decision"),
        pytest.param(Left(deaths=0, troubles=0, acts=0), True, id="functions that outlive their lease"),
        pytest.param(Left(deaths=2, troubles=0, acts=0), False, id="two deaths", marks=LARGE),
        pytest.param(Left(deaths=1, troubles=0, acts=1), False, id="a death and a decision", marks=LARGE),
        pytest.param(Left(deaths=0, troubles=1, acts=1), False, id="a trouble and a decision", marks=LARGE),
        pytest.param(
            Left(deaths=0, troubles=1, acts=0),
            True,
            id="a trouble, and functions that outlive their lease",
            marks=LARGE,
        ),
    ],
)
def test_no_promise_is_broken_in_any_state(left: Left, *, slow: bool, record_property: Record) -> None:
    found = search(left, slow=slow)
    record_property("found", str(found))
    assert not found.wrong, "\n".join(found.trace)


@dataclass(frozen=True)
class Guard:
    """A place in a function, what stands there without the guard, and what has to happen for it to matter."""

    function: Callable[..., Any]
    stands: str
    without: str
    left: Left
    breaks: str
    slow: bool = False


NOTHING, DEATH, DEATHS, DECISION = Left(0, 0, 0), Left(1, 0, 0), Left(2, 0, 0), Left(0, 0, 1)
TWICE = "gets a second mail although the first was noted, or its report came in time"

GUARDS = {
    "the lease": Guard(delivery.revive, " or batch.is_held(now=now)", "", NOTHING, TWICE),
    "the number of tries": Guard(delivery._after_grace, "one.tries < TRIES", "True", DEATHS, "gets a third mail"),
    "the grace period": Guard(delivery.revive, "now < batch.unproved_at + grace", "False", DEATH, TWICE),
    "the look at the person": Guard(
        guards.reason_to_skip,
        "    if suppressed:\n        return Skip.SUPPRESSED\n",
        "",
        DECISION,
        "A is written to after a no",
    ),
    "the look at the subscription": Guard(
        guards._reason_to_skip_subscriber,
        "return Skip.UNSUBSCRIBED\n    if not subscriber.is_active:\n        return Skip.NOT_CONFIRMED\n",
        "return None\n",
        DECISION,
        "A is written to after a no",
    ),
    "the look at the edition": Guard(
        guards.overtaken, "_ended_by_cancellation(mailing, edition)", "False", DECISION, "nobody is to be"
    ),
    "the look at the mailing": Guard(
        guards.overtaken, "mailing.progress is Progress.CANCELLED", "False", DECISION, "nobody is to be"
    ),
    "the pause": Guard(
        deliver.deliver, " or ledger.mailing.progress is Progress.PAUSED", "", DECISION, "nobody is to be"
    ),
    "the halt": Guard(deliver.deliver, "if concerning(", "if False and concerning(", Left(0, 1, 0), "nobody is to be"),
    "the owner": Guard(
        deliver._record, "if claimed.owner == owner else", "if True else", Left(0, 1, 0), TWICE, slow=True
    ),
}

LATE = ("the number of tries", "the owner")
"""It takes two deaths, or a function that outlives its lease, until they matter."""


@pytest.mark.parametrize("name", [pytest.param(name, marks=LARGE) if name in LATE else name for name in GUARDS])
def test_without_a_guard_a_promise_is_broken(
    name: str, monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    guard = GUARDS[name]
    take_away(guard, monkeypatch)
    broken(search(guard.left, slow=guard.slow), guard.breaks, record_property)


def test_without_conditional_writes_a_promise_is_broken(record_property: Record) -> None:
    broken(search(NOTHING, conditional=False), TWICE, record_property)


def broken(found: Found, wrong: str, record_property: Record) -> None:
    record_property("found", "\n".join((str(found), *(f"  {line}" for line in found.trace))))
    assert wrong in found.wrong, found


def take_away(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile the function anew, without the guard, wherever it is known by its name."""
    assert isinstance(guard.function, FunctionType)
    source = textwrap.dedent(inspect.getsource(guard.function))
    assert source.count(guard.stands) == 1, f"{guard.stands!r} no longer stands in {guard.function.__name__}"
    made: dict[str, Any] = {}
    code = compile(
        "from __future__ import annotations\n" + source.replace(guard.stands, guard.without), "unguarded", "exec"
    )
    exec(code, guard.function.__globals__, made)  # our own source
    for module, name in _places(guard.function):
        monkeypatch.setattr(module, name, made[guard.function.__name__])


def _places(function: FunctionType) -> Iterator[tuple[Any, str]]:
    for module in [one for name, one in sys.modules.items() if name.startswith("chalicelib.")]:
        for name, value in vars(module).items():
            if value is function:
                yield module, name
