"""What is kept comes back as it was, and a decision is saved whole or not at all."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.delivery import Delivery, Outcome, batch_of
from chalicelib.domain.halt import ACCOUNT, Halt
from chalicelib.domain.mailing import Kind, Slice, mailing
from chalicelib.domain.refusals import NotFound
from chalicelib.domain.series import Edition, ReminderRule
from chalicelib.store import items, keys
from chalicelib.store.table import LostRace
from tests.builders import NOW, a_registration, a_series, a_subscriber, an_edition
from tests.stage import Stage

ONE = mailing(Kind.REGISTRATION_CONFIRMATION, series="kaffeepause", edition="e", person="a" * 32, due_at=NOW)
LIST = mailing(Kind.REMINDER, series="kaffeepause", edition="e", due_at=NOW)
VALUES = [
    a_series(
        reminders=(ReminderRule(days_before=1, at=time(9)), ReminderRule(minutes_before=30)), description="{{ä}}\n"
    ),
    an_edition(local_close=datetime(2027, 3, 9, 18, 0), seats=5),
    an_edition(local_start=datetime(2027, 10, 31, 2, 30)),
    a_registration(note="Warum?\n🎉"),
    a_subscriber(name="Mia"),
    ONE,
    LIST,
    Slice(mailing="m", lower="0", upper="8"),
    replace(
        batch_of("m", ["a", "b"]), deliveries={"a": Delivery(outcome=Outcome.SENT, message_id="x"), "b": Delivery()}
    ),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_every_value_comes_back_as_it_was(value: items.Value) -> None:
    item = items.put(value)["Put"]["Item"]
    assert items.load(type(value), item) == replace(value, version=1)
    assert (item["pk"]["S"], item["sk"]["S"]) == items.key(value)


@given(st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)), min_size=2, max_size=5))
def test_times_in_keys_sort_as_time_does(moments: list[datetime]) -> None:
    moments = [moment.replace(tzinfo=UTC, microsecond=moment.microsecond // 1000 * 1000) for moment in moments]
    assert [keys.iso(moment) for moment in sorted(moments)] == sorted(keys.iso(moment) for moment in moments)
    assert all(datetime.fromisoformat(keys.iso(moment)) == moment for moment in moments)


def test_every_key_is_in_the_table_of_access_patterns() -> None:
    known = inspect.getdoc(keys) or ""
    spelled = {name: value for name, value in vars(keys).items() if name.isupper() and isinstance(value, str)}
    assert {"EDITION", "MAILING", "SERIES"} <= set(spelled)
    assert [value for value in spelled.values() if f"`{value}" not in known] == []


def test_what_was_changed_meanwhile_is_not_overwritten(on_stage: Stage) -> None:
    store = on_stage.world.store
    store.changes().save(a_series()).commit()
    first, second = store.series("kaffeepause"), store.series("kaffeepause")
    store.changes().save(replace(first, title="Erste")).commit()
    with pytest.raises(LostRace):
        store.changes().save(replace(second, title="Zweite")).commit()
    with pytest.raises(LostRace):
        store.changes().save(a_series()).commit()
    assert store.series("kaffeepause").title == "Erste"


def test_a_decision_that_lost_its_race_leaves_nothing_behind(on_stage: Stage) -> None:
    store = on_stage.world.store
    edition = an_edition(seats=1)
    store.changes().save(edition).count_seats(edition, taken=0).commit()
    first, second = (a_registration(person=replace(a_registration().person, hash=letter * 32)) for letter in "ab")
    store.changes().save(first).take_seat(edition).commit()
    before = on_stage.items()
    with pytest.raises(LostRace):
        store.changes().save(second).take_seat(edition).plan(replace(ONE, edition=edition.id)).commit()
    assert on_stage.items() == before
    assert store.edition_and_taken(edition.id)[1] == 1
    store.changes().free_seat(edition).commit()
    with pytest.raises(LostRace):
        store.changes().free_seat(edition).commit()


def test_editions_come_in_order_of_their_start(on_stage: Stage) -> None:
    store = on_stage.world.store
    starts = {"c": datetime(2027, 5, 1, 9, 0), "a": datetime(2027, 3, 1, 9, 0), "b": datetime(2027, 4, 1, 9, 0)}
    for id_, start in starts.items():
        edition = an_edition(id=id_, local_start=start)
        store.changes().point(edition).commit()
    april = datetime(2027, 4, 1, 7, 0, tzinfo=UTC)

    def ids(found: list[Edition]) -> list[str]:
        return [edition.id for edition in found]

    assert ids(store.editions_of("kaffeepause")) == ["a", "b", "c"]
    assert ids(store.editions_of("kaffeepause", since=april)) == ["b", "c"]
    assert ids(store.editions_of("kaffeepause", until=april - timedelta(seconds=1), backwards=True)) == ["a"]
    assert ids(store.editions_of("kaffeepause", backwards=True, limit=2)) == ["c", "b"]
    assert store.editions_of("another") == []


def test_what_is_not_there_is_not_found(on_stage: Stage) -> None:
    store = on_stage.world.store
    for ask in (store.series, store.edition, store.edition_and_taken):
        with pytest.raises(NotFound):
            ask("nonesuch")
    assert store.registration("x", "y") is store.subscriber("x", "y") is store.mailing("x") is None


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
