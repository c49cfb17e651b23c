"""Send a mail to an address that wants to look at it: by the road of every mail, and into no account but its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chalicelib.domain.addressee import KEPT, Addressee
from chalicelib.domain.mailing import Mailing, as_test
from chalicelib.domain.refusals import Conflict, TooOften, mark
from chalicelib.identity import Address
from chalicelib.usecases.preview import SAMPLE_NAME, Proposal, shown_to_nobody, suppose
from chalicelib.usecases.subscribe import hint_at_once
from chalicelib.world import World

MOST_A_DAY, MOST_TO_ONE = 20, 5
"""Test mails of a deployment, and to one address, in a day (UTC)."""

DAY = timedelta(days=1)


class EnoughForToday(TooOften):
    message = mark(
        "Enough test mails for today: there may be {most} a day, and {to_one} to one address. Previews have no limit."
    )


class AddressSuppressed(Conflict):
    message = mark("Mail to this address came back or was complained of ({reason}), so nothing is sent to it.")


def send_test_mail(world: World, edition_id: str, proposal: Proposal, address: Address) -> Mailing:
    """Raises ``NotFound``, ``Invalid`` where it could not be sent, ``AddressSuppressed``, ``EnoughForToday``."""
    supposed = suppose(world, edition_id, proposal)
    shown_to_nobody(world, *supposed)
    if reason := world.store.why_suppressed(address.hash):
        raise AddressSuppressed(reason=reason)
    now, edition = world.clock(), supposed.about.edition
    assert edition is not None
    _count(world, address.hash, now=now)
    mail = as_test(supposed.mailing, edition, person=address.hash, number=world.new_id(), at=now)
    addressee = Addressee(
        mailing=mail.id, hash=address.hash, address=address.mail, name=SAMPLE_NAME, expires_at=now + KEPT
    )
    world.store.changes().save(addressee).plan(mail).commit()
    hint_at_once(world, [mail])
    return mail


def _count(world: World, person: str, *, now: datetime) -> None:
    """Each attempt counts, also one that is refused. Raises ``EnoughForToday``."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    mine, all_ = world.store.count_test_mail(person, day)
    if mine > MOST_TO_ONE or all_ > MOST_A_DAY:
        raise EnoughForToday(retry_after=day + DAY - now, most=MOST_A_DAY, to_one=MOST_TO_ONE)
