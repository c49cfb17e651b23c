"""Which mailings an edition implies, and when."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from chalicelib.domain.audience import EVERYBODY, Selection, Whom
from chalicelib.domain.corrections import said
from chalicelib.domain.delivery import LEASE
from chalicelib.domain.edition import Edition, Status, moment
from chalicelib.domain.given import NOT_GIVEN, NotGiven
from chalicelib.domain.guards import Skip, too_late
from chalicelib.domain.heard import terms
from chalicelib.domain.mailing import UNDER_WAY, Mailing, Progress, become, plan_mailing
from chalicelib.domain.mails import MAILS, Kind
from chalicelib.domain.refusals import Conflict, FieldError, Invalid, Wrong, mark
from chalicelib.domain.series import ReminderRule, Series

Now = Literal["now"]

When = datetime | timedelta | Now
"""When something goes out: at a wall-clock time, after some minutes in which it can be withdrawn, or at once."""


PAST = {
    "announce": mark('This time lies in the past; give "now" to announce it at once.'),
    "at": mark('This time lies in the past; give "now" to send it at once.'),
    "thank": mark('This time lies in the past; give "now" to send it at once.'),
}
"""What is wrong with a time that has passed, by its field."""


def announcement(edition: Edition, *, at: When, now: datetime, number: int = 0) -> Mailing:
    """Told to the subscribers; times are wall-clock times in the edition's zone. ``number`` counts those before it.

    Raises ``Invalid`` when that is past, or not before the start.
    """
    past = PAST["announce"]
    after = mark("The announcement has to go out before the start.")
    due_at = _due_before_start(edition, at, now=now, field="announce", past=past, after=after)
    planned = plan_mailing(
        Kind.ANNOUNCEMENT,
        series=edition.series,
        edition=edition.id,
        detail=str(number or ""),
        due_at=due_at,
    )
    return replace(planned, local_due=at) if isinstance(at, datetime) else planned


def due_moment(edition: Edition, at: When, name: str, *, now: datetime) -> datetime:
    """Raises ``Invalid`` for field ``name`` when clocks never show that time."""
    match at:
        case datetime():
            return moment(at, edition.zone, name)
        case timedelta():
            return now + at
        case _:
            return now


def _due_before_start(edition: Edition, at: When, *, now: datetime, field: str, past: str, after: str) -> datetime:
    """Raises ``Invalid`` for the field of that name, with the words for a time that is ``past``, or not before the
    start."""
    due_at = due_moment(edition, at, field, now=now)
    if due_at < now:
        raise Invalid(FieldError(field, past))
    if due_at >= edition.starts_at:
        raise Invalid(FieldError(field, after))
    return due_at


def never_right(zone: str, *, now: datetime, **times: When | NotGiven | None) -> list[FieldError]:
    """What is wrong with these times, by their fields, whenever the edition takes place: for where it cannot take place
    as asked, and nobody can say whether they come before or after it."""
    wrong = Wrong()
    for name, at in times.items():
        if isinstance(at, datetime):
            with wrong.noted():
                if moment(at, zone, name) < now and name in PAST:
                    wrong.errors.append(FieldError(name, PAST[name]))
    return wrong.errors


class AnnouncedElsewhere(Conflict):
    message = mark(
        "Another announcement of this edition is planned or being sent ({id}, to {whom}). Cancel it, or wait until it "
        "has been sent: nobody gets the same text twice."
    )


class AnnouncementPaused(Conflict):
    message = mark(
        "Another announcement of this edition is paused ({id}, to {whom}). Cancel it, or resume it and wait until it "
        "has been sent: nobody gets the same text twice."
    )


def announced_again(known: Iterable[Mailing], edition: Edition, *, to: Whom, at: When, now: datetime) -> Mailing:
    """The next announcement of an edition, whose mailings are ``known``; the very one that there is where one for the
    same people is planned or being sent.

    Raises ``Invalid`` for a time that will not do and where nobody could have joined since, ``AnnouncedElsewhere``,
    ``AnnouncementPaused``.
    """
    earlier = announcements(known)
    if under_way := next((one for one in earlier if one.is_open), None):
        if under_way.selection.whom is to:
            return under_way
        if under_way.progress is Progress.PAUSED:
            raise AnnouncementPaused(id=under_way.id, whom=under_way.selection.whom)
        raise AnnouncedElsewhere(id=under_way.id, whom=under_way.selection.whom)
    wrong = Wrong()
    with wrong.noted():
        another = announcement(edition, at=at, now=now, number=len(earlier))
    with wrong.noted():
        selection = selected(earlier, to)
    wrong.refuse()
    return replace(another, selection=selection)


def selected(earlier: Iterable[Mailing], to: Whom) -> Selection:
    """Whom the announcement after these ``earlier`` ones goes to.

    Raises ``Invalid`` where nobody could have joined since.
    """
    began = [one.began_at for one in earlier if one.began_at]
    if to is Whom.JOINED_SINCE and not began:
        words = mark('This edition has not been announced yet, so nobody has joined since. Announce it to "all".')
        raise Invalid(FieldError("to", words))
    return Selection(whom=to, since=max(began) if to is Whom.JOINED_SINCE else None)


def announcements(known: Iterable[Mailing]) -> list[Mailing]:
    return [one for one in known if one.kind is Kind.ANNOUNCEMENT]


NEVER_AGAIN = (Progress.CANCELLED, Progress.MISSED, Progress.REFUSED)
"""How a mailing ends that is not sent to everybody it was for; the same may be asked for once more."""


class NotAnnounced(Conflict):
    message = mark("Nobody was sent an announcement of this edition that could be corrected.")


class NotToBeCorrected(Conflict):
    message = mark("Only announcements and messages to the registered can be corrected. This mailing is neither.")


class StillSending(Conflict):
    message = mark("This mailing is still being sent ({id}). Pause or cancel it first, or wait until it is done.")


def correction(known: Iterable[Mailing], edition: Edition, *, of: str, text: str, at: When, now: datetime) -> Mailing:
    """To whoever was sent the announcement ``of`` that id, or any where it is empty; the very one that there is where
    it was asked for before, and not withdrawn or overtaken since.

    ``known`` are the edition's mailings, ``text`` what the organiser says. Raises ``NotAnnounced``, ``StillSending``,
    and ``Invalid`` for a mailing that is no announcement of it and a time that will not do.
    """
    known = list(known)
    meant = [one for one in announcements(known) if of in ("", one.id)]
    if of and not meant:
        raise Invalid(FieldError("mailing", mark("This is no announcement of this edition. Take the id of one.")))
    told = [one for one in meant if one.began_at]
    if not told:
        raise NotAnnounced
    if being_sent := next((one for one in told if one.progress in UNDER_WAY), None):
        raise StillSending(id=being_sent.id)
    received = tuple(sorted(one.id for one in told))
    words = "|".join((said(edition).digest, text, *received))
    past = PAST["at"]
    after = mark("The correction has to go out before the start.")
    due_at = _due_before_start(edition, at, now=now, field="at", past=past, after=after)
    ended = {one.id for one in known if one.progress in NEVER_AGAIN}
    for number in itertools.count():
        detail = hashlib.sha256(f"{words}|{number}".encode() if number else words.encode()).hexdigest()[:16]
        planned = plan_mailing(
            Kind.CORRECTION,
            series=edition.series,
            edition=edition.id,
            detail=detail,
            due_at=due_at,
            selection=Selection(received=received),
        )
        if planned.id not in ended:
            break
    return replace(planned, local_due=at if isinstance(at, datetime) else None, text=text)


class CorrectionWaits(Conflict):
    message = mark(
        "A correction for those who were sent this so far does not know yet who they are ({id}). Wait until it has "
        "begun, or cancel it first: else it would also go to whoever is written to from now on."
    )


def awaited(known: Iterable[Mailing], mailing: Mailing) -> list[Mailing]:
    """Those of the edition's mailings (``known``) that are for exactly those who were sent ``mailing`` so far, and have
    not found out yet who they are."""
    return [
        one
        for one in known
        if mailing.id in one.selection.received
        and not one.mail.tells_change
        and (one.paused_in or one.progress) in (Progress.PLANNED, Progress.DISPATCHING)
    ]


def check_may_go_on(known: Iterable[Mailing], mailing: Mailing, *, now: datetime) -> None:
    """Raise ``CorrectionWaits`` where more of ``mailing`` must not be sent yet. One of an announcement that is due
    begins by itself in a moment, and the announcement's batches wait for it; those of a message do not."""
    for one in awaited(known, mailing):
        if one.due_at > now or one.progress is Progress.PAUSED or mailing.kind is not Kind.ANNOUNCEMENT:
            raise CorrectionWaits(id=one.id)


