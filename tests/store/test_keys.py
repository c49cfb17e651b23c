"""Keys: spelled once, and in the order of time."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.due import Due, Matter
from chalicelib.store import keys
from tests.builders import NOW


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


@pytest.mark.parametrize("matter", [Matter.MAILING, "digest"])
def test_a_due_row_says_what_is_due_and_when(matter: str) -> None:
    due = Due(NOW, matter, "0123456789ab")
    assert keys.read_due(keys.due(due).sk) == due
    assert keys.due(due).pk == keys.due_day(NOW.date())
