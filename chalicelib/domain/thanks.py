"""The thank-you after an edition, to everybody who was registered: at a set time, or once its recording is there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from chalicelib.domain import schedule
from chalicelib.domain.edition import Edition, Status
from chalicelib.domain.given import NOT_GIVEN, NotGiven
from chalicelib.domain.guards import end_of, too_late
from chalicelib.domain.mailing import Mailing, Progress, become, plan_mailing
from chalicelib.domain.mails import Kind
from chalicelib.domain.refusals import FieldError, Invalid, Wrong, mark
from chalicelib.domain.schedule import When, due_moment
from chalicelib.domain.series import Series


def implied(
    series: Series, edition: Edition, *, announce: When | None, thank: When | None, now: datetime
) -> list[Mailing]:
    """What follows when this edition is published now, its thank-you included.

    Raises ``Invalid`` with both times where neither will do.
    """
    wrong, planned = Wrong(), list[Mailing]()
    with wrong.noted():
        planned += schedule.implied(series, edition, announce=announce, now=now)
    with wrong.noted():
        planned += [thank_you(edition, at=thank, now=now)] if thank else []
    wrong.refuse()
    return planned


def thank_you(edition: Edition, *, at: When, now: datetime, number: int = 0) -> Mailing:
    """To everybody who has a seat when it is sent; times are wall-clock times in the edition's zone. ``number`` counts
    those that were called off before it.

    Raises ``Invalid`` for a time that is past, before the end or too long after it.
    """
    planned = plan_mailing(
        Kind.THANK_YOU,
        series=edition.series,
        edition=edition.id,
        detail=str(number or ""),
        due_at=due_moment(edition, at, "thank", now=now),
    )
    if planned.due_at < now:
        raise Invalid(FieldError("thank", schedule.PAST["thank"]))
    if planned.due_at < edition.ends_at:
        words = mark("People are thanked after the end: give a local time from {end} on.")
        raise Invalid(FieldError("thank", words, {"end": f"{edition.local_end:%Y-%m-%dT%H:%M}"}))
    if too_late(planned, edition, now=planned.due_at):
        until = end_of(planned, edition).astimezone(ZoneInfo(edition.zone))
        raise Invalid(
            FieldError("thank", mark("People can be thanked until {until}."), {"until": f"{until:%Y-%m-%dT%H:%M}"})
        )
    return replace(planned, local_due=at) if isinstance(at, datetime) else planned


def asked(
    known: Iterable[Mailing],
    edition: Edition,
    *,
    at: When | NotGiven | None,
    before: Edition | None = None,
    now: datetime,
) -> tuple[Mailing | None, Mailing | None]:
    """The edition's thank-you before and after it is asked for; None where there is none. ``known`` are its mailings,
    ``before`` is the edition as it was, where it changes at the same time.

    Nobody is thanked twice: one that waits goes out ``at`` that time instead (None: not at all), and once one has begun
    no other is planned. Raises ``Invalid`` for a time that will not do, for an edition that is not published, and
    once they were thanked, for another time than that or with a recording or slides that are new.
    """
    if at is NOT_GIVEN:
        return None, None
    if edition.status is not Status.PUBLISHED:
        raise Invalid(FieldError("thank", mark("This edition is not published yet. Say this when you publish it.")))
    thanks = [one for one in known if one.kind is Kind.THANK_YOU]
    if begun := next((one for one in thanks if one.began_at), None):
        _check_is_the_same(begun, at, brings_more=before is not None and _brings_more(before, edition))
        return begun, begun
    waiting = next((one for one in thanks if one.waits), None)
    if at is None:
        return waiting, become(waiting, Progress.CANCELLED, reason="called off by the organiser") if waiting else None
    wanted = thank_you(edition, at=at, now=now, number=len(thanks))
    if waiting is None:
        return None, wanted
    return waiting, replace(waiting, due_at=wanted.due_at, local_due=wanted.local_due)


def _brings_more(before: Edition, after: Edition) -> bool:
    """Whether there is a recording or are slides that the thank-you could not have had."""
    another_recording = after.recording_url not in ("", before.recording_url)
    return another_recording or not set(after.slides) <= set(before.slides)


def _check_is_the_same(begun: Mailing, at: When | None, *, brings_more: bool) -> None:
    """Asked once more for what has been done is no error. Raises ``Invalid`` for anything else."""
    wanted = at if isinstance(at, datetime) else None
    if at is not None and (wanted != begun.local_due or brings_more):
        words = mark(
            "Those who registered have been thanked already, and nobody is thanked twice. Write them a message."
        )
        raise Invalid(FieldError("thank", words))


def after_move(known: Iterable[Mailing], before: Edition, moved: Edition) -> list[tuple[Mailing, Mailing]]:
    """The thank-you that waits, and the same as far from the new end as it was from the old one."""
    return [(one, _as_far(one, before, moved)) for one in known if one.kind is Kind.THANK_YOU and one.waits]


def _as_far(one: Mailing, before: Edition, moved: Edition) -> Mailing:
    if one.local_due is None:
        return replace(one, due_at=one.due_at + (moved.ends_at - before.ends_at))
    local = one.local_due + (moved.local_end - before.local_end)
    return replace(one, local_due=local, due_at=local.replace(tzinfo=ZoneInfo(moved.zone)).astimezone(UTC))
