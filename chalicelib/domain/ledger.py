"""Ledger: all that a decision on a batch rests on."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.domain.delivery import Batch
from chalicelib.domain.edition import Edition
from chalicelib.domain.halt import Halt
from chalicelib.domain.mailing import Mailing
from chalicelib.domain.people import Recipients
from chalicelib.domain.series import Series


class Ledger(NamedTuple):
    """A batch and what it is about, as they are now; its person too, where it is only one.

    ``series`` is None where it belongs to none.
    """

    mailing: Mailing
    batch: Batch
    series: Series | None
    edition: Edition | None
    halts: list[Halt]
    people: Recipients | None
