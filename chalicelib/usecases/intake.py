"""Take what a form tool posted: register, or keep it with the reason why not.

Each delivery once, however often it comes.
"""

from __future__ import annotations

import logging
import traceback
from dataclasses import replace
from typing import NamedTuple

from chalicelib.domain import intake as rules
from chalicelib.domain import submission as submissions
from chalicelib.domain.intake import Unclear, Wish
from chalicelib.domain.mailing import Mailing
from chalicelib.domain.refusals import (
    Conflict,
    EditionCancelled,
    EditionFull,
    EditionOver,
    NotFound,
    Refusal,
    RegistrationClosed,
    mark,
)
from chalicelib.domain.registration import Person
from chalicelib.domain.source import Source, SourceDeleted
from chalicelib.domain.submission import Reason, State, Submission
from chalicelib.store.changes import Changes
from chalicelib.store.sources import Seen
from chalicelib.store.table import LostRace
from chalicelib.usecases import notices
from chalicelib.usecases.application import address_of, application_of, found_by_person
from chalicelib.usecases.arrival import Arrived, hash_of, submission_of
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.usecases.register import place
from chalicelib.usecases.subscribe import hint_at_once
from chalicelib.usecases.target import edition_of
from chalicelib.world import World

log = logging.getLogger(__name__)

REPLAYED_AT_ONCE = 100

_REASONS: dict[type[Refusal], Reason] = {
    NotFound: Reason.EDITION_UNKNOWN,
    EditionCancelled: Reason.EDITION_CANCELLED,
    EditionOver: Reason.EDITION_OVER,
    RegistrationClosed: Reason.REGISTRATION_CLOSED,
}


class Decision(NamedTuple):
    """What becomes of a submission; ``wish`` is how its fields were read, as far as they could be.

    ``told`` is what the tool is told: its page may show that to whoever filled the form in, so it does not
    say who is registered.
    """

    submission: Submission
    changes: Changes
    mailings: list[Mailing]
    wish: Wish | None
    told: State


class NotReplayable(Conflict):
    message = mark(
        "This submission could not be read, so there is nothing to replay. Register the person by hand, and dismiss it."
    )


@decided_on_fresh_state
def take(world: World, source: Source, arrived: Arrived) -> Seen:
    """One transaction: what follows from the submission, the submission itself, and that it was seen.

    A repetition gets the first answer.
    """
    return _saved(world, source, decide(world, source, submission_of(world, source, arrived)))


@decided_on_fresh_state
def keep_for_us(world: World, source: Source, arrived: Arrived) -> Seen:
    """Keep a submission that a fault of ours kept from being taken, so that it can be replayed once that is mended."""
    kept = found_by_person(
        world, source, replace(submission_of(world, source, arrived), state=State.KEPT, reason=Reason.OUR_FAULT)
    )
    changes = world.store.changes()
    mailings = notices.plan(changes, _notice_of_our_fault(world, source, kept))
    return _saved(world, source, Decision(kept, changes, mailings, None, kept.state))


def _saved(world: World, source: Source, decision: Decision) -> Seen:
    """What was decided, or the first answer where the delivery was seen before: that it was is found out by writing, at
    no read."""
    submission = decision.submission
    known_as, became = hash_of(submission.provider_id), Seen(submission.id, decision.told)
    changes = decision.changes.save(submission).remember(source.id, known_as, became, now=submission.received_at)
    try:
        changes.commit()
    except LostRace:
        if seen := world.store.sources.find_seen(source.id, known_as):
            return seen
        raise
    hint_at_once(world, decision.mailings)
    return became


def _notice_of_our_fault(world: World, source: Source, kept: Submission) -> list[notices.Notice]:
    """The fault may lie in the notices themselves, and must not cost the submission."""
    try:
        return notices.to_organiser(world, source, kept)
    except Exception as error:  # noqa: BLE001  # whatever it is
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("source %s: %s while telling the organiser\n%s", source.id, type(error).__name__, where)  # noqa: TRY400
        return []


