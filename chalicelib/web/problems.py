"""What a refusal looks like over HTTP: an RFC 9457 problem for programs, a page for people.

The one place that knows the statuses.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec

from chalicelib.domain.refusals import Conflict, Gone, Invalid, NotFound, Refusal, TooOften, mark
from chalicelib.domain.series import Language
from chalicelib.web.routing import Headers, Response
from chalicelib.words.language import tongue

PROBLEM = "application/problem+json"

MOST_ERRORS, LONGEST_FIELD = 100, 100
"""Errors that are listed, and characters of a field's name: an answer that repeats all that was sent can be larger than
Lambda gives back."""


class UnsupportedMediaType(Refusal):
    pass


class TooLarge(Refusal):
    pass


class Malformed(Refusal):
    pass


class MethodNotAllowed(Refusal):
    message = mark("This page cannot be opened directly. Please start again from the overview.")


STATUS: dict[type[Refusal], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Gone: HTTPStatus.GONE,
    Malformed: HTTPStatus.BAD_REQUEST,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    TooOften: HTTPStatus.TOO_MANY_REQUESTS,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Refusal: HTTPStatus.UNPROCESSABLE_ENTITY,
}


def status_of(refusal: Refusal) -> HTTPStatus:
    """That of the nearest ancestor."""
    return next(STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS)


def problem(status: int, detail: str = "", **more: Any) -> Response:
    """``type`` is about:blank, so ``title`` is the status's own phrase (RFC 9457 §4.2.1)."""
    body = {"title": HTTPStatus(status).phrase, "status": int(status)} | ({"detail": detail} if detail else {}) | more
    headers: Headers = {"Content-Type": PROBLEM, "Cache-Control": "no-store"}
    return Response(msgspec.json.encode(body).decode(), headers=headers, status_code=int(status))


def _cut(field: str) -> str:
    return field if len(field) <= LONGEST_FIELD else field[: LONGEST_FIELD - 1] + "…"


def as_problem(refusal: Refusal) -> Response:
    """For the API, whose language is English."""
    more: dict[str, Any] = {}
    if isinstance(refusal, Invalid):
        said = tongue(Language.ENGLISH)
        more["errors"] = [
            {"field": _cut(error.name), "detail": said.refusal(error)} for error in refusal.errors[:MOST_ERRORS]
        ]
        if len(refusal.errors) > MOST_ERRORS:
            more["more_errors"] = len(refusal.errors) - MOST_ERRORS
    answer = problem(status_of(refusal), str(refusal), **more)
    if isinstance(refusal, TooOften):
        answer.headers["Retry-After"] = str(int(refusal.retry_after.total_seconds()) + 1)
    return answer
