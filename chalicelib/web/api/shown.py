"""How values look in the API's answers: wall-clock times beside UTC, and the words the API takes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain import mailing as mailings
from chalicelib.domain.consent import Consent
from chalicelib.domain.delivery import Delivery, Outcome
from chalicelib.domain.halt import Halt
from chalicelib.domain.registration import Registration
from chalicelib.domain.series import Edition, ReminderRule, Series
from chalicelib.domain.subscription import Subscriber
from chalicelib.domain.suppression import Lifting
from chalicelib.usecases.mailings import Survey
from chalicelib.usecases.people import Erased, PersonRecord
from chalicelib.web.pages import absolute

View = dict[str, Any]


def series(value: Series) -> View:
    return {
        "slug": value.slug,
        "title": value.title,
        "language": value.language,
        "zone": value.zone,
        "sender_name": value.sender_name,
        "sender_address": value.sender_address,
        "reply_to": value.reply_to,
        "imprint_url": value.imprint_url,
        "privacy_url": value.privacy_url,
        "description": value.description,
        "reminders": [_reminder(rule) for rule in value.reminders],
        "retention_days": value.retention_days,
        "created_at": value.created_at,
        "url": absolute(f"/series/{value.slug}"),
    }


def _reminder(rule: ReminderRule) -> View:
    if rule.minutes_before is not None:
        return {"minutes_before": rule.minutes_before}
    return {"days_before": rule.days_before, "at": f"{rule.at:%H:%M}"}


def edition(value: Edition, *, now: datetime) -> View:
    location = value.location
    return {
        "id": value.id,
        "series": value.series,
        "status": value.status,
        "phase": value.phase(now),
        "title": value.title,
        "starts_at": f"{value.local_start:%Y-%m-%dT%H:%M}",
        "zone": value.zone,
        "starts_at_utc": value.starts_at,
        "duration_minutes": value.minutes,
        "ends_at": f"{value.local_end:%Y-%m-%dT%H:%M}",
        "ends_at_utc": value.ends_at,
        "location": {"join_url": location.join_url} if location.online else {"place": location.place},
        "speakers": msgspec.to_builtins(value.speakers),
        "announcement": value.announcement,
        "seats": value.seats,
        "registration_closes_at": f"{value.local_close:%Y-%m-%dT%H:%M}" if value.local_close else None,
        "revision": value.revision,
        "created_at": value.created_at,
        "published_at": value.published_at,
        "url": absolute(f"/editions/{value.id}"),
    }


def registration(value: Registration) -> View:
    return {
        "name": value.name,
        "email": value.address,
        "organisation": value.person.organisation,
        "note": value.note,
        "status": value.place,
        "mail": "bounced" if value.bounced else None,
        "since": value.since,
        "privacy_wording": value.wording,
        "consent": _consent(value.consent) if value.consent else None,
    }


def _consent(value: Consent) -> View:
    return dict(msgspec.to_builtins(value, builtin_types=(datetime,)))


def subscriber(value: Subscriber) -> View:
    return {
        "email": value.address,
        "name": value.name,
        "status": value.standing,
        "since": value.since,
        "consent": _consent(value.consent),
    }


def mailing(value: mailings.Mailing, of: Edition | None) -> View:
    local = {"due_at": f"{value.due_at.astimezone(ZoneInfo(of.zone)):%Y-%m-%dT%H:%M}"} if of else {}
    return {
        "id": value.id,
        "message": value.kind,
        "audience": value.audience,
        **local,
        "due_at_utc": value.due_at,
        "progress": value.progress,
        "reason": value.reason,
    }


def _waits(halt: Halt) -> View:
    kind, _, name = halt.scope.partition("/")
    whose = {"account": "of this account", "identity": f"from {name}", "lane": f"of the {name} lane"}[kind]
    return {
        "scope": halt.scope,
        "reason": halt.reason,
        "until": halt.until,
        "detail": f"Amazon SES accepts no mail {whose} at the moment ({halt.reason}). Everything waits and is tried again at the time "
        "in until; nobody has to send it anew.",
    }


def survey(value: Survey, addresses: dict[str, str], halt: Halt | None) -> View:
    """``addresses`` are those of the failures that are still known; ``halt`` is what holds the mailing up."""
    done = value.audience - value.totals.get(Outcome.WAITING, 0)
    return mailing(value.mailing, value.edition) | {
        "series": value.mailing.series,
        "edition": value.mailing.edition or None,
        "recipients": value.audience,
        "totals": value.totals,
        "reasons": value.reasons,
        "done": round(done / value.audience, 3) if value.audience else 0.0,
        "expected_end": value.expected_end,
        "waits": _waits(halt) if halt and (value.totals.get(Outcome.WAITING) or not value.audience) else None,
        "failures": [
            {"email": addresses.get(person), "reason": delivery.reason, "earlier": _earlier(delivery)}
            for person, delivery in value.failures.items()
        ],
    }


def _earlier(delivery: Delivery) -> list[str]:
    """Why the tries before this one failed."""
    return [failure.reason for failure in delivery.earlier]


def erased(email: str, value: Erased) -> View:
    return {
        "email": email,
        "known": value.known,
        "erased": {
            "registrations": value.registrations,
            "subscriptions": value.subscriptions,
            "submissions": value.submissions,
            "addressees": value.addressees,
            "liftings": value.liftings,
        },
        "seats_freed": value.seats,
        "suppressed": value.suppressed or None,
    }


def lifting(value: Lifting) -> View:
    return {
        "suppressed": value.suppressed_for,
        "suppressed_at": value.suppressed_at,
        "lifted_at": value.lifted_at,
        "by": value.by,
        "key": value.key,
        "reason": value.reason,
        "person_asked": value.person_asked,
    }


def person(email: str, value: PersonRecord, lifted: list[Lifting]) -> View:
    return {
        "email": email,
        "suppressed": value.suppressed or None,
        "lifted": [lifting(one) for one in lifted],
        "registrations": [{"edition": one.edition} | registration(one) for one in value.registrations],
        "subscriptions": [{"series": one.series} | subscriber(one) for one in value.subscriptions],
        "submissions": [{"source": one.source, "id": one.id, "state": one.state} for one in value.submissions],
        "mails": [
            {
                "mailing": told.mailing.id,
                "message": told.mailing.kind,
                "series": told.mailing.series,
                "edition": told.mailing.edition or None,
                "title": told.edition.title if told.edition else None,
                "due_at_utc": told.mailing.due_at,
                "outcome": told.delivery.outcome,
                "reason": told.delivery.reason,
                "earlier": _earlier(told.delivery),
                "ses_message_id": told.delivery.message_id,
            }
            for told in value.mails
        ],
    }
