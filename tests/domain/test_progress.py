"""How far a mailing has come: what may follow, and when it is finished."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.delivery import BatchState
from chalicelib.domain.mailing import (
    NEXT,
    UNDER_WAY,
    Mailing,
    Progress,
    become,
    cancel,
    expected_end,
    finish,
    pause,
    plan_mailing,
    resume,
    stands_still,
    with_batch,
)
from chalicelib.domain.mails import Kind
from tests.builders import NOW

LIST: Mailing = plan_mailing(Kind.REMINDER, series="kaffeepause", edition="e", due_at=NOW)
ONE: Mailing = plan_mailing(
    Kind.REGISTRATION_CONFIRMATION, series="kaffeepause", edition="e", person="a" * 32, due_at=NOW
)


@pytest.mark.parametrize("progress", Progress)
def test_only_what_is_being_sent_is_finished_with_its_last_batch(progress: Progress) -> None:
    after = Progress.FINISHED if progress is Progress.SENDING else progress
    assert finish(replace(LIST, progress=progress)) == replace(LIST, progress=after)


@pytest.mark.parametrize("progress", Progress)
@pytest.mark.parametrize("state", BatchState)
def test_a_mailing_to_one_person_is_finished_with_its_only_batch(progress: Progress, state: BatchState) -> None:
    before = replace(ONE, progress=progress)
    assert before.batch
    batch = replace(before.batch, state=state)
    after = with_batch(before, batch)
    assert after.batch == batch
    finished = state is BatchState.SENT and progress is Progress.SENDING
    assert after.progress is (Progress.FINISHED if finished else progress)


@pytest.mark.parametrize("before", Progress)
@pytest.mark.parametrize("after", Progress)
def test_a_mailing_takes_no_step_that_the_table_does_not_have(before: Progress, after: Progress) -> None:
    one = replace(LIST, progress=before)
    if after in NEXT[before]:
        assert become(one, after, reason="why").progress is after
    else:
        with pytest.raises(ValueError, match=f"{before} cannot become {after}"):
            become(one, after)


def test_every_progress_can_be_reached_and_has_a_row() -> None:
    reached, known = {Progress.PLANNED}, set()
    while reached != known:
        known = set(reached)
        reached |= {after for one in known for after in NEXT[one]}
    assert reached == set(NEXT) == set(Progress)


@pytest.mark.parametrize("progress", UNDER_WAY)
def test_what_was_paused_goes_on_from_where_it_was(progress: Progress) -> None:
    paused = pause(replace(LIST, progress=progress))
    assert (paused.progress, paused.paused_in) == (Progress.PAUSED, progress)
    assert paused.waits is (progress is Progress.PLANNED)
    resumed = resume(replace(paused, reason="another text"), now=NOW)
    assert (resumed.progress, resumed.paused_in, resumed.reason) == (progress, None, "")


@pytest.mark.parametrize("progress", UNDER_WAY)
def test_what_was_called_off_while_it_was_paused_does_not_wait(progress: Progress) -> None:
    ended = cancel(pause(replace(LIST, progress=progress)), reason="called off")
    assert (ended.waits, ended.paused_in, ended.is_open) == (False, None, False)


@pytest.mark.parametrize(
    ("left", "unsettled", "still"),
    [
        pytest.param(-1, 100, True, id="few"),
        pytest.param(-1, 101, False, id="many, looked at for the first time"),
        pytest.param(150, 101, False, id="many, and fewer than before"),
        pytest.param(101, 101, True, id="many, and as many as before"),
    ],
)
def test_batches_are_hinted_again_where_they_are_few_or_none_was_settled(
    left: int, unsettled: int, *, still: bool
) -> None:
    assert stands_still(replace(LIST, left=left), unsettled=unsettled) is still


def test_the_end_is_expected_by_the_pace_so_far() -> None:
    sending = replace(LIST, progress=Progress.SENDING, began_at=NOW)
    later = NOW + timedelta(minutes=10)
    assert expected_end(sending, done=100, waiting=300, now=later) == later + timedelta(minutes=30)
    assert expected_end(sending, done=0, waiting=300, now=later) is None
    assert expected_end(sending, done=300, waiting=0, now=later) is None
    assert expected_end(replace(sending, progress=Progress.PAUSED), done=1, waiting=1, now=later) is None
