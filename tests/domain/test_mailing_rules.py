from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain import schedule
from chalicelib.domain.delivery import Outcome
from chalicelib.domain.edition import Edition, Status
from chalicelib.domain.guards import Skip, overtaken, reason_to_skip
from chalicelib.domain.mailing import Mailing, Progress, plan_mailing
from chalicelib.domain.mails import MAILS, Audience, Kind, Lane
from chalicelib.domain.refusals import Invalid
from chalicelib.domain.registration import Place, Registration
from chalicelib.domain.series import ReminderRule
from chalicelib.domain.subscription import Standing, Subscriber
from tests.builders import NOW, a_registration, a_series, a_subscriber, an_edition

START = an_edition().starts_at
DUE = START - timedelta(hours=1)


def a_mailing(kind: Kind, **given: object) -> Mailing:
    usual = {"series": "kaffeepause", "edition": "0123456789ab", "due_at": DUE}
    return plan_mailing(kind, **usual | given)  # type: ignore[arg-type]


# What an edition implies


def test_reminders_still_ahead_are_planned_in_order() -> None:
    rules = (ReminderRule(minutes_before=10), ReminderRule(days_before=2), ReminderRule(minutes_before=60))
    planned = schedule.reminders(a_series(reminders=rules), an_edition(), now=NOW)
    assert [(one.kind, one.due_at) for one in planned] == [
        (Kind.REMINDER, datetime(2027, 3, 8, 8, 0, tzinfo=UTC)),
        (Kind.REMINDER, START - timedelta(minutes=60)),
        (Kind.REMINDER, START - timedelta(minutes=10)),
    ]


def test_a_reminder_due_this_very_moment_is_not_planned() -> None:
    assert schedule.reminders(a_series(), an_edition(), now=DUE) == []
    assert len(schedule.reminders(a_series(), an_edition(), now=DUE - timedelta(seconds=1))) == 1


def test_an_announcement_goes_out_before_the_start() -> None:
    start = an_edition().local_start
    assert schedule.announcement(an_edition(), at=start - timedelta(seconds=1), now=NOW).kind is Kind.ANNOUNCEMENT
    assert schedule.announcement(an_edition(), at="now", now=NOW).due_at == NOW
    for impossible in (start, start - timedelta(days=900)):
        with pytest.raises(Invalid) as refused:
            schedule.announcement(an_edition(), at=impossible, now=NOW)
        assert [error.name for error in refused.value.errors] == ["announce"]


def test_planning_the_same_thing_twice_gives_the_same_id_and_another_thing_another() -> None:
    ids = {
        a_mailing(Kind.REMINDER).id,
        a_mailing(Kind.REMINDER, due_at=NOW).id,
        a_mailing(Kind.REMINDER, detail="60m").id,
        a_mailing(Kind.REMINDER, revision=1).id,
        a_mailing(Kind.ANNOUNCEMENT).id,
        a_mailing(Kind.REMINDER, edition="other").id,
    }
    assert len(ids) == 5
    assert all(one.isalnum() and one.isascii() for one in ids), "fit for a tag of SES"


def test_a_list_of_subscribers_or_a_thank_you_never_delays_a_mail_that_somebody_waits_for() -> None:
    lanes = {kind: a_mailing(kind).lane for kind in Kind}
    subscribers = {kind for kind, mail in MAILS.items() if mail.to is Audience.SUBSCRIBERS}
    assert {kind for kind, lane in lanes.items() if lane is Lane.BROADCAST} == subscribers | {Kind.THANK_YOU}
    assert set(MAILS) == set(Kind)
    assert Kind.ANNOUNCEMENT in subscribers


# Whether it is still true


