"""When the next editions of a series begin by its rhythm, and which of these days are public holidays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.domain.edition import wall_clock
from chalicelib.domain.refusals import FieldError, Invalid, mark
from chalicelib.domain.rhythm import Rhythm
from chalicelib.domain.series import Language, Series
from chalicelib.world import World

AHEAD = timedelta(days=2 * 365)
"""How far ahead dates are looked for."""

LATER = 19 * 400
"""Years. The calendar repeats every 400; see ``_days``."""

LANGUAGES = {Language.GERMAN: "de", Language.ENGLISH: "en_US"}
"""As the library of holidays names those that it speaks."""


class RhythmDate(NamedTuple):
    """``holiday`` is the name of the public holiday because of which this date is left out, or empty."""

    local_start: datetime
    holiday: str


def next_dates(world: World, series: Series) -> Iterator[RhythmDate]:
    """The dates after the newest edition, drafts and cancelled ones included: a day that was called off is not offered
    again."""
    newest = world.store.editions_of(series.slug, backwards=True, limit=1)
    return dates(series, newest=newest[0].local_start if newest else None, now=world.clock())


def next_start(world: World, series: Series) -> datetime | None:
    """The next date that is no holiday, in wall-clock time; None where there is none within ``AHEAD``."""
    return next((one.local_start for one in next_dates(world, series) if not one.holiday), None)


def dates(series: Series, *, newest: datetime | None, now: datetime) -> Iterator[RhythmDate]:
    """Every date within ``AHEAD`` after ``newest`` (wall clock) and after ``now``; none without a rhythm.

    Intervals count from ``newest``. A time that clocks jump over is left out, as RFC 5545 says.
    """
    rhythm = series.rhythm
    if rhythm is None:
        return
    local_now = now.astimezone(ZoneInfo(series.zone)).replace(tzinfo=None)
    begin = max(newest or local_now, local_now)
    holidays: dict[date, str] = {}
    looked_up = 0
    for day in _days(rhythm.rule, since=(newest or local_now).date()):
        start = datetime.combine(day, rhythm.at)
        if start > begin + AHEAD:
            return
        if start <= begin or not _exists(start, series.zone):
            continue
        if rhythm.holiday_region and day.year != looked_up:
            holidays, looked_up = _holidays(rhythm, day.year, series.language), day.year
        yield RhythmDate(start, holidays.get(day, ""))


def check_happens(world: World, series: Series) -> None:
    """Raises ``Invalid`` where the rhythm of the series leads to no date within ``AHEAD``."""
    if series.rhythm is None or next_start(world, series) is not None:
        return
    raise Invalid(
        FieldError(
            "rhythm.rule", mark("With this rhythm, there is no date that could take place in the next two years.")
        )
    )


def _days(rule: str, *, since: date) -> Iterator[date]:
    """The days of the rule. Raises ``Invalid`` for values that no rule has.

    A rule that never happens is looked for until the year 9999, which takes seconds; so it is asked of the same
    calendar 7,600 years later, which ends soon.
    """
    from dateutil.rrule import rrulestr  # only where a rhythm is asked for

    begin = datetime(since.year + LATER, since.month, since.day)  # noqa: DTZ001  # a day, in no zone
    try:
        found = rrulestr(rule, dtstart=begin)
    except ValueError as error:
        raise Invalid(FieldError("rhythm.rule", mark("This is no recurrence rule of RFC 5545."))) from error
    return (date(day.year - LATER, day.month, day.day) for day in found)


def _exists(local: datetime, zone: str) -> bool:
    try:
        wall_clock(local, zone, "")
    except Invalid:
        return False
    return True


def _holidays(rhythm: Rhythm, year: int, language: Language) -> dict[date, str]:
    import holidays  # takes a tenth of a second, so only where some are left out

    country, _, state = (rhythm.holiday_region or "").partition("-")
    return dict(holidays.country_holidays(country, subdiv=state, years=year, language=LANGUAGES[language]))
