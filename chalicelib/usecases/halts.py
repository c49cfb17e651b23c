"""What a mailing waits for, where SES refuses what it needs."""

from __future__ import annotations

from chalicelib.domain.halt import Halt, concerning
from chalicelib.domain.mailing import UNDER_WAY, Mailing
from chalicelib.world import World


def held_up_by(world: World, mailing: Mailing) -> Halt | None:
    """The halt that keeps a mailing which is due from going out, or None."""
    now = world.clock()
    if mailing.progress not in UNDER_WAY or now < mailing.due_at or not (halts := world.store.halts()):
        return None
    sender = world.store.series(mailing.series).sender_address
    return concerning(halts, lane=mailing.lane, sender=sender, now=now)