@pytest.mark.parametrize(
    ("kind", "edition", "now", "reason"),
    [
        (Kind.REMINDER, an_edition(), DUE, None),
        (Kind.REMINDER, an_edition(), START, Skip.TOO_LATE),
        (Kind.REMINDER, an_edition(revision=1), DUE, Skip.EDITION_MOVED),
        (Kind.REMINDER, an_edition(status=Status.CANCELLED, revision=1), DUE, Skip.EDITION_CANCELLED),
        (Kind.ANNOUNCEMENT, an_edition(revision=1), DUE, None),
        (Kind.ANNOUNCEMENT, an_edition(), START, Skip.TOO_LATE),
        (Kind.ANNOUNCEMENT, an_edition(status=Status.CANCELLED), DUE, Skip.EDITION_CANCELLED),
        (Kind.EDITION_MOVED, an_edition(revision=1), DUE, Skip.EDITION_MOVED),
        (Kind.EDITION_MOVED, an_edition(), START, None),
        (Kind.EDITION_MOVED, an_edition(), START + timedelta(minutes=45), Skip.TOO_LATE),
        (Kind.REMINDER, an_edition(revision=2, relinked=(1, 2)), DUE, None),
        (Kind.REMINDER, an_edition(revision=3, relinked=(1, 3)), DUE, Skip.EDITION_MOVED),
        (Kind.EDITION_MOVED, an_edition(revision=1, relinked=(1,)), DUE, Skip.LINK_CHANGED),
        (Kind.JOINING_LINK, an_edition(revision=1, relinked=(1,)), DUE, Skip.LINK_CHANGED),
        (Kind.JOINING_LINK, an_edition(revision=1), DUE, Skip.EDITION_MOVED),
        (Kind.JOINING_LINK, an_edition(), START, None),
        (Kind.JOINING_LINK, an_edition(), START + timedelta(minutes=45), Skip.TOO_LATE),
        (Kind.EDITION_FULL, an_edition(), START, None),
        (Kind.EDITION_FULL, an_edition(), START + timedelta(minutes=45), Skip.TOO_LATE),
        (Kind.EDITION_CANCELLED, an_edition(status=Status.CANCELLED), START, None),
        (Kind.EDITION_CANCELLED, an_edition(status=Status.CANCELLED), START + timedelta(minutes=45), Skip.TOO_LATE),
        (Kind.REGISTRATION_CONFIRMATION, an_edition(revision=1), DUE, None),
        (Kind.REGISTRATION_CONFIRMATION, an_edition(), START, None),
        (Kind.REGISTRATION_CONFIRMATION, an_edition(), START + timedelta(minutes=45), Skip.TOO_LATE),
        (Kind.REGISTRATION_CONFIRMATION, an_edition(status=Status.CANCELLED), DUE, None),
        (Kind.SEAT_GIVEN_BACK, an_edition(revision=1), START, None),
        (Kind.SEAT_GIVEN_BACK, an_edition(status=Status.CANCELLED), DUE, None),
        (Kind.SEAT_GIVEN_BACK, an_edition(), START + timedelta(minutes=45), Skip.TOO_LATE),
        (Kind.MESSAGE_TO_REGISTERED, an_edition(revision=1), DUE, None),
        (Kind.MESSAGE_TO_REGISTERED, an_edition(status=Status.CANCELLED), DUE, None),
        (Kind.MESSAGE_TO_REGISTERED, an_edition(status=Status.CANCELLED, revision=1), DUE, Skip.EDITION_CANCELLED),
        (Kind.MESSAGE_TO_REGISTERED, an_edition(), START + timedelta(days=60), None),
        (Kind.MESSAGE_TO_REGISTERED, an_edition(), START + timedelta(days=60, minutes=45), Skip.TOO_LATE),
        (Kind.THANK_YOU, an_edition(revision=3), START + timedelta(minutes=45), None),
        (Kind.THANK_YOU, an_edition(status=Status.CANCELLED), START, Skip.EDITION_CANCELLED),
        (Kind.THANK_YOU, an_edition(), START + timedelta(days=30, minutes=44), None),
        (Kind.THANK_YOU, an_edition(), START + timedelta(days=30, minutes=45), Skip.TOO_LATE),
        (Kind.SUBSCRIPTION_CONFIRMATION, None, START, None),
    ],
)
def test_a_mailing_is_overtaken_by_what_happened_since(
    kind: Kind, edition: Edition | None, now: datetime, reason: Skip | None
) -> None:
    assert overtaken(a_mailing(kind), edition, now=now) is reason


