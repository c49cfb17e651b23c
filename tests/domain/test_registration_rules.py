from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import registration as rules
from chalicelib.domain.edition import Edition, Status
from chalicelib.domain.refusals import (
    EditionCancelled,
    EditionFull,
    EditionOver,
    NotFound,
    Refusal,
    RegistrationClosed,
)
from chalicelib.domain.registration import Person, Place, Registration
from tests.builders import NOW, a_consent, a_person, a_registration, an_edition


def test_the_last_seat_is_given_and_no_other() -> None:
    wanted = a_registration()
    assert rules.register(an_edition(seats=2), wanted, None, taken=1, now=NOW) is wanted
    with pytest.raises(EditionFull):
        rules.register(an_edition(seats=2), wanted, None, taken=2, now=NOW)


@given(seats=st.integers(1, 5), asking=st.lists(st.booleans(), max_size=20))
def test_as_many_as_there_are_seats_are_let_in_whoever_comes_and_goes(seats: int, asking: list[bool]) -> None:
    edition, inside = an_edition(seats=seats), list[Registration]()
    for comes in asking:
        if comes:
            try:
                inside.append(rules.register(edition, a_registration(), None, taken=len(inside), now=NOW))
            except EditionFull:
                assert len(inside) == seats
        elif inside:
            assert not rules.cancel(inside.pop(), edition, now=NOW).is_active
        assert len(inside) <= seats


def test_the_same_request_within_ten_minutes_changes_nothing() -> None:
    held = a_registration()
    wanted = a_registration(person=a_person("Mallory"))
    assert rules.register(an_edition(), wanted, held, taken=1, now=NOW + timedelta(minutes=9, seconds=59)) is held


def test_a_later_request_asks_for_the_confirmation_again_and_changes_nothing_else() -> None:
    held, later = a_registration(), NOW + timedelta(minutes=10)
    again = rules.register(an_edition(seats=1), a_registration(person=a_person("Mallory")), held, taken=1, now=later)
    assert (again.name, again.since, again.asked_at, again.round) == ("Mia Lang", NOW, later, 2)


def test_who_comes_back_after_cancelling_starts_anew_with_a_confirmation_of_its_own() -> None:
    gone = a_registration(place=Place.CANCELLED, round=3, version=4)
    back = rules.register(an_edition(), a_registration(person=a_person("Mia L.")), gone, taken=0, now=NOW)
    assert (back.name, back.place, back.round, back.version) == ("Mia L.", Place.CONFIRMED, 4, 4)


