"""What is kept comes back as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time

import pytest

from chalicelib.domain.delivery import Delivery, Outcome, batch_of
from chalicelib.domain.mailing import Slice, plan_mailing
from chalicelib.domain.mails import Kind
from chalicelib.domain.series import ReminderRule
from chalicelib.store import items
from tests.builders import NOW, a_registration, a_series, a_subscriber, an_edition

ONE = plan_mailing(Kind.REGISTRATION_CONFIRMATION, series="kaffeepause", edition="e", person="a" * 32, due_at=NOW)
LIST = plan_mailing(Kind.REMINDER, series="kaffeepause", edition="e", due_at=NOW)
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
