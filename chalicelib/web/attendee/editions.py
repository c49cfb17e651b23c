"""The page of an edition, and registering on it."""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus
from typing import Any

from chalicelib import paths
from chalicelib.domain.edition import Availability, Edition
from chalicelib.domain.refusals import Conflict, Forged, Gone, Invalid, NotFound
from chalicelib.identity import Purpose
from chalicelib.usecases.register import register
from chalicelib.web.attendee.forms import REGISTRATION, Form, refilled
from chalicelib.web.pages import absolute, page, refused, url
from chalicelib.web.parse.requests import fields_of
from chalicelib.web.problems import status_of
from chalicelib.web.routing import Response, Routes, see_other
from chalicelib.words.wording import wording
from chalicelib.world import world

routes = Routes(__name__, answer=refused)


class Placing(StrEnum):
    """What the page after a registration says of it. ``SHOWN`` is for whoever opens that page by its address."""

    PLACED = "placed"
    ASKED_FOR_ANNOUNCEMENTS = "asked-for-announcements"
    NOT_REACHABLE = "not-reachable"
    SHOWN = "shown"


@routes.route(paths.EDITION.pattern)
def show_edition(edition_id: str) -> Response:
    return _page(*_published(edition_id), Form())


@routes.route(paths.REGISTRATIONS.pattern, methods=["POST"])
def create_registration(edition_id: str) -> Response:
    fields = fields_of(routes.current_request)
    try:
        application = REGISTRATION.read_form(fields)
        placed = register(world(), edition_id, application)
    except Invalid as invalid:
        edition, taken = _published(edition_id)
        form = refilled(world().store.series(edition.series), fields, invalid)
        return _page(edition, taken, form, status=status_of(invalid))
    except (Gone, Conflict) as refusal:
        # The page itself says that the edition is full, closed, over or cancelled, and what else there is.
        return _page(*_published(edition_id), Form(values=fields), status=status_of(refusal), asked=True)
    placing = Placing.ASKED_FOR_ANNOUNCEMENTS if application.announcements else Placing.PLACED
    answer = world().links.token(Purpose.ANSWER, edition_id, placing if placed.reachable else Placing.NOT_REACHABLE)
    return see_other(url(paths.REGISTERED(edition_id)) + f"?answer={answer}")


@routes.route(paths.REGISTERED.pattern)
def show_registered(edition_id: str) -> Response:
    edition, _ = _published(edition_id)
    series = world().store.series(edition.series)
    here = absolute(paths.REGISTERED(edition_id))
    placing = _placing(edition_id)
    return page("registered", series.language, series=series, edition=edition, placing=placing, page_url=here)


def _placing(edition_id: str) -> Placing:
    """As the form signed it for this edition."""
    given: Any = routes.current_request.query_params or {}
    try:
        where, placing = world().links.read(Purpose.ANSWER, given.get("answer", ""))
    except Forged:
        return Placing.SHOWN
    return Placing(placing) if where == edition_id else Placing.SHOWN


def _published(edition_id: str) -> tuple[Edition, int]:
    """A draft is nobody's business: to the public it does not exist."""
    edition, taken = world().store.edition_and_taken(edition_id)
    if edition.published_at is None:
        raise NotFound
    return edition, taken


def _page(edition: Edition, taken: int, form: Form, *, status: int = HTTPStatus.OK, asked: bool = False) -> Response:
    """``asked``: it answers somebody who wanted to register, and may be registered already."""
    series = world().store.series(edition.series)
    now = world().clock()
    availability = edition.availability(taken=taken, now=now)
    return page(
        "edition",
        series.language,
        status=status,
        series=series,
        edition=edition,
        availability=availability,
        recording=edition.recording(now),
        free=None if edition.seats is None else max(0, edition.seats - taken),
        # Where the form is gone, its errors would point at nothing.
        form=form if availability is Availability.OPEN else Form(),
        wording=wording(series),
        asked=asked,
        page_url=absolute(paths.EDITION(edition.id)),
    )
