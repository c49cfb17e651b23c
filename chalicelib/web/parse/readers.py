"""How each kind of field is read. A reader is data: it reads a value, and says what a value may look like."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from msgspec import Struct

from chalicelib.domain.refusals import FieldError, Invalid, mark
from chalicelib.domain.series import may_send
from chalicelib.web.parse.fields import Field, Fields, Reader, Schema, described, nested
from chalicelib.words.names import person_name
from chalicelib.words.text import Unfit, one_line, paragraphs
from chalicelib.world import world

LINK_STARTS = r"^\s*[Hh][Tt][Tt][Pp][Ss]?://"
UNFIT_FOR_LINKS = re.compile(r'[\s"<>]')
LONGEST_LINK = 1000
SLUG = "[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?"

# Where the calendar ends, a time in another zone or an hour later has no date at all.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
LOCAL_TIME = "2027-03-10T14:30"
TICKED = "yes"
CLOCK = "[0-9]{2}:[0-9]{2}"

NO_PLACE = {"localtime", "Factory"}
"""Names the database knows on some machines only, and which mean something else on each."""

LEADS_NOWHERE = mark(
    "The link to {link} leads nowhere from a mail. Write its whole address, such as https://example.org/page; "
    "mailto: and tel: work as well."
)
NOT_TEXT = mark("This has to be text.")
OUT_OF_RANGE = mark("This has to be between {least} and {most}.")
TOO_MANY = mark("This has to be a list of at most {most}.")
NO_CURSOR = mark("Give the value of next from the answer before.")
ONE_OF = mark("This has to be one of: {known}.")


def _typed(value: Any, kind: type, said: str) -> None:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Unfit(said)


class Line(Struct, frozen=True):
    """One line of text, at most ``most`` characters."""

    most: int
    required: bool = False

    def read(self, value: Any, _: str) -> str:
        _typed(value, str, NOT_TEXT)
        return one_line(value, most=self.most, required=self.required)

    def describe(self) -> Schema:
        return {"type": "string", "maxLength": self.most} | ({"minLength": 1} if self.required else {})


class Name(Struct, frozen=True):
    """A person's name. ``missing`` is said where there is none."""

    most: int
    missing: str

    def read(self, value: Any, _: str) -> str:
        _typed(value, str, NOT_TEXT)
        name = person_name(value, most=self.most)
        if not name:
            raise Unfit(self.missing)
        return name

    def describe(self) -> Schema:
        return {"type": "string", "minLength": 1, "maxLength": self.most}


class Paragraphs(Struct, frozen=True):
    """Plain text of any number of lines, at most ``most`` characters."""

    most: int

    def read(self, value: Any, _: str) -> str:
        _typed(value, str, NOT_TEXT)
        return paragraphs(value, most=self.most)

    def describe(self) -> Schema:
        return {"type": "string", "maxLength": self.most}


class Prose(Struct, frozen=True):
    """A text for people, in which every link leads somewhere."""

    most: int
    required: bool = False

    def read(self, value: Any, name: str) -> str:
        from chalicelib.words.prose.parser import refused_links  # only where such a text is written

        _typed(value, str, NOT_TEXT)
        text = paragraphs(value, most=self.most, required=self.required)
        if refused := refused_links(text):
            raise Invalid(*(FieldError(name, LEADS_NOWHERE, {"link": link}) for link in refused))
        return text

    def describe(self) -> Schema:
        return {"type": "string", "maxLength": self.most} | ({"minLength": 1} if self.required else {})


class Truth(Struct, frozen=True):
    def read(self, value: Any, _: str) -> bool:
        _typed(value, bool, mark("This has to be true or false."))
        return bool(value)

    def describe(self) -> Schema:
        return {"type": "boolean"}


class Spelled(Struct, frozen=True):
    """``true`` or ``false`` as a query spells it, read as ``truth`` reads it."""

    truth: Truth

    def read(self, value: Any, name: str) -> bool:
        return self.truth.read({"true": True, "false": False}.get(value, value), name)

    def describe(self) -> Schema:
        return self.truth.describe()


class Tick(Struct, frozen=True):
    """A checkbox of a form, whose value is ``yes``. ``missing`` is said where it has to be ticked and is not."""

    missing: str = ""

    def read(self, value: Any, _: str) -> bool:
        ticked = bool(value == TICKED)
        if self.missing and not ticked:
            raise Unfit(self.missing)
        return ticked

    def describe(self) -> Schema:
        return {"const": TICKED} if self.missing else {"type": "string"}


