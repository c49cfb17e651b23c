"""What all of the admin API shares: its key, and a view's way from a request to an answer.

A view is given what was read and gives a Struct. What it takes and answers stands where it is routed, as data: requests
are read by it, and the OpenAPI document is made of it.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar

import msgspec

from chalicelib import paths
from chalicelib.domain.refusals import FieldError, Invalid, Refusal, Wrong, mark
from chalicelib.web.parse.fields import Body, Field, Misread
from chalicelib.web.parse.readers import NO_CURSOR, Cursor, Digits, Whole
from chalicelib.web.parse.requests import json_of
from chalicelib.web.problems import as_problem
from chalicelib.web.routing import AuthRequest, AuthResponse, Blueprint, Headers, Request, Response, Routes, header
from chalicelib.world import world

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])

keyed = Blueprint(__name__)

ROOT = paths.API()
KEY_SCHEME = "Bearer "
REMEMBERED_SECONDS = 60
"""API Gateway asks again after this time, so a key that was withdrawn works no longer than that."""

LARGEST_PAGE = 1000

COUNTED_PAGE = 100
"""Of a list whose items say how many people they have: each is a read of its own, of a few milliseconds."""

LARGEST_ANSWER = 5_000_000
"""Bytes of a list's items.

Lambda gives back 6 MB at most, counted in the JSON in which our answer is a text: escaped once more.
"""


@keyed.authorizer(name="admin_key", ttl_seconds=REMEMBERED_SECONDS)
def admin_key(request: AuthRequest) -> AuthResponse:
    """Every configured hash is compared, in constant time, whether or not one has matched already."""
    given = request.token.removeprefix(KEY_SCHEME) if request.token.startswith(KEY_SCHEME) else ""
    digest = hashlib.sha256(given.encode()).hexdigest()
    matches = [hmac.compare_digest(digest, known) for known in world().settings.admin_key_hashes]
    allowed: list[Any] = ["*"] if any(matches) else []
    return AuthResponse(routes=allowed, principal_id="organiser")


def key_digits(request: Request) -> str:
    """The first eight digits of the hash of the request's admin key: says which key it was, and opens nothing."""
    key = header(request, "authorization").removeprefix(KEY_SCHEME)
    return hashlib.sha256(key.encode()).hexdigest()[:8]


# Routes

NO_QUERY = Body("NoQuery", {})
NOTHING = Body("Nothing", {})
"""The body of a request that takes no fields: none at all, or ``{}``."""


