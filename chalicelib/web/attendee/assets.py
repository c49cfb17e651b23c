"""What pages load and what programs look for: the style sheet, the icon, and what robots may list."""

from __future__ import annotations

from chalicelib import paths
from chalicelib.web.pages import icon, refused, style_sheet, style_version, url
from chalicelib.web.routing import Response, Routes

routes = Routes(__name__, answer=refused)

FOR_EVER = "public, max-age=31536000, immutable"
NOT_FOR_ROBOTS = (*paths.FOR_ONE_PERSON, *paths.FOR_PROGRAMS)


@routes.route(paths.STYLE_SHEET.pattern)
def style() -> Response:
    """Pages name its version.

    A page from before or after a deployment names another, and gets this one for a short time.
    """
    given = routes.current_request.query_params
    is_this = given is not None and given.get("v") == style_version()
    return _asset(style_sheet(), "text/css; charset=utf-8", FOR_EVER if is_this else "public, max-age=300")


@routes.route(paths.FAVICON.pattern)
def favicon() -> Response:
    """For whoever looks for the icon without reading a page.

    SVG, as API Gateway takes binary answers for text unless ``Accept`` names them.
    """
    return _asset(icon(), "image/svg+xml", "public, max-age=86400")


@routes.route(paths.ROBOTS.pattern)
def robots() -> Response:
    """RFC 9309. What opens with a link from a mail is for one person; public pages may be found."""
    closed = [f"Disallow: {url(path)}" for path in NOT_FOR_ROBOTS]
    return _asset("\n".join(["User-agent: *", *closed, ""]), "text/plain; charset=utf-8", "public, max-age=86400")


def _asset(content: str, media_type: str, cache: str) -> Response:
    return Response(content, headers={"Content-Type": media_type, "Cache-Control": cache})
