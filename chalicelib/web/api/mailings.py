"""What organisers see of a mailing, and what they can still do about it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.delivery import HANDED_OVER, Outcome
from chalicelib.usecases import mailings as usecases
from chalicelib.usecases.correct import correct_one
from chalicelib.usecases.halts import held_up_by
from chalicelib.web.api import bodies, schema, shown, times
from chalicelib.web.api.door import ApiRoutes, ListOf, as_json
from chalicelib.web.routing import Response
from chalicelib.world import world

routes = ApiRoutes(__name__, "Mailings")

SHOWN = 100
LOOKED_AT = 1000
"""People, in order of their keyed hashes: whoever got what was stopped may stand anywhere among them."""


@routes.get("/mailings/{mailing_id}", answers=schema.MailingReport)
def show_mailing(mailing_id: str) -> schema.MailingReport:
    """Where it stands: outcomes, failures, and what holds it up."""
    found = usecases.survey(world(), mailing_id)
    failed = world().store.recipients(found.mailing, list(found.failures)).known
    addresses = {hash_: person.address for hash_, person in failed.items()}
    return shown.report(found, addresses, held_up_by(world(), found.mailing))


@routes.get("/mailings/{mailing_id}/recipients", answers=ListOf(schema.Recipient), query=bodies.RECIPIENTS)
def list_recipients(mailing_id: str, asked: bodies.Recipients) -> Response:
    """Who it is for, and what became of each mail, as far as its audience has been cut into batches.

    A page may hold fewer than `limit`, or nobody, and still have a `next`.
    """
    outcomes = (asked.outcome,) if asked.outcome else tuple(Outcome)
    mailing = world().store.mailing(mailing_id)
    page = usecases.recipients(world(), mailing, outcomes=outcomes, after=asked.after, limit=asked.limit)
    return as_json({"items": [shown.recipient(one) for one in page.found], "next": page.next or None})


@routes.post("/mailings/{mailing_id}/pause", answers=schema.MailingReport)
def pause_mailing(mailing_id: str) -> schema.MailingReport:
    """Send no more of it until it is resumed."""
    usecases.pause(world(), mailing_id)
    return show_mailing(mailing_id)


@routes.post("/mailings/{mailing_id}/resume", answers=schema.MailingReport)
def resume_mailing(mailing_id: str) -> schema.MailingReport:
    """Go on. 409 while a correction for those who were sent it so far waits to begin."""
    usecases.resume(world(), mailing_id)
    return show_mailing(mailing_id)


@routes.post("/mailings/{mailing_id}/cancel", answers=schema.MailingReport)
def cancel_mailing(mailing_id: str) -> schema.MailingReport:
    """Send no more of it; before it has begun, that withdraws it.

    Whoever has not been written to is skipped, with the reason. Whoever got it, or may have, is named in `received`.
    """
    cancelled = usecases.cancel(world(), mailing_id)
    got_it = usecases.recipients(world(), cancelled, outcomes=HANDED_OVER, in_flight=True, limit=LOOKED_AT)
    return replace(show_mailing(mailing_id), received=[shown.recipient(one) for one in got_it.found[:SHOWN]])


@routes.post(
    "/mailings/{mailing_id}/correct",
    takes=bodies.CORRECTION,
    also=times.of_a_correction,
    answers=schema.Plan,
    refuses=(HTTPStatus.GONE,),
)
def correct_mailing(mailing_id: str, given: dict[str, Any]) -> schema.Plan:
    """Tell exactly those who got this announcement, or this message to the registered, what was wrong.

    Of an announcement, as for its edition. Of a message `text` is required, and is a message itself.
    """
    planned = correct_one(world(), mailing_id, **given)
    unchanged = shown.planned_already(planned, what="correction", sent="was sent")
    return shown.plan(planned, now=world().clock(), unchanged=unchanged)


@routes.post("/mailings/{mailing_id}/retry", answers=schema.MailingReport)
def retry_mailing(mailing_id: str) -> schema.MailingReport:
    """Try whoever has `failed` once more, by one call each."""
    retried = usecases.retry(world(), mailing_id)
    return replace(show_mailing(mailing_id), retried=retried)
