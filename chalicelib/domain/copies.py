"""The next edition as a copy of one there is; and which drafts may be deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.edition import Edition, Status, check_times, shown_instead
from chalicelib.domain.refusals import CancelInstead, StaysForever


def copy_edition(edition: Edition, *, edition_id: str, local_start: datetime, now: datetime) -> Edition:
    """A draft at another time (wall clock in the edition's zone), in everything else like ``edition``.

    Slides and recording are not taken along. A registration deadline keeps its distance to the start. Raises
    ``Invalid`` for a start that cannot be.
    """
    close = edition.local_close and shown_instead(
        edition.local_close + (local_start - edition.local_start), edition.zone
    )
    copy = replace(
        edition,
        id=edition_id,
        copied_from=edition.id,
        cancelled_because="",
        recording_url="",
        slides=(),
        local_start=local_start,
        local_close=close and min(close, local_start),
        status=Status.DRAFT,
        revision=0,
        relinked=(),
        created_at=now,
        published_at=None,
        pointed_at=None,
        version=0,
    )
    check_times(copy, now=now)
    return copy


def copy_id(series: str, local_start: datetime, number: int) -> str:
    """The id of a copy to this time of a series: requests that repeat or overlap write the same item.

    ``number`` counts earlier copies to this time that were moved away or called off since.
    """
    text = f"copy|{series}|{local_start:%Y-%m-%dT%H:%M}|{number}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def copy_made_already(there: Iterable[Edition], edition: Edition) -> Edition | None:
    """The draft among those ``there`` that was copied from ``edition``."""
    return next((one for one in there if one.status is Status.DRAFT and one.copied_from == edition.id), None)


def may_delete(edition: Edition, *, now: datetime) -> None:
    """Whether nobody can know of it. Raises ``CancelInstead``, ``StaysForever``."""
    if edition.published_at is None:
        return
    if edition.status is Status.PUBLISHED and now < edition.ends_at:
        raise CancelInstead
    raise StaysForever
