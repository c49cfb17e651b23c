"""What organisers see of mailings and of people, under ``/api/v1``."""

from __future__ import annotations

from chalicelib.identity import Address
from chalicelib.usecases import mailings as usecases
from chalicelib.usecases import people, suppressions
from chalicelib.usecases.halts import held_up_by
from chalicelib.web.api import shown as views
from chalicelib.web.api.door import admin_key, as_json, body_of, key_digits, problem_of
from chalicelib.web.parse import readers as commands
from chalicelib.web.routing import Response, Routes
from chalicelib.world import world

routes = Routes(__name__, answer=problem_of)


@routes.route("/api/v1/mailings/{mailing_id}", authorizer=admin_key)
def show_mailing(mailing_id: str) -> Response:
    return as_json(_survey(mailing_id))


def _survey(mailing_id: str) -> views.View:
    found = usecases.survey(world(), mailing_id)
    failed = world().store.recipients(found.mailing, list(found.failures)).known
    addresses = {hash_: person.address for hash_, person in failed.items()}
    return views.survey(found, addresses, held_up_by(world(), found.mailing))


@routes.route("/api/v1/mailings/{mailing_id}/pause", methods=["POST"], authorizer=admin_key)
def pause_mailing(mailing_id: str) -> Response:
    commands.parse({}, body_of(routes))
    usecases.pause(world(), mailing_id)
    return show_mailing(mailing_id)


@routes.route("/api/v1/mailings/{mailing_id}/resume", methods=["POST"], authorizer=admin_key)
def resume_mailing(mailing_id: str) -> Response:
    commands.parse({}, body_of(routes))
    usecases.resume(world(), mailing_id)
    return show_mailing(mailing_id)


@routes.route("/api/v1/mailings/{mailing_id}/cancel", methods=["POST"], authorizer=admin_key)
def cancel_mailing(mailing_id: str) -> Response:
    commands.parse({}, body_of(routes))
    usecases.cancel(world(), mailing_id)
    return show_mailing(mailing_id)


@routes.route("/api/v1/mailings/{mailing_id}/retry", methods=["POST"], authorizer=admin_key)
def retry_mailing(mailing_id: str) -> Response:
    commands.parse({}, body_of(routes))
    retried = usecases.retry(world(), mailing_id)
    return as_json(_survey(mailing_id) | {"retried": retried})


@routes.route("/api/v1/people/lookup", methods=["POST"], authorizer=admin_key)
def look_person_up() -> Response:
    """A question all the same: it is a POST so that the address travels in the body, and stands in no URL that somebody logs."""
    email = commands.parse(commands.person_fields(world().addresses), body_of(routes))["email"]
    return _person(world().addresses.parse(email))


@routes.route("/api/v1/people/suppression/lift", methods=["POST"], authorizer=admin_key)
def lift_suppression() -> Response:
    given = commands.parse(commands.lifting_fields(world().addresses), body_of(routes))
    address = world().addresses.parse(given.pop("address"))
    suppressions.lift(world(), address.hash, address.mail, key=key_digits(routes.current_request), **given)
    return _person(address)


def _person(address: Address) -> Response:
    record, lifted = people.person(world(), address.hash), world().store.liftings(address.hash)
    return as_json(views.person(address.mail, record, lifted))


@routes.route("/api/v1/people/erase", methods=["POST"], authorizer=admin_key)
def erase_person() -> Response:
    addresses = world().addresses
    email = commands.parse(commands.person_fields(addresses), body_of(routes))["email"]
    return as_json(views.erased(email, people.erase(world(), addresses.hash(email))))
