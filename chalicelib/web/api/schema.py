"""The API's answers, as Structs: what is sent, and what its OpenAPI document says of it.

The docstrings and descriptions are part of that.

What is ``UNSET`` is left out of an answer.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.domain.audience import Whom
from chalicelib.domain.delivery import Outcome
from chalicelib.domain.edition import Phase, Status
from chalicelib.domain.guards import Skip
from chalicelib.domain.mailing import Progress
from chalicelib.domain.mails import Audience, Kind
from chalicelib.domain.registration import Place
from chalicelib.domain.rhythm import Region
from chalicelib.domain.series import Language
from chalicelib.domain.submission import State
from chalicelib.domain.subscription import Standing

LocalTime = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$")]
UtcTime = Annotated[datetime, Meta(tz=True)]
Link = Annotated[str, Meta(extra_json_schema={"format": "uri"})]

# Series and editions


class Reminder(Struct, kw_only=True):
    """Some days before the start at a time of day, or some minutes before the start."""

    days_before: int | UnsetType = UNSET
    at: str | UnsetType = UNSET
    minutes_before: int | UnsetType = UNSET


class Rhythm(Struct, kw_only=True):
    """When editions of a series usually begin."""

    rule: Annotated[str, Meta(description="A recurrence rule of RFC 5545.")]
    at: str
    holiday_region: Region | None


class RhythmDate(Struct, kw_only=True):
    """A date by the rhythm of a series."""

    starts_at: LocalTime
    starts_at_utc: UtcTime
    holiday: Annotated[str | None, Meta(description="The public holiday because of which this date is left out.")]


class SubscriberCounts(Struct, kw_only=True):
    """How many people: now, and by local days of the series."""

    subscribed: Annotated[int, Meta(description="Who confirmed and did not unsubscribe.")]
    ended: Annotated[int, Meta(description="Whose subscription has ended, erased ones among them.")]
    new_today: Annotated[
        int, Meta(description="Who confirmed today, whether or not they unsubscribed since; again counts again.")
    ]
    new_since_yesterday: Annotated[int, Meta(description="The same since the beginning of yesterday.")]


class RegistrationCounts(Struct, kw_only=True):
    """How many people: now, and by local days of the edition."""

    registered: int
    cancelled: Annotated[int, Meta(description="Who gave their seat back and has none now, erased ones among them.")]
    new_today: Annotated[
        int, Meta(description="Who registered for the first time today, whether or not they cancelled since.")
    ]
    new_since_yesterday: Annotated[int, Meta(description="The same since the beginning of yesterday.")]


class Series(Struct, kw_only=True):
    slug: str
    title: str
    language: Language
    zone: str
    sender_name: str
    sender_address: str
    reply_to: str
    imprint_url: str
    privacy_url: str
    description: str
    reminders: list[Reminder]
    rhythm: Rhythm | None
    drafts_ahead: bool
    retention_days: int
    created_at: UtcTime
    url: Annotated[Link, Meta(description="Its page.")]
    counts: Annotated[
        SubscriberCounts | UnsetType,
        Meta(description="Where it is asked for, alone or in a list: how many subscribed."),
    ] = UNSET


class Location(Struct, kw_only=True):
    """A place, online, or both."""

    join_url: Annotated[str | UnsetType, Meta(description="Online, by this link.")] = UNSET
    place: str | UnsetType = UNSET
    online: Annotated[bool | UnsetType, Meta(description="`true`: online, and the link follows.")] = UNSET


class Speaker(Struct, kw_only=True):
    name: str
    organisation: str
    link: str


class Mailing(Struct, kw_only=True):
    """One message to one audience, planned or sent."""

    id: str
    message: Kind
    audience: Audience
    due_at: Annotated[LocalTime | UnsetType, Meta(description="Where it is about an edition.")] = UNSET
    due_at_utc: UtcTime
    progress: Progress
    reason: Annotated[str, Meta(description="Why it is not sent, where it is not; else empty.")]
    to: Annotated[Whom | UnsetType, Meta(description="Of an announcement: which subscribers.")] = UNSET
    subject: Annotated[str | UnsetType, Meta(description="Of a message.")] = UNSET
    text: Annotated[
        str | UnsetType, Meta(description="What the organiser wrote for it alone: a message, or the note of a move.")
    ] = UNSET
    registered_since: Annotated[
        LocalTime | UnsetType, Meta(description="Only for whoever registered then or later.")
    ] = UNSET


class Deck(Struct, kw_only=True):
    """One set of slides."""

    title: str
    url: Link


class Edition(Struct, kw_only=True):
    id: str
    series: str
    status: Annotated[Status, Meta(description="What was decided.")]
    phase: Annotated[
        Phase,
        Meta(description="Where it stands by the clock as well: `running` is from its start until its end."),
    ]
    title: str
    starts_at: LocalTime
    zone: str
    starts_at_utc: UtcTime
    duration_minutes: int
    ends_at: LocalTime
    ends_at_utc: UtcTime
    location: Location
    speakers: list[Speaker]
    announcement: str
    seats: int | None
    registration_closes_at: LocalTime | None
    cancelled_because: Annotated[
        str, Meta(description="The reason for its cancellation, as its page says it; empty where there is none.")
    ]
    slides: list[Deck]
    recording_url: Annotated[str, Meta(description="Shown on its page from its end on; empty where there is none.")]
    revision: Annotated[int, Meta(description="How often it was moved, given another link or called off.")]
    created_at: UtcTime
    published_at: UtcTime | None
    url: Annotated[Link, Meta(description="Its page.")]
    taken: Annotated[
        int | UnsetType | None,
        Meta(description="Of one edition: how many seats are taken; null where they are unlimited."),
    ] = UNSET
    counts: Annotated[
        RegistrationCounts | UnsetType,
        Meta(description="Where it is asked for, alone or in a list: how many registered."),
    ] = UNSET
    mailings: Annotated[
        list[Mailing] | UnsetType, Meta(description="After a change: what is planned and what was sent.")
    ] = UNSET


class EditionDeleted(Struct, kw_only=True):
    id: str
    deleted: bool


class Warned(Struct, kw_only=True):
    """Something in the organiser's own words that they should look at; nothing was refused for it."""

    field: str
    detail: str


