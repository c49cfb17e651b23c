"""Halts, as two workers write them."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.halt import ACCOUNT, Halt
from chalicelib.domain.mailing import Kind, plan_mailing
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


def test_two_moments_in_one_millisecond_are_one_due_row(on_stage: Stage) -> None:
    """Else one transaction would put it and delete it, which DynamoDB refuses."""
    store, due = on_stage.world.store, NOW + timedelta(microseconds=100)
    store.changes().plan(plan_mailing(Kind.REMINDER, series="kaffeepause", edition="e", due_at=due)).commit()
    (row,) = store.due(NOW + timedelta(hours=1), since=NOW)
    planned = store.mailing(row.id)
    changes = store.changes()
    changes.reschedule(planned, due + timedelta(microseconds=800))
    changes.commit()
    assert list(store.due(NOW + timedelta(hours=1), since=NOW)) == [row]
    assert store.mailing(row.id).look_at == due + timedelta(microseconds=800)
