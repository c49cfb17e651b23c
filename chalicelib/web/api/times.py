"""What is wrong with the times that a request names, where something else of it cannot be read.

``read`` is what could be read, by its names in the request. All of these raise ``NotFound``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.edition import wrong_times
from chalicelib.domain.refusals import FieldError
from chalicelib.domain.schedule import never_right
from chalicelib.world import world

WISHES = ("announce", "at", "thank", "registered_since")


def of_a_new_edition(read: Mapping[str, Any], slug: str) -> list[FieldError]:
    return _of_an_edition(read, world().store.series(slug).zone)


def of_a_wish(read: Mapping[str, Any], edition_id: str) -> list[FieldError]:
    """About an edition: only what is wrong whenever it takes place."""
    return _of_an_edition(read, world().store.edition(edition_id).zone)


def of_a_correction(read: Mapping[str, Any], mailing_id: str) -> list[FieldError]:
    edition = world().store.mailing(mailing_id).edition
    return of_a_wish(read, edition) if edition else []


def _of_an_edition(read: Mapping[str, Any], zone: str) -> list[FieldError]:
    now = world().clock()
    wishes = {name: read[name] for name in WISHES if name in read}
    return [
        *wrong_times(read.get("starts_at"), read.get("registration_closes_at"), zone, now=now),
        *never_right(zone, now=now, **wishes),
    ]
