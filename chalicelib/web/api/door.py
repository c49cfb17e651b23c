"""What all of the admin API shares: its key, its way to read requests and to answer them."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec

from chalicelib.domain.refusals import FieldError, Invalid, Refusal, say
from chalicelib.web.parse import readers as commands
from chalicelib.web.problems import as_problem
from chalicelib.web.routing import AuthRequest, AuthResponse, Blueprint, Headers, Request, Response, header
from chalicelib.world import world

T = TypeVar("T")

keyed = Blueprint(__name__)

KEY_SCHEME = "Bearer "
REMEMBERED_SECONDS = 60
"""API Gateway asks again after this time, so a key that was withdrawn works no longer than that."""

LARGEST_PAGE = 1000

LARGEST_ANSWER = 5_000_000
"""Bytes of a list's items. Lambda gives back 6 MB at most, counted in the JSON in which our answer is a text: escaped once more."""


@keyed.authorizer(name="admin_key", ttl_seconds=REMEMBERED_SECONDS)
def admin_key(request: AuthRequest) -> AuthResponse:
    """Every configured hash is compared, in constant time, whether or not one has matched already."""
    given = request.token.removeprefix(KEY_SCHEME) if request.token.startswith(KEY_SCHEME) else ""
    digest = hashlib.sha256(given.encode()).hexdigest()
    matches = [hmac.compare_digest(digest, known) for known in world().settings.admin_key_hashes]
    allowed: list[Any] = ["*"] if any(matches) else []
    return AuthResponse(routes=allowed, principal_id="organiser")


def problem_of(_: Request, refusal: Refusal) -> Response:
    return as_problem(refusal)


def body_of(routes: Blueprint) -> dict[str, Any]:
    """The JSON object that was sent. Raises ``UnsupportedMediaType``, ``TooLarge``, ``Malformed``."""
    return commands.json_of(routes.current_request)


def query(routes: Blueprint, name: str, default: str) -> str:
    given = routes.current_request.query_params
    return str(given[name]) if given and name in given else default


def key_digits(request: Request) -> str:
    """The first eight digits of the hash of the request's admin key: says which key it was, and opens nothing."""
    key = header(request, "authorization").removeprefix(KEY_SCHEME)
    return hashlib.sha256(key.encode()).hexdigest()[:8]


def limit_of(routes: Blueprint, default: int = 100) -> int:
    """``?limit=``, 1 to 1000. Raises ``Invalid``."""
    limit = query(routes, "limit", str(default))
    if not re.fullmatch("[0-9]{1,6}", limit) or not 1 <= int(limit) <= LARGEST_PAGE:
        between: dict[str, object] = {"least": 1, "most": LARGEST_PAGE}
        raise Invalid(FieldError("limit", say("This has to be between {least} and {most}."), between))
    return int(limit)


NO_CURSOR = say("Give the value of next from the answer before.")


def page_of(routes: Blueprint) -> tuple[str, int]:
    """``?after=`` (the last answer's ``next``) and ``?limit=`` (1 to 1000, 100 by default). Raises ``Invalid``."""
    limit, after = limit_of(routes), query(routes, "after", "")
    if after and not re.fullmatch("[0-9a-f]{32}", after):
        raise Invalid(FieldError("after", NO_CURSOR))
    return after, limit


def rest_of(routes: Blueprint, found: Iterable[T], cursor: Callable[[T], str]) -> Iterable[T]:
    """What of a short list comes behind the one that ``?after=`` names; all of it without. Raises ``Invalid``."""
    after, left = query(routes, "after", ""), iter(found)
    if after and not any(cursor(one) == after for one in left):
        raise Invalid(FieldError("after", NO_CURSOR))
    return left


def as_page(found: Iterable[T], view: Callable[[T], Any], cursor: Callable[[T], str], *, limit: int) -> Response:
    """At most ``limit`` items, and no more of them than fit into one answer; ``next`` continues exactly behind the last one."""
    shown: list[msgspec.Raw] = []
    size, last = 0, ""
    for one in itertools.islice(found, limit):
        encoded = msgspec.json.encode(view(one))
        size += len(json.dumps(encoded.decode()))
        if shown and size > LARGEST_ANSWER:
            return as_json({"items": shown, "next": last})
        shown.append(msgspec.Raw(encoded))
        last = cursor(one)
    return as_json({"items": shown, "next": last if len(shown) == limit else None})


def as_json(value: Any, *, status: HTTPStatus = HTTPStatus.OK) -> Response:
    headers: Headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return Response(msgspec.json.encode(value).decode(), headers=headers, status_code=status.value)
