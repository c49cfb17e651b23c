"""Which bounces count against an address, and how many are too many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.delivery import Event
from chalicelib.domain.suppression import (
    ABOUT_THE_ADDRESS,
    Cause,
    SoftBounce,
    bounced_at,
    cause_of,
    is_a_persons_no,
    is_given_up,
    is_soft_bounce,
)

NOW = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)


def days_ago(*days: float) -> list[SoftBounce]:
    return [SoftBounce(f"mail {number}", NOW - timedelta(days=ago)) for number, ago in enumerate(days)]


@pytest.mark.parametrize(
    ("ago", "too_many"),
    [
        pytest.param((20, 15, 10, 5, 0), True, id="five on five days"),
        pytest.param((30, 15, 10, 5, 0), True, id="thirty days are within thirty days"),
        pytest.param((30.01, 15, 10, 5, 0), False, id="the first too long ago"),
        pytest.param((116, 87, 58, 29, 0), False, id="29 days apart"),
        pytest.param((15, 10, 5, 0), False, id="four"),
        pytest.param((0, 0, 0, 0, 0, 0, 0), False, id="seven on one day"),
        pytest.param((1, 1, 1, 0, 0, 0), False, id="six on two days"),
        pytest.param((2, 1, 0, 0, 0), True, id="five on three days"),
        pytest.param((), False, id="none"),
    ],
)
def test_five_soft_bounces_on_three_days_within_thirty_days_are_too_many(
    ago: tuple[float, ...], too_many: bool
) -> None:
    assert is_given_up(days_ago(*ago), now=NOW) is too_many


def test_a_mail_reported_twice_counts_once_and_when_it_first_bounced() -> None:
    four = days_ago(15, 10, 5, 0)
    again = [SoftBounce(four[0].mail, NOW), SoftBounce(four[1].mail, NOW - timedelta(days=1))]
    assert not is_given_up([*four, *again], now=NOW)
    early = [*days_ago(31, 10, 5, 1, 0), SoftBounce("mail 0", NOW)]
    assert not is_given_up(early, now=NOW)


@pytest.mark.parametrize(
    ("subtype", "delivery_status", "counts"),
    [
        ("General", False, False),
        ("General", True, True),
        ("Undetermined", False, False),
        ("Undetermined", True, True),
        ("", False, False),
        ("MailboxFull", False, True),
        ("MailboxFull", True, True),
        ("CustomTimeoutExceeded", True, True),
        ("MessageTooLarge", True, False),
        ("ContentRejected", True, False),
        ("AttachmentRejected", True, False),
    ],
)
def test_only_what_says_something_of_the_address_counts(subtype: str, delivery_status: bool, counts: bool) -> None:
    assert is_soft_bounce(subtype, delivery_status=delivery_status) is counts


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        (NOW - timedelta(days=3), NOW - timedelta(days=3)),
        (NOW + timedelta(seconds=1), NOW),
        (datetime(2016, 1, 27, tzinfo=UTC), NOW),
        (None, NOW),
    ],
)
def test_a_bounce_has_the_time_of_its_report_where_that_can_be_true(told: datetime | None, taken: datetime) -> None:
    assert bounced_at(told, now=NOW) == taken


@pytest.mark.parametrize(
    ("feedback_type", "no"),
    [
        ("abuse", True),
        ("Abuse", True),
        ("", True),
        ("not-spam", False),
        ("auth-failure", False),
        ("virus", False),
        ("fraud", False),
        ("other", False),
        ("dmarc", False),
    ],
)
def test_only_this_is_spam_is_a_persons_no(feedback_type: str, no: bool) -> None:
    assert is_a_persons_no(feedback_type) is no


@pytest.mark.parametrize(
    ("event", "bounced", "cause"),
    [
        (Event.HARD_BOUNCE, (), Cause.BOUNCE),
        (Event.COMPLAINT, (), Cause.COMPLAINT),
        (Event.SOFT_BOUNCE, (), None),
        (Event.SOFT_BOUNCE, (15, 10, 5, 0), None),
        (Event.SOFT_BOUNCE, (20, 15, 10, 5, 0), Cause.SOFT_BOUNCES),
        *((event, (20, 15, 10, 5, 0), None) for event in Event if event not in ABOUT_THE_ADDRESS),
    ],
)
def test_an_address_is_suppressed_for_what_is_said_of_it_and_not_of_one_mail(
    event: Event, bounced: tuple[float, ...], cause: Cause | None
) -> None:
    assert cause_of(event, days_ago(*bounced), now=NOW) is cause
