"""A series: what holds for all its editions, and when people are reminded of one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from chalicelib.domain.given import NOT_GIVEN, NotGiven, changed, given
from chalicelib.domain.refusals import FieldError, Invalid, mark
from chalicelib.domain.rhythm import Rhythm


class Language(StrEnum):
    GERMAN = "de"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderRule:
    """When to remind: ``days_before`` at a wall-clock time, or ``minutes_before`` the start. One of the two."""

    days_before: int | None = None
    at: time | None = None
    minutes_before: int | None = None

    def due(self, local_start: datetime, zone: str) -> datetime:
        """The moment in UTC to remind of a start at that wall-clock time in ``zone``.

        A wall-clock rule keeps its wall-clock time across a DST change.
        """
        if self.minutes_before is not None:
            return local_start.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) - timedelta(minutes=self.minutes_before)
        day = local_start.date() - timedelta(days=self.days_before or 0)
        return datetime.combine(day, self.at or time(9), tzinfo=ZoneInfo(zone)).astimezone(UTC)

    @classmethod
    def named(cls, name: str) -> ReminderRule:
        """The rule with that ``name``."""
        days, _, at = name.partition("d-")
        if at:
            return cls(days_before=int(days), at=time(int(at[:2]), int(at[2:])))
        return cls(minutes_before=int(name.removesuffix("m")))

    @property
    def name(self) -> str:
        """The rule in a word, part of the reminder's identity: ``1d-0900``, ``60m``."""
        if self.minutes_before is not None:
            return f"{self.minutes_before}m"
        return f"{self.days_before}d-{self.at or time(9):%H%M}"


DEFAULT_REMINDERS = (ReminderRule(days_before=1, at=time(9)), ReminderRule(minutes_before=60))


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A recurring event with one audience, one language and one time zone.

    ``drafts_ahead``: once an edition is published, the next one is made as a draft.
    """

    slug: str
    title: str
    language: Language
    zone: str
    sender_name: str
    sender_address: str
    imprint_url: str
    privacy_url: str
    reply_to: str = ""
    description: str = ""
    reminders: tuple[ReminderRule, ...] = DEFAULT_REMINDERS
    retention_days: int = 60
    rhythm: Rhythm | None = None
    drafts_ahead: bool = False
    created_at: datetime
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesDraft:
    """All that a new series is made of."""

    slug: str
    title: str
    language: Language
    zone: str
    sender_name: str
    sender_address: str
    reply_to: str = ""
    imprint_url: str
    privacy_url: str
    description: str = ""
    reminders: tuple[ReminderRule, ...] = DEFAULT_REMINDERS
    retention_days: int = 60
    rhythm: Rhythm | None = None
    drafts_ahead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesChange:
    """What is to change. Slug and zone stay: editions, links and keys are made of them."""

    title: str | NotGiven = NOT_GIVEN
    language: Language | NotGiven = NOT_GIVEN
    sender_name: str | NotGiven = NOT_GIVEN
    sender_address: str | NotGiven = NOT_GIVEN
    reply_to: str | NotGiven = NOT_GIVEN
    imprint_url: str | NotGiven = NOT_GIVEN
    privacy_url: str | NotGiven = NOT_GIVEN
    description: str | NotGiven = NOT_GIVEN
    reminders: tuple[ReminderRule, ...] | NotGiven = NOT_GIVEN
    retention_days: int | NotGiven = NOT_GIVEN
    rhythm: Rhythm | NotGiven | None = NOT_GIVEN
    drafts_ahead: bool | NotGiven = NOT_GIVEN


def create_series(draft: SeriesDraft, *, now: datetime) -> Series:
    """Whether it can be, ``check_rhythm`` says."""
    return Series(**given(draft), created_at=now)


def change_series(series: Series, wanted: SeriesChange) -> Series:
    """New reminder rules hold for editions published or moved from now on. Whether they can, ``check_rhythm`` says."""
    return changed(series, wanted)


def check_rhythm(series: Series, fields: Collection[str]) -> None:
    """Raise ``Invalid`` where a series without a rhythm wants drafts ahead, beside that one of the two which is among
    the ``fields`` that were given."""
    if series.drafts_ahead and series.rhythm is None:
        if "rhythm" in fields and "drafts_ahead" not in fields:
            words = mark("For a draft ahead of time, the series needs a rhythm. Turn off drafts_ahead as well.")
            raise Invalid(FieldError("rhythm", words))
        words = mark("For a draft ahead of time, the series needs a rhythm.")
        raise Invalid(FieldError("drafts_ahead", words))


def may_send(address: str, domain: str) -> bool:
    """Whether SES lets mail be sent from ``address`` where ``domain`` is verified: a domain is verified
    with its subdomains.

    Both in punycode, where the domain has umlauts.
    """
    return f".{address.rpartition('@')[2]}".lower().endswith(f".{domain}".lower())
