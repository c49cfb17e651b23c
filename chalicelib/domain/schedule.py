"""Which mailings an edition implies, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from chalicelib.domain.mailing import Kind, Mailing, mailing
from chalicelib.domain.refusals import FieldError, Invalid, say
from chalicelib.domain.series import Edition, Series, moment

Now = Literal["now"]


def announcement(edition: Edition, *, at: datetime | Now, now: datetime) -> Mailing:
    """Told to the subscribers at a wall-clock time in the edition's zone, or right now.

    Raises ``Invalid`` when that is past, or not before the start.
    """
    due_at = now if at == "now" else moment(at, edition.zone, "announce")
    if due_at < now:
        raise Invalid(FieldError("announce", say('This time lies in the past; give "now" to announce it at once.')))
    if due_at >= edition.starts_at:
        raise Invalid(FieldError("announce", say("The announcement has to go out before the start.")))
    return mailing(Kind.ANNOUNCEMENT, series=edition.series, edition=edition.id, due_at=due_at)


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
