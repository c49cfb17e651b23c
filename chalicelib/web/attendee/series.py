"""The front page, the page of a series, and subscribing on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from chalicelib import paths
from chalicelib.domain.edition import LONGEST, Edition, Phase
from chalicelib.domain.refusals import Invalid
from chalicelib.domain.series import Series
from chalicelib.usecases.subscribe import subscribe
from chalicelib.web.attendee.forms import SUBSCRIPTION, Form, refilled
from chalicelib.web.negotiation import preferred_language
from chalicelib.web.pages import absolute, page, refused, url
from chalicelib.web.parse.requests import fields_of
from chalicelib.web.problems import status_of
from chalicelib.web.routing import Response, Routes, header, see_other
from chalicelib.words.wording import wording
from chalicelib.world import world

routes = Routes(__name__, answer=refused)

SHOWN_PAST = 12
MANY = 200

NOT_SENT = "not-sent"


@dataclass(frozen=True, slots=True)
class Card:
    """A series on the front page, with the edition that runs now and the next one that begins."""

    series: Series
    running: Edition | None
    next: Edition | None


@routes.route(paths.FRONT_PAGE.pattern)
def list_series() -> Response:
    language = preferred_language(header(routes.current_request, "accept-language"))
    cards = sorted((_card(series, now=world().clock()) for series in world().store.all_series()), key=_coming_first)
    # Several series of one organiser are answered for once.
    organisers = {(one.sender_name, one.imprint_url, one.privacy_url): one for one in (card.series for card in cards)}
    answer = page(
        "series-list", language, cards=cards, organisers=organisers.values(), page_url=absolute(paths.FRONT_PAGE())
    )
    answer.headers["Vary"] = "Accept-Language"
    return answer


@routes.route(paths.SERIES.pattern)
def show_series(slug: str) -> Response:
    return _page(world().store.series(slug), Form())


@routes.route(paths.SUBSCRIPTIONS.pattern, methods=["POST"])
def create_subscription(slug: str) -> Response:
    fields = fields_of(routes.current_request)
    try:
        person = SUBSCRIPTION.read_form(fields)
        reachable = subscribe(world(), slug, person, source="page of the series")
    except Invalid as invalid:
        series = world().store.series(slug)
        return _page(series, refilled(series, fields, invalid), status=status_of(invalid))
    return see_other(url(paths.SUBSCRIBED(slug)) + _mail_told(reachable=reachable))


@routes.route(paths.SUBSCRIBED.pattern)
def show_subscribed(slug: str) -> Response:
    series = world().store.series(slug)
    here = absolute(paths.SUBSCRIBED(slug))
    return page("subscribed", series.language, series=series, reachable=_reachable(), page_url=here)


def _mail_told(*, reachable: bool) -> str:
    """All that the answer page has to know of the person: whether mail to the address they gave is sent at all."""
    return "" if reachable else f"?mail={NOT_SENT}"


def _reachable() -> bool:
    given = routes.current_request.query_params
    return not given or given.get("mail") != NOT_SENT


def _begun(series: Series, *, now: datetime) -> list[Edition]:
    """What has begun and is not over, in order of start; cancelled ones among it."""
    found = world().store.editions_of(series.slug, since=now - LONGEST, until=now, limit=MANY)
    return [edition for edition in found if edition.published_at and edition.ends_at > now]


def _upcoming(series: Series, *, now: datetime) -> list[Edition]:
    found = world().store.editions_of(series.slug, since=now)
    return [edition for edition in found if edition.published_at]


def _card(series: Series, *, now: datetime) -> Card:
    found = [*_begun(series, now=now), *_upcoming(series, now=now)]
    running, coming = (
        next((edition for edition in found if edition.phase(now) is phase), None)
        for phase in (Phase.RUNNING, Phase.UPCOMING)
    )
    return Card(series, running, coming)


def _coming_first(card: Card) -> tuple[bool, datetime, str]:
    """What runs or comes next stands above; a series without a date below all, by its title."""
    edition = card.running or card.next
    return edition is None, edition.starts_at if edition else datetime.max.replace(tzinfo=UTC), card.series.title


def _page(series: Series, form: Form, *, status: int = HTTPStatus.OK) -> Response:
    now = world().clock()
    begun = _begun(series, now=now)
    past = world().store.editions_of(series.slug, until=now, backwards=True, limit=SHOWN_PAST + len(begun))
    return page(
        "series",
        series.language,
        status=status,
        series=series,
        upcoming=[(edition, edition.phase(now)) for edition in (*begun, *_upcoming(series, now=now))],
        past=[edition for edition in past if edition.phase(now) is Phase.OVER],
        form=form,
        wording=wording(series),
        page_url=absolute(paths.SERIES(series.slug)),
    )
