"""Every mail that an edition is going to cause, to whom it goes and what it says: by the rules that will send it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain import edition as rules
from chalicelib.domain import schedule, thanks
from chalicelib.domain.audience import Whom
from chalicelib.domain.edition import Edition, Status
from chalicelib.domain.mailing import Mailing
from chalicelib.domain.mails import MAILS, Audience
from chalicelib.domain.refusals import FieldError, Invalid
from chalicelib.domain.schedule import When
from chalicelib.mail.prepare import About
from chalicelib.usecases.about import about
from chalicelib.usecases.audience import audience_of
from chalicelib.usecases.preview import Preview, shown_to_nobody
from chalicelib.world import World

LOOKED_AT = 1000
"""So many people of a list are asked for each mail."""

AT_ANY_TIME = (Audience.REGISTRANT, Audience.APPLICANT)
"""Whom mails go to that somebody causes by what they do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """One mail: at its due time, to those of its list who would get it by what is known now.

    ``more`` says that the list is longer than what was looked at.
    """

    mailing: Mailing
    get_it: int
    left_out: dict[str, int]
    more: bool
    says: Preview


@dataclass(frozen=True, slots=True, kw_only=True)
class Future:
    """``coming`` in order of due time; ``whenever`` are mails that somebody causes by what they do, as they are now."""

    edition: Edition
    coming: list[Coming]
    whenever: list[tuple[Mailing, Preview]]


def future(world: World, edition_id: str, *, announce: When | None = None, thank: When | None = None) -> Future:
    """Of a draft: as if it were published now, announced and thanked for then. Of a published edition: what waits,
    another announcement to all and a thank-you at that time, if they were asked for.

    Raises ``NotFound``, ``EditionCancelled``, and ``Invalid`` for what publishing or announcing would refuse.
    """
    edition, planned = world.store.edition_and_plan(edition_id)
    series, now = world.store.series(edition.series), world.clock()
    published = rules.publish(edition, now=now)
    if edition.status is Status.DRAFT:
        planned = thanks.implied(series, published, announce=announce, thank=thank, now=now)
    else:
        planned = _with_asked(planned, edition, announce=announce, thank=thank, now=now)
    waiting = [replace(one, due_at=schedule.due(one, published)) for one in planned if one.waits]
    coming = [
        _coming(world, about(world, one, series, published, now=max(one.due_at, now)), one)
        for one in sorted(waiting, key=lambda one: one.due_at)
    ]
    kinds = [kind for kind, mail in MAILS.items() if mail.preview and mail.to in AT_ANY_TIME]
    supposed = [schedule.supposed(kind, published, at=now) for kind in kinds]
    named, over = About(series, published), now >= published.ends_at
    return Future(
        edition=edition,
        coming=coming,
        whenever=[] if over else [(one, shown_to_nobody(world, one, named, {})) for one in supposed],
    )


def _with_asked(
    planned: list[Mailing], edition: Edition, *, announce: When | None, thank: When | None, now: datetime
) -> list[Mailing]:
    """``planned`` of a published edition, with another announcement and a thank-you if they are asked for. Raises
    ``Invalid`` with both times where neither will do."""
    errors: list[FieldError] = []
    asked: list[Mailing] = []
    before: Mailing | None = None
    try:
        if announce is not None:
            asked.append(schedule.announced_again(planned, edition, to=Whom.ALL, at=announce, now=now))
    except Invalid as invalid:
        errors += invalid.errors
    try:
        if thank is not None:
            before, after = thanks.asked(planned, edition, at=thank, now=now)
            asked += [after] if after else []
    except Invalid as invalid:
        errors += invalid.errors
    if errors:
        raise Invalid(*errors)
    return [*(one for one in planned if one != before), *asked]


def _coming(world: World, named: About, mailing: Mailing) -> Coming:
    at = max(mailing.due_at, world.clock())
    assert named.edition is not None
    page = audience_of(world, mailing, named.edition, at=at, limit=LOOKED_AT)
    left_out = Counter(one.left_out.value for one in page.found if one.left_out)
    return Coming(
        mailing=mailing,
        get_it=len(page.found) - left_out.total(),
        left_out=dict(left_out.most_common()),
        more=bool(page.next),
        says=shown_to_nobody(world, replace(mailing, due_at=at), named, {}),
    )