class Plan(Struct, kw_only=True):
    """What will happen. A reminder that can never be sent is among it, `missed` with its reason."""

    edition: Edition
    changed: Annotated[bool, Meta(description="false: it was so already, and nothing has happened.")]
    mailings: list[Mailing]
    note: str | UnsetType = UNSET
    subscribers: Annotated[int | UnsetType, Meta(description="After publishing: how many subscribers there are.")] = (
        UNSET
    )
    warnings: Annotated[
        list[Warned] | UnsetType,
        Meta(
            description="After a move: where title and announcement still name the old date, weekday or time. After "
            "publishing: where they name a weekday that the date does not have, or another date. After announcing once "
            "more: that nobody would get it, because everybody was sent this very text before. Missing where nothing "
            "was found, and after announcing where more than 1000 people are on the list."
        ),
    ] = UNSET
    announced_to: Annotated[
        int | UnsetType,
        Meta(
            description="After a move or cancellation of which subscribers are told: how many were, or may have been, "
            "sent an announcement by now; 1000 stands for that or more."
        ),
    ] = UNSET


class Preview(Struct, kw_only=True):
    subject: str
    text: str
    html: str
    notes: Annotated[
        list[str],
        Meta(
            description='What was understood of your text in it, such as "Lines were joined into paragraphs."; empty '
            "where nothing had to be."
        ),
    ]


class TestMailSent(Struct, kw_only=True):
    """A test mail that is on its way."""

    mailing: Annotated[str, Meta(description="`GET …/mailings/{id}` says what became of it.")]
    message: Kind
    to: str


class Consent(Struct, kw_only=True):
    """The proof: the words that were shown, where, and when they were agreed to."""

    wording: str
    wording_version: str
    source: str
    requested_at: UtcTime
    confirmed_at: UtcTime | None


class MailOfRegistration(Struct, kw_only=True):
    """What became of one mail to somebody who registered."""

    mailing: str
    message: Kind
    outcome: Outcome
    reason: str


class Registration(Struct, kw_only=True):
    edition: Annotated[str | UnsetType, Meta(description="In a person's record.")] = UNSET
    name: str
    email: str
    organisation: str
    note: str
    status: Place
    mail: Annotated[
        Literal["bounced"] | None, Meta(description="`bounced`: a mail about this registration came back for good.")
    ]
    since: UtcTime
    privacy_wording: Annotated[str, Meta(description="The version of the words that were agreed to.")]
    consent: Annotated[Consent | None, Meta(description="Where another form showed the words.")]
    mails: Annotated[
        list[MailOfRegistration] | UnsetType,
        Meta(
            description="If asked for: mails about the present registration or cancellation, and those to all who are "
            "registered, as far as they have begun, by due time. A person's record has all of them."
        ),
    ] = UNSET


