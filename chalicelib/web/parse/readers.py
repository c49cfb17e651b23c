"""What organisers send: JSON, checked field by field, so that one answer names everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import msgspec

from chalicelib.domain.refusals import FieldError, Invalid, say
from chalicelib.domain.series import LONGEST, Language, Location, ReminderRule, Speaker, may_send
from chalicelib.identity import Addresses
from chalicelib.text import Unfit, one_line, paragraphs
from chalicelib.web.problems import Malformed, TooLarge, UnsupportedMediaType
from chalicelib.web.routing import Request, body, media_type

LARGEST_BODY = 256 * 1024
UNFIT_FOR_LINKS = re.compile(r'[\s"<>]')
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
MOST_SPEAKERS, MOST_REMINDERS = 20, 5
LONGEST_MINUTES = LONGEST // timedelta(minutes=1)

# Where the calendar ends, a time in another zone or an hour later has no date at all.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)

NO_PLACE = {"localtime", "Factory"}
"""Names the database knows on some machines only, and which mean something else on each."""

LEADS_NOWHERE = say(
    "The link to {link} leads nowhere from a mail. Write its whole address, such as https://example.org/page; mailto: and tel: work as well."
)


def json_of(request: Request) -> dict[str, Any]:
    """The request's JSON object ({} for an empty body). Raises ``UnsupportedMediaType``, ``TooLarge``, ``Malformed``."""
    raw = body(request)
    if not raw.strip():
        return {}
    if media_type(request) != "application/json":
        raise UnsupportedMediaType(say("Send JSON, with Content-Type: application/json."))
    if len(raw) > LARGEST_BODY:
        raise TooLarge(say("This is more than we can take: at most {most} bytes."), most=LARGEST_BODY)
    try:
        given = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(say("This is not valid JSON: {reason}"), reason=str(error)) from error
    if not isinstance(given, dict):
        raise Malformed(say("Send one JSON object."))
    return given


@dataclass(frozen=True, slots=True)
class Field:
    """How a field is read. ``into`` is its name in the domain; ``read`` raises ``Unfit`` or ``Invalid``."""

    into: str
    read: Callable[[Any, str], Any]
    required: bool = False


def parse(fields: Mapping[str, Field], given: Mapping[str, Any], *, partial: bool = False) -> dict[str, Any]:
    """The given fields by their names in the domain. Raises one ``Invalid`` with every error; ``partial`` requires nothing."""
    unknown = say("There is no such field. Known fields: {known}.") if fields else say("This takes no fields.")
    errors = [FieldError(name, unknown, {"known": ", ".join(fields)}) for name in given if name not in fields]
    read: dict[str, Any] = {}
    for name, field in fields.items():
        if name not in given:
            if field.required and not partial:
                errors.append(FieldError(name, say("This field is required.")))
            continue
        try:
            read[field.into] = field.read(given[name], name)
        except Unfit as unfit:
            errors.append(unfit.at(name))
        except Invalid as invalid:
            errors.extend(invalid.errors)
    if errors:
        raise Invalid(*errors)
    return read


def _typed(value: Any, kind: type, said: str) -> None:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Unfit(said)


def line(most: int, *, required: bool = False) -> Callable[[Any, str], str]:
    def read(value: Any, _: str) -> str:
        _typed(value, str, say("This has to be text."))
        return one_line(value, most=most, required=required)

    return read


def truth(value: Any, _: str) -> bool:
    _typed(value, bool, say("This has to be true or false."))
    return bool(value)


def body_text(most: int) -> Callable[[Any, str], str]:
    def read(value: Any, _: str) -> str:
        _typed(value, str, say("This has to be text."))
        return paragraphs(value, most=most)

    return read


def prose(most: int) -> Callable[[Any, str], str]:
    """A text for people, in which every link leads somewhere."""
    read_text = body_text(most)

    def read(value: Any, name: str) -> str:
        from chalicelib.prose.parser import refused_links  # only where such a text is written

        text = read_text(value, name)
        if refused := refused_links(text):
            raise Invalid(*(FieldError(name, LEADS_NOWHERE, {"link": link}) for link in refused))
        return text

    return read


def whole(least: int, most: int, *, nullable: bool = False) -> Callable[[Any, str], int | None]:
    def read(value: Any, _: str) -> int | None:
        if value is None and nullable:
            return None
        _typed(value, int, say("This has to be a whole number."))
        if not least <= value <= most:
            raise Unfit(say("This has to be between {least} and {most}."), least=least, most=most)
        return int(value)

    return read


