"""What time zones are called: every zone of the world, summer and winter, in both languages."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo, available_timezones

import pytest
from babel.dates import NO_INHERITANCE_MARKER, get_timezone_name

from chalicelib.words.zone_names import zone_name

ZONES = sorted(available_timezones() - {"Factory", "localtime"})
"""Without what says that a machine was told no zone, and what it was told."""

SEASONS = (datetime(2027, 1, 15, 12), datetime(2027, 7, 15, 12))
LANGUAGES = ("de", "en")
NO_PLACE = re.compile(r"Etc/GMT[+-]\d+")


def name(zone: str, local: datetime, language: str) -> str:
    return zone_name(local.replace(tzinfo=ZoneInfo(zone)), zone, language)


@pytest.mark.parametrize(
    ("zone", "german", "english"),
    [
        ("Europe/Berlin", ("MEZ", "MESZ"), ("CET", "CEST")),
        ("Europe/London", ("Mittlere Greenwich-Zeit", "Britische Sommerzeit"), ("GMT", "BST")),
        ("Europe/Jersey", ("Mittlere Greenwich-Zeit", "Britische Sommerzeit"), ("GMT", "BST")),
        ("Europe/Dublin", ("Mittlere Greenwich-Zeit", "Irische Sommerzeit"), ("GMT", "IST")),
        ("Europe/Kyiv", ("OEZ", "OESZ"), ("EET", "EEST")),
        ("America/Indiana/Indianapolis", ("Nordamerikanische Ostküsten-Normalzeit", "Nordamerikanische Ostküsten-Sommerzeit"), ("EST", "EDT")),
        ("Australia/Sydney", ("Ostaustralische Sommerzeit", "Ostaustralische Normalzeit"), ("AEDT", "AEST")),
        ("Asia/Kolkata", ("Indische Normalzeit",) * 2, ("IST",) * 2),
        ("Asia/Kathmandu", ("Nepalesische Zeit",) * 2, ("Nepal Time",) * 2),
        ("Asia/Tehran", ("Iranische Normalzeit",) * 2, ("Iran Standard Time",) * 2),
        ("Asia/Tokyo", ("Japanische Normalzeit",) * 2, ("Japan Standard Time",) * 2),
        ("Europe/Istanbul", ("Türkei (Ortszeit)",) * 2, ("Türkiye Time",) * 2),
        ("America/Nuuk", ("Nuuk (Ortszeit, UTC−2)", "Nuuk (Ortszeit, UTC−1)"), ("Greenland Standard Time", "Greenland Summer Time")),
        ("UTC", ("UTC",) * 2, ("UTC",) * 2),
        ("Etc/GMT+5", ("UTC−5",) * 2, ("UTC−5",) * 2),
    ],
)  # fmt: skip
def test_people_read_what_they_say(zone: str, german: tuple[str, str], english: tuple[str, str]) -> None:
    assert tuple(name(zone, local, "de") for local in SEASONS) == german
    assert tuple(name(zone, local, "en") for local in SEASONS) == english


def test_where_the_clocks_change_for_a_month_only_the_place_and_the_offset_are_told() -> None:
    ramadan = datetime(2027, 2, 20, 12)
    assert name("Africa/Casablanca", ramadan, "de") == "Marokko (Ortszeit, UTC)"
    assert name("Africa/Casablanca", SEASONS[1], "de") == "Marokko (Ortszeit, UTC+1)"
    assert name("Africa/Casablanca", SEASONS[1], "en") == "Morocco Time (UTC+1)"


def test_no_zone_is_called_by_its_identifier_or_by_a_bare_offset() -> None:
    assert len(ZONES) > 400
    bad = [
        (zone, said)
        for zone, local, language in product(ZONES, SEASONS, LANGUAGES)
        if not (said := name(zone, local, language))
        or ("/" in zone and zone in said)
        or "_" in said
        or NO_INHERITANCE_MARKER in said
        or (re.match(r"(GMT|UTC)?[+−-]", said) and not NO_PLACE.fullmatch(zone))
    ]
    assert bad == []


def test_two_names_where_the_clocks_differ_and_one_where_they_do_not() -> None:
    for zone, language in product(ZONES, LANGUAGES):
        winter, summer = (local.replace(tzinfo=ZoneInfo(zone)) for local in SEASONS)
        said = {name(zone, local, language) for local in SEASONS}
        assert len(said) == len({winter.utcoffset(), summer.utcoffset()}), (zone, said)


def test_no_zone_says_summer_where_its_clocks_are_the_slower_ones() -> None:
    summery = re.compile(r"Sommerzeit|Summer Time|Daylight Time|EDT|CDT|MDT|PDT|BST|[A-Z]EST\b(?<!AEST)|MESZ|OESZ|WESZ")
    found = 0
    for zone, language in product(ZONES, LANGUAGES):
        seasons = sorted(SEASONS, key=lambda local, zone=zone: ZoneInfo(zone).utcoffset(local))
        slow, fast = (ZoneInfo(zone).utcoffset(local) for local in seasons)
        said = [name(zone, local, language) for local in seasons]
        assert not summery.search(said[0]), (zone, said)
        found += slow != fast and bool(summery.search(said[1]))
    assert found > 200


def test_names_that_cldr_has_are_taken() -> None:
    tried = 0
    for zone, local, language in product(ZONES, SEASONS, LANGUAGES):
        moment = local.replace(tzinfo=ZoneInfo(zone))
        if (moment.dst() or timedelta()) < timedelta() or zone in ("Europe/Dublin", "Eire"):
            continue  # Babel takes their summer for winter
        locale = "de" if language == "de" else "en_GB"
        known = {get_timezone_name(moment, width=width, locale=locale) for width in ("short", "long")}
        named = {one for one in known if not re.match(r"(GMT)?[+-]\d", one)}
        tried += len(named)
        # A short English one may come from the English of the place itself.
        said = name(zone, local, language)
        assert not named or said in named or (language == "en" and re.fullmatch(r"[A-Za-z]{3,5}", said)), (zone, said)
    assert tried > 1000
