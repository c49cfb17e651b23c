"""``POST /hooks/{source}``: verify the raw bytes, read them, act, answer. The same for all tools.

What a tool is told decides what it does next, so the answers are few: 200 for whatever was taken or kept, 401 for
whatever is not verified (without a word on why), 410 for a deleted source, 413 and 429 before anything is read, 5xx
only where repeating helps. 404 is never answered, because Typeform switches a webhook off at once when it meets one.
"""

from __future__ import annotations

import logging
import traceback
from http import HTTPStatus

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import paths
from chalicelib.domain.refusals import Conflict, NotFound, Refusal
from chalicelib.domain.source import Source
from chalicelib.store.sources import Seen
from chalicelib.usecases import intake
from chalicelib.usecases.arrival import Arrived
from chalicelib.web.charsets import legible
from chalicelib.web.hooks.base import Posted, Unreadable, without
from chalicelib.web.hooks.kinds import kind_of
from chalicelib.web.problems import as_problem, problem
from chalicelib.web.routing import Headers, Request, Response, Routes, body
from chalicelib.world import world

log = logging.getLogger(__name__)

LARGEST_BODY = 256 * 1024
MOST_A_MINUTE = 600
"""Of one source: a flood from one form must not starve the others.

Typeform and Power Automate come again after a 429.
"""

LONGEST_ID = 64


def answer(_: Request, refusal: Refusal) -> Response:
    """An address that is none is answered like a source with another secret."""
    return problem(HTTPStatus.UNAUTHORIZED) if isinstance(refusal, NotFound) else as_problem(refusal)


routes = Routes(__name__, answer=answer)


@routes.route(paths.HOOK.pattern, methods=["POST"])
def take_submission(source_id: str) -> Response:
    return _take(source_id, "")


@routes.route(paths.HOOK_WITH_TOKEN.pattern, methods=["POST"])
def take_submission_with_token(source_id: str, token: str) -> Response:
    return _take(source_id, token)


def _take(source_id: str, path_token: str) -> Response:
    posted = posted_of(routes.current_request, path_token)
    if len(posted.body) > LARGEST_BODY:
        return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"At most {LARGEST_BODY} bytes.")
    source = _source(source_id)
    if source is None:
        return problem(HTTPStatus.UNAUTHORIZED)
    if source.deleted_at:
        return problem(HTTPStatus.GONE)
    now = world().clock()
    if not verified(posted, source):
        world().store.sources.count_refused(source.id, now)
        return problem(HTTPStatus.UNAUTHORIZED)
    if world().store.sources.count_taken(source.id, now) > MOST_A_MINUTE:
        answered = problem(HTTPStatus.TOO_MANY_REQUESTS, "This source sends more than it may in a minute.")
        answered.headers["Retry-After"] = str(60 - now.second)
        return answered
    try:
        seen = _acted(source, arrived(posted, source))
    except Conflict:
        # Many copies at once, or an edition under siege: the same request succeeds a moment later.
        answered = problem(HTTPStatus.SERVICE_UNAVAILABLE)
        answered.headers["Retry-After"] = "5"
        return answered
    said = {"submission": seen.submission, "state": seen.state}
    headers: Headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return Response(msgspec.json.encode(said).decode(), headers=headers, status_code=HTTPStatus.OK.value)


def posted_of(request: Request, path_token: str) -> Posted:
    """The request with its headers by lower-case names."""
    return Posted(body(request), {name.lower(): value for name, value in request.headers.items()}, path_token)


def verified(posted: Posted, source: Source) -> bool:
    secrets = world().vault.accepted(source)
    return kind_of(source.kind).verified(posted, secrets, source, now=world().clock())


def arrived(posted: Posted, source: Source) -> Arrived:
    """The request as it was read; where it cannot be, as text, without the secrets that came along."""
    kind = kind_of(source.kind)
    try:
        return Arrived(payload=kind.read(posted, source), media_type=posted.media_type)
    except Unreadable as unreadable:
        problem = str(unreadable)
    except Exception as error:  # noqa: BLE001  # whatever it is, the submission must not be lost
        _log(source, "reading", error)
        problem = "A fault of ours: this was not expected."
    raw = without(legible(posted.body), kind.secrets_in(posted, source))
    return Arrived(payload=None, problem=problem, raw=raw, media_type=posted.media_type)


def _source(source_id: str) -> Source | None:
    try:
        return world().store.sources.source_lately(source_id) if len(source_id) <= LONGEST_ID else None
    except NotFound:
        return None


def _acted(source: Source, what: Arrived) -> Seen:
    """Taken; where a fault of ours prevents that, kept, since the tool would meet the same fault when it repeats."""
    try:
        return intake.take(world(), source, what)
    except (ClientError, BotoCoreError, Conflict):
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, the submission must not be lost
        _log(source, "taking", error)
        return intake.keep_for_us(world(), source, what)


def _log(source: Source, doing: str, error: Exception) -> None:
    """Without the exception's message: it may quote what somebody filled in."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("source %s: %s while %s a submission; it is kept\n%s", source.id, type(error).__name__, doing, where)
