"""A decision is saved whole or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.mailing import plan_mailing
from chalicelib.domain.mails import Kind
from chalicelib.store.table import LostRace
from tests.builders import NOW, a_registration, a_series, an_edition
from tests.stage import Stage

ONE = plan_mailing(Kind.REGISTRATION_CONFIRMATION, series="kaffeepause", edition="e", person="a" * 32, due_at=NOW)


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
    store.changes().save(first).take_seats(edition, 1).commit()
    before = on_stage.items()
    with pytest.raises(LostRace):
        store.changes().save(second).take_seats(edition, 1).plan(replace(ONE, edition=edition.id)).commit()
    assert on_stage.items() == before
    assert store.edition_and_taken(edition.id)[1] == 1
    store.changes().take_seats(edition, -1).commit()
    with pytest.raises(LostRace):
        store.changes().take_seats(edition, -1).commit()
