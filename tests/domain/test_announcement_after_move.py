"""What a move does to the edition's announcement: nothing, unless somebody says so or it would come too late."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.domain import edition as rules
from chalicelib.domain import schedule
from chalicelib.domain.edition import Edition, EditionMove
from chalicelib.domain.given import NOT_GIVEN, NotGiven
from chalicelib.domain.mailing import Mailing, Progress, become, pause
from chalicelib.domain.refusals import Invalid
from chalicelib.domain.schedule import Now, announcement_after_move
from tests.builders import NOW, a_series, an_edition

EDITION = an_edition()
WAITING = schedule.announcement(EDITION, at=datetime(2027, 3, 3, 9, 0), now=NOW)
REMINDERS = schedule.reminders(a_series(), EDITION, now=NOW)
LATER = datetime(2027, 3, 17, 14, 30)


def moved(to: datetime = LATER) -> Edition:
    return rules.move(EDITION, EditionMove(local_start=to), now=NOW)


@pytest.mark.parametrize("waiting", [WAITING, pause(WAITING)], ids=["planned", "paused"])
@pytest.mark.parametrize("to", [LATER, datetime(2027, 3, 3, 9, 1)], ids=["later", "a minute behind it"])
def test_a_move_leaves_a_waiting_announcement_alone(waiting: Mailing, to: datetime) -> None:
    assert announcement_after_move([*REMINDERS, waiting], moved(to), at=NOT_GIVEN, now=NOW) == (waiting, waiting)
    assert waiting not in schedule.ended_by_move([*REMINDERS, waiting])


@pytest.mark.parametrize("to", [datetime(2027, 3, 3, 9, 0), datetime(2027, 3, 2, 14, 30)])
def test_one_that_would_not_come_before_the_new_start_has_to_be_dated_anew(to: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        announcement_after_move([WAITING], moved(to), at=NOT_GIVEN, now=NOW)
    assert [error.name for error in refused.value.errors] == ["announce"]
    _, after = announcement_after_move([WAITING], moved(to), at=datetime(2027, 3, 1, 9, 0), now=NOW)
    assert after == replace(
        WAITING, due_at=datetime(2027, 3, 1, 8, 0, tzinfo=UTC), local_due=datetime(2027, 3, 1, 9, 0)
    )


def test_a_paused_one_that_is_dated_anew_stays_paused() -> None:
    _, after = announcement_after_move([pause(WAITING)], moved(), at="now", now=NOW)
    assert after
    assert (after.progress, after.due_at) == (Progress.PAUSED, NOW)


def test_nothing_said_on_purpose_calls_it_off() -> None:
    before, after = announcement_after_move([WAITING], moved(), at=None, now=NOW)
    assert before is WAITING
    assert after
    assert after.progress is Progress.CANCELLED


SENDING = become(become(WAITING, Progress.DISPATCHING), Progress.SENDING)
FINISHED = become(SENDING, Progress.FINISHED)


@pytest.mark.parametrize("begun", [SENDING, pause(SENDING), FINISHED, become(WAITING, Progress.CANCELLED)])
def test_one_that_does_not_wait_stays_and_cannot_be_dated(begun: Mailing) -> None:
    for at in (NOT_GIVEN, None):
        assert announcement_after_move([begun], moved(), at=at, now=NOW) == (begun, begun)
    with pytest.raises(Invalid):
        announcement_after_move([begun], moved(), at="now", now=NOW)


@pytest.mark.parametrize(
    ("at", "due"),
    [
        (NOT_GIVEN, None),
        (None, None),
        ("now", NOW),
        (datetime(2027, 3, 12, 9, 0), datetime(2027, 3, 12, 8, 0, tzinfo=UTC)),
    ],
)
def test_where_there_is_none_one_is_planned_only_if_somebody_says_when(
    at: datetime | Now | NotGiven | None, due: datetime | None
) -> None:
    before, after = announcement_after_move(REMINDERS, moved(), at=at, now=NOW)
    assert before is None
    assert (after and after.due_at) == due
