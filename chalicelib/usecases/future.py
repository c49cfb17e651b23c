"""Every mail that an edition is going to cause, to whom it goes and what it says: by the rules that will send it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain import schedule, thanks
from chalicelib.domain.audience import Whom
from chalicelib.domain.corrections import Said, said
from chalicelib.domain.edition import Edition, Status
from chalicelib.domain.guards import Skip
from chalicelib.domain.mailing import Mailing, Progress
from chalicelib.domain.mails import MAILS, Audience, Kind
from chalicelib.domain.refusals import Wrong
from chalicelib.domain.schedule import When
from chalicelib.mail.prepare import About
from chalicelib.usecases.about import about
from chalicelib.usecases.audience import audience_of
from chalicelib.usecases.preview import Preview, shown_to_nobody
from chalicelib.usecases.publish import as_published
from chalicelib.usecases.texts import corrected, told_soon
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
    published = as_published(edition, announce=announce, thank=thank, now=now)
    if edition.status is Status.DRAFT:
        planned = thanks.implied(series, published, announce=announce, thank=thank, now=now)
    else:
        planned = _with_asked(planned, edition, announce=announce, thank=thank, now=now)
    waiting = [replace(one, due_at=schedule.due(one, published)) for one in planned if one.waits]
    told: dict[str, set[str]] = defaultdict(set)
    coming = [
        _coming(world, about(world, one, series, published, now=max(one.due_at, now)), one, told)
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
    wrong, asked = Wrong(), list[Mailing]()
    before: Mailing | None = None
    with wrong.noted():
        if announce is not None:
            asked.append(schedule.announced_again(planned, edition, to=Whom.ALL, at=announce, now=now))
    with wrong.noted():
        if thank is not None:
            before, after = thanks.asked(planned, edition, at=thank, now=now)
            asked += [after] if after else []
    wrong.refuse()
    return [*(one for one in planned if one != before), *asked]


def _coming(world: World, named: About, mailing: Mailing, told: dict[str, set[str]]) -> Coming:
    """``told`` is what the mails before it say by then to whom, of those that carry the edition's text: by keyed hash,
    the organiser's words beside that, or none. What this one says is added."""
    at = max(mailing.due_at, world.clock())
    assert named.edition is not None
    page = audience_of(world, mailing, named.edition, at=at, limit=LOOKED_AT)
    hashes = [one.hash for one in page.found if one.left_out is None]
    new = corrected(world, mailing, named.edition, hashes)
    for hash_ in told_soon(world, mailing, named.edition, hashes):
        told[hash_].add("")
    knowing: set[str] = set()
    if mailing.mail.carries_text:
        knowing = {hash_ for hash_ in hashes if mailing.text in told[hash_] or isinstance(new.get(hash_), Skip)}
    left_out = Counter(one.left_out.value for one in page.found if one.left_out)
    left_out.update([Skip.TOLD_ALREADY.value] * len(knowing))
    get_it = [hash_ for hash_ in hashes if hash_ not in knowing]
    told_last = Counter(said(named.edition) if told[one] else new.get(one) for one in get_it)
    if mailing.mail.carries_text and mailing.progress is not Progress.PAUSED:
        for hash_ in get_it:
            told[hash_] |= {"", mailing.text}
    return Coming(
        mailing=mailing,
        get_it=len(get_it),
        left_out=dict(left_out.most_common()),
        more=bool(page.next),
        says=shown_to_nobody(world, replace(mailing, due_at=at), named, {}, change=_correctable(mailing, told_last)),
    )


def _correctable(mailing: Mailing, told_last: Counter[Said | Skip | None]) -> Said | None:
    """What most of those who get a correction were told last."""
    most = next((one for one, _ in told_last.most_common(1)), None)
    return most if mailing.kind is Kind.CORRECTION and isinstance(most, Said) else None
