"""Which mailings an edition implies, and when."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.mailing import Kind, Mailing, mailing
from chalicelib.domain.refusals import FieldError, Invalid, say
from chalicelib.domain.series import Edition, Series

SLOW = timedelta(minutes=1)
"""How long a request that says "now" may take to be decided."""


def announcement(edition: Edition, *, at: datetime, now: datetime) -> Mailing:
    """Told to the subscribers at ``at``. Raises ``Invalid`` when that is past, or not before the start."""
    if at < now - SLOW:
        raise Invalid(FieldError("announce", say('This time lies in the past; give "now" to announce it at once.')))
    if at >= edition.starts_at:
        raise Invalid(FieldError("announce", say("The announcement has to go out before the start.")))
    return mailing(Kind.ANNOUNCEMENT, series=edition.series, edition=edition.id, due_at=at)


def reminders(series: Series, edition: Edition, *, now: datetime) -> list[Mailing]:
    """Those still ahead, in order. One that would have been due already is not planned at all."""
    planned = [
        mailing(
            Kind.REMINDER,
            series=series.slug,
            edition=edition.id,
            revision=edition.revision,
            detail=rule.name,
            due_at=rule.due(edition),
        )
        for rule in series.reminders
    ]
    return sorted((reminder for reminder in planned if reminder.due_at > now), key=lambda reminder: reminder.due_at)


def told_at_once(kind: Kind, edition: Edition, *, now: datetime) -> Mailing:
    """A move or a cancellation, told to everybody who registered."""
    return mailing(kind, series=edition.series, edition=edition.id, revision=edition.revision, due_at=now)