class ListOf(NamedTuple):
    """An answer of ``items``; a ``paged`` one says with ``next`` where the list goes on.

    ``counts`` is the Struct that says how many people the whole list has, on each page; None where that is not said.
    """

    item: Any
    paged: bool = True
    counts: Any = None

    @property
    def structs(self) -> list[Any]:
        """All that its answers are made of."""
        return [self.item, *([self.counts] if self.counts else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A method at an address.

    ``takes`` is the body it reads, None where it reads none or reads it itself; ``answers`` is a Struct or a list.
    ``others`` are media types that it can answer with beside JSON. Where some of the body cannot be read, ``also`` is
    asked what is wrong with the rest: it gets the values that could be read, and the parts of the path.
    """

    method: str
    path: str
    view: Callable[..., Any]
    query: Body
    takes: Body | None
    answers: Any
    status: HTTPStatus
    refuses: tuple[HTTPStatus, ...]
    others: tuple[str, ...]
    also: Callable[..., Iterable[FieldError]] | None


class ApiRoutes(Routes):
    """Routes below ``/api/v1``, behind the key. ``about`` is the heading of these routes in the reference."""

    def __init__(self, import_name: str, about: str) -> None:
        super().__init__(import_name, answer=_problem_of)
        self.about = about
        self.operations: list[Operation] = []

    def get(self, path: str, *, answers: Any, query: Body = NO_QUERY, **more: Any) -> Callable[[View], View]:
        return self._routed("GET", path, answers=answers, query=query, takes=None, **more)

    def post(
        self, path: str, *, answers: Any, takes: Body | None = NOTHING, query: Body = NO_QUERY, **more: Any
    ) -> Callable[[View], View]:
        return self._routed("POST", path, answers=answers, query=query, takes=takes, **more)

    def patch(self, path: str, *, answers: Any, takes: Body, **more: Any) -> Callable[[View], View]:
        return self._routed("PATCH", path, answers=answers, query=NO_QUERY, takes=takes, **more)

    def delete(self, path: str, *, answers: Any, **more: Any) -> Callable[[View], View]:
        return self._routed("DELETE", path, answers=answers, query=NO_QUERY, takes=None, **more)

    def _routed(
        self,
        method: str,
        path: str,
        *,
        query: Body,
        takes: Body | None,
        answers: Any,
        status: HTTPStatus = HTTPStatus.OK,
        refuses: tuple[HTTPStatus, ...] = (),
        others: tuple[str, ...] = (),
        also: Callable[..., Iterable[FieldError]] | None = None,
    ) -> Callable[[View], View]:
        """``status`` is that of a good answer; ``refuses`` are those of refusals beside the ones that every
        such method has."""

        def routed(view: View) -> View:
            operation = Operation(
                method=method,
                path=ROOT + path,
                view=view,
                query=query,
                takes=takes,
                answers=answers,
                status=status,
                refuses=refuses,
                others=others,
                also=also,
            )
            self.operations.append(operation)
            self.route(operation.path, methods=[method], authorizer=admin_key)(_reading(self, operation))
            return view

        return routed


def _reading(routes: ApiRoutes, operation: Operation) -> Callable[..., Response]:
    """The view behind the door: ``asked`` is what was read of the query, ``given`` what was read of the body."""

    @wraps(operation.view)
    def reading(**path: str) -> Response:
        read: dict[str, Any] = {}
        asked = _asked(operation.query, routes.current_request)
        if operation.query.fields:
            read["asked"] = asked
        if operation.takes is not None:
            try:
                given = operation.takes.read(json_of(routes.current_request))
            except Misread as misread:
                more = operation.also(misread.read, **path) if operation.also else ()
                raise Invalid(*misread.errors, *more) from None
            if operation.takes.fields:
                read["given"] = given
        answer = operation.view(**path, **read)
        return answer if isinstance(answer, Response) else as_json(answer, status=operation.status)

    return reading


def _asked(query: Body, request: Request) -> Any:
    """A parameter without a value counts as not given. Raises ``Invalid``, also for one that is given twice."""
    params: Any = request.query_params
    names = list(params or ())
    twice = [name for name in names if len(params.getlist(name)) > 1]
    wrong = Wrong(*(FieldError(name, mark("This is given twice. Give it once.")) for name in twice))
    asked = None
    with wrong.noted():
        asked = query.read({name: params[name] for name in names if params[name]})
    wrong.refuse()
    return asked


def _problem_of(_: Request, refusal: Refusal) -> Response:
    return as_problem(refusal)


# Lists


class Page(NamedTuple):
    """Which part of a list is asked for: at most ``limit`` items behind the one that ``after`` names."""

    after: str
    limit: int


def page_query(cursor: str, *, limit: int = 100) -> Body:
    """``?after=``, which looks like ``cursor``, and ``?limit=``, with what it is where it is not given."""

    def page(*, after: str = "", limit: int = limit) -> Page:
        return Page(after, limit)

    return Body("Page", page_fields(cursor, limit=limit), into=page)


def page_fields(cursor: str, *, limit: int) -> dict[str, Field]:
    """Of a query; ``limit`` is said to be what holds where none is given."""
    return {
        "after": Field("after", Cursor(cursor), says="`next` of the answer before: the list goes on behind it."),
        "limit": limit_field(limit),
    }


def limit_field(usual: int) -> Field:
    return Field("limit", Digits(Whole(1, LARGEST_PAGE)), says=f"How many at most; {usual} if not given.")


def rest_of(found: Iterable[T], page: Page, cursor: Callable[[T], str]) -> Iterable[T]:
    """What of a short list comes behind the one that ``page`` names; all of it where it names none.

    Raises ``Invalid``.
    """
    left = iter(found)
    if page.after and not any(cursor(one) == page.after for one in left):
        raise Invalid(FieldError("after", NO_CURSOR))
    return left


def as_page(
    found: Iterable[T],
    view: Callable[[T], Any],
    cursor: Callable[[T], str],
    *,
    limit: int,
    rest: str | None = None,
    counts: Any = None,
) -> Response:
    """At most ``limit`` items, and no more of them than fit into one answer; ``next`` continues exactly
    behind the last one. ``counts`` stand beside them, where they are given.

    Where all of ``found`` are shown it is ``rest``, if that is given: empty where the list ends.
    """
    beside = {} if counts is None else {"counts": counts}
    shown: list[msgspec.Raw] = []
    size, last = 0, ""
    for one in itertools.islice(found, limit):
        encoded = msgspec.json.encode(view(one))
        size += len(json.dumps(encoded.decode()))
        if shown and size > LARGEST_ANSWER:
            return as_json({"items": shown, "next": last} | beside)
        shown.append(msgspec.Raw(encoded))
        last = cursor(one)
    if rest is None:
        rest = last if len(shown) == limit else ""
    return as_json({"items": shown, "next": rest or None} | beside)


def as_json(value: Any, *, status: HTTPStatus = HTTPStatus.OK) -> Response:
    headers: Headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return Response(msgspec.json.encode(value).decode(), headers=headers, status_code=status.value)
