"""Call an edition off: nothing planned is sent any more, and everybody who registered is told."""

from __future__ import annotations

from chalicelib.domain import edition as rules
from chalicelib.domain import schedule
from chalicelib.domain.audience import TellSubscribers
from chalicelib.domain.edition import Status
from chalicelib.domain.mails import Kind
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.usecases.publish import Published, hint_if_due
from chalicelib.usecases.sendable import check_sendable
from chalicelib.world import World


@decided_on_fresh_state
def cancel(
    world: World,
    edition_id: str,
    *,
    reason: str = "",
    note: str = "",
    tell_subscribers: TellSubscribers = TellSubscribers.ANNOUNCED,
) -> Published:
    """``reason`` stands in the mails and on the page, ``note`` in the mails alone.

    A draft is put away without a word. Raises ``NotFound``, ``EditionOver``, and ``Invalid`` for words with which the
    mail could not be sent.
    """
    edition, planned = world.store.edition_and_plan(edition_id)
    now = world.clock()
    cancelled = rules.cancel(edition, now=now, because=reason)
    if cancelled is edition:
        told = (edition.cancelled_because, schedule.note_told(Kind.EDITION_CANCELLED, edition, planned))
        return Published(edition=edition, mailings=planned, changed=False, unused=_other_than(told, (reason, note)))
    changes = world.store.changes().save(cancelled)
    for mailing in schedule.ended_by_cancellation(planned):
        changes.close(mailing)
    mailings = []
    if edition.status is Status.PUBLISHED:
        mailings = [schedule.told_at_once(Kind.EDITION_CANCELLED, cancelled, note=note, now=now)]
    if mailings and tell_subscribers is TellSubscribers.ANNOUNCED:
        kind = Kind.ANNOUNCED_CANCELLED
        readers = schedule.told_to_readers(kind, planned, cancelled, before=edition, note=note, now=now)
        mailings += [readers] if readers else []
    if mailings and (reason or note):  # without them, nothing new stands in it: calling off never fails then
        check_sendable(world, world.store.series(edition.series), cancelled, mailings, fields=("reason", "note"))
    for mailing in mailings:
        changes.plan(mailing)
    changes.commit()
    hint_if_due(world, mailings, now=now)
    unused = () if mailings else _other_than(("", ""), (reason, note))
    return Published(edition=cancelled, mailings=mailings, changed=True, unused=unused)


def _other_than(told: tuple[str, str], given: tuple[str, str]) -> tuple[str, ...]:
    """Which of the reason and the note were given and are not what people were told."""
    names = ("reason", "note")
    return tuple(name for name, was, now in zip(names, told, given, strict=True) if now not in ("", was))
