from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from chalicelib.domain import edition as rules
from chalicelib.domain.edition import (
    Availability,
    Edition,
    EditionChange,
    EditionMove,
    Location,
    Phase,
    Status,
    wall_clock,
)
from chalicelib.domain.refusals import (
    EditionCancelled,
    EditionOver,
    Invalid,
    MoveInstead,
    NotPublished,
    Refusal,
)
from chalicelib.domain.series import ReminderRule
from tests.builders import NOW, an_edition

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "UTC")
MINUTES = st.datetimes(datetime(2026, 1, 1), datetime(2037, 12, 31)).map(lambda at: at.replace(second=0, microsecond=0))
ELSEWHERE = Location(place="Rathaus")


@pytest.mark.parametrize(
    ("location", "in_a_room", "online", "link_known"),
    [
        (Location(), False, True, False),
        (Location(online=True), False, True, False),
        (Location(join_url="https://a.example.org"), False, True, True),
        (Location(place="Rathaus"), True, False, False),
        (Location(place="Rathaus", join_url="https://a.example.org"), True, True, True),
        (Location(place="Rathaus", online=True), True, True, False),
    ],
)
def test_an_edition_takes_place_in_a_room_or_online_or_both(
    location: Location, *, in_a_room: bool, online: bool, link_known: bool
) -> None:
    assert (location.in_a_room, location.online, location.link_known) == (in_a_room, online, link_known)


def test_online_goes_without_saying_where_there_is_a_link_or_no_place() -> None:
    assert Location(join_url="https://a.example.org", online=True) == Location(join_url="https://a.example.org")
    assert Location(online=True) == Location()
    assert Location(place="Rathaus", online=True) != Location(place="Rathaus")


def existing(local: datetime, zone: str) -> Edition:
    """An edition at ``local``, where clocks in ``zone`` show that time."""
    try:
        wall_clock(local, zone, "starts_at")
    except Invalid:
        assume(condition=False)
    return an_edition(local_start=local, zone=zone)


# Wall clocks


@given(MINUTES, st.sampled_from(ZONES))
def test_a_wall_clock_time_is_the_moment_at_which_clocks_there_show_it_first(local: datetime, zone: str) -> None:
    starts = existing(local, zone).starts_at
    there = ZoneInfo(zone)
    assert starts.astimezone(there).replace(tzinfo=None, fold=0) == local
    earlier = [starts - timedelta(minutes=30 * steps) for steps in range(1, 7)]
    assert all(moment.astimezone(there).replace(tzinfo=None, fold=0) != local for moment in earlier)


