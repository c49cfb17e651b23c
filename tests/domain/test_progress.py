"""How far a mailing has come: when it is finished."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.delivery import BatchState
from chalicelib.domain.mailing import Mailing, Progress, finish, mailing, with_batch
from chalicelib.domain.mails import Kind
from tests.builders import NOW

LIST: Mailing = mailing(Kind.REMINDER, series="kaffeepause", edition="e", due_at=NOW)
ONE: Mailing = mailing(Kind.REGISTRATION_CONFIRMATION, series="kaffeepause", edition="e", person="a" * 32, due_at=NOW)


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
