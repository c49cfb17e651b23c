"""What organisers do: JSON under ``/api/v1``, with a Bearer key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import msgspec

from chalicelib.domain.given import NOT_GIVEN
from chalicelib.domain.mails import MAILS, Kind
from chalicelib.domain.refusals import FieldError, Invalid, say
from chalicelib.domain.series import (
    Edition,
    EditionChange,
    EditionDraft,
    EditionMove,
    Series,
    SeriesChange,
    SeriesDraft,
)
from chalicelib.usecases import organise
from chalicelib.usecases.cancel import cancel
from chalicelib.usecases.move import move
from chalicelib.usecases.preview import preview
from chalicelib.usecases.publish import Published, publish
from chalicelib.web.api import shown as views
from chalicelib.web.api.door import (
    LARGEST_PAGE,
    NO_CURSOR,
    admin_key,
    as_json,
    as_page,
    body_of,
    limit_of,
    page_of,
    problem_of,
    query,
    rest_of,
)
from chalicelib.web.negotiation import preferred_type
from chalicelib.web.parse import readers as commands
from chalicelib.web.routing import Headers, Response, Routes, header
from chalicelib.world import world

routes = Routes(__name__, answer=problem_of)

READ_AT_ONCE = 100
"""Editions: a hundred with the longest announcements are a few megabytes. No series has so many that begin at one moment."""

MOST_COUNTED = 10_000
"""Of the subscribers, in an answer: counting means reading them all, about half a second for so many."""


# Series


@routes.route("/api/v1/series", authorizer=admin_key)
def list_series() -> Response:
    found = rest_of(routes, world().store.all_series(), _slug)
    return as_page(found, views.series, _slug, limit=limit_of(routes, LARGEST_PAGE))


@routes.route("/api/v1/series", methods=["POST"], authorizer=admin_key)
def create_series() -> Response:
    fields = commands.series_fields(world().addresses, world().settings.sender_domain)
    made = organise.create_series(world(), SeriesDraft(**commands.parse(fields, body_of(routes))))
    return as_json(views.series(made), status=HTTPStatus.CREATED)


@routes.route("/api/v1/series/{slug}", authorizer=admin_key)
def show_series(slug: str) -> Response:
    return as_json(views.series(world().store.series(slug)))


@routes.route("/api/v1/series/{slug}", methods=["PATCH"], authorizer=admin_key)
def change_series(slug: str) -> Response:
    fields = commands.series_fields(world().addresses, world().settings.sender_domain)
    # The zone and the slug are part of what editions, links and keys are made of.
    del fields["slug"], fields["zone"]
    given = commands.parse(fields, body_of(routes), partial=True)
    return as_json(views.series(organise.change_series(world(), slug, SeriesChange(**given))))


@routes.route("/api/v1/series/{slug}/subscribers", authorizer=admin_key)
def list_subscribers(slug: str) -> Response:
    world().store.series(slug)
    after, limit = page_of(routes)
    found = world().store.subscribers(slug, after=after, limit=limit)
    return as_page(found, views.subscriber, lambda one: one.hash, limit=limit)


# Editions


@routes.route("/api/v1/series/{slug}/editions", authorizer=admin_key)
def list_editions(slug: str) -> Response:
    world().store.series(slug)
    after = query(routes, "after", "")
    found = _editions(slug, after=_edition_of(slug, after) if after else None)
    return as_page(found, _as_it_stands, lambda one: one.id, limit=limit_of(routes, LARGEST_PAGE))


@routes.route("/api/v1/series/{slug}/editions", methods=["POST"], authorizer=admin_key)
def create_edition(slug: str) -> Response:
    draft = EditionDraft(**commands.parse(commands.EDITION, body_of(routes)))
    made = organise.create_edition(world(), slug, draft)
    return as_json(_as_it_stands(made), status=HTTPStatus.CREATED)


@routes.route("/api/v1/editions/{edition_id}", authorizer=admin_key)
def show_edition(edition_id: str) -> Response:
    edition, taken = world().store.edition_and_taken(edition_id)
    return as_json(_as_it_stands(edition) | {"taken": taken if edition.seats is not None else None})


@routes.route("/api/v1/editions/{edition_id}", methods=["PATCH"], authorizer=admin_key)
def change_edition(edition_id: str) -> Response:
    given = commands.parse(commands.EDITION, body_of(routes), partial=True)
    changed = organise.change_edition(world(), edition_id, EditionChange(**given))
    mailings = [views.mailing(one, changed) for one in world().store.mailings_of(edition_id)]
    return as_json(_as_it_stands(changed) | {"mailings": mailings})


@routes.route("/api/v1/editions/{edition_id}/preview", authorizer=admin_key)
def preview_edition(edition_id: str) -> Response:
    wanted = query(routes, "message", Kind.ANNOUNCEMENT)
    kinds = [kind for kind, mail in MAILS.items() if mail.preview]
    if wanted not in kinds:
        raise Invalid(FieldError("message", say("This has to be one of: {known}."), {"known": ", ".join(kinds)}))
    given = dict(routes.current_request.query_params or {})
    given.pop("message", None)
    read = commands.preview_query(given)
    at = read.pop("at", None)
    shown = preview(world(), edition_id, Kind(wanted), at=at, move=EditionMove(**read))
    match preferred_type(header(routes.current_request, "accept"), ("application/json", "text/html", "text/plain")):
        case "text/html" as content_type:
            body = shown.html
        case "text/plain" as content_type:
            body = shown.text
        case _:
            return as_json(msgspec.to_builtins(shown))
    headers: Headers = {"Content-Type": f"{content_type}; charset=utf-8", "Cache-Control": "no-store", "Vary": "Accept"}
    return Response(body, headers=headers)


@routes.route("/api/v1/editions/{edition_id}/publish", methods=["POST"], authorizer=admin_key)
def publish_edition(edition_id: str) -> Response:
    published = publish(world(), edition_id, **commands.parse(commands.PUBLISH, body_of(routes)))
    note = "" if published.changed else "This edition was published already; nothing has changed."
    count = world().store.count_subscribers(published.edition.series, most=MOST_COUNTED + 1)
    audience = {"subscribers": min(count, MOST_COUNTED), "more_subscribers": count > MOST_COUNTED}
    return as_json(_what_happens(published, note) | audience)


@routes.route("/api/v1/editions/{edition_id}/move", methods=["POST"], authorizer=admin_key)
def move_edition(edition_id: str) -> Response:
    given = commands.parse(commands.MOVE, body_of(routes))
    announce = given.pop("announce", NOT_GIVEN)
    moved = move(world(), edition_id, EditionMove(**given), announce=announce)
    note = "" if moved.changed else "This edition is there already; nothing has changed."
    return as_json(_what_happens(moved, note))


@routes.route("/api/v1/editions/{edition_id}/cancel", methods=["POST"], authorizer=admin_key)
def cancel_edition(edition_id: str) -> Response:
    commands.parse({}, body_of(routes))
    cancelled = cancel(world(), edition_id)
    note = "" if cancelled.changed else "This edition was cancelled already; nothing has changed."
    return as_json(_what_happens(cancelled, note))


@routes.route("/api/v1/editions/{edition_id}/registrations", authorizer=admin_key)
def list_registrations(edition_id: str) -> Response:
    world().store.edition(edition_id)
    after, limit = page_of(routes)
    found = world().store.registrations(edition_id, after=after, limit=limit)
    return as_page(found, views.registration, lambda one: one.person.hash, limit=limit)


@routes.route("/api/v1/editions/{edition_id}/mailings", authorizer=admin_key)
def list_mailings(edition_id: str) -> Response:
    edition = world().store.edition(edition_id)
    return as_json({"items": [views.mailing(one, edition) for one in world().store.mailings_of(edition_id)]})


def _slug(series: Series) -> str:
    return series.slug


def _edition_of(slug: str, edition_id: str) -> Edition:
    """Raises ``Invalid`` for what is no edition of the series."""
    found = world().store.find_edition(edition_id) if re.fullmatch("[0-9a-f]{12}", edition_id) else None
    if found is None or found.series != slug:
        raise Invalid(FieldError("after", NO_CURSOR))
    return found


def _editions(slug: str, *, after: Edition | None) -> Iterator[Edition]:
    """Those behind ``after``, in order of start, read as far as somebody asks for them."""
    while True:
        found = world().store.editions_of(slug, since=after.starts_at if after else None, limit=READ_AT_ONCE)
        ahead = [one for one in found if after is None or (one.starts_at, one.id) > (after.starts_at, after.id)]
        yield from ahead
        if not ahead or len(found) < READ_AT_ONCE:
            return
        after = ahead[-1]


def _as_it_stands(edition: Edition) -> views.View:
    return views.edition(edition, now=world().clock())


def _what_happens(published: Published, note: str) -> dict[str, Any]:
    edition = published.edition
    body: dict[str, Any] = {
        "edition": _as_it_stands(edition),
        "changed": published.changed,
        "mailings": [views.mailing(one, edition) for one in published.mailings],
    }
    return body | ({"note": note} if note else {})
