"""A subscription: an address that agreed, twice, to hear of a series."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.consent import Consent
from chalicelib.domain.refusals import Gone, NothingKept, mark
from chalicelib.domain.registration import SAME_REQUEST


class AskedAnew(Gone):
    """The link is that of an earlier request than the one that counts now."""

    message = mark(
        "This link belongs to an earlier request. Please use the one in our newest e-mail to you, or simply "
        "subscribe once more."
    )


class Standing(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """``round`` counts the requests that an opt-in mail was sent for: each is a mailing of its own, with a link that
    confirms this request only. ``counted``: where it stands is in the counts that are kept.

    Erased, it has no address, nor anything else of the person but the keyed hash: it says which round is the next
    should they subscribe again.
    """

    series: str
    hash: str
    address: str
    standing: Standing
    since: datetime
    consent: Consent
    name: str = ""
    round: int = 1
    counted: bool = False
    version: int = 0

    @property
    def is_active(self) -> bool:
        return self.standing is Standing.ACTIVE

    @property
    def is_erased(self) -> bool:
        return not self.address

    @property
    def can_be_taken_up_again(self) -> bool:
        """Whether it was confirmed by its own mail and then ended: only then does ending have something to
        take back."""
        return self.standing is Standing.ENDED and self.consent.confirmed_at is not None


def subscribe(wanted: Subscriber, previous: Subscriber | None, *, now: datetime) -> Subscriber:
    """Ask for a subscription; it holds once confirmed.

    Asking again while active, or within minutes, changes nothing: re-submitting never downgrades what was confirmed.
    """
    if previous is None:
        return wanted
    if previous.is_active:
        return previous
    if previous.standing is Standing.PENDING and now - previous.consent.requested_at < SAME_REQUEST:
        return previous
    return replace(wanted, round=previous.round + 1, version=previous.version)


def check_link(subscriber: Subscriber, *, round_: int) -> None:
    """Whether a link of this round is that of the request as it stands.

    Raises ``NothingKept`` once erased, ``AskedAnew``.
    """
    if subscriber.is_erased:
        raise NothingKept
    if round_ != subscriber.round:
        raise AskedAnew


def confirm(subscriber: Subscriber, *, round_: int, now: datetime) -> Subscriber:
    """Confirm the request of this round, or take back its end. Confirming twice changes nothing; the first proof stays.

    Raises what ``check_link`` does.
    """
    check_link(subscriber, round_=round_)
    if subscriber.is_active:
        return subscriber
    consent = replace(subscriber.consent, confirmed_at=subscriber.consent.confirmed_at or now)
    return replace(subscriber, standing=Standing.ACTIVE, since=now, consent=consent)


def end(subscriber: Subscriber, *, now: datetime) -> Subscriber:
    """Unsubscribe. Ending twice changes nothing."""
    if subscriber.standing is Standing.ENDED:
        return subscriber
    return replace(subscriber, standing=Standing.ENDED, since=now)


def erase(subscriber: Subscriber, *, now: datetime) -> Subscriber:
    """The subscription, ended, without anything of the person. Erasing twice changes nothing."""
    if subscriber.is_erased:
        return subscriber
    return Subscriber(
        series=subscriber.series,
        hash=subscriber.hash,
        address="",
        standing=Standing.ENDED,
        since=now,
        consent=Consent(wording="", wording_version="", source="", requested_at=subscriber.consent.requested_at),
        round=subscriber.round,
        version=subscriber.version,
    )
