"""Show an organiser what would be sent: the same road as sending, with somebody who does not exist as its recipient."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.heard import terms
from chalicelib.domain.mailing import mailing
from chalicelib.domain.mails import Kind
from chalicelib.domain.refusals import FieldError, Invalid, say
from chalicelib.mail.render import Unrenderable, render
from chalicelib.usecases.compose import Subject, compose, personal_values
from chalicelib.world import World

NOBODY = "0" * 32
SAMPLE_NAME = "Alex Muster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    subject: str
    text: str
    html: str
    notes: list[str]
    """How the announcement was read, where the mail holds it."""


def preview(world: World, edition_id: str, kind: Kind) -> Preview:
    """The mail of that kind as it would be now. Raises ``NotFound``, or ``Invalid`` with the reason why it could not be sent."""
    from chalicelib.prose.notes import notes  # only where an announcement is shown

    edition = world.store.edition(edition_id)
    series = world.store.series(edition.series)
    now = world.clock()
    planned = mailing(
        kind,
        series=edition.series,
        edition=edition_id,
        revision=edition.revision,
        detail=str(terms(edition)),
        due_at=now,
    )
    try:
        letter = render(compose(world, planned, Subject(series, edition), now=now))
    except Unrenderable as unrenderable:
        raise Invalid(
            FieldError("announcement", say("The mail cannot be sent: {reason}"), {"reason": str(unrenderable)})
        ) from unrenderable
    shown = letter.filled(personal_values(world, planned, NOBODY, SAMPLE_NAME, wanted=letter.personal))
    understood = notes(edition.announcement) if kind is Kind.ANNOUNCEMENT else []
    return Preview(subject=shown.subject, text=shown.text, html=shown.html, notes=understood)
