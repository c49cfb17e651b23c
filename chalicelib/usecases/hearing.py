"""Read off the ledger what each person of a batch has heard of the edition, and see to it that nobody tells them
something older."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.domain.delivery import HANDED_OVER, Batch, BatchState, Held, Outcome
from chalicelib.domain.edition import Edition, Status
from chalicelib.domain.guards import Skip
from chalicelib.domain.heard import NOTHING, Change, Heard, Terms, change, change_to_readers, last_start, read
from chalicelib.domain.mailing import Mailing, Progress, identity
from chalicelib.domain.mails import Audience, Kind
from chalicelib.domain.people import Recipient
from chalicelib.domain.registration import Registration
from chalicelib.domain.subscription import Subscriber
from chalicelib.world import World

TOGETHER = 50
"""In one transaction: DynamoDB takes a hundred items, and four megabytes."""


def news(
    world: World, mailing: Mailing, edition: Edition | None, recipients: Iterable[Recipient]
) -> Mapping[str, Change | Skip]:
    """What a mailing about a change tells each of them, by keyed hash; nothing for any other, which says
    the same to everybody.

    Raises ``LostRace`` where a mail to somebody registered that may name an older date is being sent at this moment.
    """
    if not mailing.mail.tells_change or edition is None:
        return {}
    if mailing.audience is Audience.SUBSCRIBERS:
        readers = [one.hash for one in recipients if isinstance(one, Subscriber)]
        return _news_to_readers(world, mailing, edition, readers) if readers else {}
    people = [one for one in recipients if isinstance(one, Registration)]
    if not people:
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


def _news_to_readers(
    world: World, mailing: Mailing, edition: Edition, readers: Sequence[str]
) -> Mapping[str, Change | Skip]:
    """Of subscribers who were sent an announcement; some may have been registered in between.

    Nothing has to be held off: the mailing waits until no worker is left that knows of an older date (see
    ``schedule.told_to_readers``).
    """
    left = world.store.registrations_of(edition.id, readers)
    known = _hearing(world, mailing, edition, left, readers=readers)
    if mailing.kind is Kind.ANNOUNCED_CANCELLED:
        told = _told_as_registered(world, edition, readers)
        return {
            hash_: Skip.TOLD_ALREADY if hash_ in told else Change(last_start(heard, edition, known.before))
            for hash_, heard in known.heard.items()
        }
    return {hash_: change_to_readers(heard, edition, known.before) for hash_, heard in known.heard.items()}


def _told_as_registered(world: World, edition: Edition, readers: Sequence[str]) -> set[str]:
    """Who was told, as somebody registered, that the edition was cancelled; some of them may have left it since."""
    told = world.store.find_mailing(_cancellation(edition))
    if told is None:
        return set()
    return {
        hash_
        for batch in world.store.batches_among(told, min(readers), max(readers))
        for hash_, one in batch.deliveries.items()
        if one.outcome in HANDED_OVER
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hearing:
    """``heard`` by keyed hash; ``before`` are the terms of earlier revisions.

    ``waiting`` are mails to these people that are not sent yet.
    """

    heard: Mapping[str, Heard]
    before: Mapping[int, Terms]
    waiting: Sequence[Mailing | Batch]


def _hearing(
    world: World, mailing: Mailing, edition: Edition, people: Sequence[Registration], *, readers: Sequence[str] = ()
) -> _Hearing:
    """From their confirmations and from the edition's other mailings: three reads, and one for each mailing
    before this one.

    ``readers`` are people on the list of subscribers, of whom what they read there counts as well. It does not for
    those who are registered: only their own mails bring a calendar entry.
    """
    planned = world.store.mailings_of(edition.id)
    telling = (Kind.EDITION_MOVED, Kind.JOINING_LINK)
    before = {one.revision - 1: read(one.detail) for one in planned if one.kind in telling and one.detail}
    heard: dict[str, Heard] = defaultdict(lambda: NOTHING)
    waiting: list[Mailing | Batch] = []
    rounds = dict.fromkeys(readers, 0) | {one.person.hash: one.round for one in people}
    for confirmation in world.store.mailings(_confirmations(edition, rounds)):
        batch, person = confirmation.batch, confirmation.person
        if batch is None:
            continue
        found = heard[person].by(batch, person, revision=batch.named_to(person).said)
        if confirmation.detail == str(rounds[person]) and confirmation.progress is not Progress.CANCELLED:
            found = replace(found, waits=batch.deliveries[person].outcome in (Outcome.WAITING, Outcome.UNKNOWN))
        heard[person] = found
        if batch.state is BatchState.WAITING:
            waiting.append(confirmation)
    lists = (Audience.REGISTRATIONS, Audience.SUBSCRIBERS) if readers else (Audience.REGISTRATIONS,)
    for other in (one for one in planned if one.mail.names_start and one.audience in lists):
        if other.began_at is None or other.id == mailing.id:
            continue
        for batch in world.store.batches_among(other, min(rounds), max(rounds)):
            for person in rounds.keys() & batch.deliveries.keys():
                # A reminder holds although the link has changed.
                revision = max(batch.named_to(person).said, other.revision)
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


def _cancellation(edition: Edition) -> str:
    """The id of the mailing that tells those who registered."""
    return identity(Kind.EDITION_CANCELLED, series=edition.series, edition=edition.id, revision=edition.revision)


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
    told = world.store.find_mailing(_cancellation(edition))
    if told is None:
        return None
    if told.progress in (Progress.PLANNED, Progress.DISPATCHING, Progress.PAUSED):
        slices = world.store.slices(told.id)
        if not slices or not all(piece.cut for piece in slices):
            raise Held
    return Skip.EDITION_CANCELLED if world.store.find_batch_with(told, mailing.person) else None
