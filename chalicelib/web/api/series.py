"""Series, and who subscribed to them."""

from __future__ import annotations

import itertools
from http import HTTPStatus

from msgspec.structs import replace

from chalicelib.domain.series import Series, SeriesChange, SeriesDraft
from chalicelib.usecases import organise
from chalicelib.usecases.rhythm import next_dates
from chalicelib.web.api import bodies, schema, shown
from chalicelib.web.api.counted import subscribers_of
from chalicelib.web.api.door import COUNTED_PAGE, ApiRoutes, ListOf, Page, as_page, page_query, rest_of
from chalicelib.web.parse.readers import SLUG
from chalicelib.web.routing import Response
from chalicelib.world import world

routes = ApiRoutes(__name__, "Series")


@routes.get("/series", answers=ListOf(schema.Series), query=page_query(SLUG, limit=COUNTED_PAGE))
def list_series(asked: Page) -> Response:
    """All of them, with how many people are subscribed.

    A page holds 100 at most, and has a `next` where there are more.
    """
    found = rest_of(world().store.all_series(), asked, _slug)
    return as_page(found, _counted, _slug, limit=min(asked.limit, COUNTED_PAGE))


@routes.post("/series", takes=bodies.NEW_SERIES, answers=schema.Series, status=HTTPStatus.CREATED)
def create_series(given: SeriesDraft) -> schema.Series:
    """Create one; 409 where the slug is taken."""
    return shown.series(organise.create_series(world(), given))


@routes.get("/series/{slug}", answers=schema.Series)
def show_series(slug: str) -> schema.Series:
    """One of them, with how many people are subscribed."""
    return _counted(world().store.series(slug))


@routes.patch("/series/{slug}", takes=bodies.SERIES_CHANGE, answers=schema.Series)
def change_series(slug: str, given: SeriesChange) -> schema.Series:
    """Change any field but slug and zone.

    New reminder rules hold for editions published or moved from now on. 422 where a mail about one of the next 50
    published editions could not be sent any more (a mail may have 100,000 bytes of HTML); later editions are checked
    when they are changed, and before they are sent.
    """
    return shown.series(organise.change_series(world(), slug, given))


@routes.get("/series/{slug}/dates", answers=ListOf(schema.RhythmDate, paged=False), query=bodies.DATES)
def list_dates(slug: str, asked: dict[str, int]) -> dict[str, list[schema.RhythmDate]]:
    """The next dates by the rhythm of the series, after its newest edition and within two years.

    Those on a public holiday are among them, with its name; none without a rhythm.
    """
    series = world().store.series(slug)
    found = itertools.islice(next_dates(world(), series), asked.get("limit", bodies.DATES_SHOWN))
    return {"items": [shown.rhythm_date(one, series.zone) for one in found]}


@routes.get(
    "/series/{slug}/subscribers",
    answers=ListOf(schema.Subscriber, counts=schema.SubscriberCounts),
    query=page_query(bodies.PERSON_HASH),
)
def list_subscribers(slug: str, asked: Page) -> Response:
    """Addresses with their standing and the proof of their consent, and on each page how many there are in all."""
    series = world().store.series(slug)
    found = world().store.subscribers(slug, after=asked.after, limit=asked.limit)
    return as_page(found, shown.subscriber, lambda one: one.hash, limit=asked.limit, counts=subscribers_of(series))


def _counted(series: Series) -> schema.Series:
    return replace(shown.series(series), counts=subscribers_of(series))


def _slug(series: Series) -> str:
    return series.slug