def followed(known: Iterable[Mailing]) -> list[Mailing]:
    """Those announcements that do not know yet that another one is planned, knowing it: whoever is tried again in them
    may have got the text meanwhile."""
    return [replace(one, followed=True) for one in announcements(known) if not one.followed]


def implied(series: Series, edition: Edition, *, announce: When | None, now: datetime) -> list[Mailing]:
    """What follows when this edition is published now. Raises ``Invalid`` for when it is to be announced."""
    announced = [announcement(edition, at=announce, now=now)] if announce else []
    return [*announced, *reminders(series, edition, now=now)]


def reminders(series: Series, edition: Edition, *, now: datetime) -> list[Mailing]:
    """In order.

    One that would come too late when it is due is missed from the beginning, so that its organiser reads so.

    So is one whose time has passed when an edition is moved ahead: everybody expects that it moves along. At
    publishing, and of an edition that has begun, such a one is not planned at all. Each holds until the next one; of
    two for the same moment one is enough.
    """
    planned = [
        plan_mailing(
            Kind.REMINDER,
            series=series.slug,
            edition=edition.id,
            revision=edition.revision,
            detail=rule.name,
            due_at=rule.due(edition.local_start, edition.zone),
        )
        for rule in series.reminders
    ]
    moved_ahead = edition.revision > 0 and now < edition.starts_at
    expected = {one.due_at: _or_missed(one, edition, now=now) for one in planned if one.due_at > now or moved_ahead}
    coming = sorted(at for at, one in expected.items() if one.progress is Progress.PLANNED)
    return [
        replace(expected[at], until=next((later for later in coming if later > at), None)) for at in sorted(expected)
    ]


