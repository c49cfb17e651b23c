"""Read off the ledger what each person of a batch has heard of the edition, and see to it that nobody tells them
something older."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.domain.delivery import Batch, BatchState, Held, Outcome
from chalicelib.domain.edition import Edition, Status
from chalicelib.domain.guards import Skip
from chalicelib.domain.heard import NOTHING, Change, Heard, Terms, change, last_start, read
from chalicelib.domain.mailing import Mailing, Progress, identity
from chalicelib.domain.mails import Kind
from chalicelib.domain.people import Recipient
from chalicelib.domain.registration import Registration
from chalicelib.world import World

TOGETHER = 50
"""In one transaction: DynamoDB takes a hundred items, and four megabytes."""


def news(
    world: World, mailing: Mailing, edition: Edition | None, recipients: Iterable[Recipient]
) -> Mapping[str, Change | Skip]:
    """What a mailing about a change tells each of them, by keyed hash; nothing for any other, which says
    the same to everybody.

    Raises ``LostRace`` where a mail to one of them that may name an older date is being sent at this moment.
    """
    people = [one for one in recipients if isinstance(one, Registration)]
    if not mailing.mail.tells_change or edition is None or not people:
        return {}
    known = _hearing(world, mailing, edition, people)
    hold_off(world, known.waiting)
    if mailing.kind is Kind.EDITION_CANCELLED:
        return {hash_: Change(last_start(heard, edition, known.before)) for hash_, heard in known.heard.items()}
    return {
        hash_: change(known.heard[hash_], edition, known.before, confirmed_anew=one.asked_at == one.since)
        for one in people
        if (hash_ := one.person.hash)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hearing:
    """``heard`` by keyed hash; ``before`` are the terms of earlier revisions.

    ``waiting`` are mails to these people that are not sent yet.
    """

    heard: Mapping[str, Heard]
    before: Mapping[int, Terms]
    waiting: Sequence[Mailing | Batch]


def _hearing(world: World, mailing: Mailing, edition: Edition, people: Sequence[Registration]) -> _Hearing:
    """From their confirmations and from the edition's other mailings: three reads, and one for each mailing
    before this one."""
    planned = world.store.mailings_of(edition.id)
    telling = (Kind.EDITION_MOVED, Kind.JOINING_LINK)
    before = {one.revision - 1: read(one.detail) for one in planned if one.kind in telling and one.detail}
    heard: dict[str, Heard] = defaultdict(lambda: NOTHING)
    waiting: list[Mailing | Batch] = []
    rounds = {one.person.hash: one.round for one in people}
    for confirmation in world.store.mailings(_confirmations(edition, rounds)):
        batch, person = confirmation.batch, confirmation.person
        if batch is None:
            continue
        found = heard[person].by(batch, person, revision=batch.said)
        if confirmation.detail == str(rounds[person]) and confirmation.progress is not Progress.CANCELLED:
            found = replace(found, waits=batch.deliveries[person].outcome in (Outcome.WAITING, Outcome.UNKNOWN))
        heard[person] = found
        if batch.state is BatchState.WAITING:
            waiting.append(confirmation)
    for other in planned:
        if not other.mail.names_start or other.began_at is None or other.id == mailing.id:
            continue
        for batch in world.store.batches_among(other, min(rounds), max(rounds)):
            for person in rounds.keys() & batch.deliveries.keys():
                revision = max(batch.said, other.revision)  # a reminder holds although the link has changed
                heard[person] = heard[person].by(batch, person, revision=revision)
            if batch.state is BatchState.WAITING:
                waiting.append(batch)
    return _Hearing(heard={person: heard[person] for person in rounds}, before=before, waiting=waiting)


def _confirmations(edition: Edition, rounds: Mapping[str, int]) -> list[str]:
    kind, series = Kind.REGISTRATION_CONFIRMATION, edition.series
    return [
        identity(kind, series=series, edition=edition.id, person=person, detail=str(number))
        for person, asked in rounds.items()
        for number in range(1, asked + 1)
    ]


def hold_off(world: World, waiting: Sequence[Mailing | Batch]) -> None:
    """Write each anew, as it is: a worker that has read it together with an older edition can claim it no longer, and
    decides again.

    Raises ``LostRace`` where one of them is being sent already.
    """
    for start in range(0, len(waiting), TOGETHER):
        changes = world.store.changes()
        for one in waiting[start : start + TOGETHER]:
            changes.save(one)
        changes.commit()


def told_by_list(world: World, mailing: Mailing, edition: Edition | None) -> Skip | None:
    """One person hears once that an edition was cancelled: by the mailing to all or, if that one misses them, by their
    confirmation.

    Once the audience is cut it stays as it is; whoever registered at the very moment of the cancellation may not be in
    it. Raises ``Held`` while it is being cut.
    """
    if mailing.kind is not Kind.REGISTRATION_CONFIRMATION or edition is None or edition.status is not Status.CANCELLED:
        return None
    known_as = identity(Kind.EDITION_CANCELLED, series=edition.series, edition=edition.id, revision=edition.revision)
    told = world.store.find_mailing(known_as)
    if told is None:
        return None
    if told.progress in (Progress.PLANNED, Progress.DISPATCHING, Progress.PAUSED):
        slices = world.store.slices(told.id)
        if not slices or not all(piece.cut for piece in slices):
            raise Held
    return Skip.EDITION_CANCELLED if world.store.find_batch_with(told, mailing.person) else None