@pytest.mark.parametrize(
    ("edition", "now", "refusal"),
    [
        (an_edition(status=Status.DRAFT), NOW, NotFound),
        (an_edition(status=Status.CANCELLED), NOW, EditionCancelled),
        (an_edition(), datetime(2027, 3, 10, 14, 15, tzinfo=UTC), EditionOver),
        (an_edition(), datetime(2027, 3, 10, 13, 30, tzinfo=UTC), RegistrationClosed),
        (an_edition(local_close=datetime(2027, 2, 1, 10, 0)), NOW, RegistrationClosed),
    ],
    ids=["a draft", "cancelled", "over", "begun", "past the deadline"],
)
def test_nobody_is_let_in_where_nobody_may(edition: Edition, now: datetime, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        rules.register(edition, a_registration(), None, taken=0, now=now)


def test_who_comes_back_after_cancelling_needs_a_free_seat_like_anybody_else() -> None:
    with pytest.raises(EditionFull):
        rules.register(an_edition(seats=1), a_registration(), a_registration(place=Place.CANCELLED), taken=1, now=NOW)


def test_a_seat_is_given_back_once_and_until_the_end() -> None:
    held, later = a_registration(), NOW + timedelta(hours=1)
    gone = rules.cancel(held, an_edition(), now=later)
    assert (gone.place, gone.since, gone.is_active) == (Place.CANCELLED, later, False)
    assert rules.cancel(gone, an_edition(), now=later) is gone
    assert not rules.cancel(held, an_edition(), now=datetime(2027, 3, 10, 14, 0, tzinfo=UTC)).is_active
    with pytest.raises(EditionOver):
        rules.cancel(held, an_edition(), now=datetime(2027, 3, 10, 14, 15, tzinfo=UTC))


@pytest.mark.parametrize(
    ("held", "now", "place"),
    [
        (a_registration(), NOW, Place.CANCELLED),
        (a_registration(), datetime(2027, 3, 10, 14, 14, tzinfo=UTC), Place.CANCELLED),
        (a_registration(), datetime(2027, 3, 10, 14, 15, tzinfo=UTC), Place.CONFIRMED),
        (a_registration(place=Place.CANCELLED), datetime(2027, 3, 10, 14, 15, tzinfo=UTC), Place.CANCELLED),
    ],
    ids=["to come", "under way", "over", "given back, over"],
)
def test_a_seat_of_whoever_is_erased_is_free_until_the_edition_is_over(
    held: Registration, now: datetime, place: Place
) -> None:
    erased = rules.erase(held, an_edition(), now=now)
    assert (erased.place, erased.is_erased, held.is_erased) == (place, True, False)
    assert rules.erase(erased, an_edition(), now=now + timedelta(days=1)) is erased


def test_of_whoever_is_erased_nothing_is_left_but_the_hash_and_the_round() -> None:
    consent = a_consent()
    held = a_registration(note="Warum?", wording="1", consent=consent, bounced=True, round=3, version=7)
    left = rules.erase(held, an_edition(), now=NOW + timedelta(days=1))
    assert left == a_registration(
        person=Person(hash=held.person.hash, address="", name=""),
        place=Place.CANCELLED,
        since=NOW + timedelta(days=1),
        round=3,
        version=7,
    )


def test_whoever_was_erased_registers_again_like_anybody_with_a_confirmation_of_its_own() -> None:
    erased = rules.erase(a_registration(round=3, version=4), an_edition(), now=NOW)
    back = rules.register(an_edition(seats=1), a_registration(note="Neu"), erased, taken=0, now=NOW)
    assert (back.name, back.note, back.place, back.round, back.version) == ("Mia Lang", "Neu", Place.CONFIRMED, 4, 4)
    with pytest.raises(EditionFull):
        rules.register(an_edition(seats=1), a_registration(), erased, taken=1, now=NOW)


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Mia Lang", "Mia"),
        ("Anna-Lena Groß", "Anna-Lena"),
        ("Łukasz de la Cruz", "Łukasz"),
        ("Jörg O’Neil-Müller", "Jörg"),
        ("Mia", "Mia"),
        ("mia lang", "mia lang"),
        ("MIA LANG", "MIA LANG"),
        ("Dr. Jana Roth", "Dr. Jana Roth"),
        ("Prof Jana Roth", "Prof Jana Roth"),
        ("Frau Roth", "Frau Roth"),
        ("Familie Roth", "Familie Roth"),
        ("J. R. Tolkien", "J. R. Tolkien"),
        ("Lang, Mia", "Lang, Mia"),
        ("van Dyk Anna", "van Dyk Anna"),
        ("De Vries", "De Vries"),
        ("O’Neil Pat", "O’Neil Pat"),
        ("Mia & Ole", "Mia & Ole"),
        ("Mia Lang (Rathaus)", "Mia Lang (Rathaus)"),
        ("李 小龙", "李 小龙"),
        ("Мария Иванова", "Мария Иванова"),
        ("Haus der Begegnung am Fluss Nord", "Haus der Begegnung am Fluss Nord"),
        ("", ""),
    ],
)
def test_a_mail_calls_people_by_their_first_name_where_that_is_plain(name: str, called: str) -> None:
    assert rules.called(name) == called


GONE = a_registration(place=Place.CANCELLED, round=2)


@pytest.mark.parametrize(
    ("before", "after", "more"),
    [
        pytest.param(None, a_registration(), 1, id="registers"),
        pytest.param(GONE, a_registration(round=3), 1, id="comes back"),
        pytest.param(a_registration(), a_registration(round=2), 0, id="asks for the confirmation again"),
        pytest.param(a_registration(), GONE, -1, id="gives it back"),
        pytest.param(GONE, GONE, 0, id="gives it back twice"),
    ],
)
def test_a_seat_is_taken_and_free_again_with_the_registration(
    before: Registration | None, after: Registration, more: int
) -> None:
    assert rules.seats_taken(before, after) == more


def test_who_is_erased_before_the_end_frees_a_seat_and_afterwards_none() -> None:
    held, edition = a_registration(), an_edition()
    for now, more in ((NOW, -1), (edition.ends_at - timedelta(seconds=1), -1), (edition.ends_at, 0)):
        assert rules.seats_taken(held, rules.erase(held, edition, now=now)) == more
    erased = rules.erase(GONE, edition, now=NOW)
    assert rules.seats_taken(GONE, erased) == 0
