"""The numbers of an edition and of a series: announced, sent, come back, registered, cancelled, by day.

They are kept, and read in a few small items however many people there are. Nobody's reading is measured: whether a mail
was opened is not known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from chalicelib.domain.counts import Counts, local_day
from chalicelib.domain.delivery import Outcome
from chalicelib.domain.edition import Edition
from chalicelib.domain.mailing import Mailing
from chalicelib.domain.mails import Kind
from chalicelib.domain.registration import Place
from chalicelib.domain.series import Series
from chalicelib.domain.subscription import Standing
from chalicelib.domain.tally import Tally
from chalicelib.domain.troubles import Trouble
from chalicelib.usecases.mailings import tally_of
from chalicelib.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Mails:
    """What became of all list mails of a kind. ``outcomes`` and ``skipped`` (by reason) are numbers of mails."""

    kind: Kind
    mailings: int
    outcomes: dict[Outcome, int]
    skipped: dict[str, int]
    as_of: datetime

    @property
    def sent(self) -> int:
        return _sent(self.outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """How many came and left on one local day.

    ``sent`` and ``bounced`` are numbers of list mails, on the day on which their mailing began.
    """

    day: date
    came: int
    left: int
    sent: int = 0
    bounced: int = 0


Troubles = Mapping[Kind, Mapping[Trouble, int]]
"""Of mails to one person: confirmations, and whatever else answers what somebody did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionReport:
    """``registered`` is how often somebody registered, ``cancelled`` how many have left, ``coming`` how many come."""

    edition: Edition
    mails: list[Mails]
    troubles: Troubles
    registered: int
    cancelled: int
    coming: int
    days: list[Day]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesReport:
    """``days`` are those on which somebody subscribed or ended it."""

    series: Series
    subscribed: int
    ended: int
    troubles: Troubles
    days: list[Day]
    editions: list[EditionReport]


def edition_report(world: World, edition_id: str) -> EditionReport:
    """Raises ``NotFound``."""
    return _report(world, world.store.edition(edition_id))


def series_report(world: World, slug: str, editions: Iterable[Edition]) -> SeriesReport:
    """With a report of each of these ``editions``. Raises ``NotFound``."""
    series, counts = world.store.series(slug), world.store.subscriber_counts(slug)
    return SeriesReport(
        series=series,
        subscribed=counts.standing(Standing.ACTIVE),
        ended=counts.standing(Standing.ENDED),
        troubles=world.store.troubles(slug),
        days=_days(counts, came=Standing.ACTIVE, left=Standing.ENDED),
        editions=[_report(world, one) for one in editions],
    )


def _report(world: World, edition: Edition) -> EditionReport:
    counts = world.store.registration_counts(edition.id)
    by_kind: dict[Kind, list[tuple[Mailing, Tally]]] = {}
    for mailing in world.store.mailings_of(edition.id):
        if mailing.began_at is not None:
            by_kind.setdefault(mailing.kind, []).append((mailing, tally_of(world, mailing)))
    return EditionReport(
        edition=edition,
        mails=[_mails(kind, [counted for _, counted in found]) for kind, found in by_kind.items()],
        troubles=world.store.troubles(edition.series, edition.id),
        registered=counts.entered(Place.CONFIRMED),
        cancelled=counts.standing(Place.CANCELLED),
        coming=counts.standing(Place.CONFIRMED),
        days=_with_mails(
            _days(counts, came=Place.CONFIRMED, left=Place.CANCELLED),
            [one for found in by_kind.values() for one in found],
            zone=edition.zone,
        ),
    )


def _mails(kind: Kind, tallies: list[Tally]) -> Mails:
    outcomes, skipped = Counter[Outcome](), Counter[str]()
    for one in tallies:
        outcomes.update(one.totals)
        skipped.update(one.reasons.get(Outcome.SKIPPED, {}))
    return Mails(
        kind=kind,
        mailings=len(tallies),
        outcomes=dict(outcomes),
        skipped=dict(skipped.most_common()),
        as_of=min(one.at for one in tallies),
    )


def _sent(outcomes: Mapping[Outcome, int]) -> int:
    """Handed over to SES, whether or not they came back."""
    return sum(outcomes.get(one, 0) for one in (Outcome.SENT, Outcome.BOUNCED, Outcome.COMPLAINED))


def _with_mails(days: list[Day], sent: Iterable[tuple[Mailing, Tally]], *, zone: str) -> list[Day]:
    """These days, and those on which mailings began, with what became of their mails."""
    by_day = {one.day: one for one in days}
    for mailing, counted in sent:
        day, totals = local_day(mailing.began_at or mailing.due_at, zone), counted.totals
        known = by_day.get(day, Day(day=day, came=0, left=0))
        by_day[day] = replace(
            known, sent=known.sent + _sent(totals), bounced=known.bounced + totals.get(Outcome.BOUNCED, 0)
        )
    return [by_day[day] for day in sorted(by_day)]


def _days(counts: Counts, *, came: Place | Standing, left: Place | Standing) -> list[Day]:
    arrived, gone = Counter[date](), Counter[date]()
    for flow in counts.flows:
        arrived[flow.day] += flow.entered.get(came, 0)
        gone[flow.day] += flow.entered.get(left, 0)
    days = sorted(day for day in arrived.keys() | gone.keys() if arrived[day] or gone[day])
    return [Day(day=day, came=arrived[day], left=gone[day]) for day in days]
