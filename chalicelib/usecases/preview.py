"""Show an organiser what would be sent: the same road as sending, with somebody who does not exist as its recipient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from chalicelib.domain import edition as rules
from chalicelib.domain.edition import Edition, EditionChange, EditionMove, moment
from chalicelib.domain.given import changed
from chalicelib.domain.guards import too_late
from chalicelib.domain.mailing import Mailing, plan_mailing
from chalicelib.domain.mails import Kind
from chalicelib.domain.refusals import FieldError, Invalid, Wrong, mark
from chalicelib.domain.schedule import supposed
from chalicelib.domain.series import Series
from chalicelib.mail.messages import Before
from chalicelib.mail.prepare import NOBODY, About
from chalicelib.usecases.about import about
from chalicelib.usecases.notices import sample_facts
from chalicelib.usecases.sendable import prepared
from chalicelib.world import World

SAMPLE_NAME = "Alex Muster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    subject: str
    text: str
    html: str
    notes: list[str]
    """How the organiser's texts in it were read."""


UNCHANGED = EditionMove()
SAME_WORDS = EditionChange()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A mail of that kind, as it would be sent ``at`` that wall-clock time in the edition's zone.

    ``move`` is one that is proposed, as are other ``words`` of the edition, the organiser's ``note`` and the ``reason``
    for a cancellation. Where no time is given: a reminder as at its due time, a thank-you not before the end,
    everything else as now.
    """

    kind: Kind
    at: datetime | None = None
    move: EditionMove = UNCHANGED
    words: EditionChange = SAME_WORDS
    note: str = ""
    reason: str = ""


class Supposed(NamedTuple):
    """A mailing that nobody has planned, with what it is about; ``written`` are the organiser's texts in it, by their
    fields."""

    mailing: Mailing
    about: About
    written: dict[str, str]


def preview(world: World, edition_id: str, proposal: Proposal) -> Preview:
    """Raises ``NotFound``, or ``Invalid`` with the reason why it could not be sent."""
    return shown_to_nobody(world, *suppose(world, edition_id, proposal))


def suppose(world: World, edition_id: str, proposal: Proposal) -> Supposed:
    """Raises ``NotFound``, and ``Invalid`` for a start that cannot be and a time at which no such mail is sent."""
    kind, at = proposal.kind, proposal.at
    before = changed(world.store.edition(edition_id), proposal.words)
    series, edition = world.store.series(before.series), rules.supposed_move(before, proposal.move)
    if proposal.reason:
        edition = replace(edition, cancelled_because=proposal.reason)
    now = _at(before, edition, proposal, usual=_usual(kind, series, edition, now=world.clock()), now=world.clock())
    planned = supposed(kind, edition, at=now, before=before, note=proposal.note)
    if at and too_late(planned, edition, now=now):
        raise Invalid(FieldError("at", mark("No such mail is sent any more then. Choose an earlier time.")))
    announced = edition.announcement if kind is Kind.ANNOUNCEMENT else ""
    texts = {"announcement": announced, "note": proposal.note, "reason": proposal.reason}
    written = {name: text for name, text in texts.items() if text}
    return Supposed(planned, about(world, planned, series, edition, now=now), written)


def _at(before: Edition, edition: Edition, proposal: Proposal, *, usual: datetime, now: datetime) -> datetime:
    """The moment as at which the mail is shown. Raises ``Invalid`` where it, or a proposed start, cannot be."""
    wrong = Wrong()
    with wrong.noted():
        if edition.local_start != before.local_start:
            rules.check_times(edition, now=now)
    with wrong.noted():
        shown_at = moment(proposal.at, edition.zone, "at") if proposal.at else usual
    wrong.refuse()
    return shown_at


def shown_to_nobody(
    world: World, planned: Mailing, named: About, written: Mapping[str, str], *, change: Before | None = None
) -> Preview:
    """What the mailing says when it is due. ``written`` are the organiser's texts in it, by their fields; ``change`` is
    what whoever reads it was told before.

    Raises ``Invalid`` beside the first of them where it could not be sent.
    """
    from chalicelib.words.prose.notes import notes  # only where such a text is shown

    field = next(iter(written), "announcement")
    letter = prepared(world, named, planned, at=planned.due_at, field=field, change=change).letter
    shown = letter.filled(world.preparer.personal_values(planned, NOBODY, SAMPLE_NAME, wanted=letter.personal))
    understood = [one for text in written.values() for one in notes(text)]
    return Preview(subject=shown.subject, text=shown.text, html=shown.html, notes=understood)


class SupposedOfSeries(NamedTuple):
    """A mailing about the series that nobody has planned; ``facts`` are the values that its addressee would have."""

    mailing: Mailing
    series: Series
    facts: dict[str, str]


def supposed_of_series(world: World, slug: str, kind: Kind) -> SupposedOfSeries:
    """A mail that is about the series and none of its editions. Raises ``NotFound``."""
    series = world.store.series(slug)
    planned = plan_mailing(kind, series=slug, person=NOBODY, detail="1", due_at=world.clock())
    return SupposedOfSeries(planned, series, sample_facts(world, series) if kind is Kind.SUBMISSION_KEPT else {})


def preview_of_series(world: World, slug: str, kind: Kind) -> Preview:
    """Raises ``NotFound``."""
    planned, series, facts = supposed_of_series(world, slug, kind)
    letter = world.preparer.prepare(planned, About(series, None), now=planned.due_at).letter
    values = world.preparer.personal_values(planned, NOBODY, SAMPLE_NAME, wanted=letter.personal, facts=facts)
    filled = letter.filled(values)
    return Preview(subject=filled.subject, text=filled.text, html=filled.html, notes=[])


def _usual(kind: Kind, series: Series, edition: Edition, *, now: datetime) -> datetime:
    """When a mail of that kind would be sent: the next reminder when it is due, the last one where all are past."""
    if kind is Kind.THANK_YOU:
        return max(now, edition.ends_at)
    reminders = series.reminders if kind is Kind.REMINDER else ()
    dues = sorted(rule.due(edition.local_start, edition.zone) for rule in reminders)
    return next((due for due in dues if due > now), dues[-1] if dues else now)
