"""The numbers of an edition and of a series."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.edition import Edition, Status
from chalicelib.usecases.report import edition_report, series_report
from chalicelib.web.api import schema, shown
from chalicelib.web.api.door import ApiRoutes, Page, page_query
from chalicelib.web.api.editions import EDITION_ID, READ_AT_ONCE, edition_of
from chalicelib.world import world

routes = ApiRoutes(__name__, "Reports")

REPORTED = 20
"""Editions, if nobody says how many: each is read in a few small items."""


@routes.get("/editions/{edition_id}/report", answers=schema.EditionReport)
def report_edition(edition_id: str) -> schema.EditionReport:
    """The numbers of an edition: announced, delivered, come back; registered, cancelled, by day.

    They are honest: whether somebody has read a mail is not known, and not asked for.
    """
    return shown.edition_report(edition_report(world(), edition_id), now=world().clock())


@routes.get("/series/{slug}/report", answers=schema.SeriesReport, query=page_query(EDITION_ID, limit=REPORTED))
def report_series(slug: str, asked: Page) -> schema.SeriesReport:
    """The numbers of a series: subscribed and ended, by day, and those of its editions, newest first, without drafts.

    A page may hold fewer than `limit`, and still have a `next`.
    """
    after = edition_of(slug, asked.after) if asked.after else None
    found = _before(slug, after, limit=asked.limit)
    report = series_report(world(), slug, [one for one in found if one.status is not Status.DRAFT])
    return shown.series_report(report, now=world().clock(), next_=found[-1].id if len(found) == asked.limit else None)


def _before(slug: str, after: Edition | None, *, limit: int) -> list[Edition]:
    """The editions that begin before ``after``, newest first; those of the same moment in order of their ids."""
    until = after.starts_at + timedelta(minutes=1) if after else None
    found = world().store.editions_of(slug, until=until, backwards=True, limit=limit + READ_AT_ONCE)
    behind = (one for one in found if after is None or (one.starts_at, one.id) < (after.starts_at, after.id))
    return list(behind)[:limit]
