"""What is held of one person: see it, erase it, write to their address again.

A question is a POST as well, so that the address travels in the body, and stands in no URL that somebody logs.
"""

from __future__ import annotations

from typing import Any

from chalicelib.identity import Address
from chalicelib.usecases import people, suppressions
from chalicelib.web.api import bodies, schema, shown
from chalicelib.web.api.door import ApiRoutes, key_digits
from chalicelib.world import world

routes = ApiRoutes(__name__, "People")


@routes.post("/people/lookup", takes=bodies.PERSON, answers=schema.PersonRecord)
def look_person_up(given: dict[str, Any]) -> schema.PersonRecord:
    """What is known of whoever has the address.

    Registrations, subscriptions, submissions of forms elsewhere, whether the address is suppressed, which suppressions
    were lifted, and every mail they were meant to get with its outcome.
    """
    return _person(world().addresses.parse(given["email"]))


@routes.post("/people/suppression/lift", takes=bodies.LIFTING, answers=schema.PersonRecord)
def lift_suppression(given: dict[str, Any]) -> schema.PersonRecord:
    """Write to an address again, which [bounced or
    complained](../explanation/delivery-guarantees.md#addresses-that-must-not-be-written-to).

    409 where nothing is suppressed, and for a complaint without `person_asked`. Liftings are kept, and shown in the
    person's record.
    """
    address = world().addresses.parse(given.pop("address"))
    suppressions.lift(world(), address.hash, address.mail, key=key_digits(routes.current_request), **given)
    return _person(address)


@routes.post("/people/erase", takes=bodies.PERSON, answers=schema.Erasure)
def erase_person(given: dict[str, Any]) -> schema.Erasure:
    """Erase everything that can be read about whoever has the address. Repeating it is harmless.

    Answers in numbers. What goes and what stays: [what is kept of people](privacy.md).
    """
    email = given["email"]
    return shown.erased(email, people.erase(world(), world().addresses.hash(email)))


def _person(address: Address) -> schema.PersonRecord:
    record, lifted = people.person(world(), address.hash), world().store.liftings(address.hash)
    return shown.person(address.mail, record, lifted)
