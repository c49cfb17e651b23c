"""What every answer carries, and how Chalice's own errors are said in our words."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from chalicelib.web.negotiation import etag, has_already
from chalicelib.web.problems import problem
from chalicelib.web.routing import Request, Response, header

SECURITY = {
    # Pages load our style sheet and nothing else; no script runs, no other site frames them. Nothing on a page could
    # use connect-src: Chromium holds Lighthouse to it, which would else not find robots.txt.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri "
        "'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}

FIRST_ERROR = 400
SAFE = ("GET", "HEAD")


def answered_well(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Security headers on everything; Chalice's ``{"Code": …}`` errors (405, 500) as RFC 9457 problems; 304 where
    nothing is new."""
    response = get_response(request)
    if response.status_code >= FIRST_ERROR and isinstance(response.body, dict):
        response = problem(response.status_code, _detail(response.body, response.status_code))
    response.headers = {**SECURITY, **response.headers}
    if _is_nobody_elses(response):
        # What no cache may keep, no search engine may list.
        response.headers["X-Robots-Tag"] = "noindex"
    elif request.method in SAFE and response.status_code == HTTPStatus.OK:
        response = _validated(request, response)
    if request.method == "HEAD":
        response.body = ""
    return response


def _is_nobody_elses(response: Response) -> bool:
    return "no-store" in str(response.headers.get("Cache-Control", ""))


def _validated(request: Request, response: Response) -> Response:
    """With an entity tag; without its content for who has that already (RFC 9110 §15.4.5)."""
    current = etag(str(response.body))
    varying = [str(response.headers["Vary"])] if "Vary" in response.headers else []
    # API Gateway compresses what is large enough, for clients that accept that.
    response.headers |= {"ETag": current, "Vary": ", ".join([*varying, "Accept-Encoding"])}
    if has_already(header(request, "if-none-match"), current):
        # The other headers stay: a cache keeps those of the newest answer, and without a type API Gateway would say
        # JSON.
        response.body, response.status_code = "", HTTPStatus.NOT_MODIFIED.value
    return response


def _detail(body: dict[str, Any], status: int) -> str:
    """Nothing of a bug's insides is shown."""
    return "Something went wrong on our side; it has been noted." if status >= 500 else str(body.get("Message", ""))  # noqa: PLR2004
