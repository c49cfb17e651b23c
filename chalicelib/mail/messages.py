"""Every mail as a Struct, which takes a tenth of a dataclass's time to make at a cold start.

The class names its folder: ``RegistrationConfirmation`` → ``templates/emails/registration-confirmation/`` with
``subject.txt``, ``body.txt`` and ``body.html``. A template sees the fields, and the names in ``personal``: these differ
from recipient to recipient and are filled in after rendering, so a template may print them but not decide by them.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, Self
from zoneinfo import ZoneInfo

from msgspec import Struct

from chalicelib import paths
from chalicelib.domain.corrections import Passage, Said, passages
from chalicelib.domain.edition import Edition, Location, Speaker
from chalicelib.domain.heard import Change, News, changed, read
from chalicelib.domain.mailing import Mailing
from chalicelib.domain.mails import Kind
from chalicelib.domain.sender import Sender
from chalicelib.domain.series import Language, Series

Before = Change | Said
"""What a mail about something that is another by now is measured from: what its recipients were told last."""


class Occasion(NamedTuple):
    """What a mailing is made a message from, at ``now``; ``edition`` is None for those about a series only, ``series``
    for those about none.

    ``next_edition`` is the series' next one, for kinds that name it. ``change`` is what there is to tell its recipients
    of a change; None for those who were told all that was before it.
    """

    series: Series | None
    edition: Edition | None
    sender: Sender
    site_url: str
    mailing: Mailing
    now: datetime
    change: Before | None = None
    next_edition: Edition | None = None


class Message(Struct, frozen=True, kw_only=True):
    """What every mail knows. ``site_url`` is where we live, without a slash at the end.

    Made as it is, it belongs to no series: it is from the site, in the language of its mailing.
    """

    personal: ClassVar[tuple[str, ...]] = ()

    sender: Sender
    language: Language
    site_url: str

    @classmethod
    def on(cls, occasion: Occasion) -> Self:
        series, mailing = occasion.series, occasion.mailing
        language = series.language if series else mailing.language
        assert language is not None, "domain.mailing lets no mailing be without either"
        shared: dict[str, Any] = {"sender": occasion.sender, "language": language, "site_url": occasion.site_url}
        return cls(**shared, **cls.about(occasion), **cls.facts(occasion))

    @classmethod
    def about(cls, occasion: Occasion) -> dict[str, Any]:  # noqa: ARG003  # others need it
        """What it is about: nothing, a series, or an edition of one."""
        return {}

    @classmethod
    def facts(cls, occasion: Occasion) -> dict[str, Any]:  # noqa: ARG003  # others need it
        """The values of the class's own fields."""
        return {}

    @classmethod
    def folder(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    @classmethod
    def names(cls) -> set[str]:
        """What its templates know beside the personal names: its fields, and what follows from them."""
        derived = {name for one in cls.__mro__ for name, member in vars(one).items() if isinstance(member, property)}
        return {*cls.__struct_fields__} | derived


class SeriesMessage(Message, frozen=True, kw_only=True):
    """What every mail about a series knows."""

    series: Series

    @classmethod
    def about(cls, occasion: Occasion) -> dict[str, Any]:
        return {"series": occasion.series}

    @property
    def series_url(self) -> str:
        return self.site_url + paths.SERIES(self.series.slug)


class SubscriptionConfirmation(SeriesMessage, frozen=True, kw_only=True):
    """Double opt-in: asks, and advertises nothing."""

    personal = ("confirm_url",)


class EditionMessage(SeriesMessage, frozen=True, kw_only=True):
    """What every mail about an edition knows."""

    edition: Edition

    @classmethod
    def about(cls, occasion: Occasion) -> dict[str, Any]:
        return {"series": occasion.series, "edition": occasion.edition}

    @property
    def edition_url(self) -> str:
        return self.site_url + paths.EDITION(self.edition.id)


class Announcement(EditionMessage, frozen=True, kw_only=True):
    """``is_open`` says whether people can register when it is sent; else it does not invite them to."""

    personal = ("unsubscribe_url",)

    is_open: bool = True

    @classmethod
    def facts(cls, occasion: Occasion) -> dict[str, Any]:
        assert occasion.edition is not None
        is_open = occasion.now < occasion.edition.registration_closes_at
        return {"is_open": is_open}


class Correction(Announcement, frozen=True, kw_only=True):
    """``text`` is what the organiser says of it; ``before`` what its recipients were told last, None where that was not
    kept."""

    text: str = ""
    before: Said | None = None

    @classmethod
    def facts(cls, occasion: Occasion) -> dict[str, Any]:
        before = occasion.change if isinstance(occasion.change, Said) else None
        return super().facts(occasion) | {"text": occasion.mailing.text, "before": before}

    @property
    def passages(self) -> tuple[Passage, ...]:
        """What differs in the text."""
        return passages(self.before.announcement, self.edition.announcement) if self.before else ()

    @property
    def heading_was(self) -> str:
        """The title that they were told, where it is another one now."""
        return self.before.title if self.before and self.before.title != self.edition.title else ""

    @property
    def speakers_were(self) -> tuple[Speaker, ...] | None:
        """Whom they were told, perhaps nobody, where it is somebody else now; None where it is not."""
        return self.before.speakers if self.before and self.before.speakers != self.edition.speakers else None

    @property
    def start_was(self) -> datetime | None:
        """The start that they were told, where it is another one now."""
        return self.before.local_start if self.before and self.before.local_start != self.edition.local_start else None

    @property
    def minutes_were(self) -> int | None:
        """The duration that they were told, where it is another one now."""
        return self.before.minutes if self.before and self.before.minutes != self.edition.minutes else None

    @property
    def place_was(self) -> Location | None:
        """Where they were told that it is, without a link, where that is another place or way now."""
        now = self.edition.location
        if self.before is None or (self.before.place, self.before.online) == (now.place, now.in_a_room and now.online):
            return None
        return Location(place=self.before.place, online=self.before.online)

    @property
    def says_changes(self) -> bool:
        """Whether anything of it is another than they were told, so that it can be named."""
        seen = (self.start_was, self.minutes_were, self.place_was, self.speakers_were)
        return bool(self.heading_was or self.passages) or any(one is not None for one in seen)


class RegistrationConfirmation(EditionMessage, frozen=True, kw_only=True):
    personal = ("name", "manage_url")


class SeatGivenBack(EditionMessage, frozen=True, kw_only=True):
    """To somebody who cancelled their registration: takes the date out of their calendar."""

    personal = ("name",)


class Reminder(EditionMessage, frozen=True, kw_only=True):
    """``days_left`` counts calendar days in the edition's zone: 0 is today, 1 tomorrow."""

    personal = ("name", "manage_url")

    days_left: int

    @classmethod
    def facts(cls, occasion: Occasion) -> dict[str, Any]:
        assert occasion.edition is not None
        today = occasion.now.astimezone(ZoneInfo(occasion.edition.zone)).date()
        return {"days_left": (occasion.edition.local_start.date() - today).days}


class Headline(StrEnum):
    """What a mail about a change says first."""

    DAY = "day"
    TIME = "time"
    ONLINE = "online"
    ONLINE_AS_WELL = "online-as-well"
    IN_PERSON_ONLY = "in-person-only"
    IN_PERSON_AS_WELL = "in-person-as-well"
    PLACE = "place"
    LINK = "link"
    MINUTES = "minutes"
    SOMETHING = "something"


class EditionMoved(EditionMessage, frozen=True, kw_only=True):
    """``was`` is the wall-clock start that they were told last; None where nobody knows which.

    ``news`` is what else is another than they were told. ``note`` is the organiser's, as in ``EditionCancelled``.
    """

    personal: ClassVar[tuple[str, ...]] = ("name", "manage_url")

    was: datetime | None
    news: frozenset[News] = frozenset()
    note: str = ""

    @classmethod
    def facts(cls, occasion: Occasion) -> dict[str, Any]:
        assert occasion.edition is not None
        change = occasion.change if isinstance(occasion.change, Change) else None
        was, news = change or changed(read(occasion.mailing.detail), occasion.edition)
        return {"was": was, "news": news, "note": occasion.mailing.text}

    @property
    def headline(self) -> Headline:
        start, location = self.edition.local_start, self.edition.location
        if self.was is None:
            return Headline.SOMETHING
        if self.was != start:
            return Headline.TIME if self.was.date() == start.date() else Headline.DAY
        if where := self.new_ways:
            return where[0]
        if News.LINK in self.news and location.link_known:
            return Headline.LINK
        return Headline.MINUTES if News.MINUTES in self.news else Headline.SOMETHING

    @property
    def new_ways(self) -> tuple[Headline, ...]:
        """What has changed about the place and whether it is online, the most important first."""
        location, news = self.edition.location, self.news
        if not {News.PLACE, News.ONLINE} & news:
            return ()
        if not location.in_a_room:
            return (Headline.ONLINE,)
        if News.IN_A_ROOM in news:
            online_already = location.online and News.ONLINE not in news
            return (Headline.IN_PERSON_AS_WELL if online_already else Headline.PLACE,)
        another = (Headline.PLACE,) if News.PLACE in news else ()
        if News.ONLINE not in news:
            return another
        return (*another, Headline.ONLINE_AS_WELL if location.online else Headline.IN_PERSON_ONLY)


class AnnouncedEditionMoved(EditionMoved, frozen=True, kw_only=True):
    """To somebody who was sent the announcement and is not registered. ``is_open`` as in ``Announcement``."""

    personal = ("unsubscribe_url",)

    is_open: bool = True

    @classmethod
    def facts(cls, occasion: Occasion) -> dict[str, Any]:
        return super().facts(occasion) | Announcement.facts(occasion)


class JoiningLink(EditionMessage, frozen=True, kw_only=True):
    """The link to join, or that the one they had does not hold any more and another follows.

    ``note`` is the organiser's, as in ``EditionCancelled``.
    """

    personal = ("name", "manage_url")

    note: str = ""

    @classmethod
    def facts(cls, occasion: Occasion) -> dict[str, Any]:
        return {"note": occasion.mailing.text}


class EditionCancelled(EditionMessage, frozen=True, kw_only=True):
    """``begun`` says that it was called off while it ran: then only what is left of it does not take place.

    ``was`` is another wall-clock start that they were told last, where they were told one. ``note`` is what the
    organiser has to say beside the reason, in Markdown.
    """

    personal = ("name",)

    begun: bool = False
    was: datetime | None = None
    note: str = ""

    @classmethod
    def facts(cls, occasion: Occasion) -> dict[str, Any]:
        assert occasion.edition is not None
        begun = occasion.mailing.due_at >= occasion.edition.starts_at
        was = occasion.change.was if isinstance(occasion.change, Change) else None
        return {"begun": begun, "was": was, "note": occasion.mailing.text}


class AnnouncedEditionCancelled(EditionCancelled, frozen=True, kw_only=True):
    """To somebody who was sent the announcement and is not registered: planned before the start only."""

    personal = ("unsubscribe_url",)

    @classmethod
    def facts(cls, occasion: Occasion) -> dict[str, Any]:
        return super().facts(occasion) | {"begun": False}


class EditionFull(EditionMessage, frozen=True, kw_only=True):
    """To somebody whose registration came from a form elsewhere when all seats were taken."""

    personal = ("name",)


class MessageToRegistered(EditionMessage, frozen=True, kw_only=True):
    """What an organiser writes to those who registered; ``text`` in Markdown."""

    personal = ("name", "manage_url")

    subject: str
    text: str

    @classmethod
    def facts(cls, occasion: Occasion) -> dict[str, Any]:
        return {"subject": occasion.mailing.subject, "text": occasion.mailing.text}


class ThankYou(EditionMessage, frozen=True, kw_only=True):
    """After the end, so with the recording and slides as far as they are there. ``next_edition`` is the next one of the
    series that people can register for."""

    personal = ("name",)

    next_edition: Edition | None = None

    @classmethod
    def facts(cls, occasion: Occasion) -> dict[str, Any]:
        return {"next_edition": occasion.next_edition}

    @property
    def next_edition_url(self) -> str:
        return self.site_url + paths.EDITION(self.next_edition.id) if self.next_edition else ""


class SubmissionKept(SeriesMessage, frozen=True, kw_only=True):
    """To the organiser: a source's submission registered nobody. Nothing of whoever filled in the form stands in it."""

    personal = ("source_name", "problem", "remedy", "moment", "source_url", "kept_url")


MESSAGES: tuple[type[Message], ...] = (
    SubscriptionConfirmation,
    Announcement,
    Correction,
    RegistrationConfirmation,
    SeatGivenBack,
    Reminder,
    EditionMoved,
    AnnouncedEditionMoved,
    JoiningLink,
    EditionFull,
    MessageToRegistered,
    ThankYou,
    SubmissionKept,
    AnnouncedEditionCancelled,
    EditionCancelled,
)

MESSAGE = {Kind(one.folder()): one for one in MESSAGES}
"""Of each kind of mail."""
