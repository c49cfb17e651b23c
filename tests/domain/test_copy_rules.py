from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime

import pytest

from chalicelib.domain.copies import copy_edition, copy_id, copy_made_already, may_delete
from chalicelib.domain.edition import Edition, Location, Speaker, Status
from chalicelib.domain.refusals import CancelInstead, Invalid, StaysForever
from tests.builders import NOW, an_edition

NEXT = datetime(2027, 4, 14, 14, 30)
OWN = {
    "id",
    "local_start",
    "local_close",
    "status",
    "revision",
    "created_at",
    "published_at",
    "pointed_at",
    "version",
    "copied_from",
}
"""What a copy does not share with what it was made from."""


def full(**given: object) -> Edition:
    """An edition in which every field has a value of its own."""
    return an_edition(
        **{
            "seats": 30,
            "local_close": datetime(2027, 3, 9, 18, 0),
            "revision": 3,
            "pointed_at": NOW,
            "version": 7,
            "location": Location(place="Rathaus"),
            "speakers": (Speaker(name="Andrea Blau", organisation="Stadt mit Herz", link="https://stadt.example.org"),),
        }
        | given
    )


def copied(edition: Edition, to: datetime = NEXT) -> Edition:
    return copy_edition(edition, edition_id="c0ffee000000", local_start=to, now=NOW)


def test_a_copy_takes_everything_along_but_what_is_its_own() -> None:
    edition = full()
    copy = copied(edition)
    shared = {field.name for field in fields(Edition)} - OWN
    assert {name: getattr(copy, name) for name in shared} == {name: getattr(edition, name) for name in shared}
    assert (copy.id, copy.local_start, copy.copied_from) == ("c0ffee000000", NEXT, edition.id)
    assert (copy.status, copy.revision, copy.version) == (Status.DRAFT, 0, 0)
    assert (copy.created_at, copy.published_at, copy.pointed_at) == (NOW, None, None)


@pytest.mark.parametrize("status", Status)
def test_an_edition_can_be_copied_whatever_has_become_of_it(status: Status) -> None:
    assert copied(full(status=status)).status is Status.DRAFT


def test_a_deadline_keeps_its_distance_in_wall_clock_time_across_a_change_of_the_clocks() -> None:
    assert copied(full()).local_close == datetime(2027, 4, 13, 18, 0)  # summer time began in between
    assert copied(full(local_close=None)).local_close is None


def test_a_deadline_that_clocks_would_jump_over_is_when_they_have_jumped() -> None:
    edition = full(local_start=datetime(2027, 3, 10, 14, 30), local_close=datetime(2027, 3, 10, 2, 30))
    assert copied(edition, datetime(2027, 3, 28, 14, 30)).local_close == datetime(2027, 3, 28, 3, 30)


@pytest.mark.parametrize(
    ("to", "says"),
    [
        (datetime(2027, 1, 13, 14, 30), "The start lies in the past."),
        (datetime(2027, 3, 28, 2, 30), "This time does not exist in Europe/Berlin: the clocks go forward then."),
    ],
)
def test_a_copy_cannot_take_place_when_there_is_no_such_time_ahead(to: datetime, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        copied(full(local_close=None), to)
    assert [(error.name, str(error)) for error in refused.value.errors] == [("starts_at", says)]


def test_two_copies_to_one_time_of_a_series_have_one_id() -> None:
    first = copy_id("kaffeepause", NEXT, 0)
    assert first == copy_id("kaffeepause", NEXT, 0)
    assert len({first, copy_id("kaffeepause", NEXT, 1), copy_id("tee", NEXT, 0), copy_id("kaffeepause", NOW, 0)}) == 4
    assert len(first) == 12


def test_a_copy_is_made_already_as_long_as_it_is_a_draft_of_this_edition() -> None:
    edition = full()
    copy = copied(edition)
    assert copy_made_already([full(id="b"), copy], edition) is copy
    published = full(id="c", copied_from=edition.id)
    assert copy_made_already([published], edition) is None
    assert copy_made_already([copied(full(id="d"))], edition) is None


def test_what_was_never_published_can_be_deleted() -> None:
    for status in (Status.DRAFT, Status.CANCELLED):
        may_delete(full(status=status, published_at=None), now=NOW)


def test_what_was_published_is_cancelled_and_stays() -> None:
    with pytest.raises(CancelInstead):
        may_delete(full(), now=NOW)
    for edition in (full(status=Status.CANCELLED), full(local_start=datetime(2026, 3, 10, 14, 30))):
        with pytest.raises(StaysForever):
            may_delete(edition, now=NOW.astimezone(UTC))