class Whole(Struct, frozen=True):
    """A whole number from ``least`` to ``most``."""

    least: int
    most: int

    def read(self, value: Any, _: str) -> int:
        _typed(value, int, mark("This has to be a whole number."))
        if not self.least <= value <= self.most:
            raise Unfit(OUT_OF_RANGE, least=self.least, most=self.most)
        return int(value)

    def describe(self) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class Digits(Struct, frozen=True):
    """A whole number as a query spells it, read as ``whole`` reads it."""

    whole: Whole

    def read(self, value: Any, name: str) -> int:
        if not re.fullmatch("[0-9]{1,9}", value):
            raise Unfit(OUT_OF_RANGE, least=self.whole.least, most=self.whole.most)
        return self.whole.read(int(value), name)

    def describe(self) -> Schema:
        return self.whole.describe()


class Cursor(Struct, frozen=True):
    """Where a list goes on: what the answer before gave as ``next``. ``pattern`` is a regular expression."""

    pattern: str

    def read(self, value: Any, _: str) -> str:
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value):
            raise Unfit(NO_CURSOR)
        return value

    def describe(self) -> Schema:
        return {"type": "string", "pattern": f"^{self.pattern}$"}


class OrNull(Struct, frozen=True):
    """What ``reader`` reads, or null."""

    reader: Reader

    def read(self, value: Any, name: str) -> Any:
        return None if value is None else self.reader.read(value, name)

    def describe(self) -> Schema:
        described = self.reader.describe()
        if isinstance(described.get("type"), str):
            return described | {"type": [described["type"], "null"]}
        return {"anyOf": [described, {"type": "null"}]}


class LocalTime(Struct, frozen=True):
    """A wall-clock time in the series' zone: ``2027-03-10T14:30``, without an offset."""

    def read(self, value: Any, _: str) -> datetime:
        wrong = Unfit(mark("Write the local date and time without a zone, such as 2027-03-10T14:30."))
        if not isinstance(value, str):
            raise wrong
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise wrong from error
        if moment.tzinfo is not None or len(value) < len(LOCAL_TIME):
            raise wrong
        if not FIRST_DAY <= moment.date() <= LAST_DAY:
            raise Unfit(OUT_OF_RANGE, least=FIRST_DAY, most=LAST_DAY)
        return moment.replace(second=0, microsecond=0)

    def describe(self) -> Schema:
        return {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}", "examples": [LOCAL_TIME]}


class TimeOfDay(Struct, frozen=True):
    def read(self, value: Any, _: str) -> time:
        try:
            if isinstance(value, str) and re.fullmatch(CLOCK, value):
                return time.fromisoformat(value)
        except ValueError:
            pass
        raise Unfit(mark("Write a time of day such as 09:00."))

    def describe(self) -> Schema:
        return {"type": "string", "pattern": f"^{CLOCK}$", "examples": ["09:00"]}


NOW_OR_THEN = mark('Give "now", {minutes}, or a local date and time such as 2027-03-03T09:00.')
NOW_THEN_OR_NEVER = mark('Give "now", {minutes}, a local date and time such as 2027-03-03T09:00, or null.')


class When(Struct, frozen=True):
    """``"now"``, ``{"in_minutes": 10}`` or a wall-clock time; null too where it may be ``never``."""

    never: bool = False

    def read(self, value: Any, name: str) -> datetime | timedelta | str | None:
        if value == "now":
            return "now"
        if value is None and self.never:
            return None
        if isinstance(value, dict):
            read: dict[str, int] = nested(value, name, _IN_MINUTES)
            return timedelta(minutes=read["in_minutes"])
        try:
            local: datetime = LocalTime().read(value, name)
        except Unfit as unfit:
            raise Unfit(NOW_THEN_OR_NEVER if self.never else NOW_OR_THEN, minutes='{"in_minutes": 10}') from unfit
        return local

    def describe(self) -> Schema:
        after = described(_IN_MINUTES) | {"required": ["in_minutes"]}
        return {"anyOf": [{"const": "now"}, LocalTime().describe(), after, *([{"type": "null"}] if self.never else [])]}


class SpelledWhen(Struct, frozen=True):
    """As ``When``, in a query: what is an object there is written in JSON."""

    def read(self, value: Any, name: str) -> datetime | timedelta | str | None:
        if isinstance(value, str) and value.startswith("{"):
            with suppress(ValueError):
                value = json.loads(value)
        return When().read(value, name)

    def describe(self) -> Schema:
        after = {"type": "string", "pattern": r'^\{"in_minutes": ?[0-9]{1,4}\}$', "examples": ['{"in_minutes": 10}']}
        return {"anyOf": [{"const": "now"}, LocalTime().describe(), after]}


_IN_MINUTES = {"in_minutes": Field("in_minutes", Whole(1, 24 * 60), required=True)}


