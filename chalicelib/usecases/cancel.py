"""Call an edition off: nothing planned is sent any more, and everybody who registered is told."""

from __future__ import annotations

from chalicelib.domain import edition as rules
from chalicelib.domain import schedule
from chalicelib.domain.edition import Status
from chalicelib.domain.mails import Kind
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.usecases.publish import Published, hint_if_due
from chalicelib.world import World


@decided_on_fresh_state
def cancel(world: World, edition_id: str) -> Published:
    """Raises ``NotFound`` and ``EditionOver``. A draft is put away without a word."""
    edition, planned = world.store.edition_and_plan(edition_id)
    now = world.clock()
    cancelled = rules.cancel(edition, now=now)
    if cancelled is edition:
        return Published(edition=edition, mailings=planned, changed=False)
    changes = world.store.changes().save(cancelled)
    for mailing in schedule.ended_by_cancellation(planned):
        changes.close(mailing)
    mailings = []
    if edition.status is Status.PUBLISHED:
        mailings = [schedule.told_at_once(Kind.EDITION_CANCELLED, cancelled, now=now)]
    for mailing in mailings:
        changes.plan(mailing)
    changes.commit()
    hint_if_due(world, mailings, now=now)
    return Published(edition=cancelled, mailings=mailings, changed=True)
