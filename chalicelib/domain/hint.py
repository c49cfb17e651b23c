"""Hints to the workers: which part of which mailing to look after."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.mailing import Mailing

NO_SERIES = "-"
"""In the tag of a mail that belongs to no series: SES lets no tag be empty, and no slug is a hyphen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Look after this mailing: send its ``batch``, or cut its ``slice``, or whatever its state asks for.

    ``series`` (empty where it belongs to none) and ``edition`` let the worker read all it needs at once, and where one
    person is meant (``alone``) them too; where they are ``addressed``, they lie beside the mailing. A hint holds ids
    and keyed hashes, nothing personal.
    """

    mailing: str
    series: str
    edition: str = ""
    batch: str = ""
    slice: str | None = None
    alone: bool = False
    addressed: bool = False


def hint_for(mailing: Mailing, *, batch: str = "", slice_: str | None = None) -> Hint:
    return Hint(
        mailing=mailing.id,
        series=mailing.series,
        edition=mailing.edition,
        batch=batch,
        slice=slice_,
        alone=mailing.batch is not None,
        addressed=mailing.addressed,
    )
