"""One person's registration, by the link in their mail."""

from __future__ import annotations

from chalicelib import paths
from chalicelib.domain.edition import Edition
from chalicelib.domain.refusals import NotFound, NothingKept
from chalicelib.domain.registration import Registration
from chalicelib.identity import Purpose
from chalicelib.usecases.register import give_back
from chalicelib.web.pages import PRIVATE, absolute, page, refused, url
from chalicelib.web.routing import Headers, Response, Routes, see_other
from chalicelib.world import world

routes = Routes(__name__, answer=refused)


@routes.route(paths.REGISTRATION.pattern)
def show_registration(token: str) -> Response:
    edition, taken, registration = _own(token)
    series, now = world().store.series(edition.series), world().clock()
    return page(
        "registration",
        series.language,
        cache=PRIVATE,
        series=series,
        edition=edition,
        registration=registration,
        availability=edition.availability(taken=taken, now=now),
        recording=edition.recording(now),
        token=token,
        page_url=absolute(paths.REGISTRATION(token)),
    )


@routes.route(paths.CANCEL_REGISTRATION.pattern, methods=["POST"])
def cancel_registration(token: str) -> Response:
    give_back(world(), *world().links.read(Purpose.REGISTRATION, token))
    return see_other(url(paths.REGISTRATION(token)))


@routes.route(paths.CALENDAR.pattern)
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
