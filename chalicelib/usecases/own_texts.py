"""What an organiser should look at in an edition's title and announcement: a date there that is not that of the
edition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from chalicelib.domain.edition import Edition

MOST_NAMED = 5


class Notice(NamedTuple):
    """In English, as everything the API says to organisers beside refusals. ``field`` is that of the edition."""

    field: str
    detail: str


def old_dates(before: Edition, moved: Edition) -> tuple[Notice, ...]:
    """Where they still name the date, weekday or time that was, after a move."""
    from chalicelib.words.prose.dates import old_mentions  # only where an edition is moved

    was, now = before.local_start, moved.local_start
    found = ((name, [one.words for one in old_mentions(text, was, now)]) for name, text in _texts(moved))
    said = "This still names when it was: {named}. Change it, and correct the announcement if it was sent."
    return tuple(Notice(name, said.format(named=_named(named))) for name, named in found if named)


def doubtful_dates(edition: Edition) -> tuple[Notice, ...]:
    """Where they name the date with a weekday that it does not have, or the date of another edition."""
    from chalicelib.words.prose.dates import other_dates, wrong_weekdays  # only where an edition is published

    notices = []
    for name, text in _texts(edition):
        if wrong := wrong_weekdays(text, edition.local_start):
            detail = f"This names the day with another weekday than it has: {_named(one.words for one in wrong)}."
            notices.append(Notice(name, detail))
        if others := other_dates(text, edition.local_start):
            detail = f"This names another date than the edition's: {_named(one.words for one in others)}."
            notices.append(Notice(name, detail))
    return tuple(notices)


def _texts(edition: Edition) -> tuple[tuple[str, str], ...]:
    return ("title", edition.title), ("announcement", edition.announcement)


def _named(words: Iterable[str]) -> str:
    named = list(dict.fromkeys(words))
    return ", ".join(f"“{one}”" for one in named[:MOST_NAMED]) + (", …" if len(named) > MOST_NAMED else "")
