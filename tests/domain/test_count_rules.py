from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain import counts, subscription
from chalicelib.domain.counts import Counts, Flow, Step, history, step, steps
from chalicelib.domain.registration import Place
from chalicelib.domain.subscription import Standing
from tests.builders import NOW, a_person, a_registration, a_subscriber

BERLIN = "Europe/Berlin"
FIRST_DAY, DAY = date(2027, 2, 1), timedelta(days=1)


def test_a_first_registration_enters_and_leaves_nothing() -> None:
    assert step(None, a_registration(), BERLIN) == Step(FIRST_DAY, Place.CONFIRMED, None)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (Place.CONFIRMED, Place.CANCELLED, Step(FIRST_DAY, Place.CANCELLED, Place.CONFIRMED)),
        (Place.CANCELLED, Place.CONFIRMED, Step(FIRST_DAY, Place.CONFIRMED, Place.CANCELLED)),
        (Place.CONFIRMED, Place.CONFIRMED, None),
        (Place.CANCELLED, Place.CANCELLED, None),
    ],
)
def test_a_change_of_place_is_a_step(before: Place, after: Place, expected: Step | None) -> None:
    assert step(a_registration(place=before), a_registration(place=after), BERLIN) == expected


def test_erasing_a_cancelled_registration_counts_nothing() -> None:
    cancelled = a_registration(place=Place.CANCELLED)
    assert step(cancelled, replace(cancelled, person=a_person("", address="")), BERLIN) is None


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, Standing.PENDING, None),
        (Standing.PENDING, Standing.ACTIVE, Step(FIRST_DAY, Standing.ACTIVE, None)),
        (Standing.PENDING, Standing.ENDED, Step(FIRST_DAY, Standing.ENDED, None)),
        (Standing.ACTIVE, Standing.ENDED, Step(FIRST_DAY, Standing.ENDED, Standing.ACTIVE)),
        (Standing.ENDED, Standing.ACTIVE, Step(FIRST_DAY, Standing.ACTIVE, Standing.ENDED)),
        (Standing.ENDED, Standing.PENDING, Step(FIRST_DAY, None, Standing.ENDED)),
    ],
)
def test_a_change_of_standing_is_a_step(before: Standing | None, after: Standing, expected: Step | None) -> None:
    was = a_subscriber(standing=before) if before else None
    assert step(was, a_subscriber(standing=after), BERLIN) == expected


def test_the_day_is_the_local_one() -> None:
    late = a_registration(since=datetime(2027, 7, 1, 22, 30, tzinfo=UTC))
    found = step(None, late, BERLIN)
    assert found
    assert found.day == date(2027, 7, 2)


def flow(day: date, *, entered: dict[Any, int], left: dict[Any, int] | None = None) -> Flow:
    return Flow(day, entered, left or {})


def test_a_summary_of_registrations_tells_now_and_the_last_days() -> None:
    today = FIRST_DAY + 9 * DAY
    found = Counts.of(
        [
            flow(FIRST_DAY, entered={Place.CONFIRMED: 10}),
            flow(today - 2 * DAY, entered={Place.CONFIRMED: 5, Place.CANCELLED: 4}, left={Place.CONFIRMED: 4}),
            flow(today - DAY, entered={Place.CONFIRMED: 2}),
            flow(today, entered={Place.CONFIRMED: 3}, left={Place.CANCELLED: 1}),  # one of the three came back
            flow(today, entered={Place.CONFIRMED: 1}),  # another shard
        ]
    )
    told = counts.registrations(found, today=today)
    assert (told.here, told.gone, told.new_today, told.new_since_yesterday) == (17, 3, 3, 5)


def test_a_summary_of_subscribers_tells_now_and_the_last_days() -> None:
    found = Counts.of(
        [
            flow(FIRST_DAY, entered={Standing.ACTIVE: 4, Standing.ENDED: 1}, left={Standing.ACTIVE: 1}),
            flow(FIRST_DAY + DAY, entered={Standing.ACTIVE: 1}, left={Standing.ENDED: 1}),
        ]
    )
    told = counts.subscribers(found, today=FIRST_DAY + DAY)
    assert (told.here, told.gone, told.new_today, told.new_since_yesterday) == (4, 0, 1, 5)


def test_nothing_counted_is_nobody() -> None:
    told = counts.registrations(Counts.of([]), today=NOW.date())
    assert (told.here, told.gone, told.new_today, told.new_since_yesterday) == (0, 0, 0, 0)


def test_whoever_came_before_counts_were_kept_is_counted_on_the_days_that_are_still_known() -> None:
    later = a_registration().since + 3 * DAY
    cancelled = a_registration(place=Place.CANCELLED, since=later)
    assert history(a_registration(), BERLIN) == [Step(FIRST_DAY, Place.CONFIRMED, None)]
    assert history(cancelled, BERLIN) == [
        Step(FIRST_DAY, Place.CONFIRMED, None),
        Step(FIRST_DAY + 3 * DAY, Place.CANCELLED, Place.CONFIRMED),
    ]


def test_of_an_erased_subscription_it_is_not_known_when_it_began() -> None:
    asked = a_subscriber(standing=Standing.PENDING)
    confirmed = subscription.confirm(asked, round_=asked.round, now=asked.since)
    ended = subscription.end(confirmed, now=confirmed.since + DAY)
    erased = subscription.erase(ended, now=confirmed.since + 2 * DAY)
    assert history(asked, BERLIN) == []
    assert history(ended, BERLIN)[-1] == Step(FIRST_DAY + DAY, Standing.ENDED, Standing.ACTIVE)
    assert history(erased, BERLIN) == [Step(FIRST_DAY + 2 * DAY, Standing.ENDED, None)]


def test_a_change_counts_what_was_never_counted_first() -> None:
    was, now = a_registration(), a_registration(place=Place.CANCELLED)
    assert steps(was, now, BERLIN) == [
        Step(FIRST_DAY, Place.CONFIRMED, None),
        Step(FIRST_DAY, Place.CANCELLED, Place.CONFIRMED),
    ]
    assert steps(replace(was, counted=True), now, BERLIN) == [Step(FIRST_DAY, Place.CANCELLED, Place.CONFIRMED)]
    assert steps(replace(was, counted=True), was, BERLIN) == []
