"""What goes wrong with a mail to one person is counted, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.domain.delivery import Batch, Delivery, Outcome, batch_of
from chalicelib.domain.guards import Skip
from chalicelib.domain.mailing import Mailing, plan_mailing
from chalicelib.domain.mails import Kind
from chalicelib.domain.series import Language
from chalicelib.domain.troubles import Trouble, troubles

NOW = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)
MIA = "a" * 32
WAITING = Delivery()
SENT = Delivery(outcome=Outcome.SENT)
BOUNCED = Delivery(outcome=Outcome.BOUNCED, reason="hard-bounce")
COMPLAINED = Delivery(outcome=Outcome.COMPLAINED, reason="complaint")
FAILED = Delivery(outcome=Outcome.FAILED, reason="rejected")
SUPPRESSED = Delivery(outcome=Outcome.SKIPPED, reason=Skip.SUPPRESSED)
CANCELLED = Delivery(outcome=Outcome.SKIPPED, reason=Skip.REGISTRATION_CANCELLED)


def with_outcome(batch: Batch, one: Delivery) -> Batch:
    return replace(batch, deliveries={MIA: one})


def confirmation(one: Delivery) -> Mailing:
    made = plan_mailing(
        Kind.REGISTRATION_CONFIRMATION, series="kaffeepause", edition="0d5f6c8e21ab", person=MIA, due_at=NOW
    )
    assert made.batch
    return replace(made, batch=with_outcome(made.batch, one))


@pytest.mark.parametrize(
    ("before", "after", "counted"),
    [
        (WAITING, SENT, {}),
        (WAITING, CANCELLED, {}),
        (WAITING, SUPPRESSED, {Trouble.SUPPRESSED: 1}),
        (WAITING, FAILED, {Trouble.FAILED: 1}),
        (SENT, BOUNCED, {Trouble.BOUNCED: 1}),
        (BOUNCED, BOUNCED, {}),
        (BOUNCED, COMPLAINED, {Trouble.BOUNCED: -1, Trouble.COMPLAINED: 1}),
        (FAILED, WAITING, {Trouble.FAILED: -1}),
    ],
)
def test_a_step_counts_what_it_came_to_and_takes_back_what_it_left(
    before: Delivery, after: Delivery, counted: dict[Trouble, int]
) -> None:
    mailing = confirmation(before)
    assert mailing.batch
    assert troubles(mailing, with_outcome(mailing.batch, after)) == counted


def test_a_list_is_not_counted_here() -> None:
    announcement = plan_mailing(Kind.ANNOUNCEMENT, series="kaffeepause", edition="0d5f6c8e21ab", due_at=NOW)
    assert troubles(announcement, with_outcome(batch_of(announcement.id, [MIA]), BOUNCED)) == {}


def test_what_organisers_are_told_is_not_counted() -> None:
    told = plan_mailing(Kind.SUBMISSION_KEPT, series="", person=MIA, due_at=NOW, language=Language.GERMAN)
    assert told.batch
    assert troubles(told, with_outcome(told.batch, BOUNCED)) == {}