class WebAddress(Struct, frozen=True):
    """A URL for people. Where ``empty`` is allowed, no text means none."""

    empty: bool = False
    required: bool = False

    def read(self, value: Any, _: str) -> str:
        _typed(value, str, NOT_TEXT)
        url = one_line(value, most=LONGEST_LINK, required=self.required)
        if not url and self.empty:
            return url
        try:
            parts = urlsplit(url)
            good = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            good = False
        if good and UNFIT_FOR_LINKS.search(url):
            raise Unfit(mark("A web address has no spaces, quotation marks or angle brackets in it."))
        if not good:
            raise Unfit(mark("This has to be a web address that begins with https:// (or http://)."))
        return url

    def describe(self) -> Schema:
        starts = LINK_STARTS + ("|^$" if self.empty else "")
        return {"type": "string", "maxLength": LONGEST_LINK, "pattern": starts, "examples": ["https://example.org/"]}


class Slug(Struct, frozen=True):
    def read(self, value: Any, _: str) -> str:
        if not isinstance(value, str) or not re.fullmatch(SLUG, value):
            raise Unfit(mark("Use 1 to 60 of the characters a–z, 0–9 and -, such as virtuelle-kaffeepause."))
        return value

    def describe(self) -> Schema:
        return {"type": "string", "pattern": f"^{SLUG}$", "examples": ["virtuelle-kaffeepause"]}


class OneOf(Struct, frozen=True):
    """One of the words of ``words``; those in ``known`` only, if there are any."""

    words: type[StrEnum]
    known: tuple[StrEnum, ...] = ()
    wrong: str = ONE_OF

    def read(self, value: Any, _: str) -> Any:
        known = self.known or tuple(self.words)
        if value not in known:
            raise Unfit(self.wrong, known=", ".join(known))
        return self.words(value)

    def describe(self) -> Schema:
        return {"type": "string", "enum": [str(word) for word in self.known or self.words]}


@cache
def _zones() -> frozenset[str]:
    """Once a process: it means looking through some hundreds of files, 15 ms."""
    return frozenset(available_timezones() - NO_PLACE)


class Zone(Struct, frozen=True):
    def read(self, value: Any, _: str) -> str:
        if not isinstance(value, str) or value not in _zones():
            raise Unfit(mark("This has to be a time zone of the IANA database, such as Europe/Berlin."))
        return value

    def describe(self) -> Schema:
        return {"type": "string", "examples": ["Europe/Berlin"]}


class MailAddress(Struct, frozen=True):
    """An e-mail address as we write to it. Where ``empty`` is allowed, no text means none."""

    empty: bool = False

    def read(self, value: Any, name: str) -> str:
        _typed(value, str, NOT_TEXT)
        if not value and self.empty:
            return ""
        return world().addresses.parse(value, field=name).mail

    def describe(self) -> Schema:
        return {"type": "string", "examples": ["mia@example.org"]} | ({} if self.empty else {"minLength": 1})


class SenderAddress(Struct, frozen=True):
    """An address that SES lets us send from: one at the deployment's verified domain."""

    def read(self, value: Any, name: str) -> str:
        mail, domain = MailAddress().read(value, name), world().settings.sender_domain
        if not may_send(mail, domain):
            raise Unfit(mark("Mail can only be sent from addresses at {domain} or a subdomain of it."), domain=domain)
        return mail

    def describe(self) -> Schema:
        return MailAddress().describe()


class Object(Struct, frozen=True):
    """An object of ``fields``, made into a value of the domain by ``into``."""

    fields: Fields
    into: Callable[..., Any] = dict

    def read(self, value: Any, name: str) -> Any:
        return self.into(**nested(value, name, self.fields))

    def describe(self) -> Schema:
        return described(self.fields)


class ListOf(Struct, frozen=True):
    """At most ``most`` of what ``reader`` reads, as a tuple. An error names its place: ``speakers.0.link``."""

    reader: Reader
    most: int
    least: int = 0

    def read(self, value: Any, name: str) -> tuple[Any, ...]:
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            raise Unfit(TOO_MANY, most=self.most)
        read: list[Any] = []
        errors: list[FieldError] = []
        for number, one in enumerate(value):
            try:
                read.append(self.reader.read(one, f"{name}.{number}"))
            except Unfit as unfit:
                errors.append(unfit.at(f"{name}.{number}"))
            except Invalid as invalid:
                errors.extend(invalid.errors)
        if errors:
            raise Invalid(*errors)
        return tuple(read)

    def describe(self) -> Schema:
        least = {"minItems": self.least} if self.least else {}
        return {"type": "array", "items": self.reader.describe(), "maxItems": self.most} | least
