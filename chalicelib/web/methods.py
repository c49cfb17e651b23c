"""Every method at every address: HEAD as GET, OPTIONS and 405 with what is allowed (RFC 9110 §9.3 and §15.5.6), 404
where nothing is.

API Gateway calls us only for a path and method that have a route, and answers everything else itself, in one way for
people and programs and without ``Allow``. So each path has a route for each method, behind the same authorizer, and one
route stands for all other paths.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from chalicelib import paths
from chalicelib.domain.refusals import NotFound
from chalicelib.web.negotiation import names_pages
from chalicelib.web.pages import refused
from chalicelib.web.problems import MethodNotAllowed, problem
from chalicelib.web.routing import ANY_TYPE, Chalice, Request, Response, RouteEntry, header

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Those that API Gateway can have a route for."""

ELSEWHERE = "/{proxy+}"
"""API Gateway takes it for whatever no other path fits."""

VARY = "Accept, Accept-Language"

HEAD, OPTIONS, NOT_ALLOWED, NOT_THERE = "head", "options", "not_allowed", "not_there"


def answer_every_method(app: Chalice) -> None:
    """Add what is missing to the routes; call it when all others are registered."""
    for path, entries in list(app.routes.items()):
        allowed = _allowed(entries)
        same: dict[str, Any] = {"authorizer": next(iter(entries.values())).authorizer, "content_types": ANY_TYPE}
        if "GET" in entries:
            app.route(path, methods=["HEAD"], name=HEAD, **same)(entries["GET"].view_function)
        app.route(path, methods=["OPTIONS"], name=OPTIONS, **same)(_options(allowed))
        refused_here = [method for method in METHODS if method not in allowed]
        app.route(path, methods=refused_here, name=NOT_ALLOWED, **same)(_not_allowed(app, allowed))
    app.route(ELSEWHERE, methods=list(METHODS), name=NOT_THERE, content_types=ANY_TYPE)(_not_there(app))


def offered(entries: Mapping[str, RouteEntry]) -> list[str]:
    """The methods of a path that a view of its own answers."""
    added = {HEAD, OPTIONS, NOT_ALLOWED, NOT_THERE}
    return [method for method, entry in entries.items() if entry.view_name not in added]


def _allowed(entries: Mapping[str, RouteEntry]) -> list[str]:
    there = {*entries, "OPTIONS"} | ({"HEAD"} if "GET" in entries else set())
    return [method for method in METHODS if method in there]


def _options(allowed: list[str]) -> Any:
    def options(**_: str) -> Response:
        headers: dict[str, str | list[str]] = {"Allow": ", ".join(allowed), "Cache-Control": "no-store"}
        return Response("", headers=headers, status_code=HTTPStatus.NO_CONTENT.value)

    return options


def _not_allowed(app: Chalice, allowed: list[str]) -> Any:
    def not_allowed(**_: str) -> Response:
        request = _request(app)
        answer = (
            refused(request, MethodNotAllowed())
            if _is_for_people(request, request.path)
            else problem(HTTPStatus.METHOD_NOT_ALLOWED, f"This address takes {', '.join(allowed)}.")
        )
        answer.headers |= {"Allow": ", ".join(allowed), "Vary": VARY}
        return answer

    return not_allowed


def _not_there(app: Chalice) -> Any:
    def not_there() -> Response:
        request = _request(app)
        path = "/" + next(iter((request.uri_params or {}).values()), "")
        answer = (
            refused(request, NotFound())
            if _is_for_people(request, path)
            else problem(HTTPStatus.NOT_FOUND, "There is nothing at this address.")
        )
        answer.headers["Vary"] = VARY
        return answer

    return not_there


def _request(app: Chalice) -> Request:
    request = app.current_request
    assert request is not None  # there is one while a view runs
    return request


def _is_for_people(request: Request, path: str) -> bool:
    return not path.startswith(paths.FOR_PROGRAMS) and names_pages(header(request, "accept"))
