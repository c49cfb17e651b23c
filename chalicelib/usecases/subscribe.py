"""Subscribe to a series (asked twice), and end it (asked once)."""

from __future__ import annotations

from chalicelib.domain import subscription as rules
from chalicelib.domain.consent import Consent
from chalicelib.domain.hint import hint_for
from chalicelib.domain.mailing import Mailing, plan_mailing
from chalicelib.domain.mails import Kind
from chalicelib.domain.registration import Person
from chalicelib.domain.series import Series
from chalicelib.domain.subscription import Standing, Subscriber
from chalicelib.store.changes import Changes
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.words.wording import version, wording
from chalicelib.world import World


@decided_on_fresh_state
def subscribe(world: World, slug: str, person: Person, *, source: str) -> bool:
    """Keep the wish and ask for its confirmation by mail. Who is subscribed already stays so, and gets no mail.

    Gives whether mail is sent to this address at all. Raises ``NotFound``.
    """
    changes, series = world.store.changes(), world.store.series(slug)
    previous, suppressed = world.store.subscription_asked(slug, person.hash)
    mailings = ask(world, changes, series, person, previous, source=source)
    changes.commit()
    hint_at_once(world, mailings)
    return not suppressed


def hint_at_once(world: World, mailings: list[Mailing]) -> None:
    """Mails to one person need no dispatch: tell the worker which batch to send."""
    for one in mailings:
        world.queues.send(one.lane, [hint_for(one, batch=one.person)])


def ask(
    world: World, changes: Changes, series: Series, person: Person, previous: Subscriber | None, *, source: str
) -> list[Mailing]:
    """Add a wish for a subscription to ``changes``; the opt-in mails that follow from it (none or one).

    What is kept as proof are the words that the pages show, and where (``source``) they were shown.
    """
    now, slug, words = world.clock(), series.slug, wording(series).announcements
    consent = Consent(wording=words, wording_version=version(words), source=source, requested_at=now)
    wanted = Subscriber(
        series=slug,
        hash=person.hash,
        address=person.address,
        name=person.name,
        standing=Standing.PENDING,
        since=now,
        consent=consent,
    )
    asked = rules.subscribe(wanted, previous, now=now)
    if asked is previous:
        return []
    opt_in = plan_mailing(
        Kind.SUBSCRIPTION_CONFIRMATION, series=slug, person=person.hash, detail=str(asked.round), due_at=now
    )
    changes.save_counted(asked, was=previous, zone=series.zone).plan(opt_in)
    return [opt_in]


@decided_on_fresh_state
def confirm(world: World, slug: str, person: str, round_: int) -> Subscriber:
    """Raises ``NotFound``, ``NothingKept``, ``AskedAnew``."""
    subscriber = world.store.subscriber(slug, person)
    return _saved(world, subscriber, rules.confirm(subscriber, round_=round_, now=world.clock()))


@decided_on_fresh_state
def end(world: World, slug: str, person: str) -> Subscriber:
    """Raises ``NotFound``."""
    subscriber = world.store.subscriber(slug, person)
    return _saved(world, subscriber, rules.end(subscriber, now=world.clock()))


def _saved(world: World, subscriber: Subscriber, changed: Subscriber) -> Subscriber:
    if changed is not subscriber:
        zone = world.store.series_lately(subscriber.series).zone  # which never changes
        world.store.changes().save_counted(changed, was=subscriber, zone=zone).commit()
    return changed
