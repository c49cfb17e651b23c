"""Blueprints whose views may raise refusals, and the only door to Chalice: everything else in ``web`` imports its names
from here.

Chalice's middleware never sees what a view raises, so each view is wrapped where it is routed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from chalice import Blueprint, Chalice
from chalice.app import AuthRequest, AuthResponse, Request, Response, RouteEntry

from chalicelib.domain.refusals import NotFound, Refusal

__all__ = [
    "ANY_TYPE",
    "AuthRequest",
    "AuthResponse",
    "Blueprint",
    "Chalice",
    "Headers",
    "Request",
    "Response",
    "RouteEntry",
    "Routes",
    "body",
    "header",
    "media_type",
    "see_other",
]

Headers = dict[str, str | list[str]]
View = Callable[..., Response]
Answer = Callable[[Request, Refusal], Response]

ANY_TYPE = ["*/*"]
"""Chalice would answer an unexpected content type in its own words; we look ourselves and answer in ours."""

LONGEST_NAME = 500
"""No id or link of ours is longer, and DynamoDB answers a key above 1 kB with an error instead of "no such item"."""


class Routes(Blueprint):
    """``answer`` turns a refusal into this blueprint's kind of response."""

    def __init__(self, import_name: str, answer: Answer) -> None:
        super().__init__(import_name)
        self._answer = answer

    def route(self, path: str, **options: Any) -> Callable[[View], View]:
        register = super().route(path, **{"content_types": ANY_TYPE} | options)

        def routed(view: View) -> View:
            @wraps(view)
            def answering(*args: Any, **kwargs: Any) -> Response:
                try:
                    if any(len(value) > LONGEST_NAME for value in kwargs.values()):
                        raise NotFound
                    return view(*args, **kwargs)
                except Refusal as refusal:
                    return self._answer(self.current_request, refusal)

            register(answering)
            return view

        return routed


def see_other(location: str) -> Response:
    """The answer to a POST that changed something: go and look (RFC 9110 §15.4.4), so that a reload sends
    nothing twice."""
    return Response("", headers={"Location": location, "Cache-Control": "no-store"}, status_code=303)


def header(request: Request, name: str) -> str:
    return str(request.headers.get(name, ""))


def body(request: Request) -> bytes:
    """As it was sent."""
    raw = request.raw_body
    return raw if isinstance(raw, bytes) else raw.encode()


def media_type(request: Request) -> str:
    return header(request, "content-type").partition(";")[0].strip().lower()
