"""Lift a suppression: write to an address again."""

from __future__ import annotations

from chalicelib.domain import suppression as rules
from chalicelib.domain.suppression import Lifting
from chalicelib.mail.suppression_list import SuppressionList
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.world import World


@decided_on_fresh_state
def lift(
    world: World, person: str, address: str, *, by: str, key: str, reason: str, person_asked: bool = False
) -> Lifting:
    """Also forgets the soft bounces that led to it.

    What was not sent meanwhile stays unsent, and ended subscriptions stay ended.

    Raises ``NotSuppressed`` and ``ComplainedAbout``.
    """
    suppression = world.store.find_suppression(person)
    lifting = rules.lift(
        suppression, person=person, by=by, key=key, reason=reason, person_asked=person_asked, now=world.clock()
    )
    # First at SES: where that fails, nothing has changed, and doing it twice does no harm.
    SuppressionList(world.aws.client("sesv2")).take_off(address)
    world.store.changes().lift(lifting).commit()
    return lifting
