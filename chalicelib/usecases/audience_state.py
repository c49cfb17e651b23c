"""Whether anybody has come or gone since somebody looked at an audience."""

from __future__ import annotations

from chalicelib.domain.edition import Edition
from chalicelib.domain.refusals import Conflict, mark
from chalicelib.world import World


class AudienceChanged(Conflict):
    message = mark(
        "Since you looked, people have come or gone, so this may reach others than you saw. Look at the audience "
        "again, and give its new audience_state ({state})."
    )


def state_of(world: World, edition: Edition) -> str:
    """Of everybody that mails about this edition may go to: the same as long as nobody comes or goes."""
    subscribed, registered = world.store.subscriber_counts(edition.series), world.store.registration_counts(edition.id)
    return f"{subscribed.steps}.{registered.steps}"


def check_state(world: World, edition: Edition, seen: str) -> None:
    """Raise ``AudienceChanged`` where somebody has ``seen`` another audience; nothing where they say nothing."""
    if seen and seen != (state := state_of(world, edition)):
        raise AudienceChanged(state=state)
