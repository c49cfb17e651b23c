"""Sources under ``/api/v1/sources``: connect a form, see what it sent, try, replay."""

from __future__ import annotations

import re
from http import HTTPStatus

from chalicelib.domain.refusals import FieldError, Invalid, NotFound, say
from chalicelib.domain.source import SecretKind, Source, SourceChange, SourceDraft
from chalicelib.domain.submission import State, Submission
from chalicelib.usecases import intake, people
from chalicelib.usecases import sources as usecases
from chalicelib.web.api.door import (
    LARGEST_PAGE,
    NO_CURSOR,
    admin_key,
    as_json,
    as_page,
    body_of,
    limit_of,
    problem_of,
    query,
    rest_of,
)
from chalicelib.web.api.sources import fields, views
from chalicelib.web.hooks import door
from chalicelib.web.parse import readers as commands
from chalicelib.web.routing import Response, Routes
from chalicelib.world import world

routes = Routes(__name__, answer=problem_of)

SOURCE = "/api/v1/sources/{source_id}"


@routes.route("/api/v1/sources", authorizer=admin_key)
def list_sources() -> Response:
    found = rest_of(routes, world().store.sources.all(), _id)
    return as_page(found, views.source, _id, limit=limit_of(routes, LARGEST_PAGE))


def _id(value: Source | Submission) -> str:
    return value.id


@routes.route("/api/v1/sources", methods=["POST"], authorizer=admin_key)
def create_source() -> Response:
    given = commands.parse(fields.CREATE, body_of(routes))
    secret = given.pop("secret", "")
    made = usecases.create(world(), SourceDraft(**given), secret=secret)
    return as_json(views.source_with_steps(made, {}), status=HTTPStatus.CREATED)


@routes.route(SOURCE, authorizer=admin_key)
def show_source(source_id: str) -> Response:
    found = world().store.sources.source(source_id)
    return as_json(views.source_with_steps(found, world().store.sources.refused(source_id)))


@routes.route(SOURCE, methods=["PATCH"], authorizer=admin_key)
def change_source(source_id: str) -> Response:
    given = commands.parse(fields.CHANGE, body_of(routes), partial=True)
    usecases.change(world(), source_id, SourceChange(**given))
    return show_source(source_id)


@routes.route(SOURCE, methods=["DELETE"], authorizer=admin_key)
def delete_source(source_id: str) -> Response:
    usecases.delete(world(), source_id)
    return show_source(source_id)


# Secrets


@routes.route(f"{SOURCE}/secrets", authorizer=admin_key)
def list_secrets(source_id: str) -> Response:
    """In full where we issue them; of others only that there is one."""
    source = usecases.existing(world(), source_id)
    shown = [
        {
            "number": one.number,
            "kind": one.kind,
            "since": one.since,
            "secret": world().vault.issued(source, one.number) if one.kind is SecretKind.ISSUED else None,
        }
        for one in source.secrets
    ]
    return as_json({"items": shown})


@routes.route(f"{SOURCE}/secrets", methods=["POST"], authorizer=admin_key)
def add_secret(source_id: str) -> Response:
    usecases.add_secret(world(), source_id, **commands.parse(fields.SECRET, body_of(routes)))
    answer = list_secrets(source_id)
    answer.status_code = HTTPStatus.CREATED.value
    return answer


@routes.route(f"{SOURCE}/secrets/{{number}}", methods=["DELETE"], authorizer=admin_key)
def drop_secret(source_id: str, number: str) -> Response:
    if not re.fullmatch("[0-9]{1,6}", number):
        raise NotFound
    usecases.drop_secret(world(), source_id, int(number))
    return list_secrets(source_id)


# Submissions


@routes.route(f"{SOURCE}/try", methods=["POST"], authorizer=admin_key)
def try_source(source_id: str) -> Response:
    """The body is a sample as the tool would send it, with its headers or without; nothing is changed."""
    source = usecases.existing(world(), source_id)
    posted = door.posted_of(routes.current_request, query(routes, "token", ""))
    decision = intake.trial(world(), source, door.arrived(posted, source))
    return as_json(views.trial(decision, verified=door.verified(posted, source)))


@routes.route(f"{SOURCE}/submissions", authorizer=admin_key)
def list_submissions(source_id: str) -> Response:
    world().store.sources.source(source_id)
    wanted, before, limit = query(routes, "state", ""), query(routes, "before", ""), limit_of(routes)
    if before and not re.fullmatch("[0-9a-f]{12}-[0-9a-f]{16}", before):
        raise Invalid(FieldError("before", NO_CURSOR))
    if wanted and wanted not in list(State):
        raise Invalid(FieldError("state", say("This has to be one of: {known}."), {"known": ", ".join(State)}))
    state = State(wanted) if wanted else None
    found = world().store.sources.submissions(source_id, now=world().clock(), state=state, before=before, limit=limit)
    return as_page(found, views.submission, _id, limit=limit)


@routes.route(f"{SOURCE}/submissions/{{submission_id}}", authorizer=admin_key)
def show_submission(source_id: str, submission_id: str) -> Response:
    found = world().store.sources.submission(source_id, submission_id, now=world().clock())
    return as_json(views.submission_with_answers(found))


@routes.route(f"{SOURCE}/submissions/{{submission_id}}", methods=["DELETE"], authorizer=admin_key)
def erase_submission(source_id: str, submission_id: str) -> Response:
    people.erase_submission(world(), source_id, submission_id)
    return as_json({"id": submission_id, "erased": True})


@routes.route(f"{SOURCE}/submissions/{{submission_id}}/replay", methods=["POST"], authorizer=admin_key)
def replay_submission(source_id: str, submission_id: str) -> Response:
    commands.parse({}, body_of(routes))
    return as_json(views.submission_with_answers(intake.replay(world(), source_id, submission_id)))


@routes.route(f"{SOURCE}/submissions/{{submission_id}}/dismiss", methods=["POST"], authorizer=admin_key)
def dismiss_submission(source_id: str, submission_id: str) -> Response:
    commands.parse({}, body_of(routes))
    return as_json(views.submission_with_answers(intake.dismiss(world(), source_id, submission_id)))


@routes.route(f"{SOURCE}/replay", methods=["POST"], authorizer=admin_key)
def replay_submissions(source_id: str) -> Response:
    """Everything that is kept, once each."""
    commands.parse({}, body_of(routes))
    replayed = intake.replay_all(world(), source_id)
    return as_json({"items": [views.submission(one) for one in replayed]})
