"""Pages: a template, a language, a status."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from chalicelib import paths
from chalicelib.domain.refusals import Conflict, Gone, Invalid, NotFound, Refusal, mark
from chalicelib.domain.series import Language
from chalicelib.web.negotiation import preferred_language, prefers_problems
from chalicelib.web.problems import as_problem, status_of
from chalicelib.web.routing import Request, Response, header
from chalicelib.words.language import TEMPLATES, tongue
from chalicelib.words.templating import environment
from chalicelib.world import world

HTML = "text/html; charset=utf-8"

PRIVATE = "no-store"
"""The Cache-Control of what is for one person: no cache keeps it."""

TITLES: dict[type[Refusal], str] = {
    NotFound: mark("Not found"),
    Gone: mark("This is over"),
    Conflict: mark("This did not work"),
    Invalid: mark("Please check what you entered"),
    Refusal: mark("This did not work"),
}


def page(
    template: str, language: Language, *, status: int = HTTPStatus.OK, cache: str = "no-cache", **context: Any
) -> Response:
    shared = {
        "site_name": world().settings.site_name,
        "url": url,
        "style_address": f"{url(paths.STYLE_SHEET())}?v={style_version()}",
        "icon": icon_address(),
    }
    body = environment(language).get_template(f"pages/{template}.html").render(**shared, **context)
    return Response(body, headers={"Content-Type": HTML, "Cache-Control": cache}, status_code=int(status))


def url(path: str) -> str:
    """A path of ours as a browser needs it: API Gateway serves us below its stage's name."""
    return urlsplit(world().settings.public_url).path + path


def absolute(path: str) -> str:
    return world().settings.public_url + path


def refused(request: Request, refusal: Refusal) -> Response:
    """A page that says what is wrong, in the visitor's language, as which series they meant may not be known; a problem
    for programs that prefer JSON."""
    if prefers_problems(header(request, "accept")):
        return as_problem(refusal)
    language = preferred_language(header(request, "accept-language"))
    spoken = tongue(language)
    title = next(TITLES[kind] for kind in type(refusal).__mro__ if kind in TITLES)
    return page(
        "refusal",
        language,
        status=status_of(refusal),
        cache=PRIVATE,
        title=spoken.translate(title),
        message=spoken.refusal(refusal),
        series=None,
        back=None,
        page_url=absolute(paths.FRONT_PAGE()),
    )


@lru_cache
def style_sheet() -> str:
    return (TEMPLATES / "pages" / "style.css").read_text("utf-8")


@lru_cache
def style_version() -> str:
    """Changes with the style sheet, and is part of its address: so it can be cached for ever."""
    return hashlib.sha256(style_sheet().encode()).hexdigest()[:12]


@lru_cache
def icon() -> str:
    """SVG."""
    return (TEMPLATES / "pages" / "icon.svg").read_text("utf-8")


@lru_cache
def icon_address() -> str:
    """The icon itself as an address (RFC 2397), which saves every first visit a request."""
    return "data:image/svg+xml," + quote(icon().strip(), safe="/:=,")
