"""Write to those who registered for an edition, now or later; and show what they would read."""

from __future__ import annotations

from chalicelib.domain import message as rules
from chalicelib.domain.mailing import UNDER_WAY
from chalicelib.domain.message import MessageDraft
from chalicelib.domain.schedule import StillSending
from chalicelib.mail.prepare import About
from chalicelib.usecases.audience_state import check_state
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.usecases.preview import Preview, shown_to_nobody
from chalicelib.usecases.publish import Published, hint_if_due
from chalicelib.usecases.sendable import prepared
from chalicelib.world import World


@decided_on_fresh_state
def write(world: World, edition_id: str, draft: MessageDraft) -> Published:
    """Plan the message. The same words to the same people again change nothing, whatever has become of the first.

    Raises ``NotFound``, ``NotPublished``, ``EditionCancelled``, ``TooLongOver``, ``AudienceChanged``,
    ``StillSending`` where it corrects another message that is being sent, ``Invalid``.
    """
    edition, planned = world.store.edition_and_plan(edition_id)
    now = world.clock()
    written = rules.message(edition, draft, now=now)
    if there := [one for one in planned if one.id == written.id]:
        return Published(edition=edition, mailings=there, changed=False)
    rules.check_times(written, edition, now=now)
    check_state(world, edition, draft.audience_state)
    prepared(world, About(world.store.series(edition.series), edition), written, at=written.due_at, field="text")
    # With the edition, so that a cancellation at the same moment calls the message off (``store.edition_and_plan``).
    changes = world.store.changes().save(edition).plan(written)
    for corrected in (one for one in planned if one.id in draft.received):
        if corrected.progress in UNDER_WAY:
            raise StillSending(id=corrected.id)
        changes.save(corrected)  # as it is: whoever resumes it at this moment loses, and reads that this waits
    changes.commit()
    hint_if_due(world, [written], now=now)
    return Published(edition=edition, mailings=[written], changed=True)


def preview_message(world: World, edition_id: str, draft: MessageDraft) -> Preview:
    """The message as it would be sent. Raises what ``write`` raises, and saves nothing."""
    edition = world.store.edition(edition_id)
    now = world.clock()
    written = rules.message(edition, draft, now=now)
    rules.check_times(written, edition, now=now)
    return shown_to_nobody(world, written, About(world.store.series(edition.series), edition), {"text": draft.text})
