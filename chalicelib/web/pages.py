"""Pages: a template, a language, a status."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from chalice.app import Request, Response

from chalicelib.domain.refusals import Conflict, Gone, Invalid, NotFound, Refusal, say
from chalicelib.domain.series import Language
from chalicelib.language import TEMPLATES, tongue
from chalicelib.templating import environment
from chalicelib.web.problems import status_of
from chalicelib.web.routing import header
from chalicelib.world import world

HTML = "text/html; charset=utf-8"

TITLES: dict[type[Refusal], str] = {
    NotFound: say("Not found"),
    Gone: say("This is over"),
    Conflict: say("This did not work"),
    Invalid: say("Please check what you entered"),
    Refusal: say("This did not work"),
}


def page(
    template: str, language: Language, *, status: int = HTTPStatus.OK, cache: str = "no-cache", **context: Any
) -> Response:
    body = environment(language).get_template(f"pages/{template}.html").render(url=url, **context)
    return Response(body, headers={"Content-Type": HTML, "Cache-Control": cache}, status_code=int(status))


def url(path: str) -> str:
    """A path of ours as a browser needs it: API Gateway serves us below its stage's name."""
    return urlsplit(world().settings.public_url).path + path


def absolute(path: str) -> str:
    return world().settings.public_url + path


def refused(request: Request, refusal: Refusal) -> Response:
    """A page that says what is wrong, in the visitor's language: which series they meant may not be known."""
    language = preferred_language(header(request, "accept-language"))
    spoken = tongue(language)
    title = next(TITLES[kind] for kind in type(refusal).__mro__ if kind in TITLES)
    return page(
        "refusal",
        language,
        status=status_of(refusal),
        cache="no-store",
        title=spoken.say(title),
        message=spoken.refusal(refusal),
        series=None,
        back=None,
        page_url=absolute("/"),
    )


def preferred_language(accepted: str) -> Language:
    """The first of ``Accept-Language`` that we speak; English where nothing fits."""
    for part in accepted.split(","):
        primary = part.partition(";")[0].strip().partition("-")[0].lower()
        if primary in set(Language):
            return Language(primary)
    return Language.ENGLISH


@lru_cache
def style_sheet() -> str:
    return (TEMPLATES / "pages" / "style.css").read_text("utf-8")