def test_a_mailing_that_was_called_off_says_so_whatever_else_holds() -> None:
    called_off = replace(a_mailing(Kind.REMINDER), progress=Progress.CANCELLED)
    assert overtaken(called_off, an_edition(revision=1), now=START) is Skip.MAILING_CANCELLED


# Who gets it


ACTIVE, PENDING, ENDED = (
    a_subscriber(standing=standing) for standing in (Standing.ACTIVE, Standing.PENDING, Standing.ENDED)
)
LONG_AGO = a_registration()
GONE = a_registration(place=Place.CANCELLED)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "recipient", "reason"),
    [
        (Kind.ANNOUNCEMENT, ACTIVE, None),
        (Kind.ANNOUNCEMENT, PENDING, Skip.NOT_CONFIRMED),
        (Kind.ANNOUNCEMENT, ENDED, Skip.UNSUBSCRIBED),
        (Kind.ANNOUNCEMENT, None, Skip.ERASED),
        (Kind.SUBSCRIPTION_CONFIRMATION, PENDING, None),
        (Kind.SUBSCRIPTION_CONFIRMATION, ACTIVE, Skip.UNSUBSCRIBED),
        (Kind.SUBSCRIPTION_CONFIRMATION, ENDED, Skip.UNSUBSCRIBED),
        *((kind, LONG_AGO, None) for kind, mail in MAILS.items() if mail.to is Audience.REGISTRATIONS),
        *((kind, GONE, Skip.REGISTRATION_CANCELLED) for kind, mail in MAILS.items() if mail.to is Audience.REGISTRATIONS),
        (Kind.REGISTRATION_CONFIRMATION, LONG_AGO, None),
        (Kind.REGISTRATION_CONFIRMATION, GONE, Skip.REGISTRATION_CANCELLED),
        (Kind.SEAT_GIVEN_BACK, GONE, None),
        (Kind.SEAT_GIVEN_BACK, LONG_AGO, Skip.REGISTERED_SINCE),
        (Kind.REMINDER, a_registration(since=DUE, asked_at=NOW), None),
        (Kind.REMINDER, a_registration(since=DUE + timedelta(seconds=1), asked_at=NOW), Skip.REGISTERED_LATER),
        (Kind.REMINDER, a_registration(asked_at=DUE - timedelta(minutes=29, seconds=59)), Skip.JUST_CONFIRMED),
        (Kind.REMINDER, a_registration(asked_at=DUE - timedelta(minutes=30)), None),
        (Kind.EDITION_MOVED, a_registration(asked_at=DUE), None),
        (Kind.EDITION_MOVED, a_registration(since=DUE + timedelta(seconds=1)), Skip.REGISTERED_LATER),
    ],
)  # fmt: skip
def test_a_mail_goes_to_whom_it_concerns_now(
    kind: Kind, recipient: Registration | Subscriber | None, reason: Skip | None
) -> None:
    assert reason_to_skip(a_mailing(kind), recipient, suppressed=False, now=DUE) is reason
    everybody = reason_to_skip(a_mailing(kind), recipient, suppressed=True, now=DUE)
    assert everybody is (Skip.SUPPRESSED if recipient else Skip.ERASED)


def test_a_subscription_that_was_asked_for_anew_is_confirmed_by_the_newest_mail_only() -> None:
    asked_anew = a_subscriber(standing=Standing.PENDING, round=2)
    told = [replace(a_mailing(Kind.SUBSCRIPTION_CONFIRMATION), detail=detail) for detail in ("1", "2")]
    reasons = [reason_to_skip(one, asked_anew, suppressed=False, now=DUE) for one in told]
    assert reasons == [Skip.ASKED_AGAIN, None]


def test_reasons_are_words_an_organiser_can_read() -> None:
    for word in (*Skip, *Outcome, *Kind):
        assert word == word.lower().replace("_", "-")
