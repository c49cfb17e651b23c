"""Register for an edition, and give a seat back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from chalicelib.domain import registration as rules
from chalicelib.domain.consent import Consent
from chalicelib.domain.edition import Edition
from chalicelib.domain.mailing import Mailing, plan_mailing
from chalicelib.domain.mails import Kind
from chalicelib.domain.refusals import Conflict, NotFound, NothingKept
from chalicelib.domain.registration import Person, Place, Registration
from chalicelib.store.changes import Changes
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.usecases.subscribe import ask, hint_at_once
from chalicelib.words.wording import version, wording
from chalicelib.world import World

FORM = "registration form"


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What somebody filled in, and where (``source``). ``announcements``: they would like to hear of the series, too.

    ``consent`` is what they agreed to where the form is not ours; where it is, they agreed to the words of our pages.
    """

    person: Person
    note: str = ""
    announcements: bool = False
    consent: Consent | None = None
    source: str = FORM


class Placed(NamedTuple):
    """A registration and the mails that follow from it; where ``reachable`` is false, none of them will be sent.

    ``told`` is what the answer has to say all the same: where no seat is to be had, that nobody hears otherwise.
    """

    registration: Registration
    mailings: list[Mailing]
    reachable: bool
    told: Conflict | None


@decided_on_fresh_state
def register(world: World, edition_id: str, application: Application) -> Placed:
    """One transaction: the registration, its seat, its confirmation mail, and the subscription asked for with it.

    Where no seat is to be had, whoever has one gets the confirmation again, and the refusal that everybody else gets.
    Raises ``NotFound``, ``EditionCancelled``, ``EditionOver``, ``RegistrationClosed`` and ``EditionFull``.
    """
    changes = world.store.changes()
    placed = place(world, changes, edition_id, application)
    changes.commit()
    hint_at_once(world, placed.mailings)
    if placed.told:
        raise placed.told
    return placed


def place(world: World, changes: Changes, edition_id: str, application: Application) -> Placed:
    """Add to ``changes`` what registering means. Raises what ``register`` does."""
    person = application.person
    edition, taken, previous, suppressed = world.store.seat_asked(edition_id, person.hash)
    # The words about privacy differ by language only; those about announcements name the series, and are kept as proof.
    find = world.store.series if application.announcements else world.store.series_lately
    series = find(edition.series)
    now, consent = world.clock(), application.consent
    wanted = Registration(
        edition=edition_id,
        person=person,
        place=Place.CONFIRMED,
        since=now,
        asked_at=now,
        note=application.note,
        wording=consent.wording_version if consent else version(wording(series).privacy),
        consent=consent,
    )
    made = rules.register(edition, wanted, previous, taken=taken, now=now)
    mailings: list[Mailing] = []
    if made is not previous:
        mailings = [_about(Kind.REGISTRATION_CONFIRMATION, made, edition, due_at=made.asked_at)]
        changes.save_counted(made, was=previous, zone=edition.zone).plan(mailings[0])
        changes.take_seats(edition, rules.seats_taken(previous, made))
    if application.announcements:
        subscriber = world.store.find_subscriber(series.slug, person.hash)
        mailings += ask(world, changes, series, person, subscriber, source=application.source)
    told = rules.no_seat(edition, taken=taken, now=now)
    return Placed(made, mailings, reachable=not suppressed, told=told)


def _about(kind: Kind, registration: Registration, edition: Edition, *, due_at: datetime) -> Mailing:
    return plan_mailing(
        kind,
        series=edition.series,
        edition=edition.id,
        person=registration.person.hash,
        detail=str(registration.round),
        due_at=due_at,
    )


@decided_on_fresh_state
def give_back(world: World, edition_id: str, person: str) -> Registration:
    """Cancel a registration: its seat is free in the same moment, and a mail takes the date out of the calendar.

    Raises ``NotFound``, ``NothingKept`` and ``EditionOver``.
    """
    edition, _, held = world.store.edition_for(edition_id, person)
    if held is None:
        raise NotFound
    if held.is_erased:
        raise NothingKept
    cancelled = rules.cancel(held, edition, now=world.clock())
    if cancelled is not held:
        told = _about(Kind.SEAT_GIVEN_BACK, cancelled, edition, due_at=cancelled.since)
        changes = world.store.changes().save_counted(cancelled, was=held, zone=edition.zone)
        changes.take_seats(edition, rules.seats_taken(held, cancelled)).plan(told).commit()
        hint_at_once(world, [told])
    return cancelled