@given(MINUTES, st.sampled_from(ZONES))
@example(datetime(2027, 3, 28, 2, 30), "Europe/Berlin")
@example(datetime(2027, 10, 3, 2, 15), "Australia/Lord_Howe")  # there by half an hour only
def test_a_time_is_refused_just_when_clocks_never_show_it(local: datetime, zone: str) -> None:
    there, local = ZoneInfo(zone), local.replace(minute=local.minute // 15 * 15)
    around = datetime.combine(local.date(), local.time(), tzinfo=UTC)
    shown = {
        (around + timedelta(minutes=15 * step)).astimezone(there).replace(tzinfo=None, fold=0)
        for step in range(-64, 65)
    }
    try:
        wall_clock(local, zone, "starts_at")
        refused = False
    except Invalid:
        refused = True
    assert refused == (local not in shown)


def test_an_hour_that_happens_twice_is_the_first_of_the_two() -> None:
    assert an_edition(local_start=datetime(2027, 10, 31, 2, 30)).starts_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert wall_clock(datetime(2027, 10, 31, 2, 30, fold=1), "Europe/Berlin", "x").fold == 0


@pytest.mark.parametrize("local", [datetime(2027, 3, 28, 2, 0), datetime(2027, 3, 28, 2, 59)])
def test_an_hour_that_clocks_jump_over_is_refused_by_the_name_of_its_field(local: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        wall_clock(local, "Europe/Berlin", "starts_at")
    (error,) = refused.value.errors
    assert (error.name, str(error)) == (
        "starts_at",
        "This time does not exist in Europe/Berlin: the clocks go forward then.",
    )


@given(
    MINUTES, st.sampled_from(ZONES), st.integers(0, 60), st.times().map(lambda at: at.replace(second=0, microsecond=0))
)
def test_a_reminder_by_the_day_comes_at_its_wall_clock_time_on_that_day(
    local: datetime, zone: str, days: int, at: time
) -> None:
    edition = existing(local, zone)
    day = local.date() - timedelta(days=days)
    try:
        wall_clock(datetime.combine(day, at), zone, "x")
    except Invalid:
        return  # in the night of the change; any moment will do
    due = ReminderRule(days_before=days, at=at).due(edition.local_start, edition.zone).astimezone(ZoneInfo(zone))
    assert (due.date(), due.time()) == (day, at)


@given(MINUTES, st.sampled_from(ZONES), st.integers(5, 1440))
def test_a_reminder_by_minutes_comes_that_many_real_minutes_before(local: datetime, zone: str, minutes: int) -> None:
    edition = existing(local, zone)
    assert edition.starts_at - ReminderRule(minutes_before=minutes).due(edition.local_start, edition.zone) == timedelta(
        minutes=minutes
    )


def test_every_rule_has_a_name_of_its_own() -> None:
    rules_ = [
        ReminderRule(days_before=1, at=time(9)),
        ReminderRule(minutes_before=60),
        ReminderRule(days_before=1, at=time(10)),
    ]
    assert [rule.name for rule in rules_] == ["1d-0900", "60m", "1d-1000"]  # fmt: skip


# What an edition offers


@pytest.mark.parametrize(
    ("taken", "now", "offers"),
    [
        (0, datetime(2027, 3, 10, 13, 29, 59, tzinfo=UTC), Availability.OPEN),
        (1, datetime(2027, 3, 10, 13, 29, 59, tzinfo=UTC), Availability.OPEN),
        (2, NOW, Availability.FULL),
        (3, NOW, Availability.FULL),
        (0, datetime(2027, 3, 10, 13, 30, tzinfo=UTC), Availability.RUNNING),
        (0, datetime(2027, 3, 10, 14, 14, 59, tzinfo=UTC), Availability.RUNNING),
        (0, datetime(2027, 3, 10, 14, 15, tzinfo=UTC), Availability.OVER),
        (2, datetime(2027, 3, 11, tzinfo=UTC), Availability.OVER),
    ],
)
def test_an_edition_offers_seats_until_it_is_full_begins_or_is_over(
    taken: int, now: datetime, offers: Availability
) -> None:
    assert an_edition(seats=2).availability(taken=taken, now=now) is offers


def test_an_edition_runs_from_its_start_until_its_end_unless_it_is_called_off() -> None:
    moments = (NOW, DURING, AFTER - timedelta(seconds=1), AFTER)
    assert [an_edition().phase(moment) for moment in moments] == [
        Phase.UPCOMING,
        Phase.RUNNING,
        Phase.RUNNING,
        Phase.OVER,
    ]
    for status, phase in ((Status.DRAFT, Phase.DRAFT), (Status.CANCELLED, Phase.CANCELLED)):
        assert {an_edition(status=status).phase(moment) for moment in moments} == {phase}


def test_the_end_is_what_clocks_show_then() -> None:
    over_the_change = an_edition(local_start=datetime(2027, 3, 27, 18, 0), minutes=24 * 60)
    assert over_the_change.local_end == datetime(2027, 3, 28, 19, 0)
    assert (over_the_change.ends_another_day, an_edition().ends_another_day) == (True, False)
    assert an_edition(local_start=datetime(2027, 3, 27, 23, 15)).ends_another_day  # midnight is the next day's


def test_a_deadline_closes_registration_and_the_start_does_at_the_latest() -> None:
    edition = an_edition(local_close=datetime(2027, 3, 9, 18, 0))
    assert edition.registration_closes_at == datetime(2027, 3, 9, 17, 0, tzinfo=UTC)
    assert an_edition(local_close=datetime(2027, 3, 12)).registration_closes_at == edition.starts_at
    assert an_edition(status=Status.CANCELLED).availability(taken=0, now=NOW) is Availability.CANCELLED


# What organisers may do with it


def test_publishing_notes_when_and_publishing_twice_changes_nothing() -> None:
    draft = an_edition(status=Status.DRAFT, published_at=None)
    published = rules.publish(draft, now=NOW)
    assert (published.status, published.published_at) == (Status.PUBLISHED, NOW)
    assert rules.publish(published, now=NOW + timedelta(days=1)) is published


def test_all_that_is_wrong_with_the_times_is_said_at_once() -> None:
    draft = an_edition(
        status=Status.DRAFT, local_start=datetime(2026, 3, 29, 2, 30), local_close=datetime(2026, 3, 30, 2, 30)
    )
    with pytest.raises(Invalid) as refused:
        rules.publish(draft, now=NOW)
    assert [error.name for error in refused.value.errors] == ["starts_at", "starts_at", "registration_closes_at"]


def test_a_move_counts_the_revision_and_takes_the_deadline_along() -> None:
    edition = an_edition(local_close=datetime(2027, 3, 9, 18, 0))
    wanted = EditionMove(local_start=datetime(2027, 3, 17, 10, 0), minutes=60, location=ELSEWHERE)
    moved = rules.move(edition, wanted, now=NOW)
    assert (moved.revision, moved.local_start, moved.minutes, moved.location) == (
        1, datetime(2027, 3, 17, 10, 0), 60, ELSEWHERE,
    )  # fmt: skip
    assert moved.local_close == datetime(2027, 3, 16, 13, 30)
    assert rules.move(moved, wanted, now=NOW) is moved


def test_another_link_counts_a_revision_that_keeps_the_date() -> None:
    edition = an_edition(location=Location(place="Rathaus", online=True), local_close=datetime(2027, 3, 9, 18, 0))
    first, second = (replace(edition.location, join_url=f"https://{name}.example.org") for name in "ab")
    linked = changed(edition, location=first)
    again = rules.move(linked, EditionMove(location=second), now=NOW)
    assert (linked.revision, linked.relinked, again.revision, again.relinked) == (1, (1,), 2, (1, 2))
    assert (again.location, again.local_close) == (second, edition.local_close)
    moved = rules.move(again, EditionMove(minutes=90, location=first), now=NOW)
    assert (moved.revision, moved.relinked) == (3, (1, 2))
    assert [moved.keeps_its_date_since(one) for one in range(4)] == [False, False, False, True]
    assert [again.keeps_its_date_since(one) for one in range(3)] == [True, True, True]
    assert changed(again, location=second).revision == again.revision


def test_cancelling_counts_as_a_revision_and_cancelling_twice_changes_nothing() -> None:
    cancelled = rules.cancel(an_edition(), now=NOW)
    assert (cancelled.status, cancelled.revision) == (Status.CANCELLED, 1)
    assert rules.cancel(cancelled, now=NOW) is cancelled


def changed(edition: Edition, *, now: datetime = NOW, taken: int = 0, **given: Any) -> Edition:
    return rules.change(edition, EditionChange(**given), taken=taken, now=now)


def test_words_and_seats_may_change_after_publishing_but_not_when_and_where() -> None:
    edition = an_edition(seats=3)
    assert changed(edition, title="Neu", seats=5, announcement="x").revision == 0
    for fields in ({"local_start": datetime(2027, 3, 11)}, {"minutes": 60}, {"location": ELSEWHERE}):
        with pytest.raises(MoveInstead):
            changed(edition, **fields)
    draft = an_edition(status=Status.DRAFT)
    assert changed(draft, location=ELSEWHERE).location == ELSEWHERE


@pytest.mark.parametrize(
    ("status", "before", "after", "taken", "fits"),
    [
        (Status.PUBLISHED, 10, 5, 5, True),
        (Status.PUBLISHED, 10, 4, 5, False),
        (Status.PUBLISHED, 10, None, 5, True),
        (Status.PUBLISHED, None, 5, 0, False),
        (Status.PUBLISHED, None, None, 0, True),
        (Status.DRAFT, None, 5, 0, True),
        (Status.DRAFT, 5, 1, 0, True),
    ],
)
def test_seats_may_change_where_those_taken_fit_and_can_be_counted(
    status: Status, before: int | None, after: int | None, taken: int, *, fits: bool
) -> None:
    edition = an_edition(status=status, seats=before)
    if fits:
        assert changed(edition, taken=taken, seats=after).seats == after
    else:
        with pytest.raises(Invalid):
            changed(edition, taken=taken, seats=after)


DURING = datetime(2027, 3, 10, 13, 30, tzinfo=UTC)
AFTER = datetime(2027, 3, 10, 14, 15, tzinfo=UTC)


def move_on(edition: Edition, now: datetime) -> Edition:
    return rules.move(edition, EditionMove(local_start=datetime(2027, 3, 17)), now=now)


@pytest.mark.parametrize(
    ("act", "edition", "now", "refusal"),
    [
        pytest.param(
            rules.publish, an_edition(status=Status.CANCELLED), NOW, EditionCancelled, id="publish a cancelled one"
        ),
        pytest.param(rules.cancel, an_edition(), AFTER, EditionOver, id="cancel one that is over"),
        pytest.param(changed, an_edition(), AFTER, None, id="change one that is over"),
        pytest.param(changed, an_edition(status=Status.CANCELLED), NOW, EditionCancelled, id="change a cancelled one"),
        pytest.param(move_on, an_edition(status=Status.DRAFT), NOW, NotPublished, id="move a draft"),
        pytest.param(move_on, an_edition(status=Status.CANCELLED), NOW, EditionCancelled, id="move a cancelled one"),
        pytest.param(move_on, an_edition(), AFTER, EditionOver, id="move one that is over"),
        pytest.param(move_on, an_edition(), datetime(2027, 3, 9, tzinfo=UTC), None, id="move in time"),
        pytest.param(move_on, an_edition(), DURING, None, id="put off one that has begun"),
        pytest.param(rules.cancel, an_edition(), DURING, None, id="cancel one that runs"),
    ],
)  # fmt: skip
def test_the_rules_say_no_with_a_name(
    act: object, edition: Edition, now: datetime, refusal: type[Refusal] | None
) -> None:
    assert callable(act)
    if refusal is None:
        assert act(edition, now=now)
        return
    with pytest.raises(refusal):
        act(edition, now=now)


def test_a_draft_may_be_put_away_at_any_time() -> None:
    draft = an_edition(status=Status.DRAFT)
    assert rules.cancel(draft, now=AFTER).status is Status.CANCELLED
