"""When the next editions of a series begin, copies without a date, and a draft ready ahead of time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from chalicelib.domain.rhythm import Region, Rhythm
from chalicelib.domain.series import Language
from chalicelib.usecases.rhythm import dates
from tests.builders import NOW, a_series, organised
from tests.stage import Stage

SECOND_WEDNESDAY = {"rule": "FREQ=MONTHLY;BYDAY=2WE", "at": "14:30"}


def found(rule: str, *, after: datetime, many: int = 3, at: time = time(14, 30), **given: Any) -> list[str]:
    rhythm = Rhythm(rule=rule, at=at, holiday_region=given.pop("region", None))
    all_dates = list(dates(a_series(rhythm=rhythm, **given), newest=after, now=NOW))[:many]
    return [f"{one.local_start:%Y-%m-%d %H:%M} {one.holiday}".strip() for one in all_dates]


def test_the_second_wednesday_keeps_its_time_of_day_when_the_clocks_change() -> None:
    assert found("FREQ=MONTHLY;BYDAY=2WE", after=datetime(2027, 3, 10, 14, 30)) == [
        "2027-04-14 14:30",
        "2027-05-12 14:30",
        "2027-06-09 14:30",
    ]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", ["2027-03-24 14:30", "2027-04-07 14:30"]),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=2WE", ["2027-05-12 14:30", "2027-07-14 14:30"]),
        ("FREQ=MONTHLY", ["2027-04-10 14:30", "2027-05-10 14:30"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["2028-02-29 14:30"]),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", []),
    ],
)
def test_every_second_one_counts_from_the_newest_edition(rule: str, expected: list[str]) -> None:
    assert found(rule, after=datetime(2027, 3, 10, 14, 30), many=2) == expected


def test_what_lies_behind_us_is_no_next_date() -> None:
    assert found("FREQ=WEEKLY;BYDAY=MO", after=datetime(2020, 1, 6, 14, 30), many=1) == ["2027-02-01 14:30"]
    late = found("FREQ=WEEKLY;BYDAY=MO", after=datetime(2020, 1, 6, 14, 30), many=1, at=time(10))
    assert late == ["2027-02-08 10:00"]  # it is ten already


def test_a_time_that_clocks_jump_over_is_left_out() -> None:
    assert found("FREQ=WEEKLY;BYDAY=SU", after=datetime(2027, 3, 21, 2, 30), many=1, at=time(2, 30)) == [
        "2027-04-04 02:30"
    ]


def test_public_holidays_are_those_of_the_region_in_the_language_of_the_series() -> None:
    after = datetime(2027, 3, 1, 14, 30)
    monday = {"rule": "FREQ=WEEKLY;BYDAY=MO", "after": after, "many": 1}
    assert found(**monday, region=Region.BERLIN) == ["2027-03-08 14:30 Frauentag"]
    assert found(**monday, region=Region.BAVARIA) == ["2027-03-08 14:30"]
    assert found(**monday, region=Region.BERLIN, language=Language.ENGLISH) == ["2027-03-08 14:30 Women's Day"]


# Through the API


def with_rhythm(on_stage: Stage, **given: Any) -> str:
    return organised(on_stage, series={"rhythm": SECOND_WEDNESDAY | given.pop("rhythm", {})} | given)


def drafts(on_stage: Stage) -> list[str]:
    items = on_stage.api("GET", "/series/kaffeepause/editions")[1]["items"]
    return [one["starts_at"] for one in items if one["status"] == "draft"]


def test_a_series_shows_its_rhythm_and_its_next_dates(on_stage: Stage) -> None:
    with_rhythm(on_stage, rhythm={"holiday_region": "DE-BE", "rule": "freq=weekly;byday=mo"})
    kept = {"rule": "FREQ=WEEKLY;BYDAY=MO", "at": "14:30", "holiday_region": "DE-BE"}
    series = on_stage.api("GET", "/series/kaffeepause")[1]
    assert (series["rhythm"], series["drafts_ahead"]) == (kept, False)
    answer = on_stage.api("GET", "/series/kaffeepause/dates?limit=3")[1]
    assert answer["items"] == [
        {"starts_at": "2027-03-15T14:30", "starts_at_utc": "2027-03-15T13:30:00Z", "holiday": None},
        {"starts_at": "2027-03-22T14:30", "starts_at_utc": "2027-03-22T13:30:00Z", "holiday": None},
        {"starts_at": "2027-03-29T14:30", "starts_at_utc": "2027-03-29T12:30:00Z", "holiday": "Ostermontag"},
    ]
    assert len(on_stage.api("GET", "/series/kaffeepause/dates")[1]["items"]) == 10


def test_a_series_without_a_rhythm_has_no_dates(on_stage: Stage) -> None:
    edition = organised(on_stage)
    assert on_stage.api("GET", "/series/kaffeepause/dates") == (200, {"items": []})
    status, answer = on_stage.api("POST", f"/editions/{edition}/copy")
    assert (status, [error["field"] for error in answer["errors"]]) == (422, ["starts_at"])


def test_a_copy_without_a_date_is_the_next_one_and_skips_holidays(on_stage: Stage) -> None:
    edition = with_rhythm(on_stage, rhythm={"rule": "FREQ=WEEKLY;BYDAY=MO", "holiday_region": "DE-BE"})
    made = [edition]
    for _ in range(3):
        made.append(on_stage.api("POST", f"/editions/{made[-1]}/copy")[1]["id"])
    assert drafts(on_stage) == ["2027-03-15T14:30", "2027-03-22T14:30", "2027-04-05T14:30"]


def test_the_same_copy_without_a_date_answers_the_draft_that_it_made(on_stage: Stage) -> None:
    edition = with_rhythm(on_stage)
    first, again = (on_stage.api("POST", f"/editions/{edition}/copy")[1]["id"] for _ in range(2))
    assert first == again
    on_stage.api("POST", f"/editions/{first}/publish", {"announce": None})
    assert on_stage.api("POST", f"/editions/{edition}/copy")[1]["starts_at"] == "2027-05-12T14:30"


def test_a_draft_whose_date_has_passed_is_not_answered_for_the_next_one(on_stage: Stage) -> None:
    edition = with_rhythm(on_stage)
    on_stage.api("POST", f"/editions/{edition}/copy")
    on_stage.clock.turn(to=datetime(2027, 5, 1, tzinfo=UTC))
    assert on_stage.api("POST", f"/editions/{edition}/copy")[1]["starts_at"] == "2027-05-12T14:30"


@pytest.mark.parametrize(
    ("rhythm", "field"),
    [
        ({"rule": "FREQ=HOURLY"}, "rhythm.rule"),
        ({"rule": 7}, "rhythm.rule"),
        ({"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "rhythm.rule"),
        ({"rule": "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=1", "holiday_region": "DE-BE"}, "rhythm.rule"),
        ({"rule": "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=999"}, "rhythm.rule"),
        ({"at": "25:00"}, "rhythm.at"),
        ({"holiday_region": "DE-XX"}, "rhythm.holiday_region"),
        ({"until": "2028"}, "rhythm.until"),
    ],
)
def test_a_rhythm_that_leads_to_no_date_is_refused(on_stage: Stage, rhythm: dict[str, Any], field: str) -> None:
    organised(on_stage)
    status, answer = on_stage.api("PATCH", "/series/kaffeepause", {"rhythm": SECOND_WEDNESDAY | rhythm})
    assert (status, [error["field"] for error in answer["errors"]]) == (422, [field])


def test_a_rhythm_is_counted_from_the_newest_edition_when_it_is_asked_whether_it_leads_anywhere(
    on_stage: Stage,
) -> None:
    organised(on_stage)
    seldom = SECOND_WEDNESDAY | {"rule": "FREQ=WEEKLY;INTERVAL=999"}
    status, answer = on_stage.api("PATCH", "/series/kaffeepause", {"rhythm": seldom})
    assert (status, [error["field"] for error in answer["errors"]]) == (422, ["rhythm.rule"])


# A draft ahead


def test_after_publishing_the_next_draft_is_there(on_stage: Stage) -> None:
    edition = with_rhythm(on_stage, drafts_ahead=True)
    assert drafts(on_stage) == []
    on_stage.settle()
    assert drafts(on_stage) == ["2027-04-14T14:30"]
    ahead = on_stage.api("GET", "/series/kaffeepause/editions")[1]["items"][1]
    assert (ahead["title"], ahead["id"] != edition) == ("Gemeinsam wirken", True)
    on_stage.api("POST", f"/editions/{ahead['id']}/publish", {"announce": None})
    on_stage.settle()
    on_stage.settle()
    assert drafts(on_stage) == ["2027-05-12T14:30"]


def test_switched_on_later_it_is_made_for_the_newest_edition(on_stage: Stage) -> None:
    organised(on_stage)
    on_stage.settle()
    status, _ = on_stage.api("PATCH", "/series/kaffeepause", {"rhythm": SECOND_WEDNESDAY, "drafts_ahead": True})
    on_stage.settle()
    assert (status, drafts(on_stage)) == (200, ["2027-04-14T14:30"])
    assert [row for row in on_stage.items() if "next_draft" in row["sk"]["S"]] == []


def test_one_draft_is_ahead_and_not_two(on_stage: Stage) -> None:
    edition = with_rhythm(on_stage, drafts_ahead=True)
    on_stage.api("POST", f"/editions/{edition}/copy", {"starts_at": "2027-04-21T10:00"})
    on_stage.settle()
    assert drafts(on_stage) == ["2027-04-21T10:00"]


def test_a_draft_that_was_deleted_is_not_made_again_until_the_next_publication(on_stage: Stage) -> None:
    with_rhythm(on_stage, drafts_ahead=True)
    on_stage.settle()
    ahead = on_stage.api("GET", "/series/kaffeepause/editions")[1]["items"][1]["id"]
    on_stage.api("DELETE", f"/editions/{ahead}")
    on_stage.travel(on_stage.clock.now() + timedelta(days=3))
    assert drafts(on_stage) == []


def test_switched_off_meanwhile_no_draft_is_made(on_stage: Stage) -> None:
    with_rhythm(on_stage, drafts_ahead=True)
    on_stage.api("PATCH", "/series/kaffeepause", {"drafts_ahead": False})
    on_stage.settle()
    assert drafts(on_stage) == []
    assert [row for row in on_stage.items() if "next_draft" in row["sk"]["S"]] == []


def test_without_an_edition_to_copy_nothing_is_made_and_nothing_waits(on_stage: Stage) -> None:
    organised(on_stage, publish=False, series={"rhythm": SECOND_WEDNESDAY, "drafts_ahead": True})
    on_stage.settle()
    assert drafts(on_stage) == ["2027-03-10T14:30"]
    assert on_stage.next_moment() is None


def test_ahead_of_a_series_that_can_have_no_further_date_nothing_is_made(on_stage: Stage) -> None:
    with_rhythm(on_stage, drafts_ahead=True, rhythm={"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"})
    on_stage.clock.turn(to=datetime(2028, 3, 1, tzinfo=UTC))
    on_stage.settle()
    assert drafts(on_stage) == []