def _or_missed(one: Mailing, edition: Edition, *, now: datetime) -> Mailing:
    if one.due_at > now and not too_late(one, edition, now=one.due_at):
        return one
    return become(one, Progress.MISSED, reason=Skip.TOO_LATE)


def announcement_after_move(
    known: Iterable[Mailing], moved: Edition, *, at: When | NotGiven | None, now: datetime
) -> tuple[Mailing | None, Mailing | None]:
    """The edition's announcement before and after a move; None where there is none.

    ``known`` are the edition's mailings.

    Where ``at`` is not given, it stays when it is; None calls it off. Raises ``Invalid`` where it would be due after
    the new start, and where ``at`` dates one that has begun already.
    """
    before = max(announcements(known), key=lambda one: (one.is_open, one.due_at), default=None)
    if before is None:
        return None, None if at is NOT_GIVEN or at is None else announcement(moved, at=at, now=now)
    if not before.waits:
        if at is NOT_GIVEN or at is None:
            return before, before
        raise Invalid(
            FieldError("announce", mark("The announcement of this edition does not wait to be sent any more."))
        )
    if at is None:
        return before, become(before, Progress.CANCELLED, reason="called off when the edition was moved")
    if at is not NOT_GIVEN:
        wanted = announcement(moved, at=at, now=now)
        return before, replace(before, due_at=wanted.due_at, local_due=wanted.local_due)
    if before.due_at >= moved.starts_at:
        due = before.due_at.astimezone(ZoneInfo(moved.zone))
        words = mark(
            "The announcement is planned for {due}, which is not before the new start. Say when it shall go out: a "
            'local time before the start, "now", or null for not at all.'
        )
        raise Invalid(FieldError("announce", words, {"due": f"{due:%Y-%m-%dT%H:%M}"}))
    return before, before


def due(planned: Mailing, edition: Edition) -> datetime:
    """When a mailing is due by today's rules of the edition's zone: they may have changed since it was planned.

    Follows from the wall-clock times that were told: the edition's start, and when it is to be announced.
    """
    if planned.kind is Kind.REMINDER:
        return ReminderRule.named(planned.detail).due(edition.local_start, edition.zone)
    if planned.local_due is not None:
        return planned.local_due.replace(tzinfo=ZoneInfo(edition.zone)).astimezone(UTC)
    return planned.due_at


def ended_by_move(planned: Iterable[Mailing]) -> list[Mailing]:
    """What waits to be sent about the old date, called off."""
    return _called_off((one for one in planned if one.mail.of_one_date), "the edition was moved")


def missed_by_move(planned: Iterable[Mailing], moved: Edition) -> list[Mailing]:
    """Corrections that wait for a time which is not before the new start any more: as reminders, they are missed from
    now on, so that their organiser reads so."""
    corrections = (one for one in planned if one.kind is Kind.CORRECTION and one.progress is Progress.PLANNED)
    return [
        become(one, Progress.MISSED, reason=Skip.TOO_LATE)
        for one in corrections
        if too_late(one, moved, now=one.due_at)
    ]


def ended_by_link(planned: Iterable[Mailing]) -> list[Mailing]:
    """What waits to tell an earlier change, called off: the news of the link tells that, too."""
    return _called_off((one for one in planned if _tells_older_news(one)), "another link followed")


def _tells_older_news(planned: Mailing) -> bool:
    return planned.mail.tells_link


def ended_by_cancellation(planned: Iterable[Mailing]) -> list[Mailing]:
    """Everything that waits to be sent, called off."""
    return _called_off(planned, "the edition was cancelled")


def _called_off(planned: Iterable[Mailing], reason: str) -> list[Mailing]:
    return [become(one, Progress.CANCELLED, reason=reason) for one in planned if one.waits]


