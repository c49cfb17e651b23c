"""What attendees see: pages, and the forms on them. Every change is a POST by a button; GET changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from chalicelib.domain import subscription
from chalicelib.domain.refusals import Conflict, Forged, Gone, Invalid, NotFound, NothingKept, Refusal
from chalicelib.domain.registration import Registration
from chalicelib.domain.series import LONGEST, Availability, Edition, Phase, Series
from chalicelib.identity import Purpose
from chalicelib.language import tongue
from chalicelib.usecases import subscribe as subscriptions
from chalicelib.usecases.register import give_back, register
from chalicelib.web.attendee.forms import Form, fields_of, read_application, read_subscriber
from chalicelib.web.negotiation import preferred_language
from chalicelib.web.pages import absolute, icon, page, refused, style_sheet, style_version, url
from chalicelib.web.problems import status_of
from chalicelib.web.routing import Headers, Response, Routes, body, header, media_type, see_other
from chalicelib.wording import wording
from chalicelib.world import world

routes = Routes(__name__, answer=refused)

PRIVATE = "no-store"
SHOWN_PAST = 12
MANY = 200

NOT_SENT = "not-sent"


class Placing(StrEnum):
    """What the page after a registration says of it. ``SHOWN`` is for whoever opens that page by its address."""

    PLACED = "placed"
    ASKED_FOR_ANNOUNCEMENTS = "asked-for-announcements"
    NOT_REACHABLE = "not-reachable"
    SHOWN = "shown"


FOR_EVER = "public, max-age=31536000, immutable"
NOT_FOR_ROBOTS = ("/registrations/", "/subscriptions/", "/api/", "/hooks/")


@dataclass(frozen=True, slots=True)
class Card:
    """A series on the front page, with the edition that runs now and the next one that begins."""

    series: Series
    running: Edition | None
    next: Edition | None


@routes.route("/")
def list_series() -> Response:
    language = preferred_language(header(routes.current_request, "accept-language"))
    cards = sorted((_card(series, now=world().clock()) for series in world().store.all_series()), key=_coming_first)
    # Several series of one organiser are answered for once.
    organisers = {(one.sender_name, one.imprint_url, one.privacy_url): one for one in (card.series for card in cards)}
    answer = page("series-list", language, cards=cards, organisers=organisers.values(), page_url=absolute("/"))
    answer.headers["Vary"] = "Accept-Language"
    return answer


@routes.route("/assets/style.css")
def style() -> Response:
    """Pages name its version.

    A page from before or after a deployment names another, and gets this one for a short time.
    """
    given = routes.current_request.query_params
    is_this = given is not None and given.get("v") == style_version()
    return _asset(style_sheet(), "text/css; charset=utf-8", FOR_EVER if is_this else "public, max-age=300")


@routes.route("/favicon.ico")
def favicon() -> Response:
    """For whoever looks for the icon without reading a page.

    SVG, as API Gateway takes binary answers for text unless ``Accept`` names them.
    """
    return _asset(icon(), "image/svg+xml", "public, max-age=86400")


@routes.route("/robots.txt")
def robots() -> Response:
    """RFC 9309. What opens with a link from a mail is for one person; public pages may be found."""
    closed = [f"Disallow: {url(path)}" for path in NOT_FOR_ROBOTS]
    return _asset("\n".join(["User-agent: *", *closed, ""]), "text/plain; charset=utf-8", "public, max-age=86400")


# Series


@routes.route("/series/{slug}")
def show_series(slug: str) -> Response:
    return _series_page(world().store.series(slug), Form())


@routes.route("/series/{slug}/subscriptions", methods=["POST"])
def create_subscription(slug: str) -> Response:
    fields = fields_of(routes.current_request)
    try:
        person = read_subscriber(fields, world().addresses)
        reachable = subscriptions.subscribe(world(), slug, person, source="page of the series")
    except Invalid as invalid:
        series = world().store.series(slug)
        return _series_page(series, _refilled(series, fields, invalid), status=status_of(invalid))
    return see_other(url(f"/series/{slug}/subscribed") + _mail_told(reachable=reachable))


@routes.route("/series/{slug}/subscribed")
def show_subscribed(slug: str) -> Response:
    series = world().store.series(slug)
    here = absolute(f"/series/{slug}/subscribed")
    return page("subscribed", series.language, series=series, reachable=_reachable(), page_url=here)


# Editions


@routes.route("/editions/{edition_id}")
def show_edition(edition_id: str) -> Response:
    return _edition_page(*_published(edition_id), Form())


@routes.route("/editions/{edition_id}/registrations", methods=["POST"])
def create_registration(edition_id: str) -> Response:
    fields = fields_of(routes.current_request)
    try:
        application = read_application(fields, world().addresses)
        placed = register(world(), edition_id, application)
    except Invalid as invalid:
        edition, taken = _published(edition_id)
        form = _refilled(world().store.series(edition.series), fields, invalid)
        return _edition_page(edition, taken, form, status=status_of(invalid))
    except (Gone, Conflict) as refusal:
        # The page itself says that the edition is full, closed, over or cancelled, and what else there is.
        return _edition_page(*_published(edition_id), Form(values=fields), status=status_of(refusal), asked=True)
    placing = Placing.ASKED_FOR_ANNOUNCEMENTS if application.announcements else Placing.PLACED
    answer = world().links.token(Purpose.ANSWER, edition_id, placing if placed.reachable else Placing.NOT_REACHABLE)
    return see_other(url(f"/editions/{edition_id}/registered?answer={answer}"))


@routes.route("/editions/{edition_id}/registered")
def show_registered(edition_id: str) -> Response:
    edition, _ = _published(edition_id)
    series = world().store.series(edition.series)
    here = absolute(f"/editions/{edition_id}/registered")
    placing = _placing(edition_id)
    return page("registered", series.language, series=series, edition=edition, placing=placing, page_url=here)


# One person's registration, by the link in their mail


@routes.route("/registrations/{token}")
def show_registration(token: str) -> Response:
    edition, taken, registration = _own(token)
    series = world().store.series(edition.series)
    return page(
        "registration",
        series.language,
        cache=PRIVATE,
        series=series,
        edition=edition,
        registration=registration,
        availability=edition.availability(taken=taken, now=world().clock()),
        token=token,
        page_url=absolute(f"/registrations/{token}"),
    )


@routes.route("/registrations/{token}/cancel", methods=["POST"])
def cancel_registration(token: str) -> Response:
    give_back(world(), *world().links.read(Purpose.REGISTRATION, token))
    return see_other(url(f"/registrations/{token}"))


@routes.route("/registrations/{token}/calendar.ics")
def show_calendar(token: str) -> Response:
    from chalicelib.mail.calendar import entry  # 75 ms that no other page needs

    edition, _, registration = _own(token)
    series = world().store.series(edition.series)
    site_url, now = world().settings.public_url, world().clock()
    taken_out = not registration.is_active
    content = entry(series, edition, site_url=site_url, now=now, round_=registration.round, cancelled=taken_out)
    headers: Headers = {
        "Content-Type": "text/calendar; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{series.slug}.ics"',
        "Cache-Control": PRIVATE,
    }
    return Response(content.decode(), headers=headers)


# One person's subscription, by the links in their mails


@routes.route("/subscriptions/{token}/confirm")
def ask_to_confirm(token: str) -> Response:
    slug, person, round_ = world().links.read_confirmation(token)
    return _subscription_page("subscription-confirm", f"{token}/confirm", slug, person, round_=round_)


@routes.route("/subscriptions/{token}/confirm", methods=["POST"])
def confirm_subscription(token: str) -> Response:
    subscriptions.confirm(world(), *world().links.read_confirmation(token))
    return see_other(url(f"/subscriptions/{token}/confirm"))


@routes.route("/subscriptions/{token}/end")
def ask_to_end(token: str) -> Response:
    slug, person = world().links.read(Purpose.SUBSCRIPTION, token)
    return _subscription_page("subscription-end", f"{token}/end", slug, person)


@routes.route("/subscriptions/{token}/end", methods=["POST"])
def end_subscription(token: str) -> Response:
    """The button on the page, and the mail program's one click (RFC 8058 §3.2): that one wants 200 and no redirect."""
    subscriptions.end(world(), *world().links.read(Purpose.SUBSCRIPTION, token))
    if b"One-Click" in body(routes.current_request) or media_type(routes.current_request) == "multipart/form-data":
        return Response("", headers={"Content-Type": "text/plain; charset=utf-8"}, status_code=HTTPStatus.OK.value)
    return see_other(url(f"/subscriptions/{token}/end"))


