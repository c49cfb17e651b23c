"""Halts, as two workers write them."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.halt import ACCOUNT, Halt
from tests.builders import NOW
from tests.stage import Stage


def a_halt(scope: str, *, minutes: int = 15) -> Halt:
    return Halt(scope, NOW + timedelta(minutes=minutes), "a reason", alarm=True)


def test_two_workers_that_halt_different_things_both_do(on_stage: Stage) -> None:
    """Neither has read what the other writes."""
    store, halts = (
        on_stage.world.store,
        [a_halt("lane/broadcast"), a_halt("identity/kaffee@campus.example.org"), a_halt(ACCOUNT)],
    )
    assert store.halts() == []
    store.stop_sending(halts[:2])
    store.stop_sending(halts[2:])
    assert sorted(store.halts()) == sorted(halts)


def test_the_newest_halt_of_a_scope_holds(on_stage: Stage) -> None:
    store = on_stage.world.store
    store.stop_sending([a_halt(ACCOUNT, minutes=60)])
    store.stop_sending([a_halt(ACCOUNT)])
    assert store.halts() == [a_halt(ACCOUNT)]


def test_halts_that_are_over_are_forgotten_but_not_those_that_were_renewed_meanwhile(on_stage: Stage) -> None:
    store, over = (
        on_stage.world.store,
        [a_halt("lane/broadcast", minutes=-1), a_halt("identity/a@example.org", minutes=-2)],
    )
    store.stop_sending(over)
    store.stop_sending([a_halt(ACCOUNT)], over=over)
    assert store.halts() == [a_halt(ACCOUNT)]
    store.stop_sending([a_halt("lane/broadcast")])
    store.stop_sending([a_halt(ACCOUNT, minutes=20), a_halt("identity/a@example.org")], over=[*over, a_halt(ACCOUNT)])
    assert sorted(store.halts()) == [
        a_halt(ACCOUNT, minutes=20),
        a_halt("identity/a@example.org"),
        a_halt("lane/broadcast"),
    ]
