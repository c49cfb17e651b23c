"""Correct an announcement: tell exactly those who got it what was wrong."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.domain import schedule
from chalicelib.domain.corrections import said
from chalicelib.domain.edition import Edition
from chalicelib.domain.mails import Kind
from chalicelib.domain.message import MessageDraft
from chalicelib.domain.refusals import FieldError, Invalid, mark
from chalicelib.domain.schedule import When
from chalicelib.mail.prepare import About
from chalicelib.usecases.announce import as_it_is_by_now, check_goes_on, plan_after
from chalicelib.usecases.audience_state import check_state
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.usecases.message import write
from chalicelib.usecases.preview import Preview, shown_to_nobody
from chalicelib.usecases.publish import Published
from chalicelib.words.language import tongue
from chalicelib.world import World


@decided_on_fresh_state
def correct(
    world: World, edition_id: str, *, text: str = "", at: When = "now", of: str = "", audience_state: str = ""
) -> Published:
    """To whoever was, or may have been, sent the announcement ``of`` that id, or any of the edition's.

    ``text`` is what the organiser says. What has changed since each of them was told is said beside it, so either may
    be missing. Asked twice, it is planned once.

    Raises ``NotFound``, ``NotPublished``, ``EditionCancelled``, ``EditionOver``, ``NotAnnounced``, ``StillSending``,
    ``Invalid``.
    """
    edition, planned = world.store.edition_and_plan(edition_id)
    planned = [as_it_is_by_now(world, one) for one in planned]
    now = world.clock()
    check_goes_on(edition, now=now)
    try:
        correction = schedule.correction(planned, edition, of=of, text=text, at=at, now=now)
    except Invalid as invalid:
        raise Invalid(*nothing_said(world, edition, text), *invalid.errors) from invalid
    if known := next((one for one in planned if one.id == correction.id), None):
        return Published(edition=edition, mailings=[known], changed=False)
    check_state(world, edition, audience_state)
    if errors := nothing_said(world, edition, text):
        raise Invalid(*errors)
    return plan_after(world, edition, planned, correction, field="text", now=now)


def correct_one(
    world: World, mailing_id: str, *, text: str = "", at: When = "now", audience_state: str = ""
) -> Published:
    """An announcement, or a message to the registered: of this, ``text`` is all that a correction says.

    Raises what ``correct`` and ``write`` do.
    """
    mailing = as_it_is_by_now(world, world.store.mailing(mailing_id))
    if mailing.trial or mailing.kind not in (Kind.ANNOUNCEMENT, Kind.MESSAGE_TO_REGISTERED):
        raise schedule.NotToBeCorrected
    if mailing.kind is Kind.ANNOUNCEMENT:
        return correct(world, mailing.edition, text=text, at=at, of=mailing_id, audience_state=audience_state)
    if not text:
        words = mark("Say what was wrong: nothing else is told of a message.")
        zone = world.store.edition(mailing.edition).zone
        raise Invalid(FieldError("text", words), *schedule.never_right(zone, now=world.clock(), at=at))
    if mailing.began_at is None:
        raise schedule.NotAnnounced
    spoken = tongue(world.store.series(mailing.series).language)
    subject = spoken.translate(mark("Correction: {subject}")).format(subject=mailing.subject)
    draft = MessageDraft(subject=subject, text=text, at=at, received=(mailing_id,), audience_state=audience_state)
    return write(world, mailing.edition, draft)


def preview_correction(world: World, edition_id: str, *, text: str = "") -> Preview:
    """As whoever was told the text before the present one would read it. Raises ``NotFound``, ``Invalid``."""
    edition = world.store.edition(edition_id)
    others = world.store.other_texts(edition_id, said(edition).digest)
    if errors := nothing_said(world, edition, text):
        raise Invalid(*errors)
    written = replace(schedule.supposed(Kind.CORRECTION, edition, at=world.clock()), text=text)
    about = About(world.store.series(edition.series), edition)
    return shown_to_nobody(world, written, about, {"text": text} if text else {}, change=others[-1] if others else None)


def nothing_said(world: World, edition: Edition, text: str) -> list[FieldError]:
    """What is wrong with a correction without a word, of an edition that was never announced otherwise; else empty."""
    if text or world.store.other_texts(edition.id, said(edition).digest):
        return []
    words = mark(
        "Nothing of this edition has changed since it was announced. Correct it first, or say here what is wrong."
    )
    return [FieldError("text", words)]
