"""Series, and who subscribed to them."""

from __future__ import annotations

import itertools
from http import HTTPStatus

from msgspec.structs import replace

from chalicelib.domain import counts
from chalicelib.domain.series import Series, SeriesChange, SeriesDraft
from chalicelib.usecases import organise
from chalicelib.usecases.rhythm import next_dates
from chalicelib.web.api import bodies, schema, shown
from chalicelib.web.api.door import LARGEST_PAGE, ApiRoutes, ListOf, Page, as_page, page_query, rest_of
from chalicelib.web.parse.readers import SLUG
from chalicelib.web.routing import Response
from chalicelib.world import world

routes = ApiRoutes(__name__, "Series")


@routes.get("/series", answers=ListOf(schema.Series), query=page_query(SLUG, limit=LARGEST_PAGE))
def list_series(asked: Page) -> Response:
    """All of them."""
    found = rest_of(world().store.all_series(), asked, _slug)
    return as_page(found, shown.series, _slug, limit=asked.limit)


@routes.post("/series", takes=bodies.NEW_SERIES, answers=schema.Series, status=HTTPStatus.CREATED)
def create_series(given: SeriesDraft) -> schema.Series:
    """Create one; 409 where the slug is taken."""
    return shown.series(organise.create_series(world(), given))


@routes.get("/series/{slug}", answers=schema.Series)
def show_series(slug: str) -> schema.Series:
    """One of them, with how many people are subscribed. Lists of series do not say that."""
    series = world().store.series(slug)
    counted = counts.subscribers(
        world().store.subscriber_counts(slug), today=counts.local_day(world().clock(), series.zone)
    )
    return replace(shown.series(series), counts=shown.subscriber_counts(counted))


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


@routes.get("/series/{slug}/subscribers", answers=ListOf(schema.Subscriber), query=page_query(bodies.PERSON_HASH))
def list_subscribers(slug: str, asked: Page) -> Response:
    """Addresses with their standing and the proof of their consent."""
    world().store.series(slug)
    found = world().store.subscribers(slug, after=asked.after, limit=asked.limit)
    return as_page(found, shown.subscriber, lambda one: one.hash, limit=asked.limit)


def _slug(series: Series) -> str:
    return series.slug