def local_time(*, nullable: bool = False) -> Callable[[Any, str], datetime | None]:
    """A wall-clock time in the series' zone: ``2027-03-10T14:30``, without an offset."""

    def read(value: Any, _: str) -> datetime | None:
        if value is None and nullable:
            return None
        wrong = Unfit(say("Write the local date and time without a zone, such as 2027-03-10T14:30."))
        if not isinstance(value, str):
            raise wrong
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise wrong from error
        if moment.tzinfo is not None or len(value) < len("2027-03-10T14:30"):
            raise wrong
        if not FIRST_DAY <= moment.date() <= LAST_DAY:
            raise Unfit(say("This has to be between {least} and {most}."), least=FIRST_DAY, most=LAST_DAY)
        return moment.replace(second=0, microsecond=0)

    return read


def web_address(*, required: bool = False, empty: bool = False) -> Callable[[Any, str], str]:
    def read(value: Any, _: str) -> str:
        _typed(value, str, say("This has to be text."))
        url = one_line(value, most=1000, required=required)
        if not url and empty:
            return url
        try:
            parts = urlsplit(url)
            good = parts.scheme in ("http", "https") and bool(parts.hostname) and not UNFIT_FOR_LINKS.search(url)
        except ValueError:
            good = False
        if not good:
            raise Unfit(say("This has to be a web address that begins with https:// (or http://)."))
        return url

    return read


def slug(value: Any, _: str) -> str:
    if not isinstance(value, str) or not SLUG.fullmatch(value):
        raise Unfit(say("Use 1 to 60 of the characters a–z, 0–9 and -, such as virtuelle-kaffeepause."))
    return value


def language(value: Any, _: str) -> Language:
    try:
        return Language(value)
    except ValueError as error:
        raise Unfit(say("Known languages are: {known}."), known=", ".join(Language)) from error


@cache
def _zones() -> frozenset[str]:
    """Once a process: it means looking through some hundreds of files, 15 ms."""
    return frozenset(available_timezones() - NO_PLACE)


def zone(value: Any, _: str) -> str:
    if not isinstance(value, str) or value not in _zones():
        raise Unfit(say("This has to be a time zone of the IANA database, such as Europe/Berlin."))
    return value


def address(addresses: Addresses, *, empty: bool = False) -> Callable[[Any, str], str]:
    def read(value: Any, name: str) -> str:
        _typed(value, str, say("This has to be text."))
        if not value and empty:
            return ""
        return addresses.parse(value, field=name).mail

    return read


def sender(addresses: Addresses, domain: str) -> Callable[[Any, str], str]:
    """An address that SES lets us send from."""
    read_address = address(addresses)

    def read(value: Any, name: str) -> str:
        mail = read_address(value, name)
        if not may_send(mail, domain):
            raise Unfit(say("Mail can only be sent from addresses at {domain} or a subdomain of it."), domain=domain)
        return mail

    return read


def speakers(value: Any, name: str) -> tuple[Speaker, ...]:
    fields = {
        "name": Field("name", line(100, required=True), required=True),
        "organisation": Field("organisation", line(120)),
        "link": Field("link", web_address(empty=True)),
    }
    return tuple(Speaker(**one) for one in _each(value, name, fields, most=MOST_SPEAKERS))


def location(value: Any, name: str) -> Location:
    """``{"join_url": …}`` or ``{"place": …}``: one of the two."""
    fields = {
        "join_url": Field("join_url", web_address(required=True)),
        "place": Field("place", line(300, required=True)),
    }
    read = nested(value, name, fields) if isinstance(value, dict) else {}
    if len(read) != 1:
        raise Unfit(say("Give either {online} or {place}."), online='{"join_url": "https://…"}', place='{"place": "…"}')
    return Location(**read)


def reminders(value: Any, name: str) -> tuple[ReminderRule, ...]:
    fields = {
        "days_before": Field("days_before", whole(0, 60)),
        "at": Field("at", _clock),
        "minutes_before": Field("minutes_before", whole(5, 60 * 24)),
    }
    rules = tuple(ReminderRule(**one) for one in _each(value, name, fields, most=MOST_REMINDERS))
    for number, rule in enumerate(rules):
        by_day = rule.days_before is not None and rule.at is not None and rule.minutes_before is None
        by_minutes = rule.minutes_before is not None and rule.days_before is None and rule.at is None
        if not by_day and not by_minutes:
            raise Invalid(FieldError(f"{name}.{number}", say("Give either days_before with at, or minutes_before.")))
    if len({rule.name for rule in rules}) != len(rules):
        raise Unfit(say("Two of these are the same."))
    return rules


