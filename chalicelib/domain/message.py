"""A message of an organiser's own to those who registered for an edition."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from chalicelib.domain.audience import Selection
from chalicelib.domain.edition import Edition, Status, moment
from chalicelib.domain.guards import end_of, too_late
from chalicelib.domain.mailing import Mailing, plan_mailing
from chalicelib.domain.mails import Kind
from chalicelib.domain.refusals import EditionCancelled, FieldError, Gone, Invalid, NotPublished, Wrong, mark
from chalicelib.domain.schedule import PAST, When, due_moment


class MessageTo(StrEnum):
    """Whom a message is for: the same people, as there is no waiting list. Whoever gave their seat back is neither."""

    ALL = "all"
    CONFIRMED = "confirmed"


class TooLongOver(Gone):
    message = mark("This edition ended too long ago: participants could be written to until {until}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDraft:
    """What is to be said (``text`` in Markdown), to whom, and when.

    Times are wall clock in the edition's zone. With ``registered_since``, only whoever registered then or later gets
    it; with ``received`` (ids of mailings), only whoever was sent one of these. ``audience_state`` is that of the
    audience that was looked at, if it was.
    """

    subject: str
    text: str
    at: When
    registered_since: datetime | None = None
    received: tuple[str, ...] = ()
    audience_state: str = ""


def message(edition: Edition, draft: MessageDraft, *, now: datetime) -> Mailing:
    """The message as a mailing. The same words to the same people are the same mailing, whenever it is to go out.

    It keeps the edition's revision, but is not known by it: moved or not, nobody gets the same words twice. Raises
    ``NotPublished``, ``EditionCancelled`` for a draft that was put away, ``Invalid`` for a time that clocks never show.
    """
    if edition.published_at is None:
        raise EditionCancelled if edition.status is Status.CANCELLED else NotPublished
    since, due_at = _moments(edition, draft, now=now)
    words = "\0".join((draft.subject, draft.text, since.isoformat() if since else "", *draft.received))
    planned = plan_mailing(
        Kind.MESSAGE_TO_REGISTERED,
        series=edition.series,
        edition=edition.id,
        detail=hashlib.sha256(words.encode()).hexdigest()[:32],
        due_at=due_at,
        selection=Selection(since=since, received=draft.received),
    )
    return replace(
        planned,
        revision=edition.revision,
        subject=draft.subject,
        text=draft.text,
        local_due=draft.at if isinstance(draft.at, datetime) else None,
    )


def _moments(edition: Edition, draft: MessageDraft, *, now: datetime) -> tuple[datetime | None, datetime]:
    """Since when they registered, and when it goes out. Raises ``Invalid`` where clocks never show one of them, and
    then with all that is wrong with the other."""
    wrong = Wrong()
    since, due_at = None, now
    with wrong.noted():
        since = draft.registered_since and moment(draft.registered_since, edition.zone, "registered_since")
    with wrong.noted():
        due_at = due_moment(edition, draft.at, "at", now=now)
    if wrong.errors and due_at < now:
        wrong.errors.append(FieldError("at", PAST["at"]))
    wrong.refuse()
    return since, due_at


def check_times(written: Mailing, edition: Edition, *, now: datetime) -> None:
    """Raise ``Invalid`` with every reason why the message could not go out when it is due to those it is for, and
    ``TooLongOver`` where it could not at any time."""
    until = f"{end_of(written, edition).astimezone(ZoneInfo(edition.zone)):%Y-%m-%dT%H:%M}"
    if too_late(written, edition, now=now):
        raise TooLongOver(until=until)
    errors = []
    if written.due_at < now:
        errors.append(FieldError("at", PAST["at"]))
    if too_late(written, edition, now=written.due_at):
        errors.append(FieldError("at", mark("Participants can be written to until {until}."), {"until": until}))
    since = written.selection.since
    if since is not None and since >= max(written.due_at, now):
        words = mark("Nobody can have registered since then when the message goes out.")
        errors.append(FieldError("registered_since", words))
    if errors:
        raise Invalid(*errors)