class Subscriber(Struct, kw_only=True):
    series: Annotated[str | UnsetType, Meta(description="In a person's record.")] = UNSET
    email: str
    name: str
    status: Standing
    since: UtcTime
    consent: Consent


# Mailings


class Waits(Struct, kw_only=True):
    """What holds a mailing up: Amazon SES accepts no mail at the moment."""

    scope: Annotated[
        str, Meta(description="`account`, `lane/broadcast`, `lane/transactional`, or `identity/<address or domain>`.")
    ]
    reason: Annotated[str, Meta(description="The word of SES.")]
    until: Annotated[UtcTime, Meta(description="When it is tried again.")]
    detail: Annotated[str, Meta(description="A sentence for people.")]


class Failure(Struct, kw_only=True):
    email: Annotated[str | None, Meta(description="null where the person was erased.")]
    reason: str
    earlier: Annotated[list[str], Meta(description="Why the tries before this one failed.")]


class MailingReport(Mailing, kw_only=True):
    """Where a mailing stands."""

    series: str | None
    edition: str | None
    recipients: int
    totals: Annotated[dict[str, int], Meta(description="How many mails, by outcome.")]
    reasons: Annotated[dict[str, dict[str, int]], Meta(description="How many mails, by outcome and reason.")]
    done: Annotated[float, Meta(ge=0, le=1)]
    as_of: Annotated[
        UtcTime, Meta(description="When this was counted: now, or up to five minutes ago for more than 1,000 people.")
    ]
    expected_end: UtcTime | None
    waits: Waits | None
    received: Annotated[
        list[Recipient] | UnsetType,
        Meta(
            description="After cancelling: who got it, or may have. A hundred at most of the first thousand that it "
            "was for; all of them by `…/recipients?outcome=sent`."
        ),
    ] = UNSET
    failures: Annotated[list[Failure], Meta(description="The first hundred.")]
    retried: Annotated[int | UnsetType, Meta(description="After a retry: how many mails are tried once more.")] = UNSET


class Meant(Struct, kw_only=True):
    """Somebody on the list that a mail goes to."""

    email: str
    name: str
    left_out: Annotated[Skip | None, Meta(description="Why they would get nothing; null: they would get it.")]


class AudiencePage(Struct, kw_only=True):
    """Whom a mail would go to now. Numbers are those of this page."""

    items: list[Meant]
    get_it: int
    left_out: Annotated[dict[str, int], Meta(description="How many would get nothing, by reason.")]
    state: Annotated[
        str,
        Meta(description="Changes as soon as anybody comes or goes. Give it as `audience_state` when you send."),
    ]
    next: Annotated[str | None, Meta(description="For `?after=`; null: that was all.")]


class ComingMail(Struct, kw_only=True):
    """A mail that the edition is going to cause."""

    message: Kind
    audience: Audience
    due_at: LocalTime
    due_at_utc: UtcTime
    progress: Annotated[Progress, Meta(description="`planned`, or `paused`: then it is not sent until it is resumed.")]
    get_it: Annotated[int, Meta(description="Who of its list would get it, by what is known now.")]
    left_out: Annotated[dict[str, int], Meta(description="How many would get nothing, by reason.")]
    more: Annotated[bool, Meta(description="Whether the list is longer than the 1,000 people that were looked at.")]
    subject: str
    text: str
    html: str


class MailAtAnyTime(Struct, kw_only=True):
    """A mail that somebody causes by what they do: by registering, for instance."""

    message: Kind
    audience: Audience
    subject: str
    text: str
    html: str


class Future(Struct, kw_only=True):
    """Every mail that an edition is going to cause until its end."""

    edition: Edition
    items: Annotated[list[ComingMail], Meta(description="In order of due time.")]
    whenever: Annotated[list[MailAtAnyTime], Meta(description="As they would be now.")]


