"""The rhythm of a series: a recurrence rule (RFC 5545, 3.3.10), a time of day, and the state whose public holidays are
left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from chalicelib.domain.refusals import FieldError, Invalid, mark

LONGEST_RULE = 200

DAY = "(?:MO|TU|WE|TH|FR|SA|SU)"
PARTS = {
    "FREQ": "DAILY|WEEKLY|MONTHLY|YEARLY",
    "INTERVAL": "0{0,2}[1-9][0-9]{0,2}",
    "BYDAY": f"(?:[+-]?0?[1-9][0-9]?)?{DAY}",
    "BYMONTHDAY": "[+-]?0?[1-9][0-9]?",
    "BYYEARDAY": "[+-]?0{0,2}[1-9][0-9]{0,2}",
    "BYWEEKNO": "[+-]?0?[1-9][0-9]?",
    "BYMONTH": "0?[1-9]|1[0-2]",
    "BYSETPOS": "[+-]?0{0,2}[1-9][0-9]{0,2}",
    "WKST": DAY,
}
"""What each value of a part looks like."""

ONE_VALUE = {"FREQ", "INTERVAL", "WKST"}
TOO_OFTEN = {"HOURLY", "MINUTELY", "SECONDLY"}
ENDS = {"COUNT", "UNTIL"}
TIMES = {"BYHOUR", "BYMINUTE", "BYSECOND"}

NOT_WITH = {
    "BYMONTHDAY": {"WEEKLY"},
    "BYYEARDAY": {"DAILY", "WEEKLY", "MONTHLY"},
    "BYWEEKNO": {"DAILY", "WEEKLY", "MONTHLY"},
}
"""Which frequencies a part has no meaning with (the table in RFC 5545, 3.3.10)."""


class Region(StrEnum):
    """A German state by its code of ISO 3166-2."""

    BADEN_WUERTTEMBERG = "DE-BW"
    BAVARIA = "DE-BY"
    BERLIN = "DE-BE"
    BRANDENBURG = "DE-BB"
    BREMEN = "DE-HB"
    HAMBURG = "DE-HH"
    HESSE = "DE-HE"
    MECKLENBURG_VORPOMMERN = "DE-MV"
    LOWER_SAXONY = "DE-NI"
    NORTH_RHINE_WESTPHALIA = "DE-NW"
    RHINELAND_PALATINATE = "DE-RP"
    SAARLAND = "DE-SL"
    SAXONY = "DE-SN"
    SAXONY_ANHALT = "DE-ST"
    SCHLESWIG_HOLSTEIN = "DE-SH"
    THURINGIA = "DE-TH"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """``at`` is wall-clock time in the series' zone; a date on a public holiday of ``holiday_region`` is left out."""

    rule: str
    at: time
    holiday_region: Region | None = None


def recurrence_rule(text: str, name: str) -> str:
    """The rule in capitals and without spaces. Raises ``Invalid`` for field ``name`` with everything wrong with it.

    A rhythm has no end and no time of day, and at most one date a day.
    """
    text = text.strip().upper()
    rule = re.sub(r" *([;=,]) *", r"\1", text).removeprefix("RRULE:").strip(";")
    if len(rule) > LONGEST_RULE:
        errors = [FieldError(name, mark("A rule has at most {most} characters."), {"most": LONGEST_RULE})]
    else:
        errors = [FieldError(name, message, facts) for message, facts in _wrong(rule)]
    if errors:
        raise Invalid(*errors)
    return rule


Wrong = tuple[str, dict[str, object]]


def _wrong(rule: str) -> Iterator[Wrong]:
    parts: dict[str, str] = {}
    for part in filter(None, rule.split(";")):
        name, _, value = part.partition("=")
        if name in parts:
            yield mark("{part} is given twice."), {"part": name}
        elif wrong := _wrong_part(name, value):
            yield wrong
        parts[name] = value
    freq = parts.get("FREQ")
    if not freq:
        yield mark("Begin with how often, such as FREQ=MONTHLY;BYDAY=2WE for the second Wednesday of each month."), {}
        return
    for name, value in parts.items():
        numbered = name == "BYDAY" and re.search("[0-9]", value) and freq in ("DAILY", "WEEKLY")
        if numbered or freq in NOT_WITH.get(name, ()):
            yield mark("{part} cannot be combined with FREQ={freq}."), {"part": f"{name}={value}", "freq": freq}
    if "BYSETPOS" in parts and not any(name.startswith("BY") for name in parts if name != "BYSETPOS"):
        yield mark("BYSETPOS needs another part that says among which days, such as BYDAY."), {}


def _wrong_part(name: str, value: str) -> Wrong | None:
    part: dict[str, object] = {"part": f"{name}={value}" if value else name}
    if name in ENDS:
        return mark("A rhythm has no end: leave out {part}."), {"part": name}
    if name in TIMES:
        return mark("Give the time of day as “at”, not in {part}."), {"part": name}
    if name == "FREQ" and value in TOO_OFTEN:
        return mark("{part} is more often than once a day."), part
    values = [value] if name in ONE_VALUE else value.split(",")
    if name not in PARTS or not all(re.fullmatch(PARTS[name], one) for one in values):
        return mark("{part} is not understood. It has to be a part of a recurrence rule of RFC 5545."), part
    return None
