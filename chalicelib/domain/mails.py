"""Every kind of mail, one row each: to whom it goes, by which lane, until when it makes sense, and what goes along.

Nothing else lists kinds. A new mail is a row here, a message class and three templates, and the rule that plans it
(docs/howto/add-a-mail.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What a mailing says; also the name of its template folder."""

    SUBSCRIPTION_CONFIRMATION = "subscription-confirmation"
    REGISTRATION_CONFIRMATION = "registration-confirmation"
    SEAT_GIVEN_BACK = "seat-given-back"
    ANNOUNCEMENT = "announcement"
    CORRECTION = "correction"
    REMINDER = "reminder"
    EDITION_MOVED = "edition-moved"
    ANNOUNCED_MOVED = "announced-edition-moved"
    JOINING_LINK = "joining-link"
    EDITION_CANCELLED = "edition-cancelled"
    ANNOUNCED_CANCELLED = "announced-edition-cancelled"
    EDITION_FULL = "edition-full"
    MESSAGE_TO_REGISTERED = "message-to-registered"
    THANK_YOU = "thank-you"
    SUBMISSION_KEPT = "submission-kept"


class Audience(StrEnum):
    """One person, whom the mailing names, or everybody of a list."""

    REGISTRANT = "registrant"
    SUBSCRIBER = "subscriber"
    APPLICANT = "applicant"
    ORGANISERS = "organisers"
    REGISTRATIONS = "registrations"
    SUBSCRIBERS = "subscribers"

    @property
    def is_list(self) -> bool:
        return self in (Audience.REGISTRATIONS, Audience.SUBSCRIBERS)

    @property
    def is_registered(self) -> bool:
        """Whether they are found among an edition's registrations."""
        return self in (Audience.REGISTRANT, Audience.REGISTRATIONS)

    @property
    def is_addressed(self) -> bool:
        """Whether the one recipient is neither registered nor subscribed, but an ``Addressee`` beside the mailing."""
        return self in (Audience.APPLICANT, Audience.ORGANISERS)


class Lane(StrEnum):
    """Two queues, so that a broadcast to a million never delays a confirmation (or a reminder that is due now)."""

    TRANSACTIONAL = "transactional"
    BROADCAST = "broadcast"


class Until(StrEnum):
    """Of its edition: from then on it is too late for the mail."""

    START = "start"
    END = "end"


class Entry(StrEnum):
    """The METHOD of the calendar entry that goes along (RFC 5546 §1.4)."""

    ADDED = "PUBLISH"
    REMOVED = "CANCEL"


