from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from chalicelib.domain import heard as rules
from chalicelib.domain.delivery import Batch, BatchState, Delivery, Outcome, batch_of
from chalicelib.domain.edition import Edition, Location
from chalicelib.domain.guards import Skip
from chalicelib.domain.heard import Change, Heard, News, Terms, change, last_start, terms
from tests.builders import an_edition

TENTH, ELEVENTH = datetime(2027, 3, 10, 14, 30), datetime(2027, 3, 11, 14, 30)
HERE = an_edition(local_start=ELEVENTH, revision=3)
BEFORE = {
    0: terms(an_edition(local_start=TENTH)),
    1: terms(HERE),
    2: terms(replace(HERE, minutes=90)),
}


@pytest.mark.parametrize(
    ("heard", "right"),
    [
        (Heard(told=0), Change(TENTH)),
        (Heard(told=1), Skip.TOLD_ALREADY),
        (Heard(told=2), Change(ELEVENTH, frozenset({News.MINUTES}))),
        (Heard(told=3), Skip.TOLD_ALREADY),
        (Heard(), Change(None)),
        (Heard(waits=True), Skip.CONFIRMATION_FOLLOWS),
        (Heard(waits=True, unsure=3), Skip.CONFIRMATION_FOLLOWS),
        (Heard(waits=True, unsure=0), Change(None)),
        (Heard(waits=True, told=0), Change(TENTH)),
        (Heard(told=0, unsure=1), Change(None)),
        (Heard(told=1, unsure=3), Skip.TOLD_ALREADY),
        (Heard(told=1, unsure=2), Change(None)),
        (Heard(told=2, unsure=0), Change(ELEVENTH, frozenset({News.MINUTES}))),
        (Heard(unsure=3), Change(None)),
    ],
)
def test_a_change_is_measured_from_what_was_told_last(heard: Heard, right: Change | Skip) -> None:
    assert change(heard, HERE, BEFORE) == right


def test_who_registered_anew_is_told_by_the_confirmation_of_that() -> None:
    assert change(Heard(told=0, waits=True), HERE, BEFORE, confirmed_anew=True) is Skip.CONFIRMATION_FOLLOWS


def test_a_revision_of_which_nothing_is_known_is_no_date_to_measure_from() -> None:
    assert change(Heard(told=0), HERE, {}) == Change(None)


def test_a_cancellation_names_the_start_that_was_told_where_it_is_another() -> None:
    assert last_start(Heard(told=0), HERE, BEFORE) == TENTH
    assert last_start(Heard(told=2), HERE, BEFORE) is None
    assert last_start(Heard(), HERE, BEFORE) is None
    assert last_start(Heard(told=0, unsure=1), HERE, BEFORE) is None


def a_batch(outcome: Outcome, state: BatchState = BatchState.SENT) -> Batch:
    return replace(batch_of("m", ["a" * 32]), deliveries={"a" * 32: Delivery(outcome=outcome)}, state=state)


@pytest.mark.parametrize(
    ("batch", "right"),
    [
        (a_batch(Outcome.SENT), Heard(told=2)),
        (a_batch(Outcome.COMPLAINED), Heard(told=2)),
        (a_batch(Outcome.BOUNCED), Heard(told=1)),
        (a_batch(Outcome.SKIPPED), Heard(told=1)),
        (a_batch(Outcome.FAILED), Heard(told=1)),
        (a_batch(Outcome.WAITING, BatchState.WAITING), Heard(told=1)),
        (a_batch(Outcome.WAITING, BatchState.SENDING), Heard(told=1, unsure=2)),
        (a_batch(Outcome.UNKNOWN, BatchState.UNPROVED), Heard(told=1, unsure=2)),
    ],
)
def test_only_a_mail_that_was_handed_over_tells(batch: Batch, right: Heard) -> None:
    assert Heard(told=1).by(batch, "a" * 32, revision=2) == right
    assert Heard(told=1).by(batch, "b" * 32, revision=2) == Heard(told=1)


def test_terms_are_read_as_they_were_written() -> None:
    assert rules.read(str(terms(HERE))) == terms(HERE)


ROOM, LATER, LINK = Location(place="Rathaus"), Location(online=True), Location(join_url="https://a.example.org")
BOTH, BOTH_LATER = Location(place="Rathaus", join_url=LINK.join_url), Location(place="Rathaus", online=True)


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [
        (LATER, LINK, {News.LINK}),
        (BOTH_LATER, BOTH, {News.LINK}),
        (LINK, LATER, {News.LINK}),
        (ROOM, BOTH, {News.LINK, News.ONLINE}),
        (ROOM, BOTH_LATER, {News.LINK, News.ONLINE}),
        (BOTH, ROOM, {News.LINK, News.ONLINE}),
        (LINK, BOTH, {News.PLACE, News.IN_A_ROOM}),
        (BOTH, LINK, {News.PLACE, News.IN_A_ROOM}),
        (ROOM, LINK, {News.LINK, News.ONLINE, News.PLACE, News.IN_A_ROOM}),
        (ROOM, Location(place="Saal"), {News.PLACE}),
        (BOTH, BOTH, set()),
    ],
)
def test_what_is_new_about_where_it_takes_place(before: Location, after: Location, news: set[News]) -> None:
    was, now = (terms(an_edition(location=location)) for location in (before, after))
    assert now.news(was) == news
    assert rules.read(str(now)) == now


FOLLOWED = replace(HERE, revision=2, relinked=(1, 2))
MOVED_SINCE = replace(HERE, revision=3, relinked=(1, 2))
RUNNING_ON = {2: terms(replace(HERE, local_start=TENTH))}


@pytest.mark.parametrize(
    ("edition", "before", "told", "right"),
    [
        (FOLLOWED, {}, 0, Change(ELEVENTH, frozenset({News.LINK}))),
        (FOLLOWED, {}, 1, Change(ELEVENTH, frozenset({News.LINK}))),
        (FOLLOWED, {}, 2, Skip.TOLD_ALREADY),
        (FOLLOWED, {0: terms(HERE)}, 0, Skip.TOLD_ALREADY),
        (MOVED_SINCE, RUNNING_ON, 0, Change(TENTH, frozenset({News.LINK}))),
        (MOVED_SINCE, RUNNING_ON, 2, Change(TENTH)),
        (MOVED_SINCE, {}, 0, Change(None)),
    ],
)
def test_of_what_only_another_link_followed_the_date_is_known(
    edition: Edition, before: dict[int, Terms], told: int, right: Change | Skip
) -> None:
    assert change(Heard(told=told), edition, before) == right
