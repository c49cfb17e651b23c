"""Halts: what SES refuses for a while, whom that concerns, and when it is asked again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.domain.delivery import Outcome
from chalicelib.domain.mails import Lane

ACCOUNT = "account"
UNLISTED = "unlisted"
"""Holds nothing up: SES gave an answer that we do not know, and somebody has to look at it."""

LANE = "lane/"
IDENTITY = "identity/"
DOUBT = "doubt/"
"""Holds up second calls only: a call through this lane had no usable answer, and none has had one since."""


DOUBTED = 2
"""Grace periods without a usable answer of SES, until somebody who was handed to it once is handed to it for the second
and last time."""


class Stop(NamedTuple):
    """An answer of SES that concerns more than the mails it was given to.

    ``scope`` is ``account``, ``lane/<lane>``, ``identity/<address or domain>`` or ``unlisted``; ``pause`` how long to
    ask nothing more; ``alarm`` whether somebody has to be woken.
    """

    scope: str
    reason: str
    pause: timedelta = timedelta(minutes=15)
    alarm: bool = True


class Halt(NamedTuple):
    """A ``Stop`` in the table: whatever it concerns waits until ``until``."""

    scope: str
    until: datetime
    reason: str
    alarm: bool

    def __str__(self) -> str:
        return f"{self.scope}: {self.reason}"


def lane_scope(lane: Lane) -> str:
    return LANE + lane


def doubt_scope(lane: Lane) -> str:
    return DOUBT + lane


def identity_scope(name: str) -> str:
    return IDENTITY + name.lower()


def identities(sender: str) -> Iterator[str]:
    """The identities as which SES may see ``sender``: the address, its domain, and the domains above it (SES verifies a
    domain with its subdomains)."""
    address = sender.lower()
    yield address
    domain = address.rpartition("@")[2]
    while domain:
        yield domain
        domain = domain.partition(".")[2]


def concerning(halts: Iterable[Halt], *, lane: Lane, sender: str, now: datetime) -> Halt | None:
    """The halt that holds up mail from ``sender`` through ``lane`` the longest, or None."""
    scopes = {ACCOUNT, lane_scope(lane), *map(identity_scope, identities(sender))}
    standing = [halt for halt in halts if halt.scope in scopes and now < halt.until]
    return max(standing, key=lambda halt: halt.until, default=None)


def in_doubt(halts: Iterable[Halt], *, lane: Lane, now: datetime) -> bool:
    """Whether SES may still be failing: somebody who was handed to it once already had better wait."""
    return any(halt.scope == doubt_scope(lane) and now < halt.until for halt in halts)


def doubt(lane: Lane, answered: Mapping[Outcome, str], *, doubted: bool, grace: timedelta) -> Stop | None:
    """Whether SES's answers in this lane are to be doubted from now on, or no longer; None where that stays as it is.

    ``answered`` are the outcomes of one mail or several, with the reason of each.
    """
    if Outcome.UNKNOWN in answered:
        return Stop(doubt_scope(lane), answered[Outcome.UNKNOWN], DOUBTED * grace, alarm=False)
    if doubted and Outcome.SENT in answered:
        return Stop(doubt_scope(lane), "it answers again", timedelta(), alarm=False)
    return None


def alarming(halts: Iterable[Halt], *, now: datetime) -> list[Halt]:
    """Those that stand and somebody has to see to."""
    return sorted(halt for halt in halts if halt.alarm and now < halt.until)
