"""Troubles: what can go wrong with a mail to one person, such as a confirmation; counted, so that a report can say it.

A mail that was sent is not counted: it would cost one more write for each, and is what everybody expects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

from chalicelib.domain.delivery import Batch, Delivery, Outcome
from chalicelib.domain.guards import Skip
from chalicelib.domain.mailing import Mailing
from chalicelib.domain.mails import Audience


class Trouble(StrEnum):
    """``SUPPRESSED``: it was not sent, because the address is not written to any more."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


BY_OUTCOME = {
    Outcome.BOUNCED: Trouble.BOUNCED,
    Outcome.COMPLAINED: Trouble.COMPLAINED,
    Outcome.FAILED: Trouble.FAILED,
}


def troubles(mailing: Mailing, after: Batch) -> Mapping[Trouble, int]:
    """How many more mails of ``mailing``, or fewer where one is tried again, are in each trouble with ``after``.

    Nothing of a list, whose outcomes are tallied; nothing of a test mail, nor of what organisers are told.
    """
    before = mailing.batch
    if before is None or mailing.trial or mailing.audience is Audience.ORGANISERS:
        return {}
    changed = Counter(_of(after.deliveries.values()))
    changed.subtract(_of(before.deliveries.values()))
    return {trouble: number for trouble, number in changed.items() if number}


def _of(deliveries: Iterable[Delivery]) -> Iterable[Trouble]:
    for one in deliveries:
        if one.outcome in BY_OUTCOME:
            yield BY_OUTCOME[one.outcome]
        elif one.outcome is Outcome.SKIPPED and one.reason == Skip.SUPPRESSED:
            yield Trouble.SUPPRESSED
