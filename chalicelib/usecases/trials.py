"""Send a mail to an address that wants to look at it: by the road of every mail, and into no account but its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chalicelib.domain.addressee import KEPT, Addressee
from chalicelib.domain.edition import Edition
from chalicelib.domain.mailing import Mailing, as_test
from chalicelib.domain.mails import Kind
from chalicelib.domain.message import MessageDraft, message
from chalicelib.domain.refusals import Conflict, TooOften, mark
from chalicelib.identity import Address
from chalicelib.usecases.message import preview_message
from chalicelib.usecases.preview import SAMPLE_NAME, Proposal, shown_to_nobody, suppose, supposed_of_series
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
    return _send(world, supposed.mailing, supposed.about.edition, address)


def send_test_message(world: World, edition_id: str, draft: MessageDraft, address: Address) -> Mailing:
    """A message to the registered, before it is written to them. Raises what ``write`` and ``send_test_mail`` do."""
    preview_message(world, edition_id, draft)
    edition = world.store.edition(edition_id)
    return _send(world, message(edition, draft, now=world.clock()), edition, address)


def send_test_mail_of_series(world: World, slug: str, kind: Kind, address: Address) -> Mailing:
    """Raises ``NotFound``, ``AddressSuppressed``, ``EnoughForToday``."""
    supposed = supposed_of_series(world, slug, kind)
    return _send(world, supposed.mailing, None, address, facts=supposed.facts)


def _send(
    world: World, supposed: Mailing, edition: Edition | None, address: Address, *, facts: dict[str, str] | None = None
) -> Mailing:
    if reason := world.store.why_suppressed(address.hash):
        raise AddressSuppressed(reason=reason)
    now = world.clock()
    _count(world, address.hash, now=now)
    mail = as_test(supposed, edition, person=address.hash, number=world.new_id(), at=now)
    addressee = Addressee(
        mailing=mail.id,
        hash=address.hash,
        address=address.mail,
        name=SAMPLE_NAME,
        facts=facts or {},
        expires_at=now + KEPT,
    )
    world.store.changes().save(addressee).plan(mail).commit()
    hint_at_once(world, [mail])
    return mail


def _count(world: World, person: str, *, now: datetime) -> None:
    """What one address is refused is not counted for the others. Raises ``EnoughForToday``."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    store = world.store
    if store.count_test_mail(day, person) > MOST_TO_ONE or store.count_test_mail(day) > MOST_A_DAY:
        raise EnoughForToday(retry_after=day + DAY - now, most=MOST_A_DAY, to_one=MOST_TO_ONE)
