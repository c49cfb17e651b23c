"""What organisers see of a mailing, and what they can still do about it."""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.usecases import mailings as usecases
from chalicelib.usecases.halts import held_up_by
from chalicelib.web.api import schema, shown
from chalicelib.web.api.door import ApiRoutes
from chalicelib.world import world

routes = ApiRoutes(__name__, "Mailings")


@routes.get("/mailings/{mailing_id}", answers=schema.MailingReport)
def show_mailing(mailing_id: str) -> schema.MailingReport:
    """Where it stands: outcomes, failures, and what holds it up."""
    found = usecases.survey(world(), mailing_id)
    failed = world().store.recipients(found.mailing, list(found.failures)).known
    addresses = {hash_: person.address for hash_, person in failed.items()}
    return shown.report(found, addresses, held_up_by(world(), found.mailing))


@routes.post("/mailings/{mailing_id}/pause", answers=schema.MailingReport)
def pause_mailing(mailing_id: str) -> schema.MailingReport:
    """Send no more of it until it is resumed."""
    usecases.pause(world(), mailing_id)
    return show_mailing(mailing_id)


@routes.post("/mailings/{mailing_id}/resume", answers=schema.MailingReport)
def resume_mailing(mailing_id: str) -> schema.MailingReport:
    """Go on."""
    usecases.resume(world(), mailing_id)
    return show_mailing(mailing_id)


@routes.post("/mailings/{mailing_id}/cancel", answers=schema.MailingReport)
def cancel_mailing(mailing_id: str) -> schema.MailingReport:
    """Send no more of it. Whoever has not been written to is skipped, with the reason."""
    usecases.cancel(world(), mailing_id)
    return show_mailing(mailing_id)


@routes.post("/mailings/{mailing_id}/retry", answers=schema.MailingReport)
def retry_mailing(mailing_id: str) -> schema.MailingReport:
    """Try whoever has `failed` once more, by one call each."""
    retried = usecases.retry(world(), mailing_id)
    return replace(show_mailing(mailing_id), retried=retried)
