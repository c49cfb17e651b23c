"""What organisers send about series, editions and people: each body as data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec import Struct

from chalicelib.domain import schedule
from chalicelib.domain.audience import TellSubscribers, Whom
from chalicelib.domain.delivery import Outcome
from chalicelib.domain.edition import (
    LONGEST,
    Deck,
    EditionChange,
    EditionDraft,
    EditionMove,
    Location,
    Speaker,
)
from chalicelib.domain.given import NOT_GIVEN, NotGiven
from chalicelib.domain.mails import MAILS, Kind
from chalicelib.domain.message import MessageDraft, MessageTo
from chalicelib.domain.refusals import FieldError, Invalid, mark
from chalicelib.domain.rhythm import Region, Rhythm, recurrence_rule
from chalicelib.domain.series import Language, ReminderRule, SeriesChange, SeriesDraft
from chalicelib.web.api.door import limit_field
from chalicelib.web.parse.fields import Body, Field, Schema, described, nested
from chalicelib.web.parse.readers import (
    Cursor,
    Digits,
    Line,
    ListOf,
    LocalTime,
    MailAddress,
    Object,
    OneOf,
    OrNull,
    Prose,
    SenderAddress,
    Slug,
    SpelledWhen,
    TimeOfDay,
    Truth,
    WebAddress,
    When,
    Whole,
    Zone,
)
from chalicelib.words.text import Unfit

MOST_SPEAKERS, MOST_REMINDERS, MOST_DECKS = 20, 5, 10
DURATION = Whole(5, LONGEST // timedelta(minutes=1))
SOMEWHERE = mark("Give {place}, {link}, or {online} if the link follows. For both, give a place and one of the others.")
ONLINE_ALREADY = mark("Leave this out: join_url says already that it is online.")
ONLY_TRUE = mark("This can only be true. Leave it out where it does not take place online.")
PROSE = "[Text as you paste it, or Markdown](text.md). 422 for a link that leads nowhere."


class OnlyTrue(Struct, frozen=True):
    """``true``, as JSON spells it or, in a query, as ``spelled``."""

    spelled: str = ""

    def read(self, value: Any, _: str) -> bool:
        if value is not True and (not self.spelled or value != self.spelled):
            raise Unfit(ONLY_TRUE)
        return True

    def describe(self) -> Schema:
        return {"const": self.spelled or True}


LINK_OR_PLACE = {
    "join_url": Field("join_url", WebAddress(required=True)),
    "place": Field("place", Line(300, required=True)),
}
WHERE = {**LINK_OR_PLACE, "online": Field("online", OnlyTrue())}
WAYS = (("join_url",), ("online",), ("place",), ("place", "join_url"), ("place", "online"))
"""What may stand together."""


class WhereItIs(Struct, frozen=True):
    """One of ``WAYS``."""

    def read(self, value: Any, name: str) -> Location:
        read = nested(value, name, WHERE) if isinstance(value, dict) else {}
        if not read:
            raise Unfit(SOMEWHERE, place='{"place": "…"}', link='{"join_url": "https://…"}', online='{"online": true}')
        return location_of(read, f"{name}.online")

    def describe(self) -> Schema:
        return {"oneOf": [described({one: WHERE[one] for one in way}) | {"required": [*way]} for way in WAYS]}


def location_of(read: dict[str, Any], online: str) -> Location:
    """Raises ``Invalid`` for the field called ``online`` where a link says so already."""
    if "join_url" in read and "online" in read:
        raise Invalid(FieldError(online, ONLINE_ALREADY))
    return Location(**read)


BY_DAY = {
    "days_before": Field("days_before", Whole(0, 60)),
    "at": Field("at", TimeOfDay()),
}
BY_MINUTES = {"minutes_before": Field("minutes_before", Whole(5, 60 * 24))}


class Reminders(Struct, frozen=True):
    """``{"days_before": …, "at": …}`` or ``{"minutes_before": …}``, none twice."""

    def read(self, value: Any, name: str) -> tuple[ReminderRule, ...]:
        rules: tuple[ReminderRule, ...] = _REMINDERS.read(value, name)
        for number, rule in enumerate(rules):
            by_day = rule.days_before is not None and rule.at is not None and rule.minutes_before is None
            by_minutes = rule.minutes_before is not None and rule.days_before is None and rule.at is None
            if not by_day and not by_minutes:
                raise Invalid(
                    FieldError(f"{name}.{number}", mark("Give either days_before with at, or minutes_before."))
                )
        if len({rule.name for rule in rules}) != len(rules):
            raise Unfit(mark("Two of these are the same."))
        return rules

    def describe(self) -> Schema:
        one_of = [described(fields) | {"required": list(fields)} for fields in (BY_DAY, BY_MINUTES)]
        return _REMINDERS.describe() | {"items": {"oneOf": one_of}}


_REMINDERS = ListOf(Object({**BY_DAY, **BY_MINUTES}, ReminderRule), most=MOST_REMINDERS)


class RecurrenceRule(Struct, frozen=True):
    """A rule of RFC 5545, such as ``FREQ=MONTHLY;BYDAY=2WE``."""

    def read(self, value: Any, name: str) -> str:
        return recurrence_rule(Line(1000).read(value, name), name)

    def describe(self) -> Schema:
        return {"type": "string", "examples": ["FREQ=MONTHLY;BYDAY=2WE"]}


RHYTHM = {
    "rule": Field(
        "rule",
        RecurrenceRule(),
        required=True,
        says="A recurrence rule of RFC 5545, without an end and without times: `FREQ=MONTHLY;BYDAY=2WE` is the second "
        "Wednesday of each month. Intervals count from the newest edition.",
    ),
    "at": Field("at", TimeOfDay(), required=True, says="Local time."),
    "holiday_region": Field(
        "holiday_region", OrNull(OneOf(Region)), says="Dates on public holidays of this German state are left out."
    ),
}

SPEAKER = {
    "name": Field("name", Line(100, required=True), required=True),
    "organisation": Field("organisation", Line(120)),
    "link": Field("link", WebAddress(empty=True)),
}

DECK = {
    "title": Field("title", Line(150, required=True), required=True),
    "url": Field("url", WebAddress(required=True), required=True),
}

# Series

LANGUAGE = OneOf(Language, wrong=mark("Known languages are: {known}."))
_CHANGED_LATER = {
    "title": Field("title", Line(100, required=True), required=True),
    "language": Field("language", LANGUAGE, required=True, says="Of pages and mails."),
    "sender_name": Field(
        "sender_name",
        Line(100, required=True),
        required=True,
        says="Whom mails come from. Fewer characters fit where they are not A to Z: with the address, SES takes 320 "
        "as mails encode them (some 80 Cyrillic letters, 40 emoji).",
    ),
    "sender_address": Field(
        "sender_address",
        SenderAddress(),
        required=True,
        says="An address at the deployment's `SENDER_DOMAIN`, which is verified in SES, or at a subdomain of it.",
    ),
    "reply_to": Field("reply_to", MailAddress(empty=True), says="Where answers go."),
    "imprint_url": Field(
        "imprint_url", WebAddress(required=True), required=True, says="Linked from every page and mail."
    ),
    "privacy_url": Field(
        "privacy_url", WebAddress(required=True), required=True, says="Linked from every page and mail."
    ),
    "description": Field("description", Prose(2000), says=PROSE),
    "reminders": Field(
        "reminders", Reminders(), says="Without it: the day before at 09:00, and one hour before the start."
    ),
    "rhythm": Field(
        "rhythm",
        OrNull(Object(RHYTHM, Rhythm)),
        says="When editions usually begin; has to lead to a date within two years. null: no rhythm.",
    ),
    "drafts_ahead": Field(
        "drafts_ahead",
        Truth(),
        says="Once an edition is published, a copy of it is made as a draft at the next date of the rhythm, unless a "
        "draft is ahead already.",
    ),
    "retention_days": Field(
        "retention_days",
        Whole(1, 3650),
        says="60 if not given. **It has no effect yet**: it is kept and shown, and nothing is deleted by it "
        "([what is kept how long](privacy.md)).",
    ),
}

NEW_SERIES = Body(
    "NewSeries",
    {
        "slug": Field("slug", Slug(), required=True, says="Part of every address."),
        "zone": Field("zone", Zone(), required=True, says="A time zone of the IANA database."),
        **_CHANGED_LATER,
    },
    into=SeriesDraft,
)
SERIES_CHANGE = Body("SeriesChange", _CHANGED_LATER, partial=True, into=SeriesChange)

DATES_SHOWN = 10
DATES = Body(
    "Dates", {"limit": Field("limit", Digits(Whole(1, 100)), says=f"How many at most; {DATES_SHOWN} if not given.")}
)

# Editions

EDITION = {
    "title": Field("title", Line(150, required=True), required=True),
    "starts_at": Field(
        "local_start",
        LocalTime(),
        required=True,
        says="Local time, in the future. An hour that the clocks jump over is refused, one that happens twice means "
        "the first.",
    ),
    "duration_minutes": Field("minutes", DURATION, required=True),
    "location": Field(
        "location",
        WhereItIs(),
        required=True,
        says='A place, online by a link, or both; `"online": true` where the link follows. A link is told to '
        "participants only; a place stands on the page.",
    ),
    "announcement": Field("announcement", Prose(20_000), says=PROSE),
    "speakers": Field("speakers", ListOf(Object(SPEAKER, Speaker), most=MOST_SPEAKERS)),
    "seats": Field("seats", OrNull(Whole(1, 1_000_000)), says="null: unlimited."),
    "registration_closes_at": Field(
        "local_close", OrNull(LocalTime()), says="Local time, not after the start; null: the start."
    ),
    "slides": Field("slides", ListOf(Object(DECK, Deck), most=MOST_DECKS), says="On its page at once, for everybody."),
}
NEW_EDITION = Body("NewEdition", EDITION, into=EditionDraft)


class Change(Struct, frozen=True, kw_only=True):
    """``tell_registered``: the link is told at once, in a mail of its own. ``thank``: when everybody is thanked."""

    wanted: EditionChange
    tell_registered: bool
    thank: schedule.When | NotGiven | None


def _change(
    *, tell_registered: bool = False, thank: schedule.When | NotGiven | None = NOT_GIVEN, **wanted: Any
) -> Change:
    return Change(wanted=EditionChange(**wanted), tell_registered=tell_registered, thank=thank)


EDITION_CHANGE = Body(
    "EditionChange",
    {
        **EDITION,
        "recording_url": Field(
            "recording_url",
            WebAddress(empty=True),
            says="On its page from its end on, for everybody, even if it is given earlier; empty: none.",
        ),
        "tell_registered": Field(
            "tell_registered",
            Truth(),
            says="`true`: everybody who registered gets the new link at once, in a mail of its own. Without it they "
            "get it with their next mail, such as a reminder. 422 where there is no new link.",
        ),
        "thank": Field(
            "thank",
            When(never=True),
            says="When everybody who is registered is thanked, in one mail with the recording and slides that are "
            'there by then and the next edition: `"now"` (after the end, with the recording), `{"in_minutes": 10}`, a '
            "local time up to 30 days after the end, or null for not at all. Nobody is thanked twice: 422 for another "
            "time once they were. It moves along with the edition.",
        ),
    },
    partial=True,
    into=_change,
)

COPY = Body(
    "Copy",
    {
        "starts_at": Field(
            "starts_at",
            LocalTime(),
            says="Local time of the copy, in the future; without it, the next date by the series' rhythm that is after "
            "its newest edition.",
        )
    },
)

_AUDIENCE_STATE = {
    "audience_state": Field(
        "audience_state",
        Line(40),
        says="`state` of the audience that you have looked at: 409 if anybody has come or gone since.",
    )
}

PUBLICATION = Body(
    "Publication",
    {
        "announce": Field(
            "announce",
            When(never=True),
            required=True,
            says='When the announcement goes out: `"now"`, `{"in_minutes": 10}` (until then it can be withdrawn), a '
            "local time before the start, or null for none.",
        ),
        "thank": Field(
            "thank",
            When(never=True),
            says="When everybody who has registered is thanked: a local time up to 30 days after the end. It can also "
            "be said later, with a change; not given, or null: not at all.",
        ),
        **_AUDIENCE_STATE,
    },
)

ANNOUNCEMENT = Body(
    "Announcement",
    {
        "announce": Field(
            "at",
            When(),
            required=True,
            says='`"now"`, `{"in_minutes": 10}` (it can be withdrawn until then), or a local time before the start.',
        ),
        "to": Field(
            "to",
            OneOf(Whom),
            says="`all` subscribers if not given; `not_registered`: those without a seat when it is sent; "
            "`joined_since`: those who have subscribed since the last announcement began. Whoever was sent the same "
            "text before is left out of each.",
        ),
        **_AUDIENCE_STATE,
    },
)

_CORRECTED = {
    "text": Field(
        "text",
        Prose(2000),
        says="What was wrong, in your words; Markdown. May be missing where the edition has been corrected: what has "
        "changed is said beside it.",
    ),
    "at": Field("at", When(), says='When it goes out: `"now"` if not given.'),
    **_AUDIENCE_STATE,
}
CORRECTION_SHOWN = Body("CorrectionShown", {"text": _CORRECTED["text"]})
CORRECTION = Body("Correction", _CORRECTED)
EDITION_CORRECTION = Body(
    "EditionCorrection",
    {
        **_CORRECTED,
        "mailing": Field("of", Line(32), says="Only those who got this one; without it, any of the edition's."),
    },
)

WHEN_AND_WHERE = {
    "starts_at": Field(
        "local_start",
        LocalTime(),
        says="What is not given stays. A registration deadline keeps its distance to the start.",
    ),
    "duration_minutes": Field("minutes", DURATION),
    "location": Field("location", WhereItIs()),
}


LONGEST_WORDS = 2000
"""Characters of what is said beside the announcement."""

NOTE = Field("note", Prose(LONGEST_WORDS), says="Your own words, in the mail only. " + PROSE)
REASON = Field("reason", Prose(LONGEST_WORDS), says="Public: in the mail and on the page. " + PROSE)


TELL_SUBSCRIBERS = Field(
    "tell_subscribers",
    OneOf(TellSubscribers),
    says="`announced`, also if not given: those who were sent an announcement of it, or a correction, and are not "
    "registered hear as well, three minutes later. `none`: they do not.",
)


class Move(Struct, frozen=True, kw_only=True):
    """``announce`` is when an announcement that waits goes out instead; ``note`` stands in the mails."""

    wanted: EditionMove
    announce: schedule.When | NotGiven | None
    note: str
    tell_subscribers: TellSubscribers


def _move(
    *,
    announce: schedule.When | NotGiven | None = NOT_GIVEN,
    note: str = "",
    tell_subscribers: TellSubscribers = TellSubscribers.ANNOUNCED,
    **wanted: Any,
) -> Move:
    return Move(wanted=EditionMove(**wanted), announce=announce, note=note, tell_subscribers=tell_subscribers)


MOVE = Body(
    "Move",
    {
        **WHEN_AND_WHERE,
        "announce": Field(
            "announce",
            When(never=True),
            says='When an announcement that waits goes out instead: `"now"`, `{"in_minutes": 10}`, a local time before '
            "the new start, or null for not at all. Not given, it stays when it is; 422 where that is not before the "
            "new start.",
        ),
        "note": NOTE,
        "tell_subscribers": TELL_SUBSCRIBERS,
    },
    into=_move,
)

LONGEST_MESSAGE = 10_000
"""Characters."""


def _message(*, to: MessageTo = MessageTo.ALL, **given: Any) -> MessageDraft:  # noqa: ARG001  # the same people
    return MessageDraft(**given)


MESSAGE = Body(
    "Message",
    {
        "subject": Field("subject", Line(150, required=True), required=True),
        "text": Field("text", Prose(LONGEST_MESSAGE, required=True), required=True, says=PROSE),
        "at": Field(
            "at", When(), required=True, says='When it goes out: `"now"`, `{"in_minutes": 10}` or a local time.'
        ),
        "registered_since": Field(
            "registered_since", OrNull(LocalTime()), says="Local time: only to whoever registered then or later."
        ),
        "to": Field(
            "to",
            OneOf(MessageTo),
            says="The same people, as there is no waiting list: everybody who has a seat when it goes out. Whoever "
            "gave theirs back is never written to.",
        ),
        **_AUDIENCE_STATE,
    },
    into=_message,
)

CANCELLATION = Body("Cancellation", {"reason": REASON, "note": NOTE, "tell_subscribers": TELL_SUBSCRIBERS})

FUTURE = Body(
    "FutureAsked",
    {
        "announce": Field(
            "announce",
            SpelledWhen(),
            says='As if it were announced then: `now`, `{"in_minutes": 10}`, or a local time before the start. Without '
            "it: not at all.",
        ),
        "thank": Field(
            "thank",
            SpelledWhen(),
            says='As if people were thanked then: `now`, `{"in_minutes": 10}`, or a local time after the end. Without '
            "it: as it is.",
        ),
    },
)

LISTS = tuple(kind for kind, mail in MAILS.items() if mail.to.is_list)


class AudienceAsked(Struct, frozen=True, kw_only=True):
    """Whose audience is asked for, and which part of it: at most ``limit`` behind ``after``."""

    message: Kind = Kind.ANNOUNCEMENT
    to: Whom = Whom.ALL
    after: str = ""
    limit: int = 1000


# Mailings

PERSON_HASH = "[0-9a-f]{32}"
"""What a person is known by: a cursor of lists of people."""


class Recipients(Struct, frozen=True, kw_only=True):
    """Which recipients of a mailing are asked for: at most ``limit`` behind ``after``, of one outcome or of all."""

    after: str = ""
    limit: int = 100
    outcome: Outcome | None = None


AUDIENCE = Body(
    "AudienceAsked",
    {
        "message": Field("message", OneOf(Kind, LISTS), says="Which mail: `announcement` if not given."),
        "to": Field("to", OneOf(Whom), says="Of an announcement: as when it is announced; `all` if not given."),
        "after": Field("after", Cursor(PERSON_HASH), says="`next` of the answer before: the list goes on behind it."),
        "limit": limit_field(1000),
    },
    into=AudienceAsked,
)

RECIPIENTS = Body(
    "Recipients",
    {
        "after": Field("after", Cursor(PERSON_HASH), says="`next` of the answer before: the list goes on behind it."),
        "limit": limit_field(100),
        "outcome": Field("outcome", OneOf(Outcome), says="Only these: `sent`, `bounced`, `skipped`, …"),
    },
    into=Recipients,
)

# People

PERSON = Body("PersonLookup", {"email": Field("email", MailAddress(), required=True)})

LIFTING = Body(
    "SuppressionLift",
    {
        "email": Field("address", MailAddress(), required=True, says="It travels in the body, never in the URL."),
        "reason": Field(
            "reason", Line(300, required=True), required=True, says="Why mail will arrive now, or is wanted again."
        ),
        "by": Field("by", Line(100, required=True), required=True, says="Who lifts it."),
        "person_asked": Field(
            "person_asked",
            Truth(),
            says="`true`: the person has asked for it themselves. A complaint is not lifted without it.",
        ),
    },
)
