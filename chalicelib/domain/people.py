"""People as mailings and erasures see them: who is behind the hashes of a batch, and all that is held of one person."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.domain.addressee import Addressee
from chalicelib.domain.registration import Registration
from chalicelib.domain.submission import Submission
from chalicelib.domain.subscription import Subscriber

Recipient = Registration | Subscriber | Addressee


class Recipients(NamedTuple):
    """Who is behind the hashes of a batch, and who of them must not be written to.

    ``registered`` are addressees, or subscribers of a mailing that asks for it, with a seat by now.
    """

    known: dict[str, Recipient]
    suppressed: set[str]
    registered: frozenset[str] = frozenset()


class Holdings(NamedTuple):
    """What is held of one person; expired submissions and addressees among it, for DynamoDB deletes late."""

    registrations: list[Registration]
    subscribers: list[Subscriber]
    submissions: list[Submission]
    addressees: list[Addressee]
