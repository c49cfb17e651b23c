"""Where a text names a date, a weekday or a time, in German or English: found to warn whoever wrote it, never to change
it.

Only what can hardly mean anything else is found: a number needs a month, the dots of a date, or ``Uhr`` or ``pm``
beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain

MONTH_NAMES = (
    "januar|jänner|january|jan",
    "februar|february|feb",
    "märz|maerz|march|mär|mar",
    "april|apr",
    "mai|may",
    "juni|june|jun",
    "juli|july|jul",
    "august|aug",
    "september|sept|sep",
    "oktober|october|okt|oct",
    "november|nov",
    "dezember|december|dez|dec",
)
WEEKDAYS = (
    "montag|monday",
    "dienstag|tuesday",
    "mittwoch|wednesday",
    "donnerstag|thursday",
    "freitag|friday",
    "samstag|sonnabend|saturday",
    "sonntag|sunday",
)

_month = rf"(?P<month>{'|'.join(MONTH_NAMES)})\b\.?"
_day = r"(?<![\w.,:/-])(?P<day>0?[1-9]|[12]\d|3[01])"
_year = r"(?:,?\s+(?P<year>20\d\d)\b)?"
_UNCOUNTED = r"(?<!seite )(?<!kapitel )(?<!abschnitt )(?<!version )(?<!nummer )(?<!nr\. )(?<!page )(?<!chapter )"

_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_day}(?:\.|st|nd|rd|th)?\s*(?:of\s+)?{_month}{_year}",
        rf"\b{_month}\s+(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?\b(?![.:]\d){_year}",
        rf"{_UNCOUNTED}{_day}\.\s?(?P<number>0?[1-9]|1[0-2])\.(?:\s?(?P<year>20\d\d|\d\d(?!\d|[:.]\d)))?(?![\d.])",
        r"(?<![\w-])(?P<year>20\d\d)-(?P<number>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])(?![\d-])",
    )
)
_WEEKDAY = re.compile(
    r"(?P<every>\b(?:jede[nrm]?|immer|every|each|letzte[nr]?|erste[nr]?|zweite[nr]?|dritte[nr]?|vierte[nr]?|first|second"
    rf"|third|fourth|last|ab|bis|until|by)\s+)?\b(?P<weekday>{'|'.join(WEEKDAYS)})\b",
    re.IGNORECASE,
)
_hour = r"(?<![\w.,:/+-])(?P<hour>[01]?\d|2[0-3])"
_TIMES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_hour}(?:[:.](?P<minute>[0-5]\d))?\s*(?P<half>[ap])\.?\s?m\b",
        rf"{_hour}(?:[:.](?P<minute>[0-5]\d))?\s*(?:uhr|h)\b",
        rf"{_hour}:(?P<minute>[0-5]\d)(?![:.]?\d)(?!\s*(?:[ap]\.?\s?m|uhr|h)\b)",
        rf"{_hour}(?:[:.](?P<minute>[0-5]\d))?(?=\s*(?:-|–|bis)\s*\d\d?(?:[:.][0-5]\d)?\s*uhr\b)",
    )
)
_BEFORE_A_DAY = re.compile(r",?\s*(?:(?:den|dem|the|der)\s+)?")
_BEFORE_A_TIME = re.compile(r"[,;|]?\s*(?:(?:um|at|von|ab|from)\s+)?")
_ADDRESSES = re.compile(r"(?:https?://|www\.)\S+|(?<!\S)\S+@\S+", re.IGNORECASE)

HALF_A_DAY = 12


@dataclass(frozen=True, slots=True)
class Mention:
    """``words`` as they stand in the text at ``place``; ``year`` is None where none is named."""

    place: int
    words: str
    day: int = 0
    month: int = 0
    year: int | None = None
    weekday: int | None = None
    at: time | None = None

    def means(self, moment: datetime) -> bool:
        """Whether that moment has all that is named."""
        return (
            (not self.day or (self.day, self.month) == (moment.day, moment.month))
            and self.year in (None, moment.year)
            and self.weekday in (None, moment.weekday())
            and self.at in (None, moment.time())
        )


def old_mentions(text: str, was: datetime, now: datetime) -> list[Mention]:
    """Where the text names the date, weekday or time that ``was``, and it is not also that of ``now``. In order."""
    found = chain(_dates(text), _weekdays(text), _times(text))
    old = {one.place: one for one in found if one.means(was) and not one.means(now)}
    return [old[place] for place in sorted(old)]


def other_dates(text: str, start: datetime) -> list[Mention]:
    """Where the text names another date right before the time of ``start``, whose own date it does not name: as where
    it was copied from an earlier edition."""
    dates = sorted(_dates(text), key=lambda one: one.place)
    if any(one.means(start) for one in dates):
        return []
    places = {one.place for one in _times(text) if one.at == start.time()}
    return [one for one in dates if _behind(_BEFORE_A_TIME, text, _end(one)) in places]


def wrong_weekdays(text: str, start: datetime) -> list[Mention]:
    """Where the text names the day of ``start`` with another weekday, right before it."""
    days = [one for one in _dates(text) if one.means(start)]
    return [
        Mention(named.place, text[named.place : day.place] + day.words, weekday=named.weekday)
        for named in _weekdays(text, all_of_them=True)
        for day in days
        if not named.means(start) and _behind(_BEFORE_A_DAY, text, _end(named)) == day.place
    ]


def _behind(words: re.Pattern[str], text: str, place: int) -> int:
    """Where the text goes on behind these words, which may be missing."""
    found = words.match(text, place)
    return found.end() if found else place


def _end(one: Mention) -> int:
    return one.place + len(one.words)


def _blanked(text: str) -> str:
    """Without addresses, at the same places: what stands in a link is no date."""
    return _ADDRESSES.sub(lambda found: " " * len(found[0]), text)


def _dates(text: str) -> Iterator[Mention]:
    for pattern in _DATES:
        for found in pattern.finditer(_blanked(text)):
            named = found.groupdict()
            month = int(named["number"]) if named.get("number") else _number(named["month"], MONTH_NAMES) + 1
            year = named["year"] and f"20{named['year'][-2:]}"
            day = int(named["day"])
            if _exists(day, month):
                yield Mention(found.start(), found[0].strip(), day, month, int(year) if year else None)


def _exists(day: int, month: int) -> bool:
    try:
        date(2024, month, day)  # a leap year
    except ValueError:
        return False
    return True


def _weekdays(text: str, *, all_of_them: bool = False) -> Iterator[Mention]:
    """Alone: not of a rule ("every Wednesday"), and not before a date, which says more."""
    dates = {one.place for one in _dates(text)}
    for found in _WEEKDAY.finditer(_blanked(text)):
        dated = _behind(_BEFORE_A_DAY, text, found.end()) in dates
        if all_of_them or not (found["every"] or dated):
            weekday = _number(found["weekday"], WEEKDAYS)
            yield Mention(found.start("weekday"), found["weekday"], weekday=weekday)


def _times(text: str) -> Iterator[Mention]:
    for pattern in _TIMES:
        for found in pattern.finditer(_blanked(text)):
            named = found.groupdict()
            hour, minute = int(named["hour"]), int(named["minute"] or 0)
            if half := named.get("half"):
                if not 1 <= hour <= HALF_A_DAY:
                    continue
                hour = hour % HALF_A_DAY + (HALF_A_DAY if half.lower() == "p" else 0)
            yield Mention(found.start(), found[0].strip(), at=time(hour, minute))


def _number(name: str, names: tuple[str, ...]) -> int:
    return next(number for number, known in enumerate(names) if name.lower() in known.split("|"))