def _clock(value: Any, _: str) -> time:
    try:
        if isinstance(value, str) and re.fullmatch(r"\d\d:\d\d", value):
            return time.fromisoformat(value)
    except ValueError:
        pass
    raise Unfit(say("Write a time of day such as 09:00."))


def nested(value: Any, name: str, fields: Mapping[str, Field]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unfit(say("This has to be an object with: {known}."), known=", ".join(fields))
    try:
        return parse(fields, value)
    except Invalid as invalid:
        raise Invalid(
            *(FieldError(f"{name}.{error.name}", error.message, error.facts) for error in invalid.errors)
        ) from invalid


def _each(value: Any, name: str, fields: Mapping[str, Field], *, most: int) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > most:
        raise Unfit(say("This has to be a list of at most {most}."), most=most)
    read: list[dict[str, Any]] = []
    errors: list[FieldError] = []
    for number, one in enumerate(value):
        try:
            read.append(nested(one, f"{name}.{number}", fields))
        except Unfit as unfit:
            errors.append(unfit.at(f"{name}.{number}"))
        except Invalid as invalid:
            errors.extend(invalid.errors)
    if errors:
        raise Invalid(*errors)
    return read


EDITION = {
    "title": Field("title", line(150, required=True), required=True),
    "starts_at": Field("local_start", local_time(), required=True),
    "duration_minutes": Field("minutes", whole(5, LONGEST_MINUTES), required=True),
    "location": Field("location", location, required=True),
    "announcement": Field("announcement", prose(20_000)),
    "speakers": Field("speakers", speakers),
    "seats": Field("seats", whole(1, 1_000_000, nullable=True)),
    "registration_closes_at": Field("local_close", local_time(nullable=True)),
}


def series_fields(addresses: Addresses, sender_domain: str) -> dict[str, Field]:
    """``sender_domain`` is the one verified in SES."""
    return {
        "slug": Field("slug", slug, required=True),
        "title": Field("title", line(100, required=True), required=True),
        "language": Field("language", language, required=True),
        "zone": Field("zone", zone, required=True),
        "sender_name": Field("sender_name", line(100, required=True), required=True),
        "sender_address": Field("sender_address", sender(addresses, sender_domain), required=True),
        "reply_to": Field("reply_to", address(addresses, empty=True)),
        "imprint_url": Field("imprint_url", web_address(required=True), required=True),
        "privacy_url": Field("privacy_url", web_address(required=True), required=True),
        "description": Field("description", prose(2000)),
        "reminders": Field("reminders", reminders),
        "retention_days": Field("retention_days", whole(1, 3650)),
    }


def person_fields(addresses: Addresses) -> dict[str, Field]:
    return {"email": Field("email", address(addresses), required=True)}


def announce(value: Any, _: str) -> datetime | str | None:
    """``"now"``, a wall-clock time, or null."""
    if value == "now":
        return "now"
    try:
        return local_time(nullable=True)(value, "announce")
    except Unfit as unfit:
        raise Unfit(say('Give "now", a local date and time such as 2027-03-03T09:00, or null.')) from unfit


def lifting_fields(addresses: Addresses) -> dict[str, Field]:
    return {
        "email": Field("address", address(addresses), required=True),
        "reason": Field("reason", line(300, required=True), required=True),
        "by": Field("by", line(100, required=True), required=True),
        "person_asked": Field("person_asked", truth),
    }


MOVE = {
    "starts_at": Field("local_start", local_time()),
    "duration_minutes": Field("minutes", whole(5, LONGEST_MINUTES)),
    "location": Field("location", location),
    "announce": Field("announce", announce),
}

PREVIEW = {
    "at": Field("at", local_time()),
    "starts_at": Field("local_start", local_time()),
    "duration_minutes": Field("minutes", whole(5, LONGEST_MINUTES)),
    "location": Field("location", location),
}


def preview_query(given: Mapping[str, str]) -> dict[str, Any]:
    """The fields of ``PREVIEW`` as a query spells them: numbers are text, and a location is ``join_url`` or ``place``. Raises ``Invalid``."""
    fields: dict[str, Any] = dict(given)
    where = {name: fields.pop(name) for name in ("join_url", "place") if name in fields}
    minutes = fields.get("duration_minutes", "")
    if minutes.isascii() and minutes.isdigit():
        fields["duration_minutes"] = int(minutes)
    return parse(PREVIEW, fields | ({"location": where} if where else {}))


PUBLISH = {"announce": Field("announce", announce, required=True)}
