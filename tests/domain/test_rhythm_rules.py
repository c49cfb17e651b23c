from __future__ import annotations

from datetime import time

import pytest

from chalicelib.domain.refusals import Invalid
from chalicelib.domain.rhythm import Rhythm, recurrence_rule
from chalicelib.domain.series import SeriesChange, change_series, check_rhythm
from tests.builders import a_series


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("FREQ=MONTHLY;BYDAY=2WE", "FREQ=MONTHLY;BYDAY=2WE"),
        (" rrule:freq=monthly; byday=2we; ", "FREQ=MONTHLY;BYDAY=2WE"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=SU", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=SU"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=WE", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=WE"),
        ("FREQ=YEARLY;BYMONTH=03,9;BYDAY=+1WE", "FREQ=YEARLY;BYMONTH=03,9;BYDAY=+1WE"),
        ("FREQ=DAILY", "FREQ=DAILY"),
    ],
)
def test_rules_of_rfc_5545_are_taken(given: str, kept: str) -> None:
    assert recurrence_rule(given, "rule") == kept


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", ["Begin with how often"]),
        ("BYDAY=2WE", ["Begin with how often"]),
        ("every second Wednesday", ["EVERY SECOND WEDNESDAY is not understood", "Begin with how often"]),
        ("FREQ=HOURLY", ["FREQ=HOURLY is more often than once a day"]),
        ("FREQ=MONTHLY;COUNT=3", ["leave out COUNT"]),
        ("FREQ=MONTHLY;UNTIL=20280101T000000Z;COUNT=1", ["leave out UNTIL", "leave out COUNT"]),
        ("FREQ=DAILY;BYHOUR=9,10", ["not in BYHOUR"]),
        ("FREQ=DAILY;INTERVAL=0", ["INTERVAL=0 is not understood"]),
        ("FREQ=DAILY;INTERVAL=1000", ["INTERVAL=1000 is not understood"]),
        ("FREQ=MONTHLY;BYDAY=WEDNESDAY", ["BYDAY=WEDNESDAY is not understood"]),
        ("FREQ=MONTHLY;BYDAY=0WE", ["BYDAY=0WE is not understood"]),
        ("FREQ=MONTHLY;BYMONTH=13", ["BYMONTH=13 is not understood"]),
        ("FREQ=MONTHLY;BYDAY=MO;BYDAY=TU", ["BYDAY is given twice"]),
        ("FREQ=YEARLY;BYEASTER=1", ["BYEASTER=1 is not understood"]),
        ("FREQ=WEEKLY;BYDAY=2WE", ["BYDAY=2WE cannot be combined with FREQ=WEEKLY"]),
        ("FREQ=WEEKLY;BYMONTHDAY=3", ["BYMONTHDAY=3 cannot be combined with FREQ=WEEKLY"]),
        ("FREQ=MONTHLY;BYWEEKNO=3", ["BYWEEKNO=3 cannot be combined with FREQ=MONTHLY"]),
        ("FREQ=MONTHLY;BYSETPOS=1", ["BYSETPOS needs another part"]),
        ("FREQ=MONTHLY;BYDAY=" + ",".join(["1WE"] * 200), ["at most 200 characters"]),
        ("FREQ=MONTHLY\nDTSTART:20270101", ["is not understood"]),
    ],
)
def test_everything_wrong_with_a_rule_is_said_at_once(given: str, says: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        recurrence_rule(given, "rhythm.rule")
    errors = refused.value.errors
    assert {error.name for error in errors} == {"rhythm.rule"}
    assert len(errors) == len(says)
    assert [part for part, error in zip(says, errors, strict=True) if part not in str(error)] == []


def test_a_draft_ahead_needs_a_rhythm() -> None:
    with pytest.raises(Invalid):
        check_rhythm(change_series(a_series(), SeriesChange(drafts_ahead=True)), {"drafts_ahead"})
    rhythm = Rhythm(rule="FREQ=DAILY", at=time(9))
    ready = change_series(a_series(), SeriesChange(drafts_ahead=True, rhythm=rhythm))
    check_rhythm(ready, {"drafts_ahead", "rhythm"})
    assert (ready.drafts_ahead, ready.rhythm) == (True, rhythm)
    with pytest.raises(Invalid):
        check_rhythm(change_series(ready, SeriesChange(rhythm=None)), {"rhythm"})
    without = change_series(ready, SeriesChange(rhythm=None, drafts_ahead=False))
    check_rhythm(without, {"drafts_ahead", "rhythm"})
    assert without.rhythm is None