def told_of_move(before: Edition, moved: Edition, *, note: str = "", now: datetime) -> Mailing:
    """What it was is kept for later mails as well: each person is told of a change from what that person
    was told last."""
    told = told_at_once(Kind.EDITION_MOVED, moved, note=note, now=now)
    return replace(told, detail=str(terms(before)))


def told_to_readers(
    kind: Kind, known: Iterable[Mailing], edition: Edition, *, before: Edition, note: str = "", now: datetime
) -> Mailing | None:
    """A move or a cancellation, told to those who were sent an announcement and are not registered; None where nobody
    was sent one, and from the start on.

    ``known`` are the edition's mailings, ``before`` is what it was. It waits for ``LEASE``: a worker that has read the
    edition as it was sends nothing any more by then, so whoever was told the old date is known.
    """
    received = told_by(known)
    if not received or now >= edition.starts_at:
        return None
    planned = plan_mailing(
        kind,
        series=edition.series,
        edition=edition.id,
        revision=edition.revision,
        due_at=now + LEASE,
        selection=Selection(whom=Whom.NOT_REGISTERED, received=received),
    )
    return replace(planned, detail=str(terms(before)), text=note)


def told_by(known: Iterable[Mailing]) -> tuple[str, ...]:
    """Ids of the mailings by which subscribers may have been told when the edition takes place."""
    return tuple(sorted(one.id for one in known if one.mail.carries_text and one.told_somebody))


def about_to_tell(known: Iterable[Mailing]) -> list[Mailing]:
    """Mailings that say to subscribers when the edition takes place, and have not begun."""
    return [one for one in known if one.mail.carries_text and one.waits]


def told_of_link(
    before: Edition, after: Edition, planned: Iterable[Mailing], *, asked: bool, note: str = "", now: datetime
) -> Mailing | None:
    """The link, told at once to everybody who registered where that is ``asked``; None where nothing is to be told.

    ``planned`` are the edition's mailings. Where an earlier change is still being told, the link is told unasked:
    whoever was told already has another one. ``note`` is the organiser's; where there is none, that of the change which
    is still being told. Raises ``Invalid`` where there is no link to tell.
    """
    known = [one for one in planned if _tells_older_news(one)]
    told_already = any(one.kind is Kind.JOINING_LINK and one.revision == after.revision for one in known)
    if asked:
        _check_link_is_news(after, now=now)
    untold = [one for one in known if one.is_open and after.revision != before.revision]
    if told_already or not (asked or untold):
        return None
    note = note or next((one.text for one in reversed(untold) if one.text), "")
    told = told_at_once(Kind.JOINING_LINK, after, note=note, now=now)
    return told if after.revision == before.revision else replace(told, detail=str(terms(before)))


def _check_link_is_news(edition: Edition, *, now: datetime) -> None:
    """Raises ``Invalid``."""
    if edition.status is not Status.PUBLISHED:
        words = mark("Nobody is registered yet: this edition is not published. Leave this out.")
    elif now >= edition.ends_at:
        words = mark("This edition is over, so nobody needs a link to join it. Leave this out.")
    elif not edition.location.online:
        words = mark("This edition is not online, so there is no link to tell. Leave this out.")
    elif edition.revision not in edition.relinked:
        words = mark("There is no new link to tell. Give a location with one, or leave this out.")
    else:
        return
    raise Invalid(FieldError("tell_registered", words))


def told_at_once(kind: Kind, edition: Edition, *, note: str = "", now: datetime) -> Mailing:
    """A move or a cancellation, told to everybody who registered, with the organiser's ``note``."""
    told = plan_mailing(kind, series=edition.series, edition=edition.id, revision=edition.revision, due_at=now)
    return replace(told, text=note)


def note_told(kind: Kind, edition: Edition, known: Iterable[Mailing]) -> str:
    """The note with which its present revision was told; empty where there is none. ``known`` are its mailings."""
    return next((one.text for one in known if one.kind is kind and one.revision == edition.revision), "")


def supposed(
    kind: Kind,
    edition: Edition,
    *,
    at: datetime,
    before: Edition | None = None,
    number: int = 0,
    selection: Selection = EVERYBODY,
    note: str = "",
) -> Mailing:
    """A mailing of that kind as if it were due ``at`` that moment: to be looked at, not to be sent.

    ``before`` is the edition as it was before a move; without one, nothing has changed. ``number`` counts those of the
    kind that went before.
    """
    mail = MAILS[kind]
    moved = kind in (Kind.EDITION_MOVED, Kind.ANNOUNCED_MOVED)
    detail = "1" if mail.of_a_round else str(terms(before or edition)) if moved else ""
    planned = plan_mailing(
        kind,
        series=edition.series,
        edition=edition.id,
        revision=edition.revision,
        detail=detail or str(number or ""),
        due_at=at,
        selection=selection,
    )
    return replace(planned, text=note)
