"""Sources: connect a form, see what it sent, try, replay."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from chalicelib.domain.refusals import NotFound
from chalicelib.domain.source import Source, SourceChange
from chalicelib.domain.submission import Submission
from chalicelib.usecases import intake, people
from chalicelib.usecases import sources as usecases
from chalicelib.web.api.door import LARGEST_PAGE, ApiRoutes, ListOf, Page, as_page, page_query, rest_of
from chalicelib.web.api.sources import bodies, schema, shown
from chalicelib.web.hooks import door
from chalicelib.web.routing import Response
from chalicelib.world import world

routes = ApiRoutes(__name__, "Sources")

SOURCE = "/sources/{source_id}"
SUBMISSION = f"{SOURCE}/submissions/{{submission_id}}"
SOURCE_ID = "[0-9a-f]{12}"


@routes.get("/sources", answers=ListOf(schema.Source), query=page_query(SOURCE_ID, limit=LARGEST_PAGE))
def list_sources(asked: Page) -> Response:
    """All of them, by name."""
    found = rest_of(world().store.sources.all(), asked, _id)
    return as_page(found, shown.source, _id, limit=asked.limit)


def _id(value: Source | Submission) -> str:
    return value.id


@routes.post("/sources", takes=bodies.NEW_SOURCE, answers=schema.Source, status=HTTPStatus.CREATED)
def create_source(given: bodies.NewSource) -> schema.Source:
    """Create one, with the `url` to paste and the `steps` for its tool."""
    return shown.source_with_steps(usecases.create(world(), given.draft, secret=given.secret), {})


@routes.get(SOURCE, answers=schema.Source)
def show_source(source_id: str) -> schema.Source:
    """One of them, with its `steps`, and under `refused` how many requests of each hour did not prove the secret."""
    found = world().store.sources.source(source_id)
    return shown.source_with_steps(found, world().store.sources.refused(source_id))


@routes.patch(SOURCE, takes=bodies.SOURCE_CHANGE, answers=schema.Source, refuses=(HTTPStatus.GONE,))
def change_source(source_id: str, given: SourceChange) -> schema.Source:
    """Change any field but kind and secret. What is kept can be replayed by the new mapping."""
    usecases.change(world(), source_id, given)
    return show_source(source_id)


@routes.delete(SOURCE, answers=schema.Source)
def delete_source(source_id: str) -> schema.Source:
    """Delete it: its address answers 410 from now on. What it posted stays until it expires."""
    usecases.delete(world(), source_id)
    return show_source(source_id)


# Secrets


@routes.get(f"{SOURCE}/secrets", answers=schema.Secrets, refuses=(HTTPStatus.GONE,))
def list_secrets(source_id: str) -> schema.Secrets:
    """The secrets that are valid: those we issue in full, of others only that there is one."""
    return shown.secrets(usecases.existing(world(), source_id))


@routes.post(
    f"{SOURCE}/secrets",
    takes=bodies.SECRET,
    answers=schema.Secrets,
    status=HTTPStatus.CREATED,
    refuses=(HTTPStatus.GONE,),
)
def add_secret(source_id: str, given: dict[str, Any]) -> schema.Secrets:
    """Add one, ours or a given one. Two are valid at once, so that they can be replaced without a gap."""
    usecases.add_secret(world(), source_id, **given)
    return list_secrets(source_id)


@routes.delete(f"{SOURCE}/secrets/{{number}}", answers=schema.Secrets, refuses=(HTTPStatus.GONE,))
def drop_secret(source_id: str, number: str) -> schema.Secrets:
    """Withdraw one: what is signed with it is refused from now on."""
    if not re.fullmatch("[0-9]{1,6}", number):
        raise NotFound
    usecases.drop_secret(world(), source_id, int(number))
    return list_secrets(source_id)


# Submissions


@routes.post(f"{SOURCE}/try", takes=None, query=bodies.TOKEN_IN_PATH, answers=schema.Trial, refuses=(HTTPStatus.GONE,))
def try_source(source_id: str, asked: dict[str, Any]) -> schema.Trial:
    """Send a sample as the tool would, with its signature or without.

    Answers what would become of it and how each field was read, and changes nothing.
    """
    source = usecases.existing(world(), source_id)
    posted = door.posted_of(routes.current_request, asked.get("token", ""))
    decision = intake.trial(world(), source, door.arrived(posted, source))
    return shown.trial(decision, verified=door.verified(posted, source))


@routes.get(f"{SOURCE}/submissions", answers=ListOf(schema.Submission), query=bodies.SUBMISSIONS)
def list_submissions(source_id: str, asked: bodies.Wanted) -> Response:
    """What was posted, newest first."""
    world().store.sources.source(source_id)
    found = world().store.sources.submissions(
        source_id, now=world().clock(), state=asked.state, before=asked.before, limit=asked.limit
    )
    return as_page(found, shown.submission, _id, limit=asked.limit)


@routes.get(SUBMISSION, answers=schema.Submission)
def show_submission(source_id: str, submission_id: str) -> schema.Submission:
    """One, with everything that was filled in."""
    found = world().store.sources.submission(source_id, submission_id, now=world().clock())
    return shown.submission_with_answers(found)


@routes.delete(SUBMISSION, answers=schema.SubmissionErased)
def erase_submission(source_id: str, submission_id: str) -> schema.SubmissionErased:
    """Erase one, where erasing its person does not find it."""
    people.erase_submission(world(), source_id, submission_id)
    return schema.SubmissionErased(id=submission_id, erased=True)


@routes.post(f"{SUBMISSION}/replay", answers=schema.Submission, refuses=(HTTPStatus.GONE,))
def replay_submission(source_id: str, submission_id: str) -> schema.Submission:
    """Read one that is kept once more, by the mapping as it is now."""
    return shown.submission_with_answers(intake.replay(world(), source_id, submission_id))


@routes.post(f"{SUBMISSION}/dismiss", answers=schema.Submission, refuses=(HTTPStatus.GONE,))
def dismiss_submission(source_id: str, submission_id: str) -> schema.Submission:
    """Note that nothing is to be done about it."""
    return shown.submission_with_answers(intake.dismiss(world(), source_id, submission_id))


@routes.post(f"{SOURCE}/replay", answers=ListOf(schema.Submission, paged=False), refuses=(HTTPStatus.GONE,))
def replay_submissions(source_id: str) -> dict[str, list[schema.Submission]]:
    """Read everything that is kept once more, oldest first, a hundred at most; each once."""
    replayed = intake.replay_all(world(), source_id)
    return {"items": [shown.submission(one) for one in replayed]}