class Headers(StrEnum):
    """Beside those of every mail: of a list (RFC 2919, RFC 8058), or of what a machine wrote to one person
    (RFC 3834 §5)."""

    LIST = "list"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What holds for all mailings of a kind.

    ``until`` and ``leeway`` after it: from then on it is too late. ``survives_cancellation``: it is sent although its
    edition was called off. ``of_one_date``: once the edition is moved it is no longer true, and who registered after it
    was due needs none. ``names_start``: whoever reads it knows when the edition takes place. ``tells_change``: what it
    says depends on what its recipient was told. ``of_a_round``: planned by a change of one registration, whose round is
    its detail. ``to_who_left``: for whoever has no seat any more. ``quiet``: not within this time after a confirmation,
    which they have just read. ``carries_text``: it says all that an announcement says, and the ledger keeps what that
    was. ``own_words``: the organiser writes all of it, and it says the same whatever becomes of its edition.
    ``names_next``: it names the series' next edition. ``preview``: an edition implies it, so an organiser can look at
    it beforehand.
    """

    to: Audience
    lane: Lane = Lane.TRANSACTIONAL
    headers: Headers = Headers.AUTOMATIC
    until: Until = Until.START
    leeway: timedelta = timedelta()
    survives_cancellation: bool = False
    of_one_date: bool = False
    names_start: bool = False
    tells_change: bool = False
    of_a_round: bool = False
    to_who_left: bool = False
    quiet: timedelta = timedelta()
    carries_text: bool = False
    own_words: bool = False
    names_next: bool = False
    entry: Entry | None = None
    preview: bool = True

    @property
    def tells_link(self) -> bool:
        """Whether it tells a change, and is not true any more with another link either."""
        return self.of_one_date and self.tells_change and self.to.is_registered


MAILS = {
    Kind.SUBSCRIPTION_CONFIRMATION: Mail(to=Audience.SUBSCRIBER, preview=False),
    Kind.REGISTRATION_CONFIRMATION: Mail(
        to=Audience.REGISTRANT,
        until=Until.END,
        survives_cancellation=True,  # it says then that the edition was called off
        of_a_round=True,
        entry=Entry.ADDED,
    ),
    Kind.SEAT_GIVEN_BACK: Mail(
        to=Audience.REGISTRANT,
        until=Until.END,
        survives_cancellation=True,
        of_a_round=True,
        to_who_left=True,
        entry=Entry.REMOVED,
    ),
    Kind.ANNOUNCEMENT: Mail(
        to=Audience.SUBSCRIBERS, lane=Lane.BROADCAST, headers=Headers.LIST, names_start=True, carries_text=True
    ),
    Kind.CORRECTION: Mail(
        to=Audience.SUBSCRIBERS, lane=Lane.BROADCAST, headers=Headers.LIST, names_start=True, carries_text=True
    ),
    Kind.REMINDER: Mail(to=Audience.REGISTRATIONS, of_one_date=True, names_start=True, quiet=timedelta(minutes=30)),
    Kind.EDITION_MOVED: Mail(
        to=Audience.REGISTRATIONS,
        until=Until.END,
        of_one_date=True,
        names_start=True,
        tells_change=True,
        entry=Entry.ADDED,
    ),
    # Until the end, although it is planned before the start only: it waits some minutes.
    Kind.ANNOUNCED_MOVED: Mail(
        to=Audience.SUBSCRIBERS,
        lane=Lane.BROADCAST,
        headers=Headers.LIST,
        until=Until.END,
        of_one_date=True,
        names_start=True,
        tells_change=True,
    ),
    Kind.JOINING_LINK: Mail(
        to=Audience.REGISTRATIONS,
        until=Until.END,
        of_one_date=True,
        names_start=True,
        tells_change=True,
        entry=Entry.ADDED,
    ),
    Kind.EDITION_CANCELLED: Mail(
        to=Audience.REGISTRATIONS,
        until=Until.END,
        survives_cancellation=True,
        tells_change=True,
        entry=Entry.REMOVED,
    ),
    Kind.ANNOUNCED_CANCELLED: Mail(
        to=Audience.SUBSCRIBERS,
        lane=Lane.BROADCAST,
        headers=Headers.LIST,
        until=Until.END,
        survives_cancellation=True,
        tells_change=True,
    ),
    Kind.EDITION_FULL: Mail(to=Audience.APPLICANT, until=Until.END),
    # Not in the lane of broadcasts: it goes to those who are told of a move, and may be as urgent.
    Kind.MESSAGE_TO_REGISTERED: Mail(
        to=Audience.REGISTRATIONS,
        until=Until.END,
        leeway=timedelta(days=60),
        survives_cancellation=True,
        own_words=True,
        preview=False,
    ),
    # In the lane of broadcasts: nobody waits for it, and a reminder that is due at the same time must not.
    Kind.THANK_YOU: Mail(
        to=Audience.REGISTRATIONS,
        lane=Lane.BROADCAST,
        until=Until.END,
        leeway=timedelta(days=30),
        names_next=True,
    ),
    Kind.SUBMISSION_KEPT: Mail(to=Audience.ORGANISERS, preview=False),
}

LONGEST_LEEWAY = max(mail.leeway for mail in MAILS.values())
"""How long after its end an edition may still have mailings to send."""
