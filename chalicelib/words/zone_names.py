"""What a time zone is called at a moment, as people who live in it say: the names of CLDR, read through Babel."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from babel import Locale, localedata
from babel.core import get_global

NO_NAME = "∅∅∅"
"""CLDR: people there do not use what would else be inherited."""

AS_IN = {
    **dict.fromkeys(("Europe/Guernsey", "Europe/Isle_of_Man", "Europe/Jersey"), "Europe/London"),
    "Asia/Famagusta": "Asia/Nicosia",
}
"""Zones that CLDR has no name for in one season or in both, and where people say what their neighbours do."""

NOWHERE = "ZZ"
"""CLDR: no known territory."""


class Zone(NamedTuple):
    """``ids`` are all that CLDR may know the zone by; ``group`` is its metazone, whose names it shares; ``territory`` a
    country's code."""

    ids: tuple[str, ...]
    group: str
    territory: str


def zone_name(moment: datetime, key: str, language: str) -> str:
    """Short where people there use a short name (``MEZ``, ``BST``), else long (``Iran Standard Time``), else by place
    (``Türkei (Ortszeit)``).

    ``moment`` is in the zone ``key``; ``language`` is a language of CLDR, such as ``de``. Only a zone of no place, such
    as ``Etc/GMT+5``, is called by its offset (``UTC−5``).
    """
    zone = _zone(AS_IN.get(key, key))
    locale = _locale(language, zone.territory)
    season, changes = _season(moment)
    variants = (season,) if changes else (season, "generic")
    for width in ("short", "long"):
        for variant in variants:
            if name := _name(zone, locale, width, variant):
                return name
    offset = _offset(moment)
    place = _place(zone, locale, key)
    if not place:
        return offset
    local: str = locale.zone_formats["region"] % place
    if not changes:
        return local
    return f"{local[:-1]}, {offset})" if local.endswith(")") else f"{local} ({offset})"


@lru_cache
def _zone(key: str) -> Zone:
    """Zones were renamed, and Babel has some names by the old id and some by the new one."""
    aliases = get_global("zone_aliases")
    newest = aliases.get(key, key)
    ids = tuple(dict.fromkeys((key, newest, *(old for old, new in aliases.items() if new == newest))))
    groups, territories = get_global("meta_zones"), get_global("zone_territories")
    group = next((groups[one] for one in ids if one in groups), "")
    return Zone(ids, group, next((territories[one] for one in ids if one in territories), NOWHERE))


@lru_cache
def _locale(language: str, territory: str) -> Locale:
    """The language as it is spoken there, where CLDR knows how: EST is a word in the US, and none in Great Britain."""
    there = f"{language}_{territory}"
    usual = "en_GB" if language == "en" else language
    return Locale.parse(there if localedata.exists(there) else usual)


def _season(moment: datetime) -> tuple[str, bool]:
    """``daylight`` or ``standard`` as CLDR means it, and whether clocks change within a year.

    In Dublin the law calls winter time the exception, so that zoneinfo's ``dst()`` is negative in winter
    and zero in summer.
    """
    year = [moment + timedelta(days=days) for days in range(-182, 183, 14)]
    changes = len({one.utcoffset() for one in (moment, *year)}) > 1
    now = moment.dst() or timedelta()
    reversed_ = any((one.dst() or timedelta()) < timedelta() for one in (moment, *year))
    summer = now == timedelta() if reversed_ else now > timedelta()
    return ("daylight" if summer else "standard"), changes


def _name(zone: Zone, locale: Locale, width: str, variant: str) -> str:
    places: list[Any] = [locale.time_zones.get(one, {}) for one in zone.ids]
    for names in (*places, locale.meta_zones.get(zone.group, {})):
        if width in names and (name := names[width].get(variant)):
            return "" if name == NO_NAME else str(name)
    return ""


def _place(zone: Zone, locale: Locale, key: str) -> str:
    """The country, where it has one zone only, else the city."""
    if len(get_global("territory_zones").get(zone.territory, [])) == 1:
        return str(locale.territories[zone.territory])
    area, _, city = key.rpartition("/")
    if area in ("", "Etc"):
        return ""
    named = next((found["city"] for one in zone.ids if "city" in (found := locale.time_zones.get(one, {}))), "")
    return str(named) or city.replace("_", " ")


def _offset(moment: datetime) -> str:
    minutes = int((moment.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    return f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
