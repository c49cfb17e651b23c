"""Where a text names a date: what is found, and what is not mistaken for one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.series import Language
from chalicelib.words.language import tongue
from chalicelib.words.prose.dates import old_mentions, other_dates, wrong_weekdays

WAS = datetime(2027, 3, 10, 14, 30)  # a Wednesday
NOW = datetime(2027, 3, 18, 19, 0)  # a Thursday


def found(text: str, was: datetime = WAS, now: datetime = NOW) -> list[str]:
    return [one.words for one in old_mentions(text, was, now)]


@pytest.mark.parametrize(
    "named",
    [
        *(
            "10. März",
            "10. März 2027",
            "10.März",
            "10. Mär.",
            "10.03.",
            "10.3.",
            "10.3.2027",
            "10.03.27",
            "10. 3. 2027",
        ),
        *("March 10", "March 10th", "March 10, 2027", "10 March", "10th of March 2027", "10 Mar", "2027-03-10"),
        *("Mittwoch", "Wednesday", "14:30", "14:30 Uhr", "14.30 Uhr", "2:30 pm", "2.30 p.m", "02:30 PM"),
    ],
)
def test_each_way_to_name_the_old_date_or_time_is_found(named: str) -> None:
    for text in (named, f"Wir treffen uns am {named}, wie immer.", f"({named})", f"**{named}**"):
        assert found(text) == [named], text


@pytest.mark.parametrize(
    "text",
    [
        *("18. März", "18.3.", "March 18, 2027", "Donnerstag", "19 Uhr", "7 pm", "19:00"),  # the new one
        *("10. März 2026", "10.3.2026", "2026-03-10", "10. Mai"),  # another one
        *(
            "Seite 10.3.",
            "Kapitel 10.3. lesen",
            "Version 10.3.1",
            "Tel. 0221 1430",
            "+49 10 3 2027",
            "10 Euro",
            "10,30 €",
        ),
        *("14.30 Euro", "10.03", "214:30", "14:30:59", "IP 10.3.10.3", "3.10.3.", "Raum 1430", "Artikel 5"),
        *("https://example.org/2027-03-10/14:30", "mia.10.3.2027@example.org", "www.example.org/10-march"),
        *(
            "jeden Mittwoch",
            "every Wednesday",
            "mittwochs",
            "Aschermittwoch",
            "am zweiten Mittwoch",
            "may 100",
            "Marching 10",
        ),
        "",
    ],
)
def test_nothing_else_is_mistaken_for_it(text: str) -> None:
    assert found(text) == []


def test_what_the_old_and_the_new_date_have_in_common_is_right_still() -> None:
    text = "Mittwoch, 10. März 2027, 14:30 Uhr"
    assert found(text, now=WAS + timedelta(days=7)) == ["10. März 2027"]
    assert found(text, now=WAS + timedelta(hours=1)) == ["14:30 Uhr"]
    assert found("Am Mittwoch um 14:30", now=WAS + timedelta(days=14)) == []


def test_a_weekday_before_another_date_belongs_to_that() -> None:
    assert found("Anmelden bis Mittwoch, den 3. März") == []
    assert found("Am Mittwoch, dem 10. März") == ["10. März"]


def test_a_span_of_times_is_found_by_its_beginning() -> None:
    assert found("14:30 bis 15:30 Uhr") == ["14:30"]
    assert found("14.30–15.30 Uhr") == ["14.30"]


moments = st.datetimes(datetime(2026, 1, 1), datetime(2035, 12, 31)).map(
    lambda one: one.replace(second=0, microsecond=0)
)


@given(was=moments, now=moments, language=st.sampled_from(Language))
def test_as_mails_write_it_the_old_date_is_found_and_the_new_one_never(
    was: datetime, now: datetime, language: Language
) -> None:
    said = tongue(language)
    assert old_mentions(f"{said.moment(now)} {said.short_day(now)}", was, now) == []
    if was.date() != now.date():
        assert old_mentions(said.day(was), was, now)
    if was.time() != now.time():
        assert old_mentions(f"um {said.time(was)}", was, now)


@given(text=st.text(st.sampled_from("0123456789.:-/ ,UhrpmMärzMittwoch"), max_size=60), was=moments, now=moments)
def test_whatever_stands_there_is_found_where_it_stands(text: str, was: datetime, now: datetime) -> None:
    for one in old_mentions(text, was, now):
        assert text[one.place :].startswith(one.words)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Donnerstag, 10. März", ["Donnerstag, 10. März"]),
        ("am Donnerstag, dem 10.3.2027,", ["Donnerstag, dem 10.3.2027"]),
        ("Thursday, March 10", ["Thursday, March 10"]),
        ("Mittwoch, 10. März", []),
        ("Donnerstag, 11. März", []),
        ("Donnerstag oder Freitag, 12. März; 10. März", []),
    ],
)
def test_a_weekday_that_the_date_does_not_have_is_found(text: str, wrong: list[str]) -> None:
    assert [one.words for one in wrong_weekdays(text, WAS)] == wrong


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Mittwoch, 10. Februar, 14:30 Uhr", ["10. Februar"]),
        ("Am 10.2. um 14:30", ["10.2."]),
        ("February 10, at 2:30 pm", ["February 10"]),
        ("10. Februar, 15 Uhr", []),
        ("Anmelden bis 5. März. Beginn 14:30 Uhr", []),
        ("10. Februar, 14:30 Uhr; der nächste: 10. März, 14:30 Uhr", []),
    ],
)
def test_a_date_of_another_edition_is_found_by_the_time_beside_it(text: str, other: list[str]) -> None:
    assert [one.words for one in other_dates(text, WAS)] == other
