"""One person's subscription, by the links in their mails: confirm it, end it."""

from __future__ import annotations

from http import HTTPStatus

from chalicelib import paths
from chalicelib.domain import subscription
from chalicelib.domain.refusals import Forged
from chalicelib.identity import Purpose
from chalicelib.usecases.subscribe import confirm, end
from chalicelib.web.pages import PRIVATE, absolute, page, refused, url
from chalicelib.web.routing import Response, Routes, body, media_type, see_other
from chalicelib.world import world

routes = Routes(__name__, answer=refused)


@routes.route(paths.CONFIRM_SUBSCRIPTION.pattern)
def ask_to_confirm(token: str) -> Response:
    slug, person, round_ = world().links.read_confirmation(token)
    return _page("subscription-confirm", paths.CONFIRM_SUBSCRIPTION(token), slug, person, round_=round_)


@routes.route(paths.CONFIRM_SUBSCRIPTION.pattern, methods=["POST"])
def confirm_subscription(token: str) -> Response:
    confirm(world(), *world().links.read_confirmation(token))
    return see_other(url(paths.CONFIRM_SUBSCRIPTION(token)))


@routes.route(paths.END_SUBSCRIPTION.pattern)
def ask_to_end(token: str) -> Response:
    slug, person = world().links.read(Purpose.SUBSCRIPTION, token)
    return _page("subscription-end", paths.END_SUBSCRIPTION(token), slug, person)


@routes.route(paths.END_SUBSCRIPTION.pattern, methods=["POST"])
def end_subscription(token: str) -> Response:
    """The button on the page, and the mail program's one click (RFC 8058 §3.2): that one wants 200 and no redirect."""
    end(world(), *world().links.read(Purpose.SUBSCRIPTION, token))
    if b"One-Click" in body(routes.current_request) or media_type(routes.current_request) == "multipart/form-data":
        return Response("", headers={"Content-Type": "text/plain; charset=utf-8"}, status_code=HTTPStatus.OK.value)
    return see_other(url(paths.END_SUBSCRIPTION(token)))


def _page(template: str, here: str, slug: str, person: str, *, round_: int | None = None) -> Response:
    """``round_`` is that of a link to confirm; a link to end is for whatever there is."""
    subscriber = world().store.find_subscriber(slug, person)
    if subscriber is None:
        raise Forged
    subscription.check_link(subscriber, round_=subscriber.round if round_ is None else round_)
    series, links = world().store.series(slug), world().links
    return page(
        template,
        series.language,
        cache=PRIVATE,
        series=series,
        subscriber=subscriber,
        confirmation=links.confirmation(slug, person, subscriber.round),
        ending=links.token(Purpose.SUBSCRIPTION, slug, person),
        page_url=absolute(here),
    )
