"""Words, dates and times as people say them: gettext catalogues and Babel's CLDR data, one ``Tongue`` per language."""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from chalicelib.domain.edition import Edition, Location, Speaker
from chalicelib.domain.refusals import FieldError, Refusal
from chalicelib.domain.series import Language

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
"""In the repository and in the Lambda zip alike, templates stand beside ``app.py``."""

LOCALES = {Language.GERMAN: "de", Language.ENGLISH: "en_GB"}


@dataclass(frozen=True)
class Tongue:
    """One language: its words and its way to write dates."""

    language: Language

    @cached_property
    def catalogue(self) -> gettext.NullTranslations:
        """English is the language of the message ids and needs none."""
        return gettext.translation(
            "kaffeepause", TEMPLATES / "locale", [self.language], fallback=self.language is Language.ENGLISH
        )

    def translate(self, message: str) -> str:
        return self.catalogue.gettext(message)

    def refusal(self, refusal: Refusal | FieldError) -> str:
        """What a refusal or a field's error says, in this language."""
        return self.translate(refusal.message).format_map(refusal.facts)

    def day(self, moment: datetime) -> str:
        """``Mittwoch, 10. März 2027``."""
        from babel.dates import format_date  # 40 ms that the API does not need to start

        return format_date(moment, "full", locale=LOCALES[self.language])

    def time(self, moment: datetime) -> str:
        """``14:30 Uhr`` or ``14:30``, from a wall-clock time."""
        return f"{moment:%H:%M} Uhr" if self.language is Language.GERMAN else f"{moment:%H:%M}"

    def zone(self, edition: Edition) -> str:
        """The zone's name at its start, as people there say: ``MEZ``, ``BST``, ``Japanische Normalzeit``.

        Where clocks change before an end on another day, that has its own: ``CET at the start, CEST at the end``.
        """
        from chalicelib.words.zone_names import zone_name  # 40 ms that the API does not need to start

        moments = (one.astimezone(ZoneInfo(edition.zone)) for one in (edition.starts_at, edition.ends_at))
        start, end = (zone_name(one, edition.zone, self.language) for one in moments)
        if start == end or not edition.ends_another_day:
            return start
        return self.translate("{start} at the start, {end} at the end").format(start=start, end=end)

    def when(self, edition: Edition) -> str:
        """``Mittwoch, 10.

        März 2027, 14:30 Uhr``, with ``bis Freitag, 12. März 2027, 12:00 Uhr`` where it ends another day.
        """
        start = self.moment(edition.local_start)
        if not edition.ends_another_day:
            return start
        return self.translate("{start} to {end}").format(start=start, end=self.moment(edition.local_end))

    def in_a_sentence(self, edition: Edition) -> str:
        """``Mittwoch, 10. März 2027, um 14:30 Uhr``, to follow *am* or *on*."""
        local = edition.local_start
        start = self.translate("{day}, at {time}").format(day=self.day(local), time=self.time(local))
        if not edition.ends_another_day:
            return start
        return self.translate("{start} (until {end})").format(start=start, end=self.moment(edition.local_end))

    def moment(self, local: datetime) -> str:
        return f"{self.day(local)}, {self.time(local)}"

    def short_day(self, moment: datetime) -> str:
        """``10. März`` or ``10 March``."""
        from babel.dates import format_skeleton

        return format_skeleton("MMMMd", moment, locale=LOCALES[self.language])

    def weekday(self, moment: datetime) -> str:
        """``Mittwoch``."""
        from babel.dates import format_date

        return format_date(moment, "EEEE", locale=LOCALES[self.language])

    def month(self, moment: datetime) -> str:
        """``März``."""
        from babel.dates import format_date

        return format_date(moment, "MMMM", locale=LOCALES[self.language])

    def duration(self, minutes: int) -> str:
        """``45 Minuten``, ``1 Stunde 30 Minuten``."""
        hours, rest = divmod(minutes, 60)
        parts = []
        if hours:
            parts.append(self.catalogue.ngettext("{n} hour", "{n} hours", hours).format(n=hours))
        if rest or not hours:
            parts.append(self.catalogue.ngettext("{n} minute", "{n} minutes", rest).format(n=rest))
        return " ".join(parts)

    def speakers(self, speakers: tuple[Speaker, ...]) -> str:
        """``Andreas Grau (Engagierte Stadt) und Mia Lang``."""
        said = [f"{one.name} ({one.organisation})" if one.organisation else one.name for one in speakers]
        if len(said) <= 1:
            return "".join(said)
        return self.translate("{several} and {last}").format(several=", ".join(said[:-1]), last=said[-1])

    def place(self, location: Location) -> str:
        """``online``, ``Rathaus``, or ``Rathaus oder online``."""
        if not location.in_a_room:
            return self.translate("online")
        return self.translate("{place}, or online").format(place=location.place) if location.online else location.place


@lru_cache
def tongue(language: Language) -> Tongue:
    return Tongue(language)
