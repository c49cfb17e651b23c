"""Which edition a submission is for: the source's own, the next open one of its series, or the one that the
form names."""

from __future__ import annotations

import re
from datetime import timedelta

from chalicelib.domain.edition import LONGEST, Edition
from chalicelib.domain.intake import Unclear, Wish, plain
from chalicelib.domain.source import Source
from chalicelib.domain.submission import Reason
from chalicelib.usecases.about import next_open_edition
from chalicelib.words.language import Tongue, tongue
from chalicelib.world import World

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def edition_of(world: World, source: Source, wish: Wish) -> str:
    """The id of the edition that the submission is for. Raises ``Unclear``."""
    target = source.target
    if target.field:
        return _named(world, source, wish.edition)
    if target.edition:
        return target.edition
    # A full one is still the next one: nobody is registered silently for a date they did not choose.
    if edition := next_open_edition(world, target.series, now=world.clock()):
        return edition.id
    raise Unclear(Reason.NO_OPEN_EDITION, target.series)


def _named(world: World, source: Source, said: str) -> str:
    target = source.target
    if not said:
        if target.edition:
            return target.edition
        raise Unclear(Reason.EDITION_UNKNOWN, target.field)
    for value, edition_id in target.values.items():
        if plain(value) == plain(said):
            return edition_id
    if ID.fullmatch(said) and (edition := world.store.find_edition(said)):
        if not target.series or edition.series == target.series:
            return edition.id
    elif target.series:
        lately = world.clock() - timedelta(days=1)
        found = world.store.editions_of(target.series, since=lately - LONGEST, limit=200)
        language = world.store.series_lately(target.series).language
        known = [edition for edition in found if edition.ends_at > lately]
        called_so = [edition for edition in known if _is_called(edition, said, tongue(language))]
        if len(called_so) == 1:
            return called_so[0].id
    raise Unclear(Reason.EDITION_UNKNOWN, said[:100])


def _is_called(edition: Edition, said: str, spoken: Tongue) -> bool:
    """By its title, or with its date in it: 2026-12-09, 09.12.2026, 9. Dezember 2026 or in the words of our pages."""
    day, words = edition.local_start, plain(said)
    if words == plain(edition.title):
        return True
    in_words = plain(spoken.day(day)).partition(", ")[2] or plain(spoken.day(day))
    dates = (f"{day:%Y-%m-%d}", f"{day:%d.%m.%Y}", f"{day.day}.{day.month}.{day.year}", in_words)
    return any(re.search(rf"(?<!\d){re.escape(date)}(?!\d)", words) for date in dates)