# What several views share


def _asset(content: str, media_type: str, cache: str) -> Response:
    return Response(content, headers={"Content-Type": media_type, "Cache-Control": cache})


def _own(token: str) -> tuple[Edition, int, Registration]:
    """Whose link it is: their edition, its taken seats, their registration.

    Raises ``NotFound``, ``Forged``, ``NothingKept``.
    """
    edition, taken, registration = world().store.edition_for(*world().links.read(Purpose.REGISTRATION, token))
    if registration is None:
        raise NotFound
    if registration.is_erased:
        raise NothingKept
    return edition, taken, registration


def _placing(edition_id: str) -> Placing:
    """As the form signed it for this edition."""
    given: Any = routes.current_request.query_params or {}
    try:
        where, placing = world().links.read(Purpose.ANSWER, given.get("answer", ""))
    except Forged:
        return Placing.SHOWN
    return Placing(placing) if where == edition_id else Placing.SHOWN


def _mail_told(*, reachable: bool) -> str:
    """What the answer page has to know of the person: nothing but whether mail to the address they gave is
    sent at all."""
    return "" if reachable else f"?mail={NOT_SENT}"


def _reachable() -> bool:
    given = routes.current_request.query_params
    return not given or given.get("mail") != NOT_SENT


def _published(edition_id: str) -> tuple[Edition, int]:
    """A draft is nobody's business: to the public it does not exist."""
    edition, taken = world().store.edition_and_taken(edition_id)
    if edition.published_at is None:
        raise NotFound
    return edition, taken


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


def _series_page(series: Series, form: Form, *, status: int = HTTPStatus.OK) -> Response:
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
        page_url=absolute(f"/series/{series.slug}"),
    )


def _edition_page(
    edition: Edition, taken: int, form: Form, *, status: int = HTTPStatus.OK, asked: bool = False
) -> Response:
    """``asked``: it answers somebody who wanted to register, and may be registered already."""
    series = world().store.series(edition.series)
    availability = edition.availability(taken=taken, now=world().clock())
    return page(
        "edition",
        series.language,
        status=status,
        series=series,
        edition=edition,
        availability=availability,
        free=None if edition.seats is None else max(0, edition.seats - taken),
        # Where the form is gone, its errors would point at nothing.
        form=form if availability is Availability.OPEN else Form(),
        wording=wording(series),
        asked=asked,
        page_url=absolute(f"/editions/{edition.id}"),
    )


def _subscription_page(template: str, where: str, slug: str, person: str, *, round_: int | None = None) -> Response:
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
        page_url=absolute(f"/subscriptions/{where}"),
    )


def _refilled(series: Series, fields: dict[str, str], invalid: Refusal) -> Form:
    spoken = tongue(series.language)
    errors = invalid.errors if isinstance(invalid, Invalid) else ()
    return Form(values=fields, errors={error.name: spoken.refusal(error) for error in errors})