class ReportedMails(Struct, kw_only=True):
    """What became of all list mails of one kind."""

    message: Kind
    mailings: Annotated[int, Meta(description="How many mailings of the kind have begun.")]
    sent: Annotated[int, Meta(description="Mails that Amazon SES took.")]
    delivered: Annotated[
        int,
        Meta(description="Of those, the ones that did not come back and that nobody complained of."),
    ]
    bounced: int
    complained: int
    failed: int
    waiting: Annotated[int, Meta(description="Still to be sent, or not known yet.")]
    skipped: Annotated[dict[str, int], Meta(description="Who was not written to, by reason.")]
    as_of: Annotated[
        UtcTime, Meta(description="When this was counted: now, or up to five minutes ago for more than 1,000 people.")
    ]


class PersonalMails(Struct, kw_only=True):
    """What went wrong with the mails of one kind that somebody got for what they did: confirmations above all."""

    message: Kind
    bounced: int
    complained: int
    failed: int
    suppressed: Annotated[int, Meta(description="Not sent: the address had bounced or complained before.")]


class ReportedDay(Struct, kw_only=True):
    """A local day on which somebody came or left."""

    date: Annotated[str, Meta(examples=["2027-03-10"])]
    came: int
    left: int


class EditionDay(ReportedDay, kw_only=True):
    """A local day on which somebody came or left, or a mailing began."""

    sent: Annotated[int, Meta(description="Mails of the mailings that began on this day.")]
    bounced: Annotated[int, Meta(description="How many of them came back, whenever that was.")]


class EditionReport(Struct, kw_only=True):
    """The numbers of an edition. Nobody's reading is measured."""

    id: str
    title: str
    starts_at: LocalTime
    status: Status
    phase: Phase
    seats: int | None
    registered: Annotated[int, Meta(description="How often somebody registered; again counts again.")]
    cancelled: Annotated[int, Meta(description="How many of them have left.")]
    coming: int
    mails: Annotated[list[ReportedMails], Meta(description="Of mailings to lists.")]
    personal_mails: list[PersonalMails]
    days: list[EditionDay]


class SeriesReport(Struct, kw_only=True):
    """The numbers of a series, with those of some of its editions, newest first."""

    slug: str
    title: str
    subscribed: int
    ended: Annotated[int, Meta(description="How many have ended their subscription.")]
    personal_mails: Annotated[list[PersonalMails], Meta(description="Of mails about a subscription.")]
    days: Annotated[list[ReportedDay], Meta(description="Subscribed and ended, by local day.")]
    items: list[EditionReport]
    next: Annotated[str | None, Meta(description="For `?after=`; null: that was all.")]


class Recipient(Struct, kw_only=True):
    """One person whom a mailing is for, and what became of their mail."""

    email: Annotated[str | None, Meta(description="null where the person was erased.")]
    name: str
    outcome: Outcome
    reason: str


# People


class Lifting(Struct, kw_only=True):
    """A suppression that was taken back."""

    suppressed: Annotated[str, Meta(description="For what.")]
    suppressed_at: UtcTime
    lifted_at: UtcTime
    by: str
    key: Annotated[str, Meta(description="The first eight digits of the admin key's hash, as in `AdminKeyHashes`.")]
    reason: str
    person_asked: bool


class SubmissionOfAPerson(Struct, kw_only=True):
    source: str
    id: str
    state: State


class MailToAPerson(Struct, kw_only=True):
    mailing: str
    message: Kind
    series: str | None
    edition: str | None
    title: str | None
    due_at_utc: UtcTime
    outcome: Outcome
    reason: str
    earlier: list[str]
    ses_message_id: str


class PersonRecord(Struct, kw_only=True):
    """What is known of whoever has an address."""

    email: str
    suppressed: Annotated[str | None, Meta(description="Why the address gets no mail.")]
    lifted: list[Lifting]
    registrations: list[Registration]
    subscriptions: list[Subscriber]
    submissions: list[SubmissionOfAPerson]
    mails: list[MailToAPerson]


class ErasedItems(Struct, kw_only=True):
    registrations: int
    subscriptions: int
    submissions: int
    addressees: int
    liftings: int


class Erasure(Struct, kw_only=True):
    email: str
    known: Annotated[bool, Meta(description="false: there was nothing to erase.")]
    erased: ErasedItems
    seats_freed: Annotated[int, Meta(description="At editions that are not over yet.")]
    suppressed: Annotated[str | None, Meta(description="Why the address gets no mail; this stays.")]