def trial(world: World, source: Source, arrived: Arrived) -> Decision:
    """What would become of it; nothing is changed."""
    return decide(world, source, submission_of(world, source, arrived))


@decided_on_fresh_state
def replay(world: World, source_id: str, submission_id: str) -> Submission:
    """Read a kept submission once more, by the mapping as it is now.

    Raises ``NotFound``, ``NotKept``, ``NotReplayable``, ``SourceDeleted``.
    """
    now = world.clock()
    source = world.store.sources.source(source_id)
    if source.deleted_at:
        raise SourceDeleted
    kept = world.store.sources.submission(source_id, submission_id, now=now)
    if kept.state not in (State.KEPT, State.DISMISSED):
        raise submissions.NotKept(state=kept.state)
    if kept.reason == Reason.NOT_READABLE:
        raise NotReplayable
    decision = decide(world, source, replace(kept, state=State.REGISTERED, reason="", detail=""))
    again = replace(decision.submission, settled_at=now)
    decision.changes.save(again).commit()
    hint_at_once(world, decision.mailings)
    return again


def replay_all(world: World, source_id: str) -> list[Submission]:
    """Replay what is kept, oldest first, at most a hundred at once; what could not be read is left out.

    Raises ``NotFound``, ``SourceDeleted``.
    """
    if world.store.sources.source(source_id).deleted_at:
        raise SourceDeleted
    kept = list(world.store.sources.submissions(source_id, now=world.clock(), state=State.KEPT, limit=REPLAYED_AT_ONCE))
    return [replay(world, source_id, one.id) for one in reversed(kept) if one.reason != Reason.NOT_READABLE]


@decided_on_fresh_state
def dismiss(world: World, source_id: str, submission_id: str) -> Submission:
    """Raises ``NotFound``, ``NotKept``."""
    kept = world.store.sources.submission(source_id, submission_id, now=world.clock())
    done = submissions.dismiss(kept, now=world.clock())
    if done is not kept:
        world.store.changes().save(done).commit()
    return done


def decide(world: World, source: Source, received: Submission) -> Decision:
    """What becomes of a submission, with everything that follows from it as changes that nobody has saved yet."""
    changes = world.store.changes()
    if received.state is State.KEPT:
        return _kept(world, source, received, None)
    if received.state is not State.REGISTERED:
        return Decision(found_by_person(world, source, received), changes, [], None, received.state)
    wish: Wish | None = None
    try:
        wish = rules.read(source, received.answers)
        address = address_of(world, wish)
        received = replace(received, person=address.hash)
        application = application_of(world, source, wish, address)
        edition_id = edition_of(world, source, wish)
        received = replace(received, edition=edition_id)
        placed = place(world, changes, edition_id, application)
    except Unclear as unclear:
        kept = replace(received, state=State.KEPT, reason=unclear.reason, detail=unclear.detail)
        kept = kept if kept.person else found_by_person(world, source, kept)
        return _kept(world, source, kept, wish)
    except EditionFull:
        kept = replace(received, state=State.KEPT, reason=Reason.EDITION_FULL)
        return _kept(world, source, kept, wish, no_seat_for=application.person)
    except (NotFound, EditionCancelled, EditionOver, RegistrationClosed) as refusal:
        kept = replace(received, state=State.KEPT, reason=_REASONS[type(refusal)])
        return _kept(world, source, kept, wish)
    return Decision(received, changes, placed.mailings, wish, State.KEPT if placed.told else received.state)


def _kept(
    world: World, source: Source, kept: Submission, wish: Wish | None, *, no_seat_for: Person | None = None
) -> Decision:
    """It registers nobody, and who is told of that.

    Whoever replays a submission (it has a version) sees so without a mail.
    """
    told = [] if kept.version else notices.to_organiser(world, source, kept)
    if no_seat_for:
        told += notices.to_whom_met_a_full_edition(world, kept.edition, no_seat_for)
    changes = world.store.changes()
    return Decision(kept, changes, notices.plan(changes, told), wish, kept.state)
